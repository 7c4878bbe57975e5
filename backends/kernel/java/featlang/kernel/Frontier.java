package featlang.kernel;

import java.util.HashMap;
import java.util.Map;

/**
 * How far all partitions of a source have come: the time before which no event is awaited any more.
 *
 * <p>It is the least of the partitions' greatest times less the lateness, and never goes back. A partition from which no event came
 * for {@code idleness} holds it back no longer, until one does again. Records that are none, or are late by their own partition, do not count: they
 * move no greatest time, and would hold all others back for good. Where none came from any for so long, the first event wakes the source: all are awaited anew from then on, as whoever sends to one after a pause mostly sends to the others too. All times are µs; those
 * called wall are of a clock that goes on while partitions are read. Used by one thread.
 */
public final class Frontier {
    private final long lateness;
    private final long idleness;
    private final Map<String, Seen> partitions = new HashMap<>();
    private final long saved;
    private long leastBefore = Long.MAX_VALUE;
    private long released;
    /** When an event last came from any partition; before that, when the first was added. */
    private long last = Long.MIN_VALUE;
    /** When an event came for the first time since all were silent. */
    private long woken = Long.MIN_VALUE;

    /** A partition. */
    private static final class Seen {
        private final SourceReader.Partition partition;
        /** When an event last came from it, or it was added. */
        private long wall;
        /** Whether one did. */
        private boolean heard;

        Seen(SourceReader.Partition partition, long wall) {
            this.partition = partition;
            this.wall = wall;
        }
    }

    /**
     * @param idleness -1 where a silent partition holds the others back for ever
     * @param released what {@link #released} gave when the state was saved; {@code Long.MIN_VALUE} at first
     */
    public Frontier(long lateness, long idleness, long released) {
        this.lateness = lateness;
        this.idleness = idleness;
        this.released = released;
        saved = released;
    }

    /** The source has this partition; its state is read at each {@link #advance}. */
    public void add(String name, SourceReader.Partition partition, long wall) {
        partitions.put(name, new Seen(partition, wall));
        last = Math.max(last, wall);
    }

    /**
     * A partition is read on for which {@link #released} was this where it was read before. The least of all such holds from the beginning: no
     * partition that was read before sends anything behind it, and one that is new is not awaited. Before any {@link #advance}.
     */
    public void goesOn(long before) {
        leastBefore = Math.min(leastBefore, before);
        released = Math.max(saved, leastBefore);
    }

    /** An event of the partition came ({@link SourceReader#heard}). Only asked for with an idleness. */
    public void saw(String name, long wall) {
        if (wall - last >= idleness) {
            woken = wall;
        }
        last = wall;
        Seen seen = partitions.get(name);
        seen.wall = wall;
        seen.heard = true;
    }

    /** Goes on as far as the partitions allow; gives {@link #released}. */
    public long advance(long wall) {
        boolean isAwake = idleness < 0 || wall - last < idleness;
        long least = Long.MAX_VALUE;
        for (Seen seen : partitions.values()) {
            // While all are silent, those hold that sent anything since they were so before.
            boolean holds = isAwake ? isAwaited(seen, wall) : seen.heard && seen.wall >= woken;
            if (holds) {
                least = Math.min(least, complete(seen.partition));
            }
        }
        if (least != Long.MAX_VALUE) {
            released = Math.max(released, least);
        }
        return released;
    }

    private boolean isAwaited(Seen seen, long wall) {
        return idleness < 0 || wall - Math.max(seen.wall, woken) < idleness;
    }

    /** Every accepted event from now on has this time or a later one. */
    public long released() {
        return released;
    }

    private long complete(SourceReader.Partition partition) {
        if (!partition.any) {
            return Long.MIN_VALUE;
        }
        return partition.greatest < Long.MIN_VALUE + lateness ? Long.MIN_VALUE : partition.greatest - lateness;
    }
}
