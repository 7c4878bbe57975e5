package featlang.kernel;

import java.util.Arrays;
import java.util.Collection;

/**
 * One keyed operator: the fold of the feature groups that share a source and a key. The generated class holds the running state of
 * the current key; a host calls, for each key, {@link #load}, then {@link #apply} for each event in order, then {@link #save}. After
 * {@code save} it may go on with the same key.
 *
 * <p>The head that {@code save} gives is: version, number of the layout (what each part computes, {@link Layouts}), timer, in the
 * order of arrival that key's {@link Arrival}, for each group its {@link GroupState}, the rings. A head of another layout, of an
 * earlier edit of the definitions, is taken over part by part. With the timer it says whether it is of a later part, which knows
 * nothing of the events before it and waits to be merged into their state ({@link #merge}), and up to when visits have looked where
 * that still matters.
 */
public abstract class Stage {
    /** The code of an event that came after one that its column of arrival puts behind it. */
    public static final String OUT_OF_SEQUENCE = "out_of_sequence";
    private static final int VERSION = 2;
    private static final int TIMER = 1;
    private static final int LATER = 2;
    private static final int LOOKED = 4;
    private static final int KEY_HASH = 8;
    /** What a stage, each of its columns, and each of its groups, take in memory without rings and counters, about. */
    private static final int STAGE_BYTES = 600;
    private static final int COLUMN_BYTES = 24;
    private static final int GROUP_BYTES = 150;

    /** Where closed tiles are kept when a key is saved, by a non-negative id; of the current key. */
    public interface Tiles {
        byte[] get(long id);

        void put(long id, byte[] tile);

        void remove(long id);
    }

    /** What a host wants to be given of a group's stored rows. */
    public enum Stores {
        /** None: nothing is stored. */
        NONE,
        /** That of each row, and that of each edge which {@link #refresh} passes. */
        EVERY,
        /** Of those only the ones whose features differ from the key's last one. */
        CHANGE,
        /** All of them, and of each whether it is one that differs. */
        MARKED
    }

    /** Where rows go. The arrays are the receiver's to keep; values as {@link #columns} says. */
    public interface Output {
        /** A row of a group; or, where {@code group} is not less than their number, of the stream whose rows end with that visit. */
        void row(int group, Object[] values);

        /** A stream's row on its way to the stage that it visits next. */
        void routed(Routed next);

        /**
         * A row for the group's stores, of {@link #stored}'s columns.
         *
         * @param changed whether its features differ from the key's last one, where that was asked for; else true
         */
        void stored(int group, Object[] values, boolean changed);

        /** The event at hand is not in sequence, and changed nothing. */
        void outOfSequence(byte[] origin, String text);
    }

    protected final Outcome outcome = new Outcome();
    protected final Event event;
    protected final Ring[] rings;
    /** The columns of the source, and behind them those that visitors bring. */
    private final Column[] source;
    private final int[] keys;
    private final int[] payload;
    private final Visits visits;
    private final long ofGroups;
    private final Arrival arrival;
    private final long[] groupIdentities;
    private final long[] filters;
    private final long order;
    private final GroupState[] groups;
    /** For each ring, the groups that read it. */
    private final long[] readers;
    private final long[] counters;
    private final byte[] layout;
    private final Reader reader = new Reader();
    private Writer writer;
    private Tiles tiles;
    private Layouts layouts;
    private int layoutNumber;
    private PayloadLayout payloads;
    /** The groups whose rows are wanted, as bits. */
    private long emitting = -1;
    /** The visits with which streams end whose rows are wanted, as bits. */
    private long emittingVisits = -1;
    /** The groups whose stored rows are wanted, as bits, and which of them are. */
    private long storing;
    private Stores[] stores;
    private Fingerprint[] prints;
    private long restores;
    private final long[] edges;
    /** What it takes in memory without the rings, about. */
    private final long own;

