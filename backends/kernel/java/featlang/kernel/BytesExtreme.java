package featlang.kernel;

/** The largest or the smallest value, in the order of unsigned bytes. */
public final class BytesExtreme extends BytesHeld<BytesExtreme> {
    private final boolean max;

    /** @param max whether the largest value is kept, else the smallest */
    public BytesExtreme(boolean max) {
        this.max = max;
    }

    public void add(byte[] next) {
        if (value == null || (max ? Operators.compareBytes(next, value) > 0 : Operators.compareBytes(next, value) < 0)) {
            value = next;
        }
    }

    @Override
    public void merge(BytesExtreme later) {
        if (later.value != null) {
            add(later.value);
        }
    }
}
