package featlang.kernel;

/**
 * The way of a stream's row to a stage that it visits on its own. The generated class of where it comes from fills {@link #event}: first
 * the values of the key, then what the row brings.
 */
public final class Hop {
    /** Where the row stands among the stage's events. */
    public enum Rule {
        /** Behind its own event, and those that are equal to it in all columns. */
        WITH,
        /** The same in the order of its source, where the row's own is that of a union. */
        WITH_INPUT,
        /** Behind all events of its time. */
        AFTER,
        /** Before all events of its time. */
        BEFORE
    }

    /** Longer than what any event has behind the time, if it begins with bytes of 255: a tie key has 16, all else begins with a tag. */
    private static final int LAST = TieKey.LENGTH + 1;

    public final Event event;
    private final int stage;
    private final long visit;
    private final Rule rule;
    private final int keys;
    private final Column[] columns;
    private final int[] brought;
    private int input = Feed.SOURCE;
    private final Canonical canonical = new Canonical();

    /**
     * @param stage the number of the stage
     * @param visit the row's bit there
     * @param keys how many of the columns are the key's
     * @param columns of the event
     */
    public Hop(int stage, long visit, Rule rule, int keys, Column[] columns) {
        this.stage = stage;
        this.visit = visit;
        this.rule = rule;
        this.keys = keys;
        this.columns = columns;
        event = new Event(columns.length);
        brought = new int[columns.length - keys];
        for (int i = 0; i < brought.length; i++) {
            brought[i] = keys + i;
        }
    }

    /** The same way from a source whose rows are that input of a union. */
    public Hop ofInput(int number) {
        input = number;
        return this;
    }

    /** The number of the stage. */
    public int stage() {
        return stage;
    }

    /** The row that stands in {@link #event}, on its way; {@code at} is the place of its event in the order of where it comes from. */
    public Routed routed(byte[] at) {
        byte[] place = Feed.placeOf(at, input);
        return new Routed(stage, key(place), order(place, rule), Payload.encode(visit, brought, columns, event), place);
    }

    /** Where a row stands whose event has that place. */
    static byte[] order(byte[] place, Rule rule) {
        byte[] order = switch (rule) {
            case WITH -> new byte[place.length + 1];
            case WITH_INPUT -> new byte[place.length]; // the byte of the input goes, and one is added
            case AFTER -> new byte[Long.BYTES + LAST];
            case BEFORE -> new byte[Long.BYTES];
        };
        System.arraycopy(place, 0, order, 0, rule == Rule.WITH ? place.length : Long.BYTES);
        if (rule == Rule.WITH_INPUT) {
            System.arraycopy(place, Long.BYTES + 1, order, Long.BYTES, place.length - Long.BYTES - 1);
        }
        if (rule == Rule.WITH || rule == Rule.WITH_INPUT) {
            order[order.length - 1] = 1;
        }
        for (int i = Long.BYTES; rule == Rule.AFTER && i < order.length; i++) {
            order[i] = (byte) 0xFF;
        }
        return order;
    }

    private byte[] key(byte[] place) {
        canonical.clear();
        boolean found = true;
        for (int i = 0; i < keys; i++) {
            canonical.write(columns[i].type(), event, i);
            found &= !event.isNull[i];
        }
        return key(canonical, found, place);
    }

    /** The key of a canonical encoding. No event has one with a null, so where it is not found the place goes with it: to spread them. */
    static byte[] key(Canonical encoded, boolean found, byte[] place) {
        if (!found) {
            encoded.copy(place);
        }
        byte[] key = new byte[Long.BYTES + encoded.size()];
        System.arraycopy(encoded.buffer(), 0, key, Long.BYTES, encoded.size());
        Canonical.putLong(key, 0, XxHash64.hash(key, Long.BYTES, key.length));
        return key;
    }
}
