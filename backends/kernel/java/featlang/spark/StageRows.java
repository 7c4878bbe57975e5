package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;

import featlang.kernel.Routed;
import featlang.kernel.Stage;
import featlang.store.StoreWriter;

/** The rows of one partition, made as they are pulled: neither a partition nor a key is ever held as a whole. */
final class StageRows implements Iterator<Row> {
    private static final int BATCH = 256;

    private final StageHost.Settings settings;
    private final Iterator<Row> sorted;
    private final Counters counters;
    private final List<Running> stages = new ArrayList<>();
    private final ArrayDeque<Row> ready = new ArrayDeque<>();
    private final long began = System.nanoTime();
    private long nanoseconds;
    private boolean ended;

    private Running current;
    private byte[] key;
    private long time;

    StageRows(StageHost.Settings settings, Iterator<Row> sorted, Counters counters) {
        this.settings = settings;
        this.sorted = sorted;
        this.counters = counters;
        TaskContext task = TaskContext.get();
        if (task != null) {
            task.addTaskCompletionListener((TaskCompletionListener) context -> close());
        }
        for (String className : settings.stages()) {
            Running stage = new Running(Classes.make(className, Stage.class));
            stages.add(stage);
            stage.openStores();
        }
    }

    @Override
    public boolean hasNext() {
        if (ready.isEmpty() && !ended) {
            long started = System.nanoTime();
            fill();
            nanoseconds += System.nanoTime() - started;
            if (ended) {
                report();
            }
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
            if (!sorted.hasNext()) {
                endKey();
                stages.forEach(Running::flush);
                ended = true;
                return;
            }
            apply(sorted.next());
        }
    }

    private void apply(Row event) {
        Running stage = stages.get(event.getInt(SourceHost.STAGE));
        byte[] eventKey = (byte[]) event.get(SourceHost.KEY);
        byte[] order = (byte[]) event.get(SourceHost.ORDER);
        if (stage != current || !Arrays.equals(eventKey, key)) {
            endKey();
            current = stage;
            key = eventKey;
            stage.tiles.clear();
            stage.stage.load(null);
        }
        time = Routed.time(order);
        stage.stage.apply(order, (byte[]) event.get(SourceHost.PAYLOAD), stage);
    }

    private void endKey() {
        if (current != null) {
            current.endKey();
        }
    }

    private void report() {
        Map<String, Long> counts = new TreeMap<>();
        counts.put("nanoseconds.compute", nanoseconds);
        counts.put("nanoseconds.fold", System.nanoTime() - began);
        for (Running stage : stages) {
            stage.count(counts);
        }
        counters.add(new Counters.Report("stages " + TaskContext.getPartitionId(), counts));
    }

    private void close() {
        stages.forEach(Running::close);
    }

    /** A stage at work, and where its groups' rows go. */
    private final class Running implements Stage.Rows {
        final Stage stage;
        final HeapTiles tiles = new HeapTiles();
        private final Sink[] sinks;

        Running(Stage stage) {
            this.stage = stage;
            stage.open(tiles);
            String[] groups = stage.groups();
            sinks = new Sink[groups.length];
            for (int group = 0; group < groups.length; group++) {
                int column = settings.groups().indexOf(groups[group]);
                if (column >= 0) {
                    sinks[group] = new Sink(groups[group], column, new RowShape(stage.columns(group)));
                    for (Map<String, String> store : settings.stores().getOrDefault(groups[group], List.of())) {
                        sinks[group].stores.add(StoreWriter.of(store, stage.columns(group)));
                    }
                }
            }
        }

        @Override
        public void row(int group, Object[] values) {
            Sink sink = sinks[group];
            if (sink != null && time >= settings.since() && time < settings.until()) {
                Object[] columns = new Object[settings.groups().size()];
                columns[sink.column] = sink.shape.row(values);
                ready.add(RowFactory.create(columns));
                sink.written++;
                sink.last = values;
            }
        }

        void openStores() {
            forEachSink(sink -> {
                for (StoreWriter store : sink.stores) {
                    store.open();
                }
            });
        }

        void endKey() {
            forEachSink(sink -> {
                if (sink.last != null) {
                    for (StoreWriter store : sink.stores) {
                        store.write(sink.last);
                    }
                    sink.last = null;
                }
            });
        }

        void flush() {
            forEachSink(sink -> {
                for (StoreWriter store : sink.stores) {
                    store.flush();
                }
            });
        }

        void close() {
            forEachSink(sink -> {
                for (StoreWriter store : sink.stores) {
                    store.close();
                }
            });
        }

        void count(Map<String, Long> counts) {
            String[] names = stage.counterNames();
            long[] values = stage.counters();
            for (int i = 0; i < names.length; i++) {
                counts.merge("kernel." + names[i], values[i], Long::sum);
            }
            forEachSink(sink -> counts.put("written." + sink.group, sink.written));
        }

        private void forEachSink(Action action) {
            for (Sink sink : sinks) {
                if (sink != null) {
                    try {
                        action.on(sink);
                    } catch (IOException error) {
                        throw new UncheckedIOException(error);
                    }
                }
            }
        }
    }

    private interface Action {
        void on(Sink sink) throws IOException;
    }

    /** Where the rows of one wanted group go. */
    private static final class Sink {
        final String group;
        final int column;
        final RowShape shape;
        final List<StoreWriter> stores = new ArrayList<>();
        long written;
        /** The key's last row so far, or null. */
        Object[] last;

        Sink(String group, int column, RowShape shape) {
            this.group = group;
            this.column = column;
            this.shape = shape;
        }
    }
}
