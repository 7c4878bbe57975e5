package featlang.kernel;

import java.util.Arrays;

/** A multiset of longs. Encoded in ascending order, each as its distance from the one before. */
final class LongMultiset extends Multiset<LongMultiset> {
    private long[] values = new long[counts.length];

    /** True if the value is new. */
    boolean add(long value, long count) {
        int slot = find(value);
        values[slot] = value;
        return increase(slot, count);
    }

    boolean contains(long value) {
        return counts[find(value)] != 0;
    }

    /** The value's slot, or the free one where it belongs. */
    private int find(long value) {
        int mask = counts.length - 1;
        int slot = home(value, mask);
        while (counts[slot] != 0 && values[slot] != value) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private static int home(long value, int mask) {
        // A multiplication mixes upwards only, and floats differ in their high bits: fold, multiply, take the high half.
        return (int) ((value ^ value >>> 32) * 0x9E3779B97F4A7C15L >>> 32) & mask;
    }

    @Override
    void addAll(LongMultiset other) {
        for (int i = 0; i < other.counts.length; i++) {
            if (other.counts[i] != 0) {
                add(other.values[i], other.counts[i]);
            }
        }
    }

    @Override
    void subtractAll(LongMultiset other) {
        for (int i = 0; i < other.counts.length; i++) {
            if (other.counts[i] != 0) {
                decrease(find(other.values[i]), other.counts[i]);
            }
        }
    }

    @Override
    int shared(LongMultiset other) {
        int shared = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0 && other.contains(values[i])) {
                shared++;
            }
        }
        return shared;
    }

    @Override
    void write(Writer out) {
        long[] sorted = new long[size()];
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                sorted[next++] = values[i];
            }
        }
        Arrays.sort(sorted);
        out.writeVarint(sorted.length);
        long before = 0;
        for (int i = 0; i < sorted.length; i++) {
            if (i == 0) {
                out.writeZigzag(sorted[i]);
            } else {
                out.writeVarint(sorted[i] - before);
            }
            out.writeVarint(counts[find(sorted[i])]);
            before = sorted[i];
        }
    }

    @Override
    void read(Reader in) {
        clear();
        long size = in.readVarint();
        long value = 0;
        for (long i = 0; i < size; i++) {
            value = i == 0 ? in.readZigzag() : value + in.readVarint();
            add(value, in.readVarint());
        }
    }

    @Override
    int home(int slot) {
        return home(values[slot], counts.length - 1);
    }

    @Override
    int slotBytes() {
        return Long.BYTES;
    }

    @Override
    int valueBytes() {
        return 0;
    }

    @Override
    void move(int from, int to) {
        values[to] = values[from];
    }

    @Override
    void allocate(int capacity) {
        values = new long[capacity];
    }

    @Override
    void forget(int slot) {
        // A long holds on to nothing.
    }

    @Override
    void refill(long[] oldCounts) {
        long[] old = values;
        values = new long[counts.length];
        for (int i = 0; i < old.length; i++) {
            if (oldCounts[i] != 0) {
                int slot = find(old[i]);
                values[slot] = old[i];
                counts[slot] = oldCounts[i];
            }
        }
    }
}
