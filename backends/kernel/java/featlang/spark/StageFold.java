package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

import featlang.kernel.Column;
import featlang.kernel.HeapTiles;
import featlang.kernel.Layouts;
import featlang.kernel.Origin;
import featlang.kernel.Routed;
import featlang.kernel.Stage;
import featlang.store.StoreWriter;

/** One stage in a task: the state of the key that is folded, and where the rows of the stage's groups go. */
final class StageFold implements Stage.Output {
    private static final String TIE = "_tie";

    private final Stage stage;
    private final String source;
    private final Partitions partitions;
    private final RowQueue ready;
    private final long since;
    private final long until;
    private final HeapTiles tiles = new HeapTiles(new HashMap<>());
    /** By position, those of the stage and then the streams of its visits; null where it is not computed, or goes on from here. */
    private final Group[] groups;
    private final Outputs.Rows late;
    private long outOfSequence;
    private long writing;

    /**
     * @param source the name of the stage's
     * @param late where events that are out of sequence go, whichever stage finds them so
     * @param ready where the rows of streams go that visit further stages
     */
    StageFold(
            Stage stage, String source, StageHost.Settings settings, Outputs outputs, Outputs.Rows late, RowQueue ready) {
        this.stage = stage;
        this.source = source;
        partitions = settings.partitions();
        this.ready = ready;
        since = settings.since();
        until = settings.until();
        this.late = late;
        String[] names = stage.groups();
        String[] streams = stage.streams();
        groups = new Group[names.length + streams.length];
        Stage.Stores[] stored = new Stage.Stores[names.length];
        for (int g = 0; g < names.length; g++) {
            boolean wanted = settings.names().contains(names[g]);
            List<Map<String, Object>> stores = wanted ? settings.stores().getOrDefault(names[g], List.of()) : List.of();
            stored[g] = stores.isEmpty() ? Stage.Stores.NONE : Stage.Stores.EVERY;
            if (wanted) {
                Column[] columns = stage.columns(g);
                int time = timeOf(columns);
                groups[g] = new Group(names[g], time, settings.rows() ? outputs.rows(names[g], columns) : null);
                groups[g].open(stores, stage.stored(g));
            }
        }
        for (int v = 0; v < streams.length; v++) {
            if (streams[v] != null && settings.names().contains(streams[v])) {
                groups[names.length + v] = new Group(
                        streams[v], 0, settings.rows() ? outputs.rows(streams[v], stage.streamColumns(v)) : null);
            }
        }
        stage.neverRefresh();
        stage.countOnly(since, until);
        stage.emit(settings.names());
        stage.open(tiles, new Layouts(List.of()), stored, null);
    }

    void beginKey(byte[] key) {
        if (tiles.size() > 0) {
            // A new map, not an emptied one: emptying costs the table's size, and one great key would make every later key pay.
            tiles.use(new HashMap<>());
        }
        stage.load(key, null);
    }

    void apply(byte[] order, byte[] payload, byte[] origin) {
        stage.apply(order, payload, origin, this);
    }

    void endKey() {
        stage.settle(this);
        for (Group group : groups) {
            if (group != null && group.last != null) {
                Object[] last = group.last;
                group.forEachStore(store -> store.write(last));
                group.last = null;
            }
        }
    }

    @Override
    public void routed(Routed next) {
        ready.add(RoutedRows.of(next, partitions));
    }

    @Override
    public void row(int g, Object[] values) {
        Group group = groups[g];
        long time = (Long) values[group.time];
        if (time < since || time >= until) {
            return;
        }
        group.written++;
        if (group.rows != null) {
            long started = System.nanoTime();
            group.rows.write(values);
            writing += System.nanoTime() - started;
        }
    }

    @Override
    public void stored(int g, Object[] values, boolean changed) {
        long asOf = (Long) values[groups[g].time];
        if (asOf >= since && asOf < until) {
            groups[g].last = values;
        }
    }

    @Override
    public void outOfSequence(byte[] origin, String text) {
        Origin from = Origin.decode(origin);
        late.write(from.raw(), from.path(), from.record(), Stage.OUT_OF_SEQUENCE, text);
        outOfSequence++;
    }

    /** Makes what the stores were given durable. */
    void flush() {
        for (Group group : groups) {
            if (group != null) {
                group.forEachStore(StoreWriter::flush);
            }
        }
    }

    /** Adds what was counted. */
    void count(Map<String, Long> counts) {
        counts.merge("late." + source, outOfSequence, Long::sum);
        counts.merge("nanoseconds.write", writing, Long::sum);
        for (Group group : groups) {
            if (group != null) {
                counts.merge("written." + group.name, group.written, Long::sum);
            }
        }
        String[] names = stage.counterNames();
        long[] values = stage.counters();
        for (int i = 0; i < names.length; i++) {
            counts.merge("kernel." + names[i], values[i], Long::sum);
        }
    }

    private static int timeOf(Column[] columns) {
        int tie = 0;
        while (!columns[tie].name().equals(TIE)) {
            tie++;
        }
        return tie - 1;
    }

    /** A group or a stream that is computed. */
    private static final class Group {
        final String name;
        /** Where the time of a row stands, and {@code as_of} of a stored one. */
        final int time;
        /** Null where rows are not written. */
        final Outputs.Rows rows;
        final List<StoreWriter> stores = new ArrayList<>();
        /** The key's last row so far, where a store waits for it. */
        Object[] last;
        long written;

        Group(String name, int time, Outputs.Rows rows) {
            this.name = name;
            this.time = time;
            this.rows = rows;
        }

        void open(List<Map<String, Object>> settings, Column[] columns) {
            TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> forEachStore(StoreWriter::close));
            settings.forEach(store -> stores.add(StoreWriter.of(store, columns)));
            forEachStore(StoreWriter::open);
        }

        void forEachStore(Action action) {
            for (StoreWriter store : stores) {
                try {
                    action.on(store);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            }
        }
    }

    private interface Action {
        void on(StoreWriter store) throws IOException;
    }
}
