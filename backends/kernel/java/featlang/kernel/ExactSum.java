package featlang.kernel;

import java.util.Arrays;

/**
 * The exact sum of int64s, of finite doubles, or of their squares: a whole number of any size times a power of two. Invertible;
 * nothing is ever rounded but in {@link #rounded} and {@link #roundedM2}.
 *
 * <p>In memory it is a two's complement number in limbs of 64 bits, five of which ({@code 2^-128} to {@code 2^191}) hold the sums
 * and squares of ordinary data; more are made where a value needs them. The encoding does not depend on them: the number of
 * bytes of the magnitude without zero bytes at either end, the sign and the place of the lowest byte, those bytes; one 0 for zero.
 */
public final class ExactSum extends Accumulator<ExactSum> {
    private static final int USUAL_LOW = -2;
    private static final int USUAL_LIMBS = 5;
    /** Squares of doubles begin at 2^-2148; 2^63 squares of the largest double end below 2^2112. In bytes. */
    private static final int LOWEST_BYTE = -269;
    private static final int HIGHEST_BYTE = 264;

    /** Little-endian. The top limb is within [-2^62, 2^62), so that one more addition cannot overflow it. */
    private long[] limbs = new long[USUAL_LIMBS];
    /** {@code limbs[0]} counts units of {@code 2^(64 * low)}. At most -2, and {@code low + limbs.length} is at least 3. */
    private int low = USUAL_LOW;

    public void add(long value) {
        long sign = value >> 63;
        // The magnitude of Long.MIN_VALUE is 2^63 as an unsigned number.
        add((value ^ sign) - sign, 0, 0, sign);
    }

    /** {@code value} is finite. */
    public void add(double value) {
        long bits = Double.doubleToRawLongBits(value);
        add(mantissa(bits), 0, exponent(bits), bits >> 63);
    }

    /** Adds {@code value * value}. */
    public void addSquare(long value) {
        add(value * value, Math.multiplyHigh(value, value), 0, 0);
    }

    /** Adds {@code value * value}, exactly; {@code value} is finite. */
    public void addSquare(double value) {
        long bits = Double.doubleToRawLongBits(value);
        long mantissa = mantissa(bits);
        add(mantissa * mantissa, Math.multiplyHigh(mantissa, mantissa), 2 * exponent(bits), 0);
    }

    private static long mantissa(long bits) {
        long fraction = bits & (1L << 52) - 1;
        return (bits & 0x7FFL << 52) == 0 ? fraction : fraction | 1L << 52;
    }

    /** The power of two that the mantissa counts. */
    private static int exponent(long bits) {
        return Math.max((int) (bits >>> 52) & 0x7FF, 1) - 1075;
    }

    /** Adds {@code (high * 2^64 + lower) * 2^position}, negated where {@code sign} is -1 and not where it is 0. */
    private void add(long lower, long high, int position, long sign) {
        if ((lower | high) == 0) {
            return;
        }
        int at = position - 64 * low;
        if (at < 0 || (at >> 6) + 2 >= limbs.length) {
            makeRoom(position >> 6, (position >> 6) + 3);
            at = position - 64 * low;
        }
        int word = at >> 6;
        int shift = at & 63;
        int back = 63 - shift;
        // Two's complement: every limb inverted, and one more.
        long carry = sign & 1;
        carry = addTo(word, lower << shift ^ sign, carry);
        carry = addTo(word + 1, (high << shift | lower >>> 1 >>> back) ^ sign, carry);
        carry = addTo(word + 2, high >>> 1 >>> back ^ sign, carry);
        extend(word + 3, sign, carry);
    }

    /** Adds a limb and the carry to a limb; returns the new carry. */
    private long addTo(int i, long addend, long carry) {
        long before = limbs[i];
        long sum = before + addend + carry;
        limbs[i] = sum;
        return (before & addend | (before | addend) & ~sum) >>> 63;
    }

    /** Adds the sign's limbs and the carry from limb {@code i} on, then gives the top limb more room if it needs that. */
    private void extend(int i, long sign, long carry) {
        // -1 and a carry, or 0 and none, change nothing further up.
        for (int j = i; j < limbs.length && carry != (sign & 1); j++) {
            carry = addTo(j, sign, carry);
        }
        if (limbs[limbs.length - 1] + (1L << 62) < 0) {
            makeRoom(low, low + limbs.length + 1);
        }
    }

    /** Makes the limbs cover at least those from {@code from} to {@code until}, exclusive, in units of limbs from 2^0. */
    private void makeRoom(int from, int until) {
        int newLow = Math.min(low, from);
        long[] wider = new long[Math.max(low + limbs.length, until) - newLow];
        int start = low - newLow;
        System.arraycopy(limbs, 0, wider, start, limbs.length);
        Arrays.fill(wider, start + limbs.length, wider.length, limbs[limbs.length - 1] >> 63);
        limbs = wider;
        low = newLow;
    }

    @Override
    public void clear() {
        if (limbs.length == USUAL_LIMBS && low == USUAL_LOW) {
            Arrays.fill(limbs, 0);
        } else {
            limbs = new long[USUAL_LIMBS];
            low = USUAL_LOW;
        }
    }

    @Override
    public void merge(ExactSum later) {
        combine(later, 0);
    }

    @Override
    public void subtract(ExactSum earliest) {
        combine(earliest, -1);
    }

