package featlang.kernel;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The operators of decimals. The type of the result comes first, that of an argument before it. The types are such that what they give
 * always fits (docs/semantics.md).
 */
public final class DecimalOperators {
    private DecimalOperators() {
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
            return outcome.noBytes(Outcome.DIVISION_BY_ZERO);
        }
        return given(result, Decimals.value(one, a).divide(divisor, result.scale(), RoundingMode.HALF_EVEN), outcome);
    }

    /** The remainder with the sign of the dividend; null of a divisor 0. */
    public static byte[] modulo(Structure result, Structure one, byte[] a, Structure other, byte[] b, Outcome outcome) {
        BigDecimal divisor = Decimals.value(other, b);
        if (divisor.signum() == 0) {
            return outcome.noBytes(Outcome.DIVISION_BY_ZERO);
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

    /** The nearest decimal of the type; null for {@code OVERFLOW}. */
    static byte[] given(Structure result, BigDecimal value, Outcome outcome) {
        byte[] nearest = Decimals.nearest(result, value);
        return nearest == null ? outcome.noBytes(Outcome.OVERFLOW) : outcome.value(nearest);
    }
}
