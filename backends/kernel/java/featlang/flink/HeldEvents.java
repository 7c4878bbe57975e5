package featlang.flink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.apache.flink.api.common.state.MapState;

import featlang.kernel.Routed;

/**
 * The current key's events that wait for the watermark in its state, by their millisecond.
 *
 * <p>A millisecond's newest event stands at its number since year 1, and points at the one before it, which stands under a number
 * in sequence: so adding and taking cost the same whatever is held, and nothing is scanned. Ids are non-negative.
 */
final class HeldEvents {
    /** The earliest millisecond that can be held: the first of year 1. */
    static final long EARLIEST = -62_135_596_800_000L;

    private static final long SEQUENCE = 1L << 62;
    private static final long NONE = -1;
    private static final byte[] NO_ORIGIN = new byte[0];

    private final MapState<Long, byte[]> state;
    private long sequence;

    /**
     * An event in the order of its key.
     *
     * @param origin as of {@link Routed}, or null
     * @param layout the number of the layout that the payload is written in
     */
    record Held(byte[] order, byte[] origin, int layout, byte[] payload) {
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

    /** @param layout the number of the layout that the payload is written in */
    void add(long millisecond, int layout, Routed event) throws Exception {
        long id = millisecond - EARLIEST;
        byte[] newest = state.get(id);
        long previous = NONE;
        if (newest != null) {
            previous = SEQUENCE | sequence++;
            state.put(previous, newest);
        }
        byte[] origin = event.origin() == null ? NO_ORIGIN : event.origin();
        int length = Long.BYTES + 3 * Integer.BYTES + event.order().length + origin.length + event.payload().length;
        ByteBuffer held = ByteBuffer.allocate(length).putLong(previous).putInt(layout);
        held.putInt(event.order().length).put(event.order()).putInt(origin.length).put(origin).put(event.payload());
        state.put(id, held.array());
    }

    /** Removes and gives the milliseconds' events with those of {@code more}, which are in order, in order. */
    List<Held> take(List<Long> milliseconds, List<Held> more) throws Exception {
        if (milliseconds.isEmpty()) {
            return more;
        }
        List<Held> events = new ArrayList<>(more);
        for (long millisecond : milliseconds) {
            take(millisecond, events);
        }
        events.sort((a, b) -> Arrays.compareUnsigned(a.order, b.order));
        return events;
    }

    private void take(long millisecond, List<Held> into) throws Exception {
        long id = millisecond - EARLIEST;
        while (id != NONE) {
            ByteBuffer held = ByteBuffer.wrap(state.get(id));
            state.remove(id);
            id = held.getLong();
            int layout = held.getInt();
            byte[] order = read(held, held.getInt());
            byte[] origin = read(held, held.getInt());
            byte[] payload = read(held, held.remaining());
            into.add(new Held(order, origin.length == 0 ? null : origin, layout, payload));
        }
    }

    private static byte[] read(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }
}
