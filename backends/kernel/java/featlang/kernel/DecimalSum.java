package featlang.kernel;

import java.math.BigInteger;

/** The exact sum of decimals of one type. Encoded as its whole number without the point: the length as a varint, 0 for zero; bytes. */
public final class DecimalSum extends Accumulator<DecimalSum> {
    private static final int LONGEST = 32;

    private final Structure type;
    private BigInteger sum = BigInteger.ZERO;

    /** @param type of the sum, whose digits behind the point are those of what is added */
    public DecimalSum(Structure type) {
        this.type = type;
    }

    public void add(byte[] decimal) {
        sum = sum.add(Decimals.unscaled(decimal));
    }

    /** The sum; null where its type has too few digits for it. */
    public byte[] value() {
        return Decimals.fits(type, sum) ? Decimals.encoded(sum) : null;
    }

    /** The nearest double. */
    public double rounded() {
        return new java.math.BigDecimal(sum, type.scale()).doubleValue() + 0.0;
    }

    @Override
    public void clear() {
        sum = BigInteger.ZERO;
    }

    @Override
    public void merge(DecimalSum later) {
        sum = sum.add(later.sum);
    }

    @Override
    public void subtract(DecimalSum earliest) {
        sum = sum.subtract(earliest.sum);
    }

    @Override
    public void write(Writer out) {
        if (sum.signum() == 0) {
            out.writeByte(0);
            return;
        }
        out.writeBytes(sum.toByteArray());
    }

    @Override
    public void read(Reader in) {
        byte[] bytes = in.readBytes();
        if (bytes.length > LONGEST) {
            throw new IllegalStateException("a sum of decimals of " + bytes.length + " bytes");
        }
        sum = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    }
}
