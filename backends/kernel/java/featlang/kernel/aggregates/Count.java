package featlang.kernel.aggregates;

import featlang.kernel.Outcome;

/** {@code count()}, {@code count(x)}: how many rows, or values that are not null. */
public final class Count {
    private Count() {
    }

    public static long intValue(featlang.kernel.Count n, Outcome outcome) {
        return outcome.value(n.value());
    }
}
