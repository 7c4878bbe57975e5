package featlang.kernel.aggregates;

import featlang.kernel.Outcome;

/** {@code any(condition)}: whether it is true in a row. */
public final class Any {
    private Any() {
    }

    public static boolean boolValue(featlang.kernel.Count trues, Outcome outcome) {
        outcome.value(0L);
        return trues.value() > 0;
    }
}
