package featlang.kernel;

import featlang.kernel.aggregates.Avg;
import featlang.kernel.aggregates.Stddev;
import featlang.kernel.aggregates.Sum;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * The rate of sum, avg and stddev of prices with two decimals over 5m, 1h and 24h, in one thread: advancing the windows, adding,
 * encoding and decoding tiles, reading all nine values at each event. Arguments: events, keys, mean seconds between a key's events.
 *
 * <p>Printed for keys one after another (as sorted input comes), and for keys in turns, where a key's state is decoded before and
 * encoded after each event.
 */
public final class AccumulatorBench {
    private static final long MINUTE = 60_000_000L;
    private static final long[] WIDTHS = {5 * MINUTE, 60 * MINUTE, 1440 * MINUTE};
    private static final long[] STEPS = {5_000_000L, MINUTE, 15 * MINUTE};

    private static final class Key {
        private final Map<Long, byte[]> tiles = new HashMap<>();
        private byte[] head;
        private long time;
    }

    private final Ring[] rings = new Ring[WIDTHS.length];
    private final Outcome outcome = new Outcome();
    private final Writer writer = new Writer();
    private final Reader reader = new Reader();
    private Key key;
    private long tileCount;
    private long tileBytes;
    private double checksum;

    private AccumulatorBench() {
        for (int r = 0; r < rings.length; r++) {
            rings[r] = Ring.sliding(r, WIDTHS[r], STEPS[r], new boolean[] {true, true, true}, new long[] {1, 2, 3},
                    () -> new Accumulator<?>[] {new Count(), new ExactSum(), new ExactSum()});
            rings[r].open(new Stage.Tiles() {
                @Override
                public byte[] get(long id) {
                    return key.tiles.get(id);
                }

                @Override
                public void put(long id, byte[] tile) {
                    tileCount++;
                    tileBytes += tile.length;
                    key.tiles.put(id, tile);
                }

                @Override
                public void remove(long id) {
                    key.tiles.remove(id);
                }
            }, r, null);
        }
    }

    public static void main(String[] arguments) {
        int events = Integer.parseInt(arguments[0]);
        int keys = Integer.parseInt(arguments[1]);
        long gap = (long) (Double.parseDouble(arguments[2]) * 1e6);
        for (boolean inTurns : new boolean[] {false, true}) {
            new AccumulatorBench().run(events / 4, keys, gap, inTurns); // for the JIT
            AccumulatorBench bench = new AccumulatorBench();
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long start = System.nanoTime();
            long startOfCpu = threads.getCurrentThreadCpuTime();
            bench.run(events, keys, gap, inTurns);
            double seconds = (System.nanoTime() - start) / 1e9;
            double ofCpu = (threads.getCurrentThreadCpuTime() - startOfCpu) / 1e9;
            System.out.printf("%s: %.0f events/s, %.0f a second of CPU; %.1f bytes a tile of count, sum and squares (%d tiles); %x%n",
                    inTurns ? "keys in turns" : "key after key", events / seconds, events / ofCpu,
                    bench.tileBytes / (double) bench.tileCount, bench.tileCount, Double.doubleToRawLongBits(bench.checksum));
        }
    }

    private void run(int events, int keys, long gap, boolean inTurns) {
        Random random = new Random(7);
        Key[] all = new Key[keys];
        for (int i = 0; i < keys; i++) {
            all[i] = new Key();
        }
        int perKey = events / keys;
        for (int i = 0; i < events; i++) {
            int next = inTurns ? i % keys : Math.min(i / perKey, keys - 1);
            if (inTurns || key != all[next]) {
                take(all[next]);
            }
            key.time += 1 + (long) (random.nextDouble() * 2 * gap);
            apply(key.time, random.nextInt(100_000) / 100.0);
            if (inTurns) {
                give();
            }
        }
    }

    private void take(Key next) {
        key = next;
        if (key.head == null) {
            for (Ring ring : rings) {
                ring.reset();
            }
            return;
        }
        reader.reset(key.head);
        for (Ring ring : rings) {
            ring.read(reader);
        }
    }

    private void give() {
        writer.clear();
        for (Ring ring : rings) {
            ring.write(writer);
        }
        key.head = writer.toBytes();
    }

    private void apply(long time, double price) {
        for (Ring ring : rings) {
            ring.advance(time);
            feed(ring.running, price);
            feed(ring.open, price);
        }
        for (Ring ring : rings) {
            Count n = (Count) ring.running[0];
            ExactSum s1 = (ExactSum) ring.running[1];
            ExactSum s2 = (ExactSum) ring.running[2];
            checksum += Sum.floatValue(n, s1, outcome) + Avg.floatValue(n, s1, outcome) + Stddev.floatValue(n, s1, s2, outcome);
        }
    }

    private static void feed(Accumulator<?>[] cells, double price) {
        ((Count) cells[0]).add();
        ((ExactSum) cells[1]).add(price);
        ((ExactSum) cells[2]).addSquare(price);
    }
}
