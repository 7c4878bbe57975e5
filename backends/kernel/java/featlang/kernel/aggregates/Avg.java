package featlang.kernel.aggregates;

import featlang.kernel.DecimalSum;
import featlang.kernel.ExactSum;
import featlang.kernel.Operators;
import featlang.kernel.Outcome;

/** {@code avg(x)}: RN(S1) / n, of floats, of ints and of decimals. Null of nothing, and for {@code NOT_FINITE} where RN(S1) is. */
public final class Avg {
    private Avg() {
    }

    public static double floatValue(featlang.kernel.Count n, ExactSum s1, Outcome outcome) {
        if (n.value() == 0) {
            return outcome.nothing(Outcome.DECLARED);
        }
        return Operators.finite(s1.rounded() / n.value(), outcome);
    }

    /** Of decimals. */
    public static double floatValue(featlang.kernel.Count n, DecimalSum s1, Outcome outcome) {
        return n.value() == 0 ? outcome.nothing(Outcome.DECLARED) : Operators.finite(s1.rounded() / n.value(), outcome);
    }
}
