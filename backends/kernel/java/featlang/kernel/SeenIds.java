package featlang.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The ids that a partition's accepted events had, each with the event's time, until they are too old to make another event a duplicate.
 * An id is the canonical encoding of its columns, whole: two events are never taken for one because a hash is equal.
 */
final class SeenIds {
    /** How many ids stand in one part of the state. */
    private static final int PART = 100_000;

    private static final class Id {
        private final byte[] bytes;
        private final int hash;
        private final long time;

        Id(byte[] bytes, long time) {
            this.bytes = bytes;
            this.time = time;
            hash = Long.hashCode(XxHash64.hash(bytes, 0, bytes.length));
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Id id && Arrays.equals(bytes, id.bytes);
        }
    }

    private final Map<Id, Id> seen = new HashMap<>();
    private final PriorityQueue<Id> oldest = new PriorityQueue<>(Comparator.comparingLong(id -> id.time));

    /** The time of the event that had the id; {@code orElse} where none is remembered. */
    long timeOf(byte[] bytes, long orElse) {
        Id found = seen.get(new Id(bytes, 0));
        return found == null ? orElse : found.time;
    }

    /** Remembers an id; one that is remembered already with the later of the times. */
    void add(byte[] bytes, long time) {
        Id id = new Id(bytes, time);
        Id known = seen.get(id);
        if (known != null && known.time >= time) {
            return;
        }
        seen.remove(id);
        seen.put(id, id);
        oldest.add(id);
    }

    /** Forgets the ids of events before a time. */
    void forget(long before) {
        while (!oldest.isEmpty() && oldest.peek().time < before) {
            Id id = oldest.poll();
            Id known = seen.get(id);
            if (known == id) {
                seen.remove(id);
            }
        }
    }

    /** All of them, in parts; {@link #restore} takes each. */
    List<byte[]> save() {
        List<byte[]> parts = new ArrayList<>();
        Writer out = new Writer();
        int count = 0;
        for (Id id : seen.values()) {
            out.writeLong(id.time);
            out.writeBytes(id.bytes);
            if (++count % PART == 0) {
                parts.add(out.toBytes());
                out.clear();
            }
        }
        if (out.size() > 0) {
            parts.add(out.toBytes());
        }
        return parts;
    }

    void restore(byte[] part) {
        Reader in = new Reader().reset(part);
        while (!in.atEnd()) {
            long time = in.readLong();
            add(in.readBytes(), time);
        }
    }
}
