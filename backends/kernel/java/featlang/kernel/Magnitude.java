package featlang.kernel;

/** A non-negative number: little-endian unsigned limbs in units of {@code 2^(64 * low)}. What is left of a sum when it is read. */
record Magnitude(long[] limbs, int low) {
    static final Magnitude ZERO = new Magnitude(new long[0], 0);

    /** The exact product. */
    Magnitude times(Magnitude other) {
        long[] product = new long[limbs.length + other.limbs.length];
        for (int i = 0; i < limbs.length; i++) {
            long carry = 0;
            for (int j = 0; j < other.limbs.length; j++) {
                // a * b + carry + what stands there is below 2^128.
                long lower = limbs[i] * other.limbs[j];
                long upper = unsignedHigh(limbs[i], other.limbs[j]);
                long sum = lower + carry;
                upper += carryOf(sum, carry);
                long total = sum + product[i + j];
                upper += carryOf(total, sum);
                product[i + j] = total;
                carry = upper;
            }
            product[i + other.limbs.length] = carry;
        }
        return new Magnitude(product, low + other.low);
    }

    /** The exact difference; {@code other} must not be larger. */
    Magnitude minus(Magnitude other) {
        if (other.limbs.length == 0) {
            return this;
        }
        int newLow = Math.min(low, other.low);
        int end = Math.max(low + limbs.length, other.low + other.limbs.length);
        long[] difference = new long[end - newLow];
        System.arraycopy(limbs, 0, difference, low - newLow, limbs.length);
        long borrow = 0;
        for (int i = other.low - newLow; i < difference.length; i++) {
            int j = i - (other.low - newLow);
            long before = difference[i];
            long taken = j < other.limbs.length ? other.limbs[j] : 0;
            difference[i] = before - taken - borrow;
            borrow = (~before & taken | (~before | taken) & difference[i]) >>> 63;
        }
        if (borrow != 0) {
            throw new IllegalStateException("a negative second moment: the sums are not of the same values");
        }
        return new Magnitude(difference, newLow);
    }

    /** The nearest double, ties to even, subnormals included; NaN where that would be infinite. */
    double rounded() {
        int top = limbs.length - 1;
        while (top >= 0 && limbs[top] == 0) {
            top--;
        }
        if (top < 0) {
            return 0.0;
        }
        int zeros = Long.numberOfLeadingZeros(limbs[top]);
        long leading = limbs[top] << zeros;
        boolean more = false;
        if (top > 0) {
            leading |= limbs[top - 1] >>> 1 >>> 63 - zeros;
            more = limbs[top - 1] << zeros != 0;
            for (int i = top - 2; i >= 0 && !more; i--) {
                more = limbs[i] != 0;
            }
        }
        return rounded(leading, more, 64 * (low + top) + 63 - zeros);
    }

    /**
     * @param leading the 64 leading bits, the highest of which is set and stands for 2^exponent
     * @param more whether there is anything below them
     */
    static double rounded(long leading, boolean more, int exponent) {
        if (exponent > Double.MAX_EXPONENT) {
            return Double.NaN;
        }
        int kept = Math.min(53, exponent + 1075); // fewer for subnormals
        if (kept < 0) {
            return 0.0;
        }
        int dropped = 64 - kept;
        long mantissa = leading >>> 1 >>> dropped - 1;
        long half = 1L << dropped - 1;
        boolean exactHalf = (leading & half - 1) == 0 && !more;
        if ((leading & half) != 0 && !(exactHalf && (mantissa & 1) == 0)) {
            mantissa++;
        }
        // The mantissa's leading bit, where there is one, adds one to the exponent; so does a carry out of the mantissa.
        double rounded = Double.longBitsToDouble(mantissa + ((long) Math.max(exponent + 1022, 0) << 52));
        return rounded <= Double.MAX_VALUE ? rounded : Double.NaN;
    }

    private static long unsignedHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    /** 1 if adding {@code part} to something gave {@code sum} by overflowing. */
    private static long carryOf(long sum, long part) {
        return Long.compareUnsigned(sum, part) < 0 ? 1 : 0;
    }
}
