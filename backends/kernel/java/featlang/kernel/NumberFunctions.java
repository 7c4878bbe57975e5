package featlang.kernel;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;

/** Functions of numbers, as {@code stdlib/functions/numbers.py} declares them: each sets the outcome to a value, or to null and why. */
public final class NumberFunctions {
    private static final double WHOLE = 0x1p52;

    private NumberFunctions() {
    }

    public static long abs(long x, Outcome outcome) {
        return x == Long.MIN_VALUE ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(Math.abs(x));
    }

    public static double abs(double x, Outcome outcome) {
        return outcome.value(Math.abs(x));
    }

    public static long sign(long x, Outcome outcome) {
        return outcome.value(Long.signum(x));
    }

    public static long sign(double x, Outcome outcome) {
        return outcome.value(x > 0 ? 1L : x < 0 ? -1L : 0L);
    }

    public static double floor(double x, Outcome outcome) {
        return outcome.value(Math.floor(x) + 0.0);
    }

    public static double ceil(double x, Outcome outcome) {
        return outcome.value(Math.ceil(x) + 0.0);
    }

    /** Half to even on the exact value; 0 to 300 digits. */
    public static double round(double x, long digits, Outcome outcome) {
        if (digits == 0 || Math.abs(x) >= WHOLE) {
            return outcome.value(Math.rint(x) + 0.0);
        }
        return Operators.finite(new BigDecimal(x).setScale((int) digits, RoundingMode.HALF_EVEN).doubleValue(), outcome);
    }

    public static double sqrt(double x, Outcome outcome) {
        return x < 0 ? outcome.nothing(Outcome.UNDEFINED) : outcome.value(Math.sqrt(x));
    }

    public static double exp(double x, Outcome outcome) {
        return Operators.finite(StrictMath.exp(x), outcome);
    }

    public static double ln(double x, Outcome outcome) {
        return x <= 0 ? outcome.nothing(Outcome.UNDEFINED) : outcome.value(StrictMath.log(x) + 0.0);
    }

    public static double log10(double x, Outcome outcome) {
        return x <= 0 ? outcome.nothing(Outcome.UNDEFINED) : outcome.value(StrictMath.log10(x) + 0.0);
    }

    public static double pow(double x, double y, Outcome outcome) {
        if (x == 0 && y < 0 || x < 0 && y != Math.floor(y)) {
            return outcome.nothing(Outcome.UNDEFINED);
        }
        return Operators.finite(StrictMath.pow(x, y), outcome);
    }

    public static long div(long a, long b, Outcome outcome) {
        if (b == 0) {
            return outcome.nothing(Outcome.DIVISION_BY_ZERO);
        }
        return a == Long.MIN_VALUE && b == -1 ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(a / b);
    }

    public static long modFloor(long a, long b, Outcome outcome) {
        return b == 0 ? outcome.nothing(Outcome.DIVISION_BY_ZERO) : outcome.value(Math.floorMod(a, b));
    }

    public static long greatest(long a, long b, Outcome outcome) {
        return outcome.value(Math.max(a, b));
    }

    public static double greatest(double a, double b, Outcome outcome) {
        return outcome.value(Math.max(a, b));
    }

    public static byte[] greatest(byte[] a, byte[] b, Outcome outcome) {
        return outcome.value(Arrays.compareUnsigned(a, b) >= 0 ? a : b);
    }

    public static long least(long a, long b, Outcome outcome) {
        return outcome.value(Math.min(a, b));
    }

    public static double least(double a, double b, Outcome outcome) {
        return outcome.value(Math.min(a, b));
    }

    public static byte[] least(byte[] a, byte[] b, Outcome outcome) {
        return outcome.value(Arrays.compareUnsigned(a, b) <= 0 ? a : b);
    }

    /** The bounds of buckets are exact. */
    public static long widthBucket(double x, double low, double high, long buckets, Outcome outcome) {
        if (x < low) {
            return outcome.value(0L);
        }
        if (x >= high) {
            return outcome.value(buckets + 1);
        }
        BigDecimal from = new BigDecimal(low);
        BigDecimal part = new BigDecimal(x).subtract(from).multiply(BigDecimal.valueOf(buckets));
        return outcome.value(part.divideToIntegralValue(new BigDecimal(high).subtract(from)).longValueExact() + 1);
    }
}
