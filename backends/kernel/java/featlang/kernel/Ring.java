package featlang.kernel;

import java.util.Arrays;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * The accumulators of one window, for the current key.
 *
 * <p>Time is cut into tiles of {@code step}. The newest tile is open and lives here; closed tiles that are not empty form a queue
 * ({@link TileQueue}), numbered in sequence. When the oldest leaves the window, an invertible accumulator subtracts it
 * from the running one. The others (extremes, first, last) use two stacks: at a flip each closed tile is given the merge of
 * itself with all later ones, the front; what comes afterwards is merged in the back. So an event costs the same whatever the
 * window's length, and no closed tile is read or written more than a few times.
 *
 * <p>An exact window is a ring whose tiles are one microsecond long, and of which it keeps so many: of more, the oldest are let go, and
 * until the newest of those leaves the window it is over its bound, and has no value. {@code forever} never closes its tile; with a {@code ttl} the
 * tile's number is the time of the last event.
 *
 * <p>In the order of arrival an event may belong to a closed tile: it is fed to {@link #delta} alone, which {@link #settle} then
 * merges into that tile and into all that was merged from it.
 */
public final class Ring {
    private static final int STARTED = 1;
    private static final int CLOSED = 2;
    private static final int FRONT = 4;
    private static final int BEGUN = 8;
    private static final int ASIDE = 16;
    private static final int CUT = 32;

    /** Over the whole window for an invertible accumulator, over the back and the open tile for another. Fed by every event. */
    public final Accumulator<?>[] running;
    /** Over the open tile. Fed by every event, but for a window that never closes a tile. */
    public final Accumulator<?>[] open;
    /** Over an event of a closed tile, until {@link #settle}; only in the order of arrival. */
    public Accumulator<?>[] delta;

    /** Where an event goes: {@link #place}. */
    public enum Place {
        /** Nowhere: no window holds it any more. */
        OUTSIDE,
        /** To {@link #delta}, and then {@link #settle}. */
        CLOSED,
        /** To {@link #running} and {@link #open}. */
        OPEN
    }

    /** What a ring without accumulators, an accumulator, and, beside its bytes, a tile that is not in the store, take in memory, about. */
    private static final int RING_BYTES = 430;
    private static final int CELL_BYTES = 50;
    private static final int TILE_BYTES = 28;

    /** No edge was passed. */
    static final long NONE = Long.MIN_VALUE;

    final long identity;
    final long[] cellIdentities;
    private final Accumulator<?>[] front;
    private Accumulator<?>[] scratch;
    private Accumulator<?>[] suffix;
    private final Accumulator<?>[] growing;
    private final boolean[] invertible;
    private final boolean hasStacks;
    private final boolean forever;
    /** Whether nothing ever leaves. */
    private final boolean endless;
    private final long step;
    /** The oldest tile in the window is the newest one's number less this. */
    private final long span;
    /** The most tiles, the open one among them. */
    private final long most;
    private final Factory factory;

    private final Reader reader = new Reader();
    private Writer writer;
    private TileQueue tiles;

    /** Whether anything is held; then something is in the open tile. */
    private boolean started;
    private long openNumber;
    /** Whether {@code forever} is read as that of nothing, though an event that comes now would go on. */
    private boolean silent;
    /** The tile of what is in {@link #delta}. */
    private long deltaNumber;
    /** Closed tiles are [first, next); those before {@code boundary} are the front and hold suffixes. */
    private long first;
    private long boundary;
    private long next;
    private long firstNumber;
    /** Whether a tile that was let go, because there were too many, is still in the window; the newest such. */
    private boolean isCut;
    private long cut;

    /** Whether this is of a later part: then {@code forever} keeps what {@link #merge} needs to know of silences. */
    private boolean isLater;
    /** Of {@code forever}, the time since which it holds what it holds. */
    private long begun;
    /** Of {@code forever} in the order of arrival, what a later part held before its silences; null at first. */
    private Accumulator<?>[] aside;
    private boolean hasAside;

    private Ring(long identity, boolean forever, long step, long span, long most, boolean[] invertible, long[] cellIdentities,
        Factory cells) {
        this.identity = identity;
        this.forever = forever;
        endless = forever && span < 0;
        this.step = step;
        this.span = span;
        this.most = most;
        factory = cells;
        this.invertible = invertible;
        this.cellIdentities = cellIdentities;
        running = cells.create();
        open = cells.create();
        front = cells.create();
        growing = Stream.of(running, open, front).flatMap(Arrays::stream).filter(Accumulator::grows).toArray(Accumulator<?>[]::new);
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
        return new Ring(identity, false, step, width / step, Long.MAX_VALUE, invertible, cells, factory);
    }

    /** Events in (t − width, t], of so many different times at most; microseconds. */
    public static Ring exact(long identity, long width, long most, boolean[] invertible, long[] cells, Factory factory) {
        return new Ring(identity, false, 1, width - 1, most, invertible, cells, factory);
    }

    /** All events; with a {@code ttl} (µs, -1 for none) those since the last silence of that length. */
    public static Ring forever(long identity, long ttl, boolean[] invertible, long[] cells, Factory factory) {
        return new Ring(identity, true, 1, ttl < 0 ? -1 : ttl - 1, Long.MAX_VALUE, invertible, cells, factory);
    }

    /** The ring for the order of arrival: {@link #place} is called instead of {@link #advance}. */
    public Ring byArrival() {
        delta = factory.create();
        return this;
    }

    /** @param sibling a ring of the same cells whose working space is used, or null */
    void open(Stage.Tiles store, int position, Ring sibling) {
        tiles = new TileQueue(store, position);
        writer = sibling == null ? new Writer() : sibling.writer;
        scratch = sibling == null ? factory.create() : sibling.scratch;
        suffix = sibling == null ? factory.create() : sibling.suffix;
    }

    /** Moves the window's edges to an event at {@code time}, which must not be before the last one. */
    public void advance(long time) {
        if (endless) {
            started = true;
            return;
        }
        long number = Math.floorDiv(time, step);
        if (started) {
            if (number == openNumber) {
                return;
            }
            passTo(oldest(number));
            if (started && !forever) {
                close();
            }
        }
        begin(number);
        openNumber = number;
        keepMost();
    }

    private void begin(long number) {
        begun = started ? begun : number;
        started = true;
    }

    /**
     * Moves the window's edges to τ, and says where an event goes.
     *
     * @param tau the greatest time so far, this event's included
     */
    public Place place(long tau, long time) {
        if (endless) {
            started = true;
            return Place.OPEN;
        }
        long number = Math.floorDiv(time, step);
        long oldest = oldest(time == tau ? number : Math.floorDiv(tau, step));
        if (forever) {
            joinForever(number);
            silent = openNumber < oldest;
            return Place.OPEN;
        }
        passTo(oldest);
        if (number < oldest) {
            return Place.OUTSIDE;
        }
        if (started && number < openNumber) {
            deltaNumber = number;
            return Place.CLOSED;
        }
        if (started && number > openNumber) {
            close();
        }
        started = true;
        openNumber = number;
        keepMost();
        return Place.OPEN;
    }

    private void joinForever(long time) {
        passTo(oldest(time));
        openNumber = started ? Math.max(openNumber, time) : time;
        begin(time);
    }

    /** Lets go of what no window at {@code limit} or later holds; gives the last edge that was passed, or {@link #NONE}. */
    long expire(long limit) {
        silent = false;
        if (nextEdge() > limit) {
            return NONE;
        }
        return passTo(oldest(Math.floorDiv(limit, step)));
    }

    /**
     * In the order of arrival, moves the window's edges to τ to be read, as {@link #place} does; gives the last edge that was passed, or
     * {@link #NONE}. What {@code forever} holds is not let go at a silence, whose edge is given each time: an event behind τ may still join
     * it.
     */
    long look(long tau) {
        if (endless || !started) {
            return NONE;
        }
        long oldest = oldest(Math.floorDiv(tau, step));
        if (forever) {
            silent = openNumber < oldest;
            return silent ? edge(openNumber) : NONE;
        }
        return passTo(oldest);
    }

    private long passTo(long oldest) {
        if (!started) {
            return NONE;
        }
        if (openNumber < oldest) {
            setAside();
            long edge = edge(openNumber);
            clear();
            return edge;
        }
        long edge = NONE;
        if (isCut && cut < oldest) {
            edge = edge(cut);
            isCut = false;
        }
        return Math.max(edge, evict(oldest));
    }

    /** Lets the oldest tiles go where there are too many. */
    private void keepMost() {
        while (next - first >= most) {
            cut = isCut ? Math.max(cut, firstNumber) : firstNumber;
            isCut = true;
            evictFirst();
        }
    }

    /** Whether the window holds more than its bound, and so has no value. */
    public boolean isOverBound() {
        return isCut;
    }

    /**
     * At a silence of a later part in the order of arrival, keeps what {@code forever} holds: the earlier part may have a time that is
     * after all this, and then there is no silence.
     */
    private void setAside() {
        if (!isLater || !forever || delta == null) {
            return;
        }
        if (aside == null) {
            aside = factory.create();
        }
        mergeInTile(aside, running);
        hasAside = true;
    }

    /** The oldest tile in a window whose newest is the one of that number. */
    private long oldest(long number) {
        return number < Long.MIN_VALUE + span ? Long.MIN_VALUE : number - span;
    }

    /** The first time at which the tile is in no window. */
    private long edge(long number) {
        if (number > 0 && span > Long.MAX_VALUE - 1 - number) {
            return Long.MAX_VALUE;
        }
        long tiles = number + span + 1;
        return tiles > Long.MAX_VALUE / step ? Long.MAX_VALUE : tiles * step;
    }

    /** The next time at which something leaves the window, µs; {@code Long.MAX_VALUE} for never. */
    long nextEdge() {
        if (endless || !started) {
            return Long.MAX_VALUE;
        }
        if (isCut) {
            return edge(cut);
        }
        return edge(first < next ? firstNumber : openNumber);
    }

    /** The time from which on nothing is held, µs; {@code Long.MAX_VALUE} for never. */
    long dropTime() {
        if (!started) {
            return Long.MIN_VALUE;
        }
        return endless ? Long.MAX_VALUE : edge(openNumber);
    }

    /** The state of the whole window; valid until the next event, also of another key. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Accumulator<?> whole(int cell) {
        if (silent) {
            return delta[cell];
        }
        if (invertible[cell] || first == boundary) {
            return running[cell];
        }
        Accumulator merged = scratch[cell];
        merged.clear();
        merged.merge(front[cell]);
        merged.merge(running[cell]);
        return merged;
    }

    /** What it takes in memory for the current key, in bytes, about. */
    long memory() {
        long bytes = RING_BYTES + (long) CELL_BYTES * cells() + (long) TILE_BYTES * tiles.unsaved() + tiles.unsavedBytes();
        for (Accumulator<?> cell : growing) {
            bytes += cell.grown();
        }
        return bytes;
    }

    private int cells() {
        return 3 * running.length + (delta == null ? 0 : delta.length);
    }

    /** Whether nothing ever leaves. */
    boolean isEndless() {
        return endless;
    }

    boolean isForever() {
        return forever;
    }

    long closedTiles() {
        return next - first;
    }

    /** Drops all that is held, closed tiles included. */
    private void clear() {
        for (long sequence = first; sequence < next; sequence++) {
            tiles.remove(sequence);
        }
        forget();
    }

    /** Forgets the key without touching its closed tiles. */
    void reset() {
        forget();
        if (hasAside) {
            clearAll(aside);
            hasAside = false;
        }
    }

    /** Whether the key's state is of a later part. */
    void setLater(boolean later) {
        isLater = later;
    }

    private void forget() {
        started = false;
        silent = false;
        isCut = false;
        openNumber = 0;
        first = 0;
        boundary = 0;
        next = 0;
        firstNumber = 0;
        tiles.reset();
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

    private long evict(long oldest) {
        long edge = NONE;
        while (first < next && firstNumber < oldest) {
            edge = edge(firstNumber);
            evictFirst();
        }
        return edge;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private void evictFirst() {
        if (hasStacks && first == boundary) {
            flip();
        }
        get(first, scratch);
        for (int i = 0; i < running.length; i++) {
            if (invertible[i]) {
                ((Accumulator) running[i]).subtract(scratch[i]);
            }
        }
        tiles.remove(first);
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
                ((Accumulator) running[i]).merge(open[i]);
            }
        }
    }

    /** Merges {@link #delta} into its closed tile, which is made if there is none, and into all that was merged from it. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public void settle() {
        long sequence = find(deltaNumber);
        if (sequence == next || number(sequence) != deltaNumber) {
            insert(sequence);
        }
        get(sequence, scratch);
        for (int i = 0; i < scratch.length; i++) {
            if (invertible[i]) {
                ((Accumulator) running[i]).subtract(scratch[i]);
            }
            ((Accumulator) scratch[i]).mergeInTile(delta[i]);
            if (invertible[i]) {
                ((Accumulator) running[i]).mergeClosed(scratch[i]);
            } else if (sequence >= boundary) {
                ((Accumulator) running[i]).merge(delta[i]);
            }
        }
        put(sequence, deltaNumber, scratch);
        if (hasStacks && sequence < boundary) {
            settleFront(sequence);
        }
        clearAll(delta);
        keepMost();
    }

    /** The first closed tile that is not before that number; {@code next} where all are. */
    private long find(long number) {
        long low = first;
        long high = next;
        while (low < high) {
            long middle = low + high >>> 1;
            if (number(middle) < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Makes room for the tile of {@link #delta}: without events, but in the front with those of all later ones, as there. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private void insert(long sequence) {
        clearAll(scratch);
        if (sequence < boundary) {
            get(sequence, suffix);
            for (int i = 0; i < scratch.length; i++) {
                if (!invertible[i]) {
                    ((Accumulator) scratch[i]).merge(suffix[i]);
                }
            }
            boundary++;
        }
        for (long moved = next - 1; moved >= sequence; moved--) {
            tiles.put(moved + 1, tiles.get(moved));
        }
        next++;
        put(sequence, deltaNumber, scratch);
        if (sequence == first) {
            firstNumber = deltaNumber;
        }
    }

    /** Merges {@link #delta} into the tiles of the front before that one, as far as it changes them. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private void settleFront(long sequence) {
        for (long earlier = sequence - 1; earlier >= first; earlier--) {
            byte[] before = tiles.get(earlier);
            long number = get(earlier, scratch);
            for (int i = 0; i < scratch.length; i++) {
                if (!invertible[i]) {
                    ((Accumulator) scratch[i]).merge(delta[i]);
                }
            }
            if (Arrays.equals(before, put(earlier, number, scratch))) {
                return; // what it holds already, all earlier ones hold as well
            }
        }
        for (int i = 0; i < front.length; i++) {
            if (!invertible[i]) {
                ((Accumulator) front[i]).merge(delta[i]);
            }
        }
    }

    /**
     * Takes in a later part's ring of the same cells, which is left empty.
     *
     * <p>Its tiles are merged from the oldest on, each as its events would be added. In the cells that are not invertible a tile of its
     * front holds all later tiles of the front too. That is taken for the tile's own: every window that holds the tile holds those
     * as well, and a value that comes again with them, in its place, changes no extreme, first or last (by time or by number).
     *
     * @param before in the order of arrival, how many events the earlier part has
     */
    void merge(Ring later, long before) {
        if (forever) {
            mergeForever(later, before);
        } else if (later.started) {
            for (long sequence = later.first; sequence < later.next; sequence++) {
                // Its working space may be this ring's, too; its front is its own, and not needed any more.
                mergeTile(later.get(sequence, later.front), later.front, before);
            }
            mergeTile(later.openNumber, later.open, before);
            if (later.isCut) {
                cut = isCut ? Math.max(cut, later.cut) : later.cut;
                isCut = true;
            }
        }
        later.clear();
        later.reset();
    }

    private void mergeTile(long number, Accumulator<?>[] cells, long before) {
        checkFollows(number);
        renumber(cells, before);
        long time = number * step;
        Place place = Place.OPEN;
        if (delta == null) {
            advance(time);
        } else {
            place = place(time, time); // what is in no window at τ leaves before the next row is read
        }
        if (place == Place.OPEN) {
            mergeInTile(open, cells);
            mergeInTile(running, cells);
        } else if (place == Place.CLOSED) {
            mergeInTile(delta, cells);
            settle();
        }
    }

    /**
     * A silence of the later part is one in the whole iff it is one after this part's last time as well. All of them end before, or
     * where, it last began: where that is one, only what it holds since counts; where it is none, nor are the others.
     */
    private void mergeForever(Ring later, long before) {
        boolean goesOn = started;
        if (started && later.started && !endless) {
            checkFollows(later.begun);
            goesOn = openNumber >= oldest(later.begun);
        }
        if (goesOn && later.hasAside) {
            renumber(later.aside, before);
            mergeInTile(running, later.aside);
        }
        if (later.started) {
            if (!goesOn) {
                clear();
            }
            renumber(later.running, before);
            mergeInTile(running, later.running);
            openNumber = goesOn ? Math.max(openNumber, later.openNumber) : later.openNumber;
            started = true;
        }
    }

    private void checkFollows(long number) {
        if (delta == null && started && number < openNumber) {
            throw new IllegalStateException("a part that begins before the earlier one ends cannot be merged");
        }
    }

    private byte[] put(long sequence, long number, Accumulator<?>[] cells) {
        writer.clear();
        writer.writeZigzag(number);
        writeAll(writer, cells);
        byte[] tile = writer.toBytes();
        tiles.put(sequence, tile);
        return tile;
    }

    private long get(long sequence, Accumulator<?>[] into) {
        long number = number(sequence);
        for (Accumulator<?> cell : into) {
            cell.read(reader.block());
        }
        return number;
    }

    /** The tile's number; the reader then stands before its cells. */
    private long number(long sequence) {
        return reader.reset(tiles.get(sequence)).readZigzag();
    }

    /**
     * Puts the closed tiles into the store, and writes the rest: nothing but a zero where nothing is held. Otherwise which parts there
     * are, the open tile's number, the place of the closed tiles, and the cells: open (not of {@code forever}), running (where it is
     * not the same), front. Of a later part with a {@code ttl} also the tile that it begins with, and the cells that were set aside; of a
     * window over its bound the newest tile that was let go.
     */
    void write(Writer out) {
        boolean closed = first < next;
        boolean hasFront = first < boundary;
        boolean hasBegun = started && isLater && forever && !endless;
        out.writeByte((started ? STARTED : 0) | (closed ? CLOSED : 0) | (hasFront ? FRONT : 0) | (hasBegun ? BEGUN : 0)
            | (hasAside ? ASIDE : 0) | (isCut ? CUT : 0));
        if (started) {
            writeCells(out, closed, hasFront);
        }
        if (hasBegun) {
            out.writeZigzag(begun);
        }
        if (hasAside) {
            writeAll(out, aside);
        }
        if (isCut) {
            out.writeZigzag(cut);
        }
    }

    private void writeCells(Writer out, boolean closed, boolean hasFront) {
        out.writeZigzag(openNumber);
        if (closed) {
            tiles.save();
            out.writeVarint(first);
            out.writeVarint(boundary - first);
            out.writeVarint(next - first);
            out.writeZigzag(firstNumber);
        }
        if (!forever) {
            writeAll(out, open);
        }
        if (closed || forever) {
            writeAll(out, running);
        }
        if (hasFront) {
            writeAll(out, front);
        }
    }

    /** Reads what {@link #write} wrote for a ring of the same layout. */
    void read(Reader in) {
        reset();
        readCells(in, Ring::readAll);
        keepMost(); // it may have been written before there was a bound
    }

    private interface CellReader {
        void read(Reader in, Accumulator<?>[] into);
    }

    private void readCells(Reader in, CellReader cells) {
        int parts = in.readByte();
        started = (parts & STARTED) != 0;
        if (started) {
            readPlaces(in, parts);
            readStarted(in, cells);
        }
        if ((parts & BEGUN) != 0) {
            begun = in.readZigzag();
        }
        if ((parts & ASIDE) != 0) {
            hasAside = true;
            aside = factory.create();
            cells.read(in, aside);
        }
        if ((parts & CUT) != 0) {
            isCut = true;
            cut = in.readZigzag();
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private void readStarted(Reader in, CellReader cells) {
        if (!forever) {
            cells.read(in, open);
        }
        if (first < next || forever) {
            cells.read(in, running);
        } else {
            for (int i = 0; i < running.length; i++) {
                ((Accumulator) running[i]).merge(open[i]);
            }
        }
        if (first < boundary) {
            cells.read(in, front);
        }
    }

    private void readPlaces(Reader in, int parts) {
        openNumber = in.readZigzag();
        if ((parts & CLOSED) != 0) {
            first = in.readVarint();
            boundary = first + in.readVarint();
            next = first + in.readVarint();
            firstNumber = in.readZigzag();
            tiles.stored(next);
        }
    }

    /** Moves the closed tiles of the ring that wrote {@code head} out of the store; gives how many there were. */
    static long takeTiles(Stage.Tiles tiles, int position, byte[] head, Map<Long, byte[]> into) {
        Reader in = new Reader().reset(head);
        if ((in.readByte() & CLOSED) == 0) {
            return 0;
        }
        in.readZigzag();
        long start = in.readVarint();
        in.readVarint();
        long end = start + in.readVarint();
        for (long sequence = start; sequence < end; sequence++) {
            long id = TileQueue.id(position, sequence);
            into.put(id, TileQueue.stored(tiles, id));
            tiles.remove(id);
        }
        return end - start;
    }

    /**
     * Takes over a ring of the same window whose cells were others: those of the same identity are kept, new ones are empty.
     *
     * @param kept for each cell of this ring, its position in the old ring, or -1
     * @param oldTiles the old ring's closed tiles by number in sequence; already removed from the store
     */
    void migrate(Reader in, int oldCells, int[] kept, LongFunction<byte[]> oldTiles) {
        reset();
        readCells(in, (cells, into) -> readKept(cells, oldCells, kept, into));
        for (long sequence = first; sequence < next; sequence++) {
            Reader tile = new Reader().reset(oldTiles.apply(sequence));
            long number = tile.readZigzag();
            readKept(tile, oldCells, kept, scratch);
            put(sequence, number, scratch);
        }
        keepMost();
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

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void mergeInTile(Accumulator<?>[] into, Accumulator<?>[] cells) {
        for (int i = 0; i < into.length; i++) {
            ((Accumulator) into[i]).mergeInTile(cells[i]);
        }
    }

    private static void renumber(Accumulator<?>[] cells, long before) {
        for (Accumulator<?> cell : cells) {
            cell.renumber(before);
        }
    }

    private static void clearAll(Accumulator<?>[] cells) {
        for (Accumulator<?> cell : cells) {
            cell.clear();
        }
    }
}
