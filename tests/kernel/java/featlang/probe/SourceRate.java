package featlang.probe;

import featlang.kernel.Column;
import featlang.kernel.RecordSplitter;
import featlang.kernel.Routed;
import featlang.kernel.SourceReader;
import featlang.kernel.Type;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Prints how many events of eight short columns are read in a second of processor time: split only, decoded only, decoded and
 * routed. Arguments: how many events, and how many rounds (the first ones warm up).
 */
public final class SourceRate {
    /** Counts this thread's time only, whatever else the machine does. */
    private static final ThreadMXBean THREAD = ManagementFactory.getThreadMXBean();
    private static final Column[] COLUMNS = {
        new Column("event_id", Type.STRING, false), new Column("user_id", Type.INT, false), new Column("ts", Type.TIMESTAMP, false),
        new Column("kind", Type.STRING, false), new Column("price", Type.FLOAT, true), new Column("quantity", Type.INT, true),
        new Column("member", Type.BOOL, false), new Column("country", Type.STRING, true)};

    public static void main(String[] arguments) throws Exception {
        int events = Integer.parseInt(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        for (String format : new String[] {"jsonl", "csv"}) {
            byte[] stream = stream(format, events);
            System.out.println(format + ": " + stream.length / events + " bytes an event");
            for (int round = 0; round < rounds; round++) {
                System.out.printf("  split %,.0f/s, decoded %,.0f/s, routed %,.0f/s%n",
                    rate(format, stream, events, null), rate(format, stream, events, new long[] {0}),
                    rate(format, stream, events, new long[] {1}));
            }
        }
    }

    private static double rate(String format, byte[] stream, int events, long[] masks) throws Exception {
        ProbeSource source = new ProbeSource(COLUMNS, 2, new int[] {0}, new int[][] {{1}}, masks, 3_600_000_000L, -1,
            new String[3][COLUMNS.length], -1);
        SourceReader reader = new SourceReader(source, format, Map.of(), 0);
        SourceReader.Partition partition = new SourceReader.Partition();
        Count count = new Count();
        long start = THREAD.getCurrentThreadCpuTime();
        RecordSplitter splitter = RecordSplitter.of(format, new ByteArrayInputStream(stream));
        if (format.equals("csv")) {
            reader.header(splitter.next());
        }
        for (byte[] record = splitter.next(); record != null; record = splitter.next()) {
            if (masks == null) {
                count.routed += record.length;
            } else {
                reader.read(partition, record, count);
            }
        }
        double seconds = (THREAD.getCurrentThreadCpuTime() - start) / 1e9;
        if (masks != null && (reader.accepted != events || count.routed != events * masks[0])) {
            throw new IllegalStateException("accepted " + reader.accepted + ", routed " + count.routed);
        }
        return events / seconds;
    }

    private static byte[] stream(String format, int events) {
        SplittableRandom random = new SplittableRandom(1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String[] kinds = {"view", "click", "add_to_cart", "purchase"};
        if (format.equals("csv")) {
            bytes.writeBytes("event_id,user_id,ts,kind,price,quantity,member,country\n".getBytes(StandardCharsets.UTF_8));
        }
        for (int i = 0; i < events; i++) {
            long seconds = i / 50;
            String ts = String.format("2024-03-%02dT%02d:%02d:%02d.%03dZ", 1 + seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60,
                seconds % 60, random.nextInt(1000));
            String pattern = format.equals("csv")
                ? "e%d,%d,%s,%s,%d.%02d,%d,%s,%s%n"
                : "{\"event_id\":\"e%d\",\"user_id\":%d,\"ts\":\"%s\","
                    + "\"kind\":\"%s\",\"price\":%d.%02d,\"quantity\":%d,\"member\":%s,\"country\":\"%s\"}%n";
            String line = String.format(pattern, i, random.nextInt(20_000), ts, kinds[random.nextInt(4)], random.nextInt(500),
                random.nextInt(100), random.nextInt(9), random.nextInt(2) == 0, "PL");
            bytes.writeBytes(line.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static final class Count implements SourceReader.Output {
        private long routed;

        @Override
        public void routed(Routed event) {
            routed++;
        }

        @Override
        public void row(int stream, Object[] values) {
            throw new IllegalStateException("no stream is read");
        }

        @Override
        public void rejected(byte[] raw, String code, String text) {
            throw new IllegalStateException(code + ": " + text);
        }

        @Override
        public void late(byte[] raw, String code, String text) {
            throw new IllegalStateException(code + ": " + text);
        }

        @Override
        public void quarantined(byte[] raw, String code, String text) {
            throw new IllegalStateException(code + ": " + text);
        }

        @Override
        public String path() {
            throw new IllegalStateException("only asked in the order of arrival");
        }

        @Override
        public long record() {
            throw new IllegalStateException("only asked in the order of arrival");
        }
    }
}
