package featlang.kernel;

/** How many different longs, up to a bound. */
public final class LongDistinct extends Distinct<LongDistinct, LongMultiset> {
    /** @param bound the largest number of different values that is told */
    public LongDistinct(int bound) {
        super(new LongMultiset(), new LongMultiset(), bound);
    }

    public void add(long value) {
        if (keeps() && open.add(value, 1)) {
            added(closed.contains(value));
        }
    }
}
