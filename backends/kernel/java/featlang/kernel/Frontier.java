package featlang.kernel;

import java.util.HashMap;
import java.util.Map;

/**
 * How far all partitions of a source have come: the time before which no event is awaited any more.
 *
 * <p>It is the least of the partitions' greatest times less the lateness, and never goes back. A partition from which nothing came
 * for {@code idleness} holds it back no longer, until something comes again; while all are silent it stays. All times are µs; those
 * called wall are of the machine's clock. Used by one thread.
 */
public final class Frontier {
    private final long lateness;
    private final long idleness;
    private final Map<String, Seen> partitions = new HashMap<>();
    private final long saved;
    private long leastBefore = Long.MAX_VALUE;
    private long released;

    /** A partition, and when something last came from it. */
    private static final class Seen {
        private final SourceReader.Partition partition;
        private long wall;

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
    }

    /**
     * A partition is read on for which {@link #released} was this where it was read before. The least of all such holds from the beginning: no
     * partition that was read before sends anything behind it, and one that is new is not awaited. Before any {@link #advance}.
     */
    public void goesOn(long before) {
        leastBefore = Math.min(leastBefore, before);
        released = Math.max(saved, leastBefore);
    }

    /** Something came from the partition. */
    public void saw(String name, long wall) {
        partitions.get(name).wall = wall;
    }

    /** Goes on as far as the partitions allow; gives {@link #released}. */
    public long advance(long wall) {
        long least = Long.MAX_VALUE;
        boolean any = false;
        for (Seen seen : partitions.values()) {
            if (idleness < 0 || wall - seen.wall < idleness) {
                any = true;
                least = Math.min(least, complete(seen.partition));
            }
        }
        if (any) {
            released = Math.max(released, least);
        }
        return released;
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