    private byte[] key;
    private long timer;
    private boolean isEmpty;
    private boolean isLater;
    /** In the order of arrival, up to when visits have looked: of each edge until then a stored row was given, as of it or later. */
    private long looked;
    /** Whether a key without state begins as a later part. */
    private boolean beginsLater;
    /** Whether nulls are counted: those of rows are, those of refreshes and lookups are not. */
    private boolean counting = true;
    /** Whether the row or event at hand is of those whose nulls are counted: of times from one on and before another. */
    private boolean counted = true;
    private long countedFrom = Long.MIN_VALUE;
    private long countedUntil = Long.MAX_VALUE;
    /** Whether lookups that pass an edge give the stored rows that changed there. */
    private boolean refreshes = true;
    /** Visits whose rows wait for the events that are equal to theirs, as bits; the place of those events, and how many there are. */
    private long waiting;
    private byte[] waitingPlace;
    private int waitingEvents;

    /** What the host has in its state: keys, closed tiles, bytes of heads; changed where a key is saved. */
    private final long[] state = new long[3];
    private boolean isNew;
    private long loadedTiles;
    private long loadedBytes;

    /**
     * @param source the declared columns of the source
     * @param keys the positions of the key's columns
     * @param payload the positions of the columns that are sent
     * @param arrival the position of the column of arrival, or -1 in the order of time
     * @param arrivalTtl µs, or -1
     * @param groupIdentities for each group, what its {@link GroupState} belongs to
     * @param filters for each group, what it filters by
     * @param order what the events are ordered by
     * @param readers for each ring, the groups that read it, as bits
     */
    protected Stage(Column[] source, int[] keys, int[] payload, int arrival, long arrivalTtl, long[] groupIdentities,
            long[] filters, long order, Ring[] rings, long[] readers, int counters, Visits visits) {
        this.source = Arrays.copyOf(source, source.length + visits.brought().length);
        System.arraycopy(visits.brought(), 0, this.source, source.length, visits.brought().length);
        this.visits = visits;
        ofGroups = groupIdentities.length == Long.SIZE ? -1 : (1L << groupIdentities.length) - 1;
        this.keys = keys;
        this.payload = payload;
        this.arrival = arrival < 0 ? null : new Arrival(source[arrival], arrivalTtl);
        this.groupIdentities = groupIdentities;
        this.filters = filters;
        this.order = order;
        this.rings = rings;
        this.readers = readers;
        this.counters = new long[counters];
        event = new Event(this.source.length);
        groups = new GroupState[groupIdentities.length];
        Arrays.setAll(groups, g -> new GroupState());
        edges = new long[groups.length];
        long columns = (long) COLUMN_BYTES * this.source.length;
        own = STAGE_BYTES + columns + (long) GROUP_BYTES * groups.length + (long) Long.BYTES * counters;
        layout = Migration.layout(groupIdentities, this.arrival, rings);
    }

    /** The names of the groups (the {@code features} blocks), in their order. */
    public abstract String[] groups();

    /** For each visit, the stream whose rows end with it; null where they go on. */
    public String[] streams() {
        return new String[0];
    }

    /** The columns of the rows of such a stream; values as in {@link #columns}. */
    public Column[] streamColumns(int visit) {
        throw new IllegalArgumentException("no visit " + visit);
    }

    /**
     * A group's row: keys, the time, {@code _tie}, the features. In {@code Output.row} BOOL is a Boolean, FLOAT a Double, STRING a
     * String, BYTES a byte[], all others a Long (µs, days); null is null.
     */
    public abstract Column[] columns(int group);

    /** What was counted since it was opened: names like {@code user_engagement.ctr.division_by_zero}. */
    public abstract String[] counterNames();

    /** Adds the current event, whose time is {@code time}, to the rings of the groups in the mask. */
    protected abstract void add(long mask, long time);

    /** The group's row at {@code time}: of the event, its columns may be read where they are the key's. */
    protected abstract Object[] row(int group, long time, long tie);

    /** A visit's row at {@code time}, to which everything was moved; {@code place} is that of its event in the order of its source. */
    protected void visit(int visit, long time, byte[] place, Output out) {
        throw new IllegalArgumentException("no visit " + visit);
    }

