package featlang.kernel;

import java.util.Arrays;

/**
 * The operators that may have no value on their operands. Each is total: it sets {@code outcome} to a value, or to null and why.
 * Ints are int64 (times and durations too); floats come in finite and never -0.0, and leave so.
 */
public final class Operators {
    private Operators() {
    }

    public static long addInt(long a, long b, Outcome outcome) {
        long sum = a + b;
        return ((a ^ sum) & (b ^ sum)) < 0 ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(sum);
    }

    public static long subtractInt(long a, long b, Outcome outcome) {
        long difference = a - b;
        return ((a ^ b) & (a ^ difference)) < 0 ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(difference);
    }

    public static long multiplyInt(long a, long b, Outcome outcome) {
        long product = a * b;
        return Math.multiplyHigh(a, b) != product >> 63 ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(product);
    }

    public static long negateInt(long a, Outcome outcome) {
        return a == Long.MIN_VALUE ? outcome.nothing(Outcome.OVERFLOW) : outcome.value(-a);
    }

    /** The remainder, with the sign of the dividend. */
    public static long moduloInt(long a, long b, Outcome outcome) {
        return b == 0 ? outcome.nothing(Outcome.DIVISION_BY_ZERO) : outcome.value(a % b);
    }

    public static double addFloat(double a, double b, Outcome outcome) {
        return finite(a + b, outcome);
    }

    public static double subtractFloat(double a, double b, Outcome outcome) {
        return finite(a - b, outcome);
    }

    public static double multiplyFloat(double a, double b, Outcome outcome) {
        return finite(a * b, outcome);
    }

    public static double divideFloat(double a, double b, Outcome outcome) {
        return b == 0 ? outcome.nothing(Outcome.DIVISION_BY_ZERO) : finite(a / b, outcome);
    }

    /** The exact remainder of the division that truncates, with the sign of the dividend. */
    public static double moduloFloat(double a, double b, Outcome outcome) {
        return b == 0 ? outcome.nothing(Outcome.DIVISION_BY_ZERO) : finite(a % b, outcome);
    }

    public static double negateFloat(double a, Outcome outcome) {
        return finite(-a, outcome);
    }

    /** Negative, zero or positive: the order of unsigned bytes, a prefix before what it begins. */
    public static int compareBytes(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b);
    }

    /** A float result: null for {@code NOT_FINITE} where it is NaN or infinite; -0.0 as 0.0. */
    public static double finite(double value, Outcome outcome) {
        return Math.abs(value) <= Double.MAX_VALUE ? outcome.value(value + 0.0) : outcome.nothing(Outcome.NOT_FINITE);
    }
}
