package featlang.kernel.aggregates;

import featlang.kernel.Bits;
import featlang.kernel.BytesExtreme;
import featlang.kernel.LongExtreme;
import featlang.kernel.Outcome;

/** {@code max(x)}: the largest value. Null of nothing. */
public final class Max {
    private Max() {
    }

    /** Of ints, timestamps, durations, dates. */
    public static long intValue(LongExtreme held, Outcome outcome) {
        return Held.intValue(held, outcome);
    }

    /** Of floats that were added by {@link Bits#sortable}. */
    public static double floatValue(LongExtreme held, Outcome outcome) {
        return held.isEmpty() ? outcome.nothing(Outcome.DECLARED) : outcome.value(Bits.fromSortable(held.value()));
    }

    /** Of strings and bytes. */
    public static byte[] bytesValue(BytesExtreme held, Outcome outcome) {
        return Held.bytesValue(held, outcome);
    }
}