    /** A group's stored row: keys, {@code as_of} (TIMESTAMP, what time it tells of), {@code _written} (INT), the features. */
    public final Column[] stored(int group) {
        Column[] columns = columns(group).clone();
        columns[keys.length] = new Column("as_of", Type.TIMESTAMP, false);
        columns[keys.length + 1] = new Column("_written", Type.INT, false);
        return columns;
    }

    /** The counts, by the position of their name; grows only. */
    public final long[] counters() {
        return counters;
    }

    /** The names of {@link #state}. */
    public final String[] stateNames() {
        String prefix = "state/" + String.join(", ", groups()) + "/";
        return new String[] {prefix + "keys", prefix + "tiles", prefix + "head_bytes"};
    }

    /** The size of the state of all keys that were saved, as far as it changed since the stage was opened. */
    public final long[] state() {
        return state;
    }

    /** What this takes in memory with the current key, in bytes, about: what a host that keeps many of them goes by. */
    public final long memory() {
        long bytes = own;
        for (Ring ring : rings) {
            bytes += ring.memory();
        }
        return bytes;
    }

    /**
     * Called once, before anything else.
     *
     * @param stores for each group
     * @param sibling an instance of the same class, opened with the same stores, that the same thread uses, whose working space this
     *     one may use too, or null
     */
    public final void open(Tiles tiles, Layouts layouts, Stores[] stores, Stage sibling) {
        this.tiles = tiles;
        this.layouts = layouts;
        this.stores = stores;
        layoutNumber = layouts.number(layout);
        for (int g = 0; g < groups.length; g++) {
            storing |= stores[g] == Stores.NONE ? 0 : 1L << g;
        }
        writer = sibling == null ? new Writer() : sibling.writer;
        payloads = sibling == null ? new PayloadLayout(layouts, filters, order, payload, source, visits) : sibling.payloads;
        prints = sibling == null ? prints(stores) : sibling.prints;
        for (int i = 0; i < rings.length; i++) {
            rings[i].open(tiles, i, sibling == null ? null : sibling.rings[i]);
        }
    }

    private Fingerprint[] prints(Stores[] stores) {
        Fingerprint[] made = new Fingerprint[groups.length];
        for (int g = 0; g < groups.length; g++) {
            boolean compares = stores[g] == Stores.CHANGE || stores[g] == Stores.MARKED;
            made[g] = compares ? new Fingerprint(columns(g), keys.length + 2) : null;
        }
        return made;
    }

    /** Gives the rows of these groups and streams alone; the others are only looked up, or feed others. */
    public final void emit(Collection<String> names) {
        String[] groups = groups();
        emitting = 0;
        for (int g = 0; g < groups.length; g++) {
            emitting |= names.contains(groups[g]) ? 1L << g : 0;
        }
        emittingVisits = 0;
        for (int v = 0; v < visits.names().length; v++) {
            emittingVisits |= names.contains(visits.names()[v]) ? 1L << v : 0;
        }
    }

    /** Says that the host never refreshes: nor do lookups. */
    public final void neverRefresh() {
        refreshes = false;
    }

    /**
     * How often the job was restored. What was stored before a restore may have been overwritten since by what the job then forgot, so
     * no row is held back for being equal to it.
     */
    public final void restores(long times) {
        restores = times;
    }

    /**
     * From now on a key without state begins as a later part: that of events whose predecessors' state is not at hand, into which it
     * will be merged ({@link #merge}). Until then its rows are of its own events alone, and its head keeps what cannot be told from
     * the rest of it: since when {@code forever} holds what it holds, and under arrival what it held before, and how many rows a
     * group has. Under arrival it is not dropped, however silent it is, because τ of its predecessors may be greater.
     */
    public final void beginLater() {
        beginsLater = true;
    }