    private void combine(ExactSum other, long sign) {
        if (other.low < low || other.low + other.limbs.length > low + limbs.length) {
            makeRoom(other.low, other.low + other.limbs.length);
        }
        int start = other.low - low;
        long carry = sign & 1;
        for (int i = 0; i < other.limbs.length; i++) {
            carry = addTo(start + i, other.limbs[i] ^ sign, carry);
        }
        extend(start + other.limbs.length, other.limbs[other.limbs.length - 1] >> 63 ^ sign, carry);
    }

    /** Whether the sum is a whole number within int64. */
    public boolean fitsLong() {
        for (int i = 0; i < -low; i++) {
            if (limbs[i] != 0) {
                return false;
            }
        }
        long sign = limbs[-low] >> 63;
        for (int i = 1 - low; i < limbs.length; i++) {
            if (limbs[i] != sign) {
                return false;
            }
        }
        return true;
    }

    /** The sum, where it fits. */
    public long longValue() {
        return limbs[-low];
    }

    /** RN(sum): the nearest double, ties to even, subnormals included, never -0.0; NaN from 2^1024 - 2^970 up. */
    public double rounded() {
        int lowest = lowest();
        if (lowest < 0) {
            return 0.0;
        }
        long sign = limbs[limbs.length - 1] >> 63;
        int top = highest(lowest, sign);
        long leading = magnitude(top, lowest, sign);
        int zeros = Long.numberOfLeadingZeros(leading);
        leading <<= zeros;
        boolean more = false;
        if (top > lowest) {
            long next = magnitude(top - 1, lowest, sign);
            leading |= next >>> 1 >>> 63 - zeros;
            more = next << zeros != 0 || top - 1 > lowest;
        }
        double rounded = Magnitude.rounded(leading, more, 64 * (low + top) + 63 - zeros);
        return sign < 0 ? 0.0 - rounded : rounded;
    }

    /**
     * RN(n * S2 - S1^2) of {@code n} values, their sum and the sum of their squares; NaN from 2^1024 - 2^970 up. The difference is
     * exact, and never negative.
     */
    public static double roundedM2(long n, ExactSum s1, ExactSum s2) {
        Magnitude sum = s1.magnitude();
        return s2.magnitude().times(new Magnitude(new long[] {n}, 0)).minus(sum.times(sum)).rounded();
    }

    /** The lowest limb that is not zero; -1 for zero. */
    private int lowest() {
        for (int i = 0; i < limbs.length; i++) {
            if (limbs[i] != 0) {
                return i;
            }
        }
        return -1;
    }

    /** Limb {@code i} of the sum without its sign; {@code i >= lowest}. */
    private long magnitude(int i, int lowest, long sign) {
        return i == lowest ? (limbs[i] ^ sign) - sign : limbs[i] ^ sign;
    }

    private Magnitude magnitude() {
        int lowest = lowest();
        if (lowest < 0) {
            return Magnitude.ZERO;
        }
        long sign = limbs[limbs.length - 1] >> 63;
        int highest = highest(lowest, sign);
        long[] magnitude = new long[highest - lowest + 1];
        for (int i = lowest; i <= highest; i++) {
            magnitude[i - lowest] = magnitude(i, lowest, sign);
        }
        return new Magnitude(magnitude, low + lowest);
    }

    private int highest(int lowest, long sign) {
        int i = limbs.length - 1;
        while (magnitude(i, lowest, sign) == 0) {
            i--;
        }
        return i;
    }

    @Override
    public void write(Writer out) {
        int lowest = lowest();
        if (lowest < 0) {
            out.writeByte(0);
            return;
        }
        long sign = limbs[limbs.length - 1] >> 63;
        int highest = highest(lowest, sign);
        int from = 8 * lowest + Long.numberOfTrailingZeros(limbs[lowest]) / 8;
        int until = 8 * highest + 8 - Long.numberOfLeadingZeros(magnitude(highest, lowest, sign)) / 8;
        out.writeVarint(until - from);
        out.writeZigzag((from + 8L * low) * 2 - sign);
        for (int i = from; i < until; i++) {
            out.writeByte((int) (magnitude(i >> 3, lowest, sign) >>> 8 * (i & 7)));
        }
    }

    @Override
    public void read(Reader in) {
        clear();
        long count = in.readVarint();
        if (count == 0) {
            return;
        }
        long place = in.readZigzag();
        long from = place >> 1;
        if (count < 0 || count > HIGHEST_BYTE - LOWEST_BYTE || from < LOWEST_BYTE || from + count > HIGHEST_BYTE) {
            throw new IllegalStateException("an exact sum of " + count + " bytes from byte " + from);
        }
        int start = (int) from;
        int until = (int) (from + count);
        // One limb above the magnitude's top one keeps room for the sign.
        if (start >> 3 < low || (until + 7 >> 3) + 1 > low + limbs.length) {
            makeRoom(start >> 3, (until + 7 >> 3) + 1);
        }
        for (int i = start; i < until; i++) {
            limbs[(i >> 3) - low] |= (long) in.readByte() << 8 * (i & 7);
        }
        if ((place & 1) != 0) {
            negate();
        }
    }

    private void negate() {
        long carry = 1;
        for (int i = 0; i < limbs.length; i++) {
            limbs[i] = ~limbs[i] + carry;
            carry = limbs[i] == 0 ? carry : 0;
        }
    }
}
