package featlang.kernel;

import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;

/**
 * A time zone: at which moments its offset changes, as the compiler took them from its own data, up to the end of 2499. From 2100 on a
 * zone follows a rule, which repeats itself every 400 years. Seconds throughout; local ones are those that clocks show.
 */
public final class Zone {
    private static final long PERIOD = 146_097L * 86_400;
    private static final long END = LocalDate.of(2500, 1, 1).toEpochDay() * 86_400;

    private final long[] moments;
    /** The i-th holds before the i-th moment, the last one after all. */
    private final int[] offsets;
    /** What the clocks show that the i-th moment stops. */
    private final long[] locals;

    private Zone(long[] moments, int[] offsets) {
        this.moments = moments;
        this.offsets = offsets;
        locals = new long[moments.length];
        for (int i = 0; i < moments.length; i++) {
            locals[i] = moments[i] + offsets[i];
        }
    }

    /** Reads what {@code stdlib/functions/zones.py} writes. */
    public static Zone of(String table) {
        ByteBuffer buffer = ByteBuffer.wrap(Base64.getDecoder().decode(table));
        int first = buffer.getInt();
        int count = buffer.remaining() / (Long.BYTES + Integer.BYTES);
        long[] moments = new long[count];
        int[] offsets = new int[count + 1];
        offsets[0] = first;
        for (int i = 0; i < count; i++) {
            moments[i] = buffer.getLong();
            offsets[i + 1] = buffer.getInt();
        }
        return new Zone(moments, offsets);
    }

    /** How far the clocks are ahead of UTC. */
    long offset(long second) {
        return offsets[upTo(moments, second - periods(second) * PERIOD)];
    }

    /**
     * The moment at which the clocks show something. What they show twice is the earlier moment, or the {@code later}; what they never
     * show is taken by the offset before the change, or after it.
     */
    long moment(long local, boolean later) {
        long shift = periods(local) * PERIOD;
        long within = local - shift;
        int change = upTo(locals, within);
        boolean isSkipped = change > 0 && within < moments[change - 1] + offsets[change];
        boolean isTwice = change < moments.length && within >= moments[change] + offsets[change + 1];
        int offset = isSkipped && !later ? offsets[change - 1] : isTwice && later ? offsets[change + 1] : offsets[change];
        return local - offset;
    }

    private static long periods(long second) {
        return second < END ? 0 : Math.floorDiv(second - END, PERIOD) + 1;
    }

    /** How many are not greater. */
    private static int upTo(long[] sorted, long value) {
        int found = Arrays.binarySearch(sorted, value);
        return found < 0 ? -found - 1 : found + 1;
    }
}
