package featlang.kernel.aggregates;

import featlang.kernel.DecimalSum;
import featlang.kernel.ExactSum;
import featlang.kernel.Operators;
import featlang.kernel.Outcome;

/** {@code sum(x)}: exact, rounded once where {@code x} is a float. */
public final class Sum {
    private Sum() {
    }

    /** Of ints and durations. Null of nothing, and for {@code OVERFLOW} out of int64. */
    public static long intValue(featlang.kernel.Count n, ExactSum s1, Outcome outcome) {
        if (n.value() == 0) {
            return outcome.nothing(Outcome.DECLARED);
        }
        return s1.fitsLong() ? outcome.value(s1.longValue()) : outcome.nothing(Outcome.OVERFLOW);
    }

    /** Of decimals. Null of nothing, and for {@code OVERFLOW} beyond the digits of its type. */
    public static byte[] bytesValue(featlang.kernel.Count n, DecimalSum s1, Outcome outcome) {
        if (n.value() == 0) {
            return outcome.noBytes(Outcome.DECLARED);
        }
        byte[] sum = s1.value();
        return sum == null ? outcome.noBytes(Outcome.OVERFLOW) : outcome.value(sum);
    }

    /** RN(S1). Null of nothing, and for {@code NOT_FINITE} beyond the doubles. */
    public static double floatValue(featlang.kernel.Count n, ExactSum s1, Outcome outcome) {
        return n.value() == 0 ? outcome.nothing(Outcome.DECLARED) : Operators.finite(s1.rounded(), outcome);
    }
}
