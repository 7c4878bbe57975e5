package featlang.kernel;

/** The first value in the order of the events. */
public final class LongFirst extends LongHeld<LongFirst> {
    public void add(long next) {
        if (!held) {
            hold(next);
        }
    }

    @Override
    public void merge(LongFirst later) {
        if (later.held) {
            add(later.value);
        }
    }
}
