package featlang.kernel.aggregates;

import featlang.kernel.BytesHeld;
import featlang.kernel.LongHeld;
import featlang.kernel.Outcome;

/** What the aggregates that pick one of the values have in common: null of nothing. */
final class Held {
    private Held() {
    }

    static long intValue(LongHeld<?> held, Outcome outcome) {
        return held.isEmpty() ? outcome.nothing(Outcome.DECLARED) : outcome.value(held.value());
    }

    static byte[] bytesValue(BytesHeld<?> held, Outcome outcome) {
        return held.isEmpty() ? outcome.noBytes(Outcome.DECLARED) : outcome.value(held.value());
    }
}