    /**
     * Takes up a key.
     *
     * @param key that of {@link Routed#key}
     * @param head what {@link #save} gave for it, or null for a key without state
     */
    public final void load(byte[] key, byte[] head) {
        this.key = key;
        isNew = head == null;
        isEmpty = isNew;
        loadedTiles = 0;
        loadedBytes = 0;
        timer = Long.MAX_VALUE;
        if (head == null) {
            clear();
            setLater(beginsLater);
            return;
        }
        reader.reset(head);
        int version = reader.readByte();
        if (version != VERSION) {
            throw new IllegalStateException("state of version " + version + "; this kernel reads version " + VERSION);
        }
        int number = Math.toIntExact(reader.readVarint());
        int parts = reader.readByte();
        timer = (parts & TIMER) == 0 ? Long.MAX_VALUE : reader.readZigzag();
        setLater((parts & LATER) != 0);
        long saw = (parts & LOOKED) == 0 ? Long.MIN_VALUE : reader.readZigzag();
        loadedBytes = head.length;
        if (number != layoutNumber) {
            clear();
            loadedTiles = Migration.takeOver(layouts.layout(number), reader, this);
        } else {
            readState();
            loadedTiles = tileCount();
        }
        looked = arrival == null || arrival.number() == 0 ? Long.MIN_VALUE : saw; // after an edit it may be of another order
    }

    private void setLater(boolean later) {
        isLater = later;
        for (Ring ring : rings) {
            ring.setLater(later);
        }
    }

    private void readState() {
        if (arrival != null) {
            arrival.read(reader);
        }
        for (GroupState group : groups) {
            group.read(reader);
        }
        for (Ring ring : rings) {
            ring.read(reader.block());
        }
    }

    private void clear() {
        looked = Long.MIN_VALUE;
        if (arrival != null) {
            arrival.clear();
        }
        for (GroupState group : groups) {
            group.clear();
        }
        for (Ring ring : rings) {
            ring.reset();
        }
    }

    /**
     * Adds the event and emits its rows. Events of a key come in the order of {@link Routed#order}.
     *
     * @param sent {@link Routed#payload}, or {@link #payload} of one that was kept
     * @param origin {@link Routed#origin}
     */
    public final void apply(byte[] order, byte[] sent, byte[] origin, Output out) {
        take(order, sent, origin, out);
        if (waiting == 0) {
            event.forget();
        }
    }

    private void take(byte[] order, byte[] sent, byte[] origin, Output out) {
        boolean isEqual = waiting != 0 && Arrays.equals(order, waitingPlace);
        if (!isEqual) {
            settle(out);
        }
        long mask = decode(sent);
        long time;
        if (arrival == null) {
            if (mask == 0) {
                return; // it waited for groups that are gone
            }
            time = Routed.time(order);
            if (origin != null) {
                visit(mask, time, origin, 1, out);
                return;
            }
            long visiting = mask & ~ofGroups;
            waiting |= visiting;
            waitingPlace = visiting == 0 ? waitingPlace : order;
            waitingEvents = isEqual ? waitingEvents + 1 : 1;
            mask &= ofGroups;
            if (mask == 0) {
                return;
            }
            countAt(time);
            add(mask, time);
        } else {
            long eventTime = Routed.arrivalTime(order);
            if (order.length != Routed.ARRIVAL_LENGTH) {
                visit(mask, eventTime, origin, 1, out); // a row whose key is null: no event came before it
                return;
            }
            long column = Routed.arrivalColumn(order);
            if (!arrival.take(column, eventTime)) {
                out.outOfSequence(origin, arrival.refusal(column));
                return;
            }
            time = arrival.tau();
            countAt(time);
            if ((mask & ofGroups) != 0) {
                add(mask & ofGroups, eventTime);
            }
        }
        isEmpty = false;
        for (long rest = mask & ofGroups; rest != 0; rest &= rest - 1) {
            int g = Long.numberOfTrailingZeros(rest);
            long tie = groups[g].nextTie(time);
            if (((emitting | storing) >>> g & 1) == 0) {
                continue;
            }
            Object[] row = row(g, time, tie);
            if ((emitting >>> g & 1) != 0) {
                out.row(g, row);
            }
            if ((storing >>> g & 1) != 0) {
                store(g, time, row, out);
            }
        }
        if ((mask & ~ofGroups) != 0) {
            visit(mask & ~ofGroups, time, order, 1, out);
        }
    }

