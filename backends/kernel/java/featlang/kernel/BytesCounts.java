package featlang.kernel;

import java.util.Arrays;

/** A multiset of byte strings. Encoded in the order of their hashes, then of their unsigned bytes. The arrays are shared with whoever gave them. */
final class BytesCounts extends Counts<BytesCounts> {
    /** Of a text of some 30 bytes. */
    private static final int VALUE_BYTES = 48;

    private byte[][] values = new byte[counts.length][];
    private int[] hashes = new int[counts.length];

    /** True if the value is new. */
    boolean add(byte[] value, long count) {
        return add(value, hash(value), count);
    }

    private boolean add(byte[] value, int hash, long count) {
        int slot = find(value, hash);
        if (counts[slot] == 0) {
            values[slot] = value;
            hashes[slot] = hash;
        }
        return increase(slot, count);
    }

    boolean contains(byte[] value) {
        return counts[find(value, hash(value))] != 0;
    }

    /** The value's slot, or the free one where it belongs. */
    private int find(byte[] value, int hash) {
        int mask = counts.length - 1;
        int slot = hash & mask;
        while (counts[slot] != 0 && !(hashes[slot] == hash && Arrays.equals(values[slot], value))) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private static int hash(byte[] value) {
        int hash = Arrays.hashCode(value) * 0x9E3779B9;
        return hash ^ hash >>> 16;
    }

    @Override
    void addAll(BytesCounts other) {
        for (int i = 0; i < other.counts.length; i++) {
            if (other.counts[i] != 0) {
                add(other.values[i], other.hashes[i], other.counts[i]);
            }
        }
    }

    @Override
    void subtractAll(BytesCounts other) {
        for (int i = 0; i < other.counts.length; i++) {
            if (other.counts[i] != 0) {
                decrease(find(other.values[i], other.hashes[i]), other.counts[i]);
            }
        }
    }

    @Override
    int shared(BytesCounts other) {
        int shared = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0 && other.counts[other.find(values[i], hashes[i])] != 0) {
                shared++;
            }
        }
        return shared;
    }

    @Override
    void write(Writer out) {
        out.writeVarint(size());
        for (long entry : sorted()) {
            int slot = (int) entry;
            out.writeBytes(values[slot]);
            out.writeVarint(counts[slot]);
        }
    }

    /** The slots in use, each below its hash, in the order of {@link #write}. */
    private long[] sorted() {
        long[] entries = new long[size()];
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                entries[next++] = (long) hashes[i] << 32 | i;
            }
        }
        Arrays.sort(entries);
        for (int i = 1; i < entries.length; i++) {
            // Values of equal hashes are as good as never there, and few: by their bytes.
            for (int j = i; j > 0 && areSwapped(entries[j - 1], entries[j]); j--) {
                long later = entries[j - 1];
                entries[j - 1] = entries[j];
                entries[j] = later;
            }
        }
        return entries;
    }

    private boolean areSwapped(long a, long b) {
        return a >> 32 == b >> 32 && Arrays.compareUnsigned(values[(int) a], values[(int) b]) > 0;
    }

    @Override
    void read(Reader in) {
        clear();
        long size = in.readVarint();
        for (long i = 0; i < size; i++) {
            byte[] value = in.readBytes();
            add(value, in.readVarint());
        }
    }

    @Override
    int home(int slot) {
        return hashes[slot] & counts.length - 1;
    }

    @Override
    int slotBytes() {
        return 2 * Integer.BYTES;
    }

    @Override
    int valueBytes() {
        return VALUE_BYTES;
    }

    @Override
    void move(int from, int to) {
        values[to] = values[from];
        hashes[to] = hashes[from];
    }

    @Override
    void allocate(int capacity) {
        values = new byte[capacity][];
        hashes = new int[capacity];
    }

    @Override
    void forget(int slot) {
        values[slot] = null;
    }

    @Override
    void refill(long[] oldCounts) {
        byte[][] old = values;
        int[] oldHashes = hashes;
        allocate(counts.length);
        for (int i = 0; i < old.length; i++) {
            if (oldCounts[i] != 0) {
                int slot = find(old[i], oldHashes[i]);
                values[slot] = old[i];
                hashes[slot] = oldHashes[i];
                counts[slot] = oldCounts[i];
            }
        }
    }
}
