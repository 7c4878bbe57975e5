package featlang.kernel;

/**
 * The rows of streams that a stage gives what they look up there. Their bits in a mask stand behind those of the groups.
 *
 * @param names for each visit, the stream
 * @param identities for each, which rows come and with which key
 * @param brought what rows bring, as columns behind those of the source
 * @param slots for each, the positions of what it brings among all columns; null for one that comes with its event
 */
public record Visits(String[] names, long[] identities, Column[] brought, int[][] slots) {
    /** None. */
    public static final Visits NONE = new Visits(new String[0], new long[0], new Column[0], new int[0][]);
}
