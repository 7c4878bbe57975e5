package featlang.kernel;

/** How many different byte strings, up to a bound. */
public final class BytesDistinct extends Distinct<BytesDistinct, BytesMultiset> {
    /** @param bound the largest number of different values that is told */
    public BytesDistinct(int bound) {
        super(new BytesMultiset(), new BytesMultiset(), bound);
    }

    public void add(byte[] value) {
        if (keeps() && open.add(value, 1)) {
            added(closed.contains(value));
        }
    }
}
