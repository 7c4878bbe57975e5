package featlang.kernel;

/**
 * The way of a stream's row to a stage whose groups read the stream: there it is an event, in the order of its source, or of a union. The generated class of
 * where it comes from fills {@link #event}, which has a slot for each of the stream's columns.
 */
public final class Feed {
    /** In the place of an input: rows that are of no union, or come from where their place is that of it already. */
    static final int SOURCE = -1;

    public final Event event;
    private final int stage;
    private final Column[] columns;
    private final int[] keys;
    private final int[] payload;
    private int input = SOURCE;
    private final Canonical canonical = new Canonical();

    /**
     * @param stage the number of the stage
     * @param columns of the stream
     * @param keys the positions of the key's columns
     * @param payload the positions of the columns that the stage is sent
     */
    public Feed(int stage, Column[] columns, int[] keys, int[] payload) {
        this.stage = stage;
        this.columns = columns;
        this.keys = keys;
        this.payload = payload;
        event = new Event(columns.length);
    }

    /** The same way from a source whose rows are that input of a union. */
    public Feed ofInput(int number) {
        input = number;
        return this;
    }

    /** The place of a row in its order, by that of its event in the order of where it comes from. */
    static byte[] placeOf(byte[] at, int input) {
        return input == SOURCE ? at : Routed.united(at, input);
    }

    /** The number of the stage. */
    public int stage() {
        return stage;
    }

    /** The row in {@link #event}, none of whose keys is null, for these groups; {@code at} is as in {@link Hop#routed}. */
    public Routed routed(long groups, byte[] at) {
        byte[] place = placeOf(at, input);
        canonical.clear();
        for (int slot : keys) {
            canonical.write(columns[slot].type(), event, slot);
        }
        return new Routed(stage, Hop.key(canonical, true, place), place, Payload.encode(groups, payload, columns, event), null);
    }
}
