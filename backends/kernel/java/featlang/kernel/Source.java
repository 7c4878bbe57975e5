package featlang.kernel;

/** What the generated class of a source knows; {@link SourceReader} does the rest. */
public abstract class Source {
    protected final Outcome outcome = new Outcome();
    private final long[] counters = new long[counterNames().length];

    public abstract String name();

    /** The declared columns, in declared order. */
    public abstract Column[] columns();

    /** The position of the time column. */
    public abstract int time();

    /** The positions of the columns of {@code ties}. */
    public abstract int[] ties();

    /** Microseconds. */
    public abstract long lateness();

    /** Microseconds, or -1 where nothing is quarantined. */
    public abstract long maxAhead();

    /** The position of the column of {@code order = arrival(…)}, or -1 for the order of time. */
    public abstract int arrival();

    /** The silence of a key, in µs of event time, after which its sequence starts anew; -1 for none. */
    public abstract long arrivalTtl();

    /** The silence of a partition, in µs of the machine's clock, after which it holds no other back; -1 for none. */
    public abstract long idleness();

    /** How many stages read this source. */
    public abstract int stages();

    /** For each stage, the positions of its key columns, in the key's order. */
    public abstract int[][] keys();

    /** For each stage, the positions of the columns that its payload carries, ascending (always with the keys). */
    public abstract int[][] payloads();

    /** For each stage, the names of its groups, in the order of the bits of {@link #where}. */
    public abstract String[][] groups();

    /** The groups of the stage whose {@code where} is true of the event: bit g for group g (at most 64 groups a stage). */
    public abstract long where(int stage, Event event);

    /** What {@link #where} counts: names like {@code user_engagement.where.division_by_zero}. */
    public abstract String[] counterNames();

    /** The counts, by the position of their name; grows only. */
    public final long[] counters() {
        return counters;
    }

    /** Counts a null by its reason; {@code base} is the counter of {@link Outcome#DECLARED}, which counts all nulls of a result. */
    protected final void count(int base, int reason) {
        counters[base + reason]++;
    }
}
