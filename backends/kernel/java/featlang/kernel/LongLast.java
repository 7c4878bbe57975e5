package featlang.kernel;

/** The last value in the order of the events. */
public final class LongLast extends LongHeld<LongLast> {
    public void add(long next) {
        hold(next);
    }

    @Override
    public void merge(LongLast later) {
        if (later.held) {
            add(later.value);
        }
    }
}
