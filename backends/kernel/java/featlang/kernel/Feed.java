package featlang.kernel;

/**
 * The way of a stream's row to a stage whose groups read the stream: there it is an event, in the order of its source. The generated class of
 * where it comes from fills {@link #event}, which has a slot for each of the stream's columns.
 */
public final class Feed {
    public final Event event;
    private final int stage;
    private final Column[] columns;
    private final int[] keys;
    private final int[] payload;
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

    /** The number of the stage. */
    public int stage() {
        return stage;
    }

    /** The row in {@link #event}, none of whose keys is null, for these groups; {@code place} is that of its event in the order. */
    public Routed routed(long groups, byte[] place) {
        canonical.clear();
        for (int slot : keys) {
            canonical.write(columns[slot].type(), event, slot);
        }
        return new Routed(stage, Hop.key(canonical, true, place), place, Payload.encode(groups, payload, columns, event), null);
    }
}
