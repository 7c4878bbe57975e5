package featlang.kernel;

/**
 * At most one value of 64 bits: what the accumulators that pick one of the values have in common.
 *
 * <p>Encoded as one byte, 0 for no value or 1 + the number of bytes, then the value's zigzag form, big-endian without leading
 * zeros.
 */
public abstract class LongHeld<A extends LongHeld<A>> extends Accumulator<A> {
    boolean held;
    long value;

    public final boolean isEmpty() {
        return !held;
    }

    /** Only where it is not empty. */
    public final long value() {
        return value;
    }

    final void hold(long next) {
        held = true;
        value = next;
    }

    @Override
    public final void clear() {
        held = false;
        value = 0;
    }

    @Override
    public void write(Writer out) {
        if (!held) {
            out.writeByte(0);
            return;
        }
        long zigzag = value << 1 ^ value >> 63;
        int count = (71 - Long.numberOfLeadingZeros(zigzag)) / 8;
        out.writeByte(1 + count);
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            out.writeByte((int) (zigzag >>> shift));
        }
    }

    @Override
    public void read(Reader in) {
        clear();
        int header = in.readByte();
        if (header > 9) {
            throw new IllegalStateException("a value of " + (header - 1) + " bytes where at most 8 are");
        }
        if (header == 0) {
            return;
        }
        long zigzag = 0;
        for (int i = 1; i < header; i++) {
            zigzag = zigzag << 8 | in.readByte();
        }
        hold(zigzag >>> 1 ^ -(zigzag & 1));
    }
}
