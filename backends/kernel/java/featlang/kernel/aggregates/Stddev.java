package featlang.kernel.aggregates;

import featlang.kernel.ExactSum;
import featlang.kernel.Outcome;

/** {@code stddev(x)}, of a sample: the square root of {@link Var}, and null where that is. */
public final class Stddev {
    private Stddev() {
    }

    public static double floatValue(featlang.kernel.Count n, ExactSum s1, ExactSum s2, Outcome outcome) {
        // Of null it is the root of 0.
        return Math.sqrt(Var.floatValue(n, s1, s2, outcome));
    }
}
