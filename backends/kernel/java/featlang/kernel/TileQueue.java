package featlang.kernel;

import java.util.Arrays;

/**
 * The closed tiles of a ring, numbered in sequence: those before a point are in the {@link Stage.Tiles}, where the last save put
 * them, the later ones here. So most tiles of a window that is short beside the time between two saves never leave this object.
 */
final class TileQueue {
    /** The part of a tile's id in the store that is its number in sequence; the ring's position stands above it. */
    private static final int SEQUENCE_BITS = 48;
    private static final int SMALLEST = 4;
    /** Of more tiles than that the oldest half is put into the store. */
    private static final int MOST = 4096;

    private final Stage.Tiles store;
    private final long position;
    /** By the low bits of their number; the length is a power of two. */
    private byte[][] recent = new byte[SMALLEST][];
    /** What is in the store is before it; from here to {@code next} all are in {@link #recent}. */
    private long start;
    private long next;
    /** Of all in {@link #recent}. */
    private long recentBytes;

    TileQueue(Stage.Tiles store, int position) {
        this.store = store;
        this.position = id(position, 0);
    }

    static long id(int position, long sequence) {
        return (long) position << SEQUENCE_BITS | sequence;
    }

    /** What a store has of a tile that must be there. */
    static byte[] stored(Stage.Tiles store, long id) {
        byte[] tile = store.get(id);
        if (tile == null) {
            long sequence = id & (1L << SEQUENCE_BITS) - 1;
            throw new IllegalStateException("tile " + sequence + " of ring " + (id >>> SEQUENCE_BITS) + " is lost");
        }
        return tile;
    }

    /** Forgets all, whatever the store has. */
    void reset() {
        if (recent.length > SMALLEST) {
            recent = new byte[SMALLEST][];
        } else {
            Arrays.fill(recent, null);
        }
        start = 0;
        next = 0;
        recentBytes = 0;
    }

    /** After {@link #reset}: the store has all tiles before that number. */
    void stored(long end) {
        start = end;
        next = end;
    }

    /** How many tiles the store does not have. */
    int unsaved() {
        return (int) (next - start);
    }

    /** How long those tiles are together. */
    long unsavedBytes() {
        return recentBytes;
    }

    byte[] get(long sequence) {
        return sequence < start ? stored(store, position + sequence) : recent[slot(sequence)];
    }

    /** Replaces a tile, or adds the next one. */
    void put(long sequence, byte[] tile) {
        if (sequence < start) {
            store.put(position + sequence, tile);
            return;
        }
        if (sequence == next) {
            makeRoom();
            next++;
        } else {
            recentBytes -= recent[slot(sequence)].length;
        }
        recent[slot(sequence)] = tile;
        recentBytes += tile.length;
    }

    /** Removes the first tile. */
    void remove(long first) {
        if (first < start) {
            store.remove(position + first);
        } else {
            recentBytes -= recent[slot(first)].length;
            recent[slot(first)] = null;
            start = first + 1;
        }
    }

    /** Puts all tiles into the store. */
    void save() {
        save(next);
    }

    private void save(long end) {
        for (; start < end; start++) {
            byte[] tile = recent[slot(start)];
            store.put(position + start, tile);
            recentBytes -= tile.length;
            recent[slot(start)] = null;
        }
    }

    private void makeRoom() {
        if (next - start < recent.length) {
            return;
        }
        if (recent.length == MOST) {
            save(start + MOST / 2);
            return;
        }
        byte[][] old = recent;
        recent = new byte[2 * old.length][];
        for (long sequence = start; sequence < next; sequence++) {
            recent[slot(sequence)] = old[(int) (sequence & old.length - 1)];
        }
    }

    private int slot(long sequence) {
        return (int) (sequence & recent.length - 1);
    }
}
