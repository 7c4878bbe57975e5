package featlang.kernel;

import java.util.stream.IntStream;

/** What the generated class of a source knows; {@link SourceReader} does the rest. */
public abstract class Source {
    protected final Outcome outcome = new Outcome();
    private final long[] counters = new long[counterNames().length];
    private boolean counting = true;

    public abstract String name();

    /** The declared columns, in declared order. */
    public abstract Column[] columns();

    /** The position of the time column; -1 of a table whose rows count from the beginning. */
    public abstract int time();

    /** Whether it is a table: none of its rows is late. */
    public boolean isTable() {
        return false;
    }

    /** The position of the column that says since when a row of a table was known; -1 for none. */
    public int known() {
        return -1;
    }

    /** The position of the column that a deletion in an envelope makes true; -1 for none. */
    public int deleted() {
        return -1;
    }

    /** For each column, where its value stands in an envelope: names from the outermost on with dots between; null in the row. */
    public String[] envelope() {
        return new String[columns().length];
    }

    /** For each column, the part of a topic's message that it is: {@code key}, {@code partition}, {@code offset}, {@code timestamp}; null for none. */
    public String[] message() {
        return new String[columns().length];
    }

    /** For each column, the header of a topic's message that it is; null for none. */
    public String[] header() {
        return new String[columns().length];
    }

    /** The positions of the columns that stand in a topic beside a message's value, or of the others. */
    public final int[] slots(boolean beside) {
        String[] parts = message();
        String[] headers = header();
        return IntStream.range(0, parts.length).filter(slot -> (parts[slot] != null || headers[slot] != null) == beside).toArray();
    }

    /** The positions of the columns of {@code ties}. */
    public abstract int[] ties();

    /** The positions of the columns that name an event, of which a second one is a duplicate; none where all are accepted. */
    public int[] dedup() {
        return new int[0];
    }

    /** How long an event makes another a duplicate, in µs of event time. */
    public long dedupWithin() {
        return 0;
    }

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

    /** For each stage, its number in the job. */
    public abstract int[] numbers();

    /** For each stage, the positions of its key columns, in the key's order. */
    public abstract int[][] keys();

    /** For each stage, the positions of the columns that its payload carries, ascending (always with the keys). */
    public abstract int[][] payloads();

    /** For each stage, the names of its groups, in the order of the bits of {@link #where}; behind them the streams of its visits. */
    public abstract String[][] groups();

    /** For each stage, which of those are visits that come with the event, as bits. */
    public long[] fused() {
        return new long[stages()];
    }

    /** For each stage, the groups whose null keys are refused, as bits: not those that another stage computes too. */
    public long[] reporting() {
        long[] all = new long[stages()];
        java.util.Arrays.fill(all, -1);
        return all;
    }

    /** The groups of the stage whose {@code where} is true of the event: bit g for group g (at most 64 groups a stage). */
    public abstract long where(int stage, Event event);

    /** The ways of rows of streams to the first stage that they visit on their own. */
    public Hop[] hops() {
        return new Hop[0];
    }

    /** For each hop, the stream. */
    public String[] travellers() {
        return new String[0];
    }

    /** Fills the hop's event; false where the event gives no row. */
    public boolean fill(int hop, Event event) {
        throw new IllegalArgumentException("no hop " + hop);
    }

    /** The ways of rows of streams that visit no stage before they are events of one. */
    public Feed[] feeds() {
        return new Feed[0];
    }

    /** For each feed, the stream. */
    public String[] fed() {
        return new String[0];
    }

    /** Fills the feed's event, and gives the groups of its stage that take it, as bits; {@code place} is that of the event in the order. */
    public long feed(int feed, Event event, byte[] place) {
        throw new IllegalArgumentException("no feed " + feed);
    }

    /** The streams whose rows visit no stage. */
    public String[] streams() {
        return new String[0];
    }

    /** The columns of such a stream's rows, whose values are as in {@link Stage#columns}. */
    public Column[] streamColumns(int stream) {
        throw new IllegalArgumentException("no stream " + stream);
    }

    /** Such a stream's row, or null where the event gives none; {@code place} is that of the event in the order. */
    public Object[] streamRow(int stream, Event event, byte[] place) {
        throw new IllegalArgumentException("no stream " + stream);
    }

    /** What {@link #where} counts: names like {@code user_engagement.where.division_by_zero}. */
    public abstract String[] counterNames();

    /** The counts, by the position of their name; grows only. */
    public final long[] counters() {
        return counters;
    }

    /** Counts a null by its reason; {@code base} is the counter of {@link Outcome#DECLARED}, which counts all nulls of a result. */
    protected final void count(int base, int reason) {
        if (counting) {
            counters[base + reason]++;
        }
    }

    /** Whether nulls of the event that comes are counted. */
    final void counting(boolean counts) {
        counting = counts;
    }
}
