package featlang.kernel.aggregates;

import featlang.kernel.ExactSum;
import featlang.kernel.Operators;
import featlang.kernel.Outcome;

/** {@code var(x)}, of a sample: RN(n * S2 - S1^2) / (n * (n - 1)). Null for fewer than two values, and for {@code NOT_FINITE}. */
public final class Var {
    private Var() {
    }

    public static double floatValue(featlang.kernel.Count n, ExactSum s1, ExactSum s2, Outcome outcome) {
        long count = n.value();
        if (count < 2) {
            return outcome.nothing(Outcome.DECLARED);
        }
        double pairs = (double) count * (double) (count - 1);
        return Operators.finite(ExactSum.roundedM2(count, s1, s2) / pairs, outcome);
    }
}
