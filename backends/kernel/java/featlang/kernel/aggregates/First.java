package featlang.kernel.aggregates;

import featlang.kernel.BytesHeld;
import featlang.kernel.LongHeld;
import featlang.kernel.Outcome;

/** {@code first(x)}: the first value in the declared order of the events. Null of nothing. */
public final class First {
    private First() {
    }

    public static boolean boolValue(LongHeld<?> held, Outcome outcome) {
        return intValue(held, outcome) != 0;
    }

    /** Of ints, timestamps, durations, dates. */
    public static long intValue(LongHeld<?> held, Outcome outcome) {
        return Held.intValue(held, outcome);
    }

    /** Of floats that were added as their raw bits. */
    public static double floatValue(LongHeld<?> held, Outcome outcome) {
        return held.isEmpty() ? outcome.nothing(Outcome.DECLARED) : outcome.value(Double.longBitsToDouble(held.value()));
    }

    /** Of strings and bytes. */
    public static byte[] bytesValue(BytesHeld<?> held, Outcome outcome) {
        return Held.bytesValue(held, outcome);
    }
}
