package featlang.kernel;

import java.util.Arrays;

/**
 * A multiset: different values with how often each was added. An open-addressing table with linear probing; the values' array
 * is the subclass's. Encoded as the number of values, then each value and its count, in the order of the values.
 */
abstract class Multiset<C extends Multiset<C>> {
    private static final int SMALLEST = 16;
    /** A table above this is given back by {@link #clear}. */
    private static final int KEPT = 256;

    /** How often the slot's value was added; 0 for a free slot. The length is a power of two. */
    long[] counts = new long[SMALLEST];
    private int size;

    /** How many different values. */
    final int size() {
        return size;
    }

    /** Bytes, about. */
    final long memory() {
        return (long) counts.length * (Long.BYTES + slotBytes()) + (long) size * valueBytes();
    }

    final void clear() {
        if (counts.length > KEPT) {
            counts = new long[SMALLEST];
            allocate(SMALLEST);
        } else if (size > 0) {
            for (int i = 0; i < counts.length; i++) {
                forget(i);
            }
            Arrays.fill(counts, 0);
        }
        size = 0;
    }

    abstract void addAll(C other);

    abstract void subtractAll(C other);

    /** How many values are in both. */
    abstract int shared(C other);

    abstract void write(Writer out);

    abstract void read(Reader in);

    /** Where the search for the value in the slot begins. */
    abstract int home(int slot);

    /** What a slot takes beside its count. */
    abstract int slotBytes();

    /** What a value takes outside its slot, about. */
    abstract int valueBytes();

    abstract void move(int from, int to);

    /** A new values' array. */
    abstract void allocate(int capacity);

    /** Lets go of the value in a slot that becomes free. */
    abstract void forget(int slot);

    /** Puts the slots of a table that was replaced into this one. */
    abstract void refill(long[] oldCounts);

    /** Adds to the count of a slot that was found; true if the value in it is new. */
    final boolean increase(int slot, long by) {
        boolean isNew = counts[slot] == 0;
        counts[slot] += by;
        if (isNew) {
            size++;
            if (2 * size > counts.length) {
                grow();
            }
        }
        return isNew;
    }

    final void decrease(int slot, long by) {
        long left = counts[slot] - by;
        if (left < 0) {
            throw new IllegalStateException("a value is taken off that was not added");
        }
        counts[slot] = left;
        if (left == 0) {
            remove(slot);
        }
    }

    private void grow() {
        long[] old = counts;
        counts = new long[2 * old.length];
        refill(old);
    }

    /** Closes the gap, so that no search ends before its value. */
    private void remove(int gap) {
        size--;
        int mask = counts.length - 1;
        int free = gap;
        for (int slot = free + 1 & mask; counts[slot] != 0; slot = slot + 1 & mask) {
            if ((slot - home(slot) & mask) >= (slot - free & mask)) {
                move(slot, free);
                counts[free] = counts[slot];
                counts[slot] = 0;
                free = slot;
            }
        }
        forget(free);
    }
}
