package featlang.bench;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

import org.apache.flink.api.common.functions.MapFunction;

import featlang.flink.RawRecord;

/**
 * Gives click records at a constant rate, each at the moment when it is due: if the job cannot take one in time, the waiting counts
 * as latency. The moments are kept for {@link Latencies}, which must run in the same JVM.
 */
public final class PacedClicks implements MapFunction<Long, RawRecord> {
    private static final long serialVersionUID = 1;
    /** How many events may be on their way at a time. */
    private static final int MOST = 1 << 24;
    private static final long START_MICROS = 1_772_323_200_000_000L;
    private static final long LEAST_WAIT = 20_000;

    /** When the event of that number was due, by {@link System#nanoTime}. */
    static final AtomicLongArray DUE = new AtomicLongArray(MOST);

    private final double nanosPerEvent;
    private final int users;
    private final long speed;
    private transient long began;
    private transient long random;

    /**
     * @param rate events a second; 0 for as many as the job takes
     * @param speed how many seconds of event time pass in one of the clock's
     */
    public PacedClicks(double rate, int users, long speed) {
        nanosPerEvent = rate > 0 ? 1e9 / rate : 0;
        this.users = users;
        this.speed = speed;
    }

    static int slot(long number) {
        return (int) (number & MOST - 1);
    }

    @Override
    public RawRecord map(Long number) {
        if (began == 0) {
            began = System.nanoTime();
            random = 1;
        }
        long due = nanosPerEvent > 0 ? began + (long) (number * nanosPerEvent) : System.nanoTime();
        for (long left = due - System.nanoTime(); left > LEAST_WAIT; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        DUE.set(slot(number), due);
        return new RawRecord("paced", "paced", number + 1, record(number, (due - began) / 1000 * speed), null);
    }

    private byte[] record(long number, long micros) {
        double share = next(1 << 20) / (double) (1 << 20);
        long user = (long) (users * share * share * share);
        long behind = next(100) < 5 ? next(2_000_000) : 0;
        String text = "{\"seq\":" + number + ",\"user_id\":\"u" + user + "\",\"page_id\":\"p" + next(2000) + "\",\"action\":\""
                + (next(10) < 3 ? "click" : "view") + "\",\"price\":" + next(100_000) / 100.0 + ",\"ts\":" + (START_MICROS + micros - behind)
                + "}";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Xorshift. */
    private long next(int bound) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (random >>> 1) % bound;
    }
}
