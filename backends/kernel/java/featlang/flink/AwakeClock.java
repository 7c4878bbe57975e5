package featlang.flink;

import java.util.concurrent.TimeUnit;

import org.apache.flink.runtime.metrics.groups.TaskIOMetricGroup;
import org.apache.flink.streaming.api.operators.util.PausableRelativeClock;
import org.apache.flink.util.clock.RelativeClock;
import org.apache.flink.util.clock.SystemClock;

/**
 * The time in which a task that reads could have read: what {@code idleness} is measured by.
 *
 * <p>A partition is silent where nothing comes from it, not where nobody reads it. So the clock stands still while what comes behind the
 * task takes nothing (Flink's back pressure, as a store that is away causes it), while one record takes long (a broker that takes no
 * rejects), and while the whole task is held up (its machine, a collection of garbage). Used by one thread.
 */
final class AwakeClock {
    /** Where nobody asked for longer than so many times of how often a timer asks, the task was held up. */
    private static final int LONGEST_GAP = 5;
    /** A record is read in microseconds: one that takes longer than that was held up. */
    private static final long LONGEST_RECORD = 5_000_000;

    private final RelativeClock machine;
    private final long longestGap;
    private long asked;
    private long awake;

    /**
     * @param machine one that goes on evenly; it may stand still for known reasons
     * @param interval how often a timer asks for the time, ms
     */
    AwakeClock(RelativeClock machine, long interval) {
        this.machine = machine;
        longestGap = TimeUnit.MILLISECONDS.toNanos(LONGEST_GAP * interval);
        asked = machine.relativeTimeNanos();
    }

    /** One that stands still while a task is under back pressure. The task forgets its listeners when it ends. */
    static AwakeClock of(TaskIOMetricGroup task, long interval) {
        PausableRelativeClock clock = new PausableRelativeClock(SystemClock.getInstance());
        task.registerBackPressureListener(clock);
        return new AwakeClock(clock, interval);
    }

    /** The time so far, µs, from an unknown beginning. */
    long micros() {
        long now = machine.relativeTimeNanos();
        awake += Math.min(now - asked, longestGap);
        asked = now;
        return awake / 1000;
    }

    /** A record was read, from the last {@link #micros} until now. */
    void read() {
        long now = machine.relativeTimeNanos();
        if (now - asked > LONGEST_RECORD) {
            asked = now;
        }
    }
}