    private long decode(byte[] sent) {
        long mask = Payload.mask(sent);
        Payload.decode(sent, columns(mask), source, event);
        return mask;
    }

    /** Which columns a payload of that mask brings. */
    private int[] columns(long mask) {
        if ((mask & ~ofGroups) != 0) {
            int[] own = visits.slots()[Long.numberOfTrailingZeros(mask & ~ofGroups) - groups.length];
            return own == null ? payload : own;
        }
        return payload;
    }

    /**
     * Gives the rows of streams that came with the last events. A host calls it behind the last event of a key that there is for now;
     * equal ones must not come later. Before that {@link #save} must not be called.
     */
    public final void settle(Output out) {
        if (waiting != 0) {
            long visiting = waiting;
            waiting = 0;
            visit(visiting, Routed.time(waitingPlace), waitingPlace, waitingEvents, out);
            event.forget();
        }
    }

    /** Whether {@link #settle} has something to give. */
    public final boolean isWaiting() {
        return waiting != 0;
    }

    private void visit(long visiting, long time, byte[] place, int times, Output out) {
        moveTo(time, arrival != null, refreshes ? out : null);
        if (arrival == null) {
            isEmpty = dropTime() <= time;
        }
        countAt(arrival == null ? time : Routed.arrivalTime(place));
        for (long rest = visiting; rest != 0; rest &= rest - 1) {
            int visit = Long.numberOfTrailingZeros(rest) - groups.length;
            for (int i = 0; i < times; i++) {
                visit(visit, time, place, out);
            }
        }
    }

    /** Whether the rows of a stream are wanted that ends with that visit. */
    protected final boolean emitsVisit(int visit) {
        return (emittingVisits >>> visit & 1) != 0;
    }

    /** Whether nulls are counted from now on. */
    protected final void counting(boolean counts) {
        counting = counts && counted;
    }

    /** Counts nulls only of rows, and of events that are fed, with {@code from <= time < until}, in µs. */
    public final void countOnly(long from, long until) {
        countedFrom = from;
        countedUntil = until;
    }

    private void countAt(long time) {
        counted = countedFrom <= time && time < countedUntil;
        counting = counted;
    }

    /**
     * Takes in a later part of the current key: what comes then is as if its events had been applied here. All of them come after
     * this part's in the declared order; under arrival each is in sequence after these, too, though its time may be behind theirs.
     *
     * <p>The later part is left empty, and is to be dropped. The host asks for {@link #nextEdge} anew: windows of this part may have
     * lost something up to where the later one had come, as of edges that only this part knew. What the later part gave out stands:
     * write timestamps go on after those of both, a row is compared with the one that the later part stored last, and what a
     * store has of that is not corrected before the group's next row or edge.
     *
     * <p>Throws {@link IllegalStateException} where {@code later} did not begin as a later part, where this one did, and where it shows
     * in their heads that one does not follow the other.
     *
     * @param later an instance of the same class, loaded with the same key, on tiles of its own
     */
    public final void merge(Stage later) {
        if (later.isEmpty) {
            return;
        }
        if (isLater || !later.isLater) {
            throw new IllegalStateException("only a later part can be merged, and only into one that is not");
        }
        long before = 0;
        long reached = Long.MIN_VALUE;
        if (arrival != null) {
            before = arrival.number();
            reached = before > 0 ? arrival.tau() : Long.MIN_VALUE;
            arrival.merge(later.arrival);
            if (!hasEdgeUntil(later.looked)) { // else it did not see what leaves this part
                looked = Math.max(looked, later.looked);
            }
        }
        for (int g = 0; g < groups.length; g++) {
            groups[g].merge(later.groups[g], arrival == null ? groups[g].lastRow() : reached);
        }
        for (int i = 0; i < rings.length; i++) {
            rings[i].merge(later.rings[i], before);
        }
        isEmpty = false;
        later.clear();
        later.isEmpty = true;
    }

