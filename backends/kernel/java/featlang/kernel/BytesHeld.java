package featlang.kernel;

/**
 * At most one value of bytes: what the accumulators that pick one of the values have in common. The array is shared with whoever
 * gave it and is never written to.
 *
 * <p>Encoded as a varint, 0 for no value or 1 + the number of bytes, then the bytes.
 */
public abstract class BytesHeld<A extends BytesHeld<A>> extends Accumulator<A> {
    byte[] value;

    public final boolean isEmpty() {
        return value == null;
    }

    /** Only where it is not empty. */
    public final byte[] value() {
        return value;
    }

    @Override
    final boolean grows() {
        return true;
    }

    /** Of the three that a ring has of each, the open tile's is mostly that of another. */
    @Override
    final long grown() {
        return value == null ? 0 : 2L * value.length / 3;
    }

    @Override
    public final void clear() {
        value = null;
    }

    @Override
    public void write(Writer out) {
        if (value == null) {
            out.writeByte(0);
            return;
        }
        out.writeVarint(1L + value.length);
        out.writeRaw(value, 0, value.length);
    }

    @Override
    public void read(Reader in) {
        long header = in.readVarint();
        value = header == 0 ? null : in.readRaw(Math.toIntExact(header - 1));
    }
}
