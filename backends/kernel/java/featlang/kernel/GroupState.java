package featlang.kernel;

/** What a stage remembers of one of its groups for the current key: its last row, and what it last gave to a store. */
final class GroupState {
    private static final int ROW = 1;
    private static final int STORED = 2;
    private static final int PRINT = 4;

    private boolean hasRow;
    private long time;
    private long tie;
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
        return Math.max(hasRow ? time : Long.MIN_VALUE, hasStored ? written : Long.MIN_VALUE);
    }

    /** Forgets the last row, but not what was stored. */
    void clearRow() {
        hasRow = false;
    }

    void clear() {
        hasRow = false;
        hasStored = false;
        hasPrint = false;
    }

    void write(Writer out) {
        out.writeByte((hasRow ? ROW : 0) | (hasStored ? STORED : 0) | (hasPrint ? PRINT : 0));
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
    }
}
