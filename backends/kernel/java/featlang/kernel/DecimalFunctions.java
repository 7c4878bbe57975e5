package featlang.kernel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Functions of decimals, as {@code stdlib/functions/decimals.py}, {@code numbers.py} and {@code texts.py} declare them. The type of a result that is one
 * comes first, that of an argument before it.
 */
public final class DecimalFunctions {
    private DecimalFunctions() {
    }

    public static byte[] toDecimal(Structure result, long a, long precision, long scale, Outcome outcome) {
        return DecimalOperators.given(result, BigDecimal.valueOf(a), outcome);
    }

    public static byte[] toDecimal(Structure result, double a, long precision, long scale, Outcome outcome) {
        return DecimalOperators.given(result, new BigDecimal(a), outcome);
    }

    public static byte[] toDecimal(Structure result, Structure one, byte[] a, long precision, long scale, Outcome outcome) {
        return DecimalOperators.given(result, Decimals.value(one, a), outcome);
    }

    /** Of a text; null of one that is no number. */
    public static byte[] toDecimal(Structure result, byte[] text, long precision, long scale, Outcome outcome) {
        String number = Text.string(TextFunctions.trimmed(text));
        BigDecimal parsed = NumberText.isNumber(number) ? Decimals.parsed(number) : null;
        return parsed == null ? outcome.noBytes(Outcome.UNDEFINED) : DecimalOperators.given(result, parsed, outcome);
    }

    public static byte[] abs(Structure result, Structure one, byte[] a, Outcome outcome) {
        return DecimalOperators.given(result, Decimals.value(one, a).abs(), outcome);
    }

    public static long sign(Structure one, byte[] a, Outcome outcome) {
        return outcome.value((long) Decimals.value(one, a).signum());
    }

    public static byte[] floor(Structure result, Structure one, byte[] a, Outcome outcome) {
        return DecimalOperators.given(result, Decimals.value(one, a).setScale(0, RoundingMode.FLOOR), outcome);
    }

    public static byte[] ceil(Structure result, Structure one, byte[] a, Outcome outcome) {
        return DecimalOperators.given(result, Decimals.value(one, a).setScale(0, RoundingMode.CEILING), outcome);
    }

    /** The nearest that the result's type holds; of two the even one. */
    public static byte[] round(Structure result, Structure one, byte[] a, long digits, Outcome outcome) {
        return DecimalOperators.given(result, Decimals.value(one, a), outcome);
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
}