    /**
     * Moves the windows' edges to {@code limit}, up to which all events were applied, and emits a stored row of each group that
     * lost something, as of its last edge so far. A host calls it when its watermark has passed {@link #nextEdge}, and then asks
     * {@link #isEmpty}.
     */
    public final void refresh(long limit, Output out) {
        moveTo(limit, false, out);
        isEmpty = dropTime() <= limit;
    }

    /**
     * Moves the windows' edges.
     *
     * @param looks whether only to look there, in the order of arrival: then events may still come that are behind
     * @param out null where no stored row is wanted of it
     */
    private void moveTo(long limit, boolean looks, Output out) {
        long lost = 0;
        Arrays.fill(edges, Ring.NONE);
        for (int i = 0; i < rings.length; i++) {
            long edge = looks ? rings[i].look(limit) : rings[i].expire(limit);
            if (edge > looked) { // Ring.NONE is not
                lost |= readers[i];
                for (long rest = readers[i]; rest != 0; rest &= rest - 1) {
                    int g = Long.numberOfTrailingZeros(rest);
                    edges[g] = Math.max(edges[g], edge);
                }
            }
        }
        looked = looks ? Math.max(looked, limit) : looked;
        if ((lost & storing) != 0 && out != null) {
            decodeKey();
            counting = false;
            for (long rest = lost & storing; rest != 0; rest &= rest - 1) {
                int g = Long.numberOfTrailingZeros(rest);
                if (!groups[g].isAfter(edges[g])) {
                    store(g, edges[g], row(g, edges[g], 0), out);
                }
            }
            counting = counted;
        }
    }

    private void decodeKey() {
        int at = KEY_HASH;
        for (int slot : keys) {
            at = Canonical.read(source[slot].type(), key, at, event, slot);
        }
    }

    private void store(int g, long asOf, Object[] row, Output out) {
        int features = keys.length + 2;
        long written = groups[g].nextWritten(asOf); // whatever is held back: another run, of another `emit`, counts alike
        Fingerprint print = prints[g];
        boolean changed = true;
        if (print != null) {
            print.take(row, features);
            changed = groups[g].differs(print.hash(), print.otherHash() + restores);
            if (!changed && stores[g] == Stores.CHANGE) {
                return;
            }
        }
        Object[] stored = row.clone();
        stored[keys.length] = asOf;
        stored[keys.length + 1] = written;
        out.stored(g, stored, changed);
    }

    /**
     * The time, µs, at which the host must call {@link #refresh}: the nearest edge of a group that is stored, at latest the time
     * from which on no window holds anything, or nothing of the key counts any more. {@code Long.MAX_VALUE} for never.
     */
    public final long nextEdge() {
        if (isEmpty) {
            return Long.MAX_VALUE;
        }
        long next = Math.min(dropTime(), Math.min(emptyAt(false), emptyAt(true)));
        for (int i = 0; i < rings.length; i++) {
            if ((readers[i] & storing) != 0) {
                next = Math.min(next, rings[i].nextEdge());
            }
        }
        return next;
    }

    /** Whether a key's state may be kept however long the key is silent. */
    public final boolean isEndless() {
        boolean endless = arrival != null && arrival.isEndless();
        for (Ring ring : rings) {
            endless |= ring.isEndless();
        }
        return endless;
    }

    /** When the last of the windows is empty, or of those that are for ever but for a silence; {@code Long.MAX_VALUE} where all are. */
    private long emptyAt(boolean forever) {
        long last = Long.MIN_VALUE;
        for (Ring ring : rings) {
            if (ring.isForever() == forever && ring.dropTime() < Long.MAX_VALUE) {
                last = Math.max(last, ring.dropTime());
            }
        }
        return last == Long.MIN_VALUE ? Long.MAX_VALUE : last;
    }

