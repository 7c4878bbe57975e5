package featlang.spark;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;

import featlang.files.FileRecords;
import featlang.kernel.Routed;
import featlang.kernel.Source;
import featlang.kernel.SourceReader;

/** The rows of a source's files, made as they are pulled; a file is never held as a whole. */
abstract class SourceRows implements Iterator<Row>, SourceReader.Output {
    private static final int BATCH = 64;

    final SourceReader reader;
    final FileRecords files;
    final ArrayDeque<Row> ready = new ArrayDeque<>();
    private final SourceReader.Partition partition = new SourceReader.Partition();
    private boolean ended;

    private SourceRows(SourceHost.Settings settings) {
        Source source = Classes.make(settings.className(), Source.class);
        reader = new SourceReader(source, settings.format(), settings.options(), settings.now());
        reader.range(settings.from(), settings.until());
        reader.only(settings.groups());
        files = new FileRecords(reader, settings.format(), settings.files());
        TaskContext task = TaskContext.get();
        if (task != null) {
            task.addTaskCompletionListener((TaskCompletionListener) context -> files.close());
        }
    }

    /** The accepted events, for the stages; what was read is counted when all is read. */
    static SourceRows routed(SourceHost.Settings settings, Counters counters) {
        return new RoutedRows(settings, counters);
    }

    /** The rejected and the late records. */
    static SourceRows refused(SourceHost.Settings settings) {
        return new RefusedRows(settings);
    }

    @Override
    public boolean hasNext() {
        if (ready.isEmpty() && !ended) {
            fill();
        }
        return !ready.isEmpty();
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.poll();
    }

    private void fill() {
        while (ready.size() < BATCH) {
            if (!files.read(partition, this)) {
                ended = true;
                end();
                return;
            }
        }
    }

    /** Called once, after the last record. */
    abstract void end();

    private static final class RoutedRows extends SourceRows {
        private final Counters counters;
        private final Map<String, Long> refused = new TreeMap<>(Map.of("late", 0L));

        RoutedRows(SourceHost.Settings settings, Counters counters) {
            super(settings);
            this.counters = counters;
        }

        @Override
        public void routed(Routed event) {
            ready.add(RowFactory.create(event.stage(), event.key(), event.order(), event.payload()));
        }

        @Override
        public void rejected(byte[] raw, String code, String text) {
            refused.merge("rejected." + code, 1L, Long::sum);
        }

        @Override
        public void late(byte[] raw, String code, String text) {
            refused.merge("late", 1L, Long::sum);
        }

        @Override
        void end() {
            Map<String, Long> counts = new TreeMap<>(refused);
            counts.put("read", reader.read);
            counts.put("accepted", reader.accepted);
            String[] names = reader.counterNames();
            long[] values = reader.counters();
            for (int i = 0; i < names.length; i++) {
                counts.merge("kernel." + names[i], values[i], Long::sum);
            }
            counters.add(new Counters.Report("source", counts));
        }
    }

    private static final class RefusedRows extends SourceRows {
        RefusedRows(SourceHost.Settings settings) {
            super(settings);
        }

        @Override
        public void routed(Routed event) {
            // Already a row.
        }

        @Override
        public void rejected(byte[] raw, String code, String text) {
            ready.add(RowFactory.create(false, raw, files.path(), files.record(), code, text));
        }

        @Override
        public void late(byte[] raw, String code, String text) {
            ready.add(RowFactory.create(true, raw, files.path(), files.record(), code, text));
        }

        @Override
        void end() {
            // Counted when the events were routed.
        }
    }
}
