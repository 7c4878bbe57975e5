package featlang.kernel;

import java.util.Arrays;

/** One decoded record: a slot for each column. Reused from record to record; nobody keeps it. */
public final class Event {
    public final boolean[] isNull;
    /** The value of every column whose type is not {@link Type#isBytes}; a float as its raw bits, finite, never -0.0. */
    public final long[] bits;
    /** The value of every column whose type is {@link Type#isBytes}; never null where {@code isNull} is false. */
    public final byte[][] bytes;

    public Event(int columns) {
        isNull = new boolean[columns];
        bits = new long[columns];
        bytes = new byte[columns][];
    }

    /** Lets go of the bytes, which whoever keeps this may not have room for. */
    void forget() {
        Arrays.fill(bytes, null);
    }
}
