package featlang.kernel;

/** What a stage remembers of one of its groups for the current key: its last row, and what it last gave to a store. */
final class GroupState {
    private static final int ROW = 1;
    private static final int STORED = 2;
    private static final int PRINT = 4;
    private static final int ROWS = 8;

    private boolean hasRow;
    private long time;
    private long tie;
    /** How many rows were given; kept of a later part only. */
    private long rows;
    private boolean hasStored;
    private long written;
    private boolean hasPrint;
    private long print;
    private long otherPrint;

    /** The position of a row at {@code at} among the rows of that time, which are in order. */
    long nextTie(long at) {
        tie = hasRow && time == at ? tie + 1 : 0;
        time = at;
        hasRow = true;
        rows++;
        return tie;
    }

    /** Whether a row was given at that time or later. */
    boolean isAfter(long at) {
        return hasRow && time >= at;
    }

    /** The write timestamp of a stored row: it grows, and is not before what the row tells of. */
    long nextWritten(long asOf) {
        written = hasStored ? Math.max(written + 1, asOf) : asOf;
        hasStored = true;
        return written;
    }

    /** Takes the hashes of a row's features; whether they are others than the last ones. */
    boolean differs(long one, long other) {
        boolean same = hasPrint && print == one && otherPrint == other;
        hasPrint = true;
        print = one;
        otherPrint = other;
        return !same;
    }

    /** The time from which on nothing of this decides anything, but for the hashes, µs. */
    long dropTime() {
        return Math.max(lastRow(), hasStored ? written : Long.MIN_VALUE);
    }

    /**
     * Takes in a later part.
     *
     * @param reached the greatest time of the earlier part: in the whole no later row is before it
     */
    void merge(GroupState later, long reached) {
        if (later.hasRow) {
            // Where the later part has not come beyond that time, all its rows are of it, whatever times they were given at.
            long before = later.time > reached ? later.tie : later.rows - 1;
            long at = Math.max(later.time, reached);
            tie = hasRow && time == at ? tie + 1 + before : before;
            time = at;
            hasRow = true;
        }
        if (later.hasStored) {
            // Not what it would be without the cut, but greater than all that a store has of either part.
            written = hasStored ? Math.max(written, later.written) : later.written;
            hasStored = true;
        }
        if (later.hasPrint) {
            hasPrint = true;
            print = later.print;
            otherPrint = later.otherPrint;
        }
    }

    /** The time of the last row; {@code Long.MIN_VALUE} for none. */
    long lastRow() {
        return hasRow ? time : Long.MIN_VALUE;
    }

    /** Forgets the last row, but not what was stored. */
    void clearRow() {
        hasRow = false;
        rows = 0;
    }

    void clear() {
        hasRow = false;
        rows = 0;
        hasStored = false;
        hasPrint = false;
    }

    /** @param isLater whether it is of a later part, which keeps what {@link #merge} needs */
    void write(Writer out, boolean isLater) {
        boolean keepsRows = isLater && hasRow;
        out.writeByte((hasRow ? ROW : 0) | (hasStored ? STORED : 0) | (hasPrint ? PRINT : 0) | (keepsRows ? ROWS : 0));
        if (hasRow) {
            out.writeZigzag(time);
            out.writeVarint(tie);
        }
        if (hasStored) {
            out.writeZigzag(written);
        }
        if (hasPrint) {
            out.writeLong(print);
            out.writeLong(otherPrint);
        }
        if (keepsRows) {
            out.writeVarint(rows);
        }
    }

    void read(Reader in) {
        int parts = in.readByte();
        hasRow = (parts & ROW) != 0;
        if (hasRow) {
            time = in.readZigzag();
            tie = in.readVarint();
        }
        hasStored = (parts & STORED) != 0;
        if (hasStored) {
            written = in.readZigzag();
        }
        hasPrint = (parts & PRINT) != 0;
        if (hasPrint) {
            print = in.readLong();
            otherPrint = in.readLong();
        }
        rows = (parts & ROWS) != 0 ? in.readVarint() : 0;
    }
}
