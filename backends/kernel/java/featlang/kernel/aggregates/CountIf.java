package featlang.kernel.aggregates;

import featlang.kernel.Outcome;

/** {@code count_if(condition)}: how many rows where it is true. */
public final class CountIf {
    private CountIf() {
    }

    public static long intValue(featlang.kernel.Count trues, Outcome outcome) {
        return outcome.value(trues.value());
    }
}
