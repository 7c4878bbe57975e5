package featlang.kernel.aggregates;

import featlang.kernel.Outcome;

/** {@code all(condition)}: whether it is false in no row. */
public final class All {
    private All() {
    }

    public static boolean boolValue(featlang.kernel.Count falses, Outcome outcome) {
        outcome.value(0L);
        return falses.value() == 0;
    }
}
