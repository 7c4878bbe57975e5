package featlang.kernel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Operators and functions of decimals. The type of the result comes first, that of an argument before it. The types are such that
 * what the operators give always fits (docs/semantics.md).
 */
public final class DecimalFunctions {
    private DecimalFunctions() {
    }

    public static byte[] add(Structure result, Structure one, byte[] a, Structure other, byte[] b, Outcome outcome) {
        return given(result, Decimals.value(one, a).add(Decimals.value(other, b)), outcome);
    }

    public static byte[] subtract(Structure result, Structure one, byte[] a, Structure other, byte[] b, Outcome outcome) {
        return given(result, Decimals.value(one, a).subtract(Decimals.value(other, b)), outcome);
    }

    public static byte[] multiply(Structure result, Structure one, byte[] a, Structure other, byte[] b, Outcome outcome) {
        return given(result, Decimals.value(one, a).multiply(Decimals.value(other, b)), outcome);
    }

    /** The nearest to the quotient; null of a divisor 0. */
    public static byte[] divide(Structure result, Structure one, byte[] a, Structure other, byte[] b, Outcome outcome) {
        BigDecimal divisor = Decimals.value(other, b);
        if (divisor.signum() == 0) {
            return nothing(Outcome.DIVISION_BY_ZERO, outcome);
        }
        return given(result, Decimals.value(one, a).divide(divisor, result.scale(), RoundingMode.HALF_EVEN), outcome);
    }

    /** The remainder with the sign of the dividend; null of a divisor 0. */
    public static byte[] modulo(Structure result, Structure one, byte[] a, Structure other, byte[] b, Outcome outcome) {
        BigDecimal divisor = Decimals.value(other, b);
        if (divisor.signum() == 0) {
            return nothing(Outcome.DIVISION_BY_ZERO, outcome);
        }
        return given(result, Decimals.value(one, a).remainder(divisor), outcome);
    }

    public static byte[] negate(Structure result, Structure one, byte[] a, Outcome outcome) {
        return given(result, Decimals.value(one, a).negate(), outcome);
    }

    /** The same number as one of a type that holds it. */
    public static byte[] rescale(Structure result, Structure one, byte[] a, Outcome outcome) {
        return given(result, Decimals.value(one, a), outcome);
    }

    public static byte[] rescale(Structure result, long a, Outcome outcome) {
        return given(result, BigDecimal.valueOf(a), outcome);
    }

    public static byte[] toDecimal(Structure result, long a, long precision, long scale, Outcome outcome) {
        return given(result, BigDecimal.valueOf(a), outcome);
    }

    public static byte[] toDecimal(Structure result, double a, long precision, long scale, Outcome outcome) {
        return given(result, new BigDecimal(a), outcome);
    }

    public static byte[] toDecimal(Structure result, Structure one, byte[] a, long precision, long scale, Outcome outcome) {
        return given(result, Decimals.value(one, a), outcome);
    }

    /** Of a text; null of one that is no number. */
    public static byte[] toDecimal(Structure result, byte[] text, long precision, long scale, Outcome outcome) {
        int from = 0;
        int to = text.length;
        while (from < to && text[from] == ' ') {
            from++;
        }
        while (from < to && text[to - 1] == ' ') {
            to--;
        }
        BigDecimal parsed = Decimals.parsed(text, from, to);
        return parsed == null ? nothing(Outcome.UNDEFINED, outcome) : given(result, parsed, outcome);
    }

    public static double toFloat(Structure one, byte[] a, Outcome outcome) {
        return outcome.value(Decimals.value(one, a).doubleValue() + 0.0);
    }

    /** Truncated towards zero; null where no int is that large. */
    public static long toInt(Structure one, byte[] a, Outcome outcome) {
        BigInteger whole = Decimals.value(one, a).toBigInteger();
        return whole.bitLength() < Long.SIZE ? outcome.value(whole.longValue()) : outcome.nothing(Outcome.UNDEFINED);
    }

    public static byte[] toString(Structure one, byte[] a, Outcome outcome) {
        return outcome.value(Text.utf8(Decimals.text(one, a)));
    }

    private static byte[] given(Structure result, BigDecimal value, Outcome outcome) {
        byte[] nearest = Decimals.nearest(result, value);
        return nearest == null ? nothing(Outcome.OVERFLOW, outcome) : outcome.value(nearest);
    }

    private static byte[] nothing(int why, Outcome outcome) {
        outcome.nothing(why);
        return null;
    }
}
