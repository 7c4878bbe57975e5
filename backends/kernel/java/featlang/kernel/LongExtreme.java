package featlang.kernel;

/** The largest or the smallest value, in the order of signed longs. */
public final class LongExtreme extends LongHeld<LongExtreme> {
    private final boolean max;

    /** @param max whether the largest value is kept, else the smallest */
    public LongExtreme(boolean max) {
        this.max = max;
    }

    public void add(long next) {
        if (!held || (max ? next > value : next < value)) {
            hold(next);
        }
    }

    @Override
    public void merge(LongExtreme later) {
        if (later.held) {
            add(later.value);
        }
    }
}
