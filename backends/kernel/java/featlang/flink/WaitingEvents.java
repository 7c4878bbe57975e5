package featlang.flink;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import featlang.kernel.Routed;

/**
 * Events of all keys that wait for the watermark in memory, as many as have room. Nothing here outlives a checkpoint: before it all
 * are put into Flink's state.
 */
final class WaitingEvents {
    /** What an event takes in memory beside its bytes, about. */
    private static final int OVERHEAD = 200;

    private final long mostBytes;
    private final List<Waiting> events = new ArrayList<>();
    /** Whether {@link #events} is in order. */
    private boolean sorted = true;
    private long bytes;

    /** @param millisecond the watermark that releases the event */
    record Waiting(Key key, long millisecond, Routed event) {
    }

    WaitingEvents(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Whether there is room; else the event is not taken. */
    boolean add(Key key, long millisecond, Routed event) {
        if (bytes >= mostBytes) {
            return false;
        }
        sorted = sorted && (events.isEmpty() || compare(events.get(events.size() - 1).event, event) <= 0);
        events.add(new Waiting(key, millisecond, event));
        bytes += size(event);
        return true;
    }

    /** Removes and gives the events that a watermark releases, those of each key in order. */
    List<Waiting> take(long watermark) {
        if (!sorted) {
            events.sort((a, b) -> compare(a.event, b.event));
            sorted = true;
        }
        int count = 0;
        while (count < events.size() && events.get(count).millisecond <= watermark) {
            count++;
        }
        List<Waiting> due = events.subList(0, count);
        List<Waiting> taken = new ArrayList<>(due);
        due.clear();
        taken.forEach(each -> bytes -= size(each.event));
        return taken;
    }

    private static int compare(Routed a, Routed b) {
        return Arrays.compareUnsigned(a.order(), b.order());
    }

    private static int size(Routed event) {
        int origin = event.origin() == null ? 0 : event.origin().length;
        return OVERHEAD + event.key().length + event.order().length + event.payload().length + origin;
    }
}
