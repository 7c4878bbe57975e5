package featlang.kernel;

import java.util.Arrays;

/**
 * One keyed operator: the fold of the feature groups that share a source and a key. The generated class holds the running state of
 * the current key; a host calls, for each key, {@link #load}, then {@link #apply} for each event in order, then {@link #save}.
 *
 * <p>The head that {@code save} gives is: version, layout (what each part computes), for each group the time and number of its
 * last event (for {@code _tie}), the rings. A head whose layout is another one, of an earlier edit of the definitions, is
 * taken over part by part.
 */
public abstract class Stage {
    private static final int VERSION = 1;

    /** Where closed tiles live, by a non-negative id; of the current key. */
    public interface Tiles {
        byte[] get(long id);

        void put(long id, byte[] tile);

        void remove(long id);
    }

    /** Where rows go. The array is the receiver's to keep; values as {@link #columns} says. */
    public interface Rows {
        void row(int group, Object[] values);
    }

    protected final Outcome outcome = new Outcome();
    protected final Event event;
    protected final Ring[] rings;
    private final long[] groupIdentities;
    private final long[] lastTime;
    private final long[] lastCount;
    private final boolean[] hasLast;
    private final int[] payload;
    private final Column[] source;
    private final long[] counters;
    private final byte[] layout;
    private final Reader reader = new Reader();
    private final Writer writer = new Writer();
    private Tiles tiles;

    /** What the host has in its state: keys, closed tiles, bytes of heads; changed where a key is saved. */
    private final long[] state = new long[3];
    private boolean isNew;
    private long loadedTiles;
    private long loadedBytes;

    /**
     * @param source the declared columns of the source
     * @param payload the positions of the columns that are sent
     * @param groupIdentities for each group, what its {@code _tie} belongs to
     */
    protected Stage(Column[] source, int[] payload, long[] groupIdentities, Ring[] rings, int counters) {
        this.source = source;
        this.payload = payload;
        this.groupIdentities = groupIdentities;
        this.rings = rings;
        this.counters = new long[counters];
        event = new Event(source.length);
        lastTime = new long[groupIdentities.length];
        lastCount = new long[groupIdentities.length];
        hasLast = new boolean[groupIdentities.length];
        layout = layout(groupIdentities, rings);
    }

    /** The names of the groups (the {@code features} blocks), in their order. */
    public abstract String[] groups();

    /**
     * A group's row: keys, the time, {@code _tie}, the features. In {@code Rows.row} BOOL is a Boolean, FLOAT a Double, STRING a
     * String, BYTES a byte[], all others a Long (µs, days); null is null.
     */
    public abstract Column[] columns(int group);

    /** What was counted since it was opened: names like {@code user_engagement.ctr.division_by_zero}. */
    public abstract String[] counterNames();

    /** Adds the current event to the rings of the groups in the mask. */
    protected abstract void add(long mask, long time);

    /** The group's row at the current event. */
    protected abstract Object[] row(int group, long time, long tie);

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

    /** Called once, before anything else. */
    public final void open(Tiles store) {
        tiles = store;
        for (int i = 0; i < rings.length; i++) {
            rings[i].open(store, i);
        }
    }

    /** Takes up a key: {@code head} is what {@link #save} gave for it, or null for a key never seen. */
    public final void load(byte[] head) {
        Arrays.fill(hasLast, false);
        isNew = head == null;
        loadedTiles = 0;
        loadedBytes = 0;
        if (head == null) {
            for (Ring ring : rings) {
                ring.reset();
            }
            return;
        }
        reader.reset(head);
        int version = reader.readByte();
        if (version != VERSION) {
            throw new IllegalStateException("state of version " + version + "; this kernel reads version " + VERSION);
        }
        byte[] found = reader.readBytes();
        if (!Arrays.equals(found, layout)) {
            Migration.takeOver(found, reader, this);
        } else {
            for (int g = 0; g < groupIdentities.length; g++) {
                readLast(reader, g);
            }
            for (Ring ring : rings) {
                ring.read(reader.block());
            }
        }
        loadedTiles = tileCount();
        loadedBytes = head.length;
    }

    /** Adds the event and emits its rows. Events of a key come in the order of {@link Routed#order}. */
    public final void apply(byte[] order, byte[] sent, Rows rows) {
        long time = Routed.time(order);
        long mask = Payload.decode(sent, payload, source, event);
        add(mask, time);
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int g = Long.numberOfTrailingZeros(rest);
            lastCount[g] = hasLast[g] && lastTime[g] == time ? lastCount[g] + 1 : 0;
            lastTime[g] = time;
            hasLast[g] = true;
            rows.row(g, row(g, time, lastCount[g]));
        }
    }

    /** The current key's state but for its closed tiles: self-describing, versioned. */
    public final byte[] save() {
        writer.clear();
        writer.writeByte(VERSION);
        writer.writeBytes(layout);
        for (int g = 0; g < groupIdentities.length; g++) {
            writer.writeByte(hasLast[g] ? 1 : 0);
            if (hasLast[g]) {
                writer.writeZigzag(lastTime[g]);
                writer.writeVarint(lastCount[g]);
            }
        }
        for (Ring ring : rings) {
            int start = writer.beginBlock();
            ring.write(writer);
            writer.endBlock(start);
        }
        measure();
        return writer.toBytes();
    }

    private void measure() {
        state[0] += isNew ? 1 : 0;
        state[1] += tileCount() - loadedTiles;
        state[2] += writer.size() - loadedBytes;
        isNew = false;
        loadedTiles = tileCount();
        loadedBytes = writer.size();
    }

    /** How many closed tiles the current key has in the store. */
    public final long tileCount() {
        long count = 0;
        for (Ring ring : rings) {
            count += ring.closedTiles();
        }
        return count;
    }

    /** Counts a null by its reason; {@code base} is the counter of {@link Outcome#DECLARED}, which counts all nulls of a result. */
    protected final void count(int base, int reason) {
        counters[base + reason]++;
    }

    final void readLast(Reader in, int g) {
        hasLast[g] = in.readByte() == 1;
        if (hasLast[g]) {
            lastTime[g] = in.readZigzag();
            lastCount[g] = in.readVarint();
        }
    }

    final long[] groupIdentities() {
        return groupIdentities;
    }

    final Tiles tiles() {
        return tiles;
    }

    private static byte[] layout(long[] groups, Ring[] rings) {
        Writer out = new Writer();
        out.writeVarint(groups.length);
        for (long group : groups) {
            out.writeLong(group);
        }
        out.writeVarint(rings.length);
        for (Ring ring : rings) {
            out.writeLong(ring.identity);
            out.writeVarint(ring.cellIdentities.length);
            for (long cell : ring.cellIdentities) {
                out.writeLong(cell);
            }
        }
        return out.toBytes();
    }
}
