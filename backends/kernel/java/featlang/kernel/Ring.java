package featlang.kernel;

import java.util.Map;
import java.util.function.LongFunction;

/**
 * The accumulators of one window, for the current key.
 *
 * <p>Time is cut into tiles of {@code step}. The newest tile is open and lives here; closed tiles that are not empty form a queue
 * in the {@link Stage.Tiles}, numbered in sequence. When the oldest leaves the window, an invertible accumulator subtracts it
 * from the running one. The others (extremes, first, last) use two stacks: at a flip each closed tile is given the merge of
 * itself with all later ones, the front; what comes afterwards is merged in the back. So an event costs the same whatever the
 * window's length, and no closed tile is read or written more than a few times.
 *
 * <p>An exact window is a ring whose tiles are one microsecond long.
 */
public final class Ring {
    /** The part of a tile's id that is its number in sequence; the ring's position stands above it. */
    private static final int SEQUENCE_BITS = 48;

    /** Over the whole window for an invertible accumulator, over the back and the open tile for another. Fed by every event. */
    public final Accumulator<?>[] running;
    /** Over the open tile. Fed by every event, but for a window that never closes a tile. */
    public final Accumulator<?>[] open;

    final long identity;
    final long[] cellIdentities;
    private final Accumulator<?>[] front;
    private final Accumulator<?>[] scratch;
    private final Accumulator<?>[] suffix;
    private final boolean[] invertible;
    private final boolean hasStacks;
    private final boolean forever;
    private final long step;
    /** The oldest tile in the window is the open one's number less this. */
    private final long span;

    private final Reader reader = new Reader();
    private final Writer writer = new Writer();
    private Stage.Tiles tiles;
    private long position;

    private boolean started;
    private long openNumber;
    /** Closed tiles are [first, next); those before {@code boundary} are the front and hold suffixes. */
    private long first;
    private long boundary;
    private long next;
    private long firstNumber;

    private Ring(long identity, boolean forever, long step, long span, boolean[] invertible, long[] cellIdentities, Factory cells) {
        this.identity = identity;
        this.forever = forever;
        this.step = step;
        this.span = span;
        this.invertible = invertible;
        this.cellIdentities = cellIdentities;
        running = cells.create();
        open = cells.create();
        front = cells.create();
        scratch = cells.create();
        suffix = cells.create();
        boolean stacks = false;
        for (boolean inverts : invertible) {
            stacks |= !inverts;
        }
        hasStacks = stacks;
    }

    /** Makes one set of the ring's accumulators. */
    public interface Factory {
        Accumulator<?>[] create();
    }

    /** Events in [floor((t − width) / step) · step, t]; microseconds. */
    public static Ring sliding(long identity, long width, long step, boolean[] invertible, long[] cells, Factory factory) {
        return new Ring(identity, false, step, width / step, invertible, cells, factory);
    }

    /** Events in (t − width, t]; microseconds. */
    public static Ring exact(long identity, long width, boolean[] invertible, long[] cells, Factory factory) {
        return new Ring(identity, false, 1, width - 1, invertible, cells, factory);
    }

    /** All events. */
    public static Ring forever(long identity, boolean[] invertible, long[] cells, Factory factory) {
        return new Ring(identity, true, 1, 0, invertible, cells, factory);
    }

    void open(Stage.Tiles tiles, int position) {
        this.tiles = tiles;
        this.position = id(position, 0);
    }

    /** Moves the window's edges to an event at {@code time}, which must not be before the last one. */
    public void advance(long time) {
        if (forever) {
            return;
        }
        long number = Math.floorDiv(time, step);
        if (started && number == openNumber) {
            return;
        }
        if (started) {
            if (openNumber < number - span) {
                clear();
            } else {
                close();
                evict(number - span);
            }
        }
        started = true;
        openNumber = number;
    }

    /** The state of the whole window; valid until the next event. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Accumulator<?> whole(int cell) {
        if (invertible[cell] || first == boundary) {
            return running[cell];
        }
        Accumulator merged = scratch[cell];
        merged.clear();
        merged.merge(front[cell]);
        merged.merge(running[cell]);
        return merged;
    }

    long closedTiles() {
        return next - first;
    }

    /** Drops all state, closed tiles included. */
    void clear() {
        for (long sequence = first; sequence < next; sequence++) {
            tiles.remove(position + sequence);
        }
        reset();
    }

    /** Forgets the key without touching its closed tiles. */
    void reset() {
        started = false;
        openNumber = 0;
        first = 0;
        boundary = 0;
        next = 0;
        firstNumber = 0;
        clearAll(running);
        clearAll(open);
        clearAll(front);
    }

