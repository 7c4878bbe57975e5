package featlang.flink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.apache.flink.api.common.state.MapState;

/**
 * The current key's events that wait for the watermark, by their millisecond.
 *
 * <p>A millisecond's newest event stands at its number since year 1, and points at the one before it, which stands under a number
 * in sequence: so adding and taking cost the same whatever is held, and nothing is scanned. Ids are non-negative.
 */
final class HeldEvents {
    private static final long YEAR_ONE = -62_135_596_800_000L;
    private static final long SEQUENCE = 1L << 62;
    private static final long NONE = -1;

    private final MapState<Long, byte[]> state;
    private long sequence;

    /** An event in the order of its key. */
    record Held(byte[] order, byte[] payload) {
    }

    /** @param sequence above every number that was used before */
    HeldEvents(MapState<Long, byte[]> state, long sequence) {
        this.state = state;
        this.sequence = sequence;
    }

    /** Above every number used so far. */
    long sequence() {
        return sequence;
    }

    void add(long millisecond, byte[] order, byte[] payload) throws Exception {
        long id = millisecond - YEAR_ONE;
        byte[] newest = state.get(id);
        long previous = NONE;
        if (newest != null) {
            previous = SEQUENCE | sequence++;
            state.put(previous, newest);
        }
        byte[] held = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + order.length + payload.length)
                .putLong(previous).putInt(order.length).put(order).put(payload).array();
        state.put(id, held);
    }

    /** Removes and gives the millisecond's events, in order. */
    List<Held> take(long millisecond) throws Exception {
        List<Held> events = new ArrayList<>(1);
        long id = millisecond - YEAR_ONE;
        while (id != NONE) {
            ByteBuffer held = ByteBuffer.wrap(state.get(id));
            state.remove(id);
            id = held.getLong();
            byte[] order = new byte[held.getInt()];
            held.get(order);
            byte[] payload = new byte[held.remaining()];
            held.get(payload);
            events.add(new Held(order, payload));
        }
        if (events.size() > 1) {
            events.sort((a, b) -> Arrays.compareUnsigned(a.order, b.order));
        }
        return events;
    }
}
