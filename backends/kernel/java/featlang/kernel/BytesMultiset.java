package featlang.kernel;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * A multiset of byte strings. Encoded in the order of their unsigned bytes. The arrays are shared with whoever gave them. The hashes
 * have a seed of their own in every JVM, so that nobody can send values that all have the same.
 */
final class BytesMultiset extends Multiset<BytesMultiset> {
    /** Of a text of some 30 bytes. */
    private static final int VALUE_BYTES = 48;
    private static final long SEED = new SecureRandom().nextLong();

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
        return (int) XxHash64.hash(value, 0, value.length, SEED);
    }

    @Override
    void addAll(BytesMultiset other) {
        for (int i = 0; i < other.counts.length; i++) {
            if (other.counts[i] != 0) {
                add(other.values[i], other.hashes[i], other.counts[i]);
            }
        }
    }

    @Override
    void subtractAll(BytesMultiset other) {
        for (int i = 0; i < other.counts.length; i++) {
            if (other.counts[i] != 0) {
                decrease(find(other.values[i], other.hashes[i]), other.counts[i]);
            }
        }
    }

    @Override
    int shared(BytesMultiset other) {
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
        for (byte[] value : sorted()) {
            out.writeBytes(value);
            out.writeVarint(counts[find(value, hash(value))]);
        }
    }

    private byte[][] sorted() {
        byte[][] sorted = new byte[size()][];
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                sorted[next++] = values[i];
            }
        }
        if (sorted.length > 1) {
            Arrays.sort(sorted, Arrays::compareUnsigned);
        }
        return sorted;
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
