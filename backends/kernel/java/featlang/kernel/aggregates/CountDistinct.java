package featlang.kernel.aggregates;

import featlang.kernel.BytesDistinct;
import featlang.kernel.LongDistinct;
import featlang.kernel.Outcome;

/** {@code count_distinct(x)}: how many different values. Null for {@code BOUND} beyond the bound. */
public final class CountDistinct {
    private CountDistinct() {
    }

    public static long intValue(LongDistinct values, Outcome outcome) {
        return values.isOverBound() ? outcome.nothing(Outcome.BOUND) : outcome.value(values.value());
    }

    public static long intValue(BytesDistinct values, Outcome outcome) {
        return values.isOverBound() ? outcome.nothing(Outcome.BOUND) : outcome.value(values.value());
    }
}