    private void close() {
        if (first == next) {
            firstNumber = openNumber;
        }
        put(next++, openNumber, open);
        clearAll(open);
        for (Accumulator<?> cell : running) {
            cell.closeTile();
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private void evict(long oldest) {
        while (first < next && firstNumber < oldest) {
            if (hasStacks && first == boundary) {
                flip();
            }
            get(first, scratch);
            for (int i = 0; i < running.length; i++) {
                if (invertible[i]) {
                    ((Accumulator) running[i]).subtract(scratch[i]);
                }
            }
            tiles.remove(position + first);
            first++;
            boundary = Math.max(boundary, first);
            if (first < next) {
                firstNumber = get(first, scratch);
            }
            for (int i = 0; i < running.length; i++) {
                if (!invertible[i]) {
                    front[i].clear();
                    if (first < boundary) {
                        ((Accumulator) front[i]).merge(scratch[i]);
                    }
                }
            }
        }
    }

    /** Every closed tile becomes the front: from the newest to the oldest, each holds itself merged with all later ones. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private void flip() {
        clearAll(suffix);
        for (long sequence = next - 1; sequence >= first; sequence--) {
            long number = get(sequence, scratch);
            for (int i = 0; i < scratch.length; i++) {
                if (!invertible[i]) {
                    ((Accumulator) scratch[i]).merge(suffix[i]);
                    suffix[i].clear();
                    ((Accumulator) suffix[i]).merge(scratch[i]);
                }
            }
            put(sequence, number, scratch);
        }
        boundary = next;
        for (int i = 0; i < running.length; i++) {
            if (!invertible[i]) {
                running[i].clear();
            }
        }
    }

    private void put(long sequence, long number, Accumulator<?>[] cells) {
        writer.clear();
        writer.writeZigzag(number);
        writeAll(writer, cells);
        tiles.put(position + sequence, writer.toBytes());
    }

    private long get(long sequence, Accumulator<?>[] into) {
        reader.reset(tile(tiles, position + sequence));
        long number = reader.readZigzag();
        for (Accumulator<?> cell : into) {
            cell.read(reader.block());
        }
        return number;
    }

    void write(Writer out) {
        out.writeByte(started ? 1 : 0);
        out.writeZigzag(openNumber);
        out.writeVarint(first);
        out.writeVarint(boundary - first);
        out.writeVarint(next - first);
        out.writeZigzag(firstNumber);
        writeAll(out, open);
        writeAll(out, running);
        if (first < boundary) {
            writeAll(out, front);
        }
    }

    /** Reads what {@link #write} wrote for a ring of the same layout. */
    void read(Reader in) {
        reset();
        readHead(in);
        readAll(in, open);
        readAll(in, running);
        if (first < boundary) {
            readAll(in, front);
        }
    }

    private void readHead(Reader in) {
        started = in.readByte() == 1;
        openNumber = in.readZigzag();
        first = in.readVarint();
        boundary = first + in.readVarint();
        next = first + in.readVarint();
        firstNumber = in.readZigzag();
    }

    static long id(int position, long sequence) {
        return (long) position << SEQUENCE_BITS | sequence;
    }

    private static byte[] tile(Stage.Tiles tiles, long id) {
        byte[] tile = tiles.get(id);
        if (tile == null) {
            long sequence = id & (1L << SEQUENCE_BITS) - 1;
            throw new IllegalStateException("tile " + sequence + " of ring " + (id >>> SEQUENCE_BITS) + " is lost");
        }
        return tile;
    }

    /** Moves the closed tiles of the ring that wrote {@code head} out of the store. */
    static void takeTiles(Stage.Tiles tiles, int position, byte[] head, Map<Long, byte[]> into) {
        Reader in = new Reader().reset(head);
        in.readByte();
        in.readZigzag();
        long start = in.readVarint();
        in.readVarint();
        long end = start + in.readVarint();
        for (long sequence = start; sequence < end; sequence++) {
            long id = id(position, sequence);
            into.put(id, tile(tiles, id));
            tiles.remove(id);
        }
    }

    /**
     * Takes over a ring of the same window whose cells were others: those of the same identity are kept, new ones are empty.
     *
     * @param kept for each cell of this ring, its position in the old ring, or -1
     * @param oldTiles the old ring's closed tiles by number in sequence; already removed from the store
     */
    void migrate(Reader in, int oldCells, int[] kept, LongFunction<byte[]> oldTiles) {
        reset();
        readHead(in);
        readKept(in, oldCells, kept, open);
        readKept(in, oldCells, kept, running);
        if (first < boundary) {
            readKept(in, oldCells, kept, front);
        }
        for (long sequence = first; sequence < next; sequence++) {
            Reader tile = new Reader().reset(oldTiles.apply(sequence));
            long number = tile.readZigzag();
            readKept(tile, oldCells, kept, scratch);
            put(sequence, number, scratch);
        }
    }

    private static void readKept(Reader in, int oldCells, int[] kept, Accumulator<?>[] into) {
        byte[][] blocks = new byte[oldCells][];
        for (int i = 0; i < oldCells; i++) {
            blocks[i] = in.readBytes();
        }
        for (int i = 0; i < into.length; i++) {
            into[i].clear();
            if (kept[i] >= 0) {
                into[i].read(new Reader().reset(blocks[kept[i]]));
            }
        }
    }

    private static void writeAll(Writer out, Accumulator<?>[] cells) {
        for (Accumulator<?> cell : cells) {
            int start = out.beginBlock();
            cell.write(out);
            out.endBlock(start);
        }
    }

    private static void readAll(Reader in, Accumulator<?>[] cells) {
        for (Accumulator<?> cell : cells) {
            cell.read(in.block());
        }
    }

    private static void clearAll(Accumulator<?>[] cells) {
        for (Accumulator<?> cell : cells) {
            cell.clear();
        }
    }
}
