package featlang.kernel.aggregates;

import featlang.kernel.Bits;
import featlang.kernel.BytesLast;
import featlang.kernel.LongLast;
import featlang.kernel.Outcome;

/** {@code last(x)}: the last value in the order of the events. Null of nothing. */
public final class Last {
    private Last() {
    }

    public static boolean boolValue(LongLast held, Outcome outcome) {
        return intValue(held, outcome) != 0;
    }

    /** Of ints, timestamps, durations, dates. */
    public static long intValue(LongLast held, Outcome outcome) {
        return Held.intValue(held, outcome);
    }

    /** Of floats that were added as their raw bits. */
    public static double floatValue(LongLast held, Outcome outcome) {
        return held.isEmpty() ? outcome.nothing(Outcome.DECLARED) : outcome.value(Double.longBitsToDouble(held.value()));
    }

    /** Of strings and bytes. */
    public static byte[] bytesValue(BytesLast held, Outcome outcome) {
        return Held.bytesValue(held, outcome);
    }
}