    private long dropTime() {
        if (isLater && arrival != null) {
            return Long.MAX_VALUE;
        }
        long drop = arrival == null ? Long.MIN_VALUE : arrival.dropTime();
        for (GroupState group : groups) {
            drop = Math.max(drop, group.dropTime());
        }
        for (Ring ring : rings) {
            drop = Math.max(drop, ring.dropTime());
        }
        return drop;
    }

    /** Lets go of the current key, which was saved, and of the memory that it took. */
    public final void forget() {
        load(null, null);
    }

    /** Whether the key has no state: then {@link #drop} is called instead of {@link #save}. */
    public final boolean isEmpty() {
        return isEmpty;
    }

    /** The host has cleared the key's head; its tiles are gone already. The key may go on. */
    public final void drop() {
        if (!isNew) {
            state[0]--;
            state[1] -= loadedTiles;
            state[2] -= loadedBytes;
        }
        load(key, null);
    }

    /** Puts the current key's closed tiles into the store, and gives the rest of its state: self-describing, versioned. */
    public final byte[] save() {
        if (waiting != 0) {
            throw new IllegalStateException("rows of streams wait for equal events");
        }
        writer.clear();
        writer.writeByte(VERSION);
        writer.writeVarint(layoutNumber);
        boolean keepsLooked = hasEdgeUntil(looked); // of a silence, which is told already when it is let go
        writer.writeByte((timer == Long.MAX_VALUE ? 0 : TIMER) | (isLater ? LATER : 0) | (keepsLooked ? LOOKED : 0));
        if (timer != Long.MAX_VALUE) {
            writer.writeZigzag(timer);
        }
        if (keepsLooked) {
            writer.writeZigzag(looked);
        }
        if (arrival != null) {
            arrival.write(writer);
        }
        for (GroupState group : groups) {
            group.write(writer, isLater);
        }
        for (Ring ring : rings) {
            int start = writer.beginBlock();
            ring.write(writer);
            writer.endBlock(start);
        }
        measure();
        return writer.toBytes();
    }

    private boolean hasEdgeUntil(long time) {
        for (Ring ring : rings) {
            if (ring.nextEdge() <= time) {
                return true;
            }
        }
        return false;
    }

    private void measure() {
        state[0] += isNew ? 1 : 0;
        state[1] += tileCount() - loadedTiles;
        state[2] += writer.size() - loadedBytes;
        isNew = false;
        loadedTiles = tileCount();
        loadedBytes = writer.size();
    }

    /** The host's own: its pending timer for the key, kept in the head; {@code Long.MAX_VALUE} for none. */
    public final long timer() {
        return timer;
    }

    /** Sets {@link #timer}. */
    public final void timer(long time) {
        timer = time;
    }

    /** The number, in the {@link Layouts}, of how this stage's payloads are to be read. */
    public final int payloadLayout() {
        return payloads.number();
    }

    /** A payload that was kept, for this stage: of groups and columns that it was not made for, it has none and null. */
    public final byte[] payload(int layoutNumber, byte[] kept) {
        return payloads.translate(layoutNumber, kept);
    }

    /** How many closed tiles the current key has. */
    public final long tileCount() {
        long count = 0;
        for (Ring ring : rings) {
            count += ring.closedTiles();
        }
        return count;
    }

    /** In the order of arrival, the greatest time so far, τ. */
    protected final long tau() {
        return arrival.tau();
    }

    /** In the order of arrival, the current event's number among those of its key. */
    protected final long arrived() {
        return arrival.number();
    }

    /** Counts a null by its reason; {@code base} is the counter of {@link Outcome#DECLARED}, which counts all nulls of a result. */
    protected final void count(int base, int reason) {
        if (counting) {
            counters[base + reason]++;
        }
    }

    final Arrival arrival() {
        return arrival;
    }

    final long[] groupIdentities() {
        return groupIdentities;
    }

    final GroupState group(int position) {
        return groups[position];
    }

    final Tiles tiles() {
        return tiles;
    }
}
