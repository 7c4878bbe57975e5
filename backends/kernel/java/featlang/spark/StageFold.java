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
import featlang.kernel.Stage;
import featlang.store.StoreWriter;

/** One stage in a task: the state of the key that is folded, and where the rows of the stage's groups go. */
final class StageFold implements Stage.Output {
    private static final String TIE = "_tie";

    private final Stage stage;
    private final long since;
    private final long until;
    private final HeapTiles tiles = new HeapTiles(new HashMap<>());
    /** By position; null where a group is not computed. */
    private final Group[] groups;
    private final Outputs.Rows late;
    private long outOfSequence;
    private long writing;

    /** @param late where events that are out of sequence go, whichever stage finds them so */
    StageFold(Stage stage, StageHost.Settings settings, Outputs outputs, Outputs.Rows late) {
        this.stage = stage;
        since = settings.since();
        until = settings.until();
        this.late = late;
        String[] names = stage.groups();
        groups = new Group[names.length];
        Stage.Stores[] stored = new Stage.Stores[names.length];
        for (int g = 0; g < names.length; g++) {
            boolean wanted = settings.groups().contains(names[g]);
            List<Map<String, Object>> stores = wanted ? settings.stores().getOrDefault(names[g], List.of()) : List.of();
            stored[g] = stores.isEmpty() ? Stage.Stores.NONE : Stage.Stores.EVERY;
            if (wanted) {
                Column[] columns = stage.columns(g);
                groups[g] = new Group(names[g], columns, settings.rows() ? outputs.rows(names[g], columns) : null);
                groups[g].open(stores, stage.stored(g));
            }
        }
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
        for (Group group : groups) {
            if (group != null && group.last != null) {
                Object[] last = group.last;
                group.forEachStore(store -> store.write(last));
                group.last = null;
            }
        }
    }

    @Override
    public void row(int g, Object[] values) {
        Group group = groups[g];
        long time = (Long) values[group.keys];
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
    public void stored(int g, Object[] values) {
        long asOf = (Long) values[groups[g].keys];
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
        counts.merge("late", outOfSequence, Long::sum);
        counts.merge("nanoseconds.write", writing, Long::sum);
        for (Group group : groups) {
            if (group != null) {
                counts.put("written." + group.name, group.written);
            }
        }
        String[] names = stage.counterNames();
        long[] values = stage.counters();
        for (int i = 0; i < names.length; i++) {
            counts.merge("kernel." + names[i], values[i], Long::sum);
        }
    }

    /** A group that is computed. */
    private static final class Group {
        final String name;
        /** How many key columns there are; behind them stands the time of a row, and {@code as_of} of a stored one. */
        final int keys;
        /** Null where rows are not written. */
        final Outputs.Rows rows;
        final List<StoreWriter> stores = new ArrayList<>();
        /** The key's last row so far, where a store waits for it. */
        Object[] last;
        long written;

        Group(String name, Column[] columns, Outputs.Rows rows) {
            this.name = name;
            this.rows = rows;
            int tie = 0;
            while (!columns[tie].name().equals(TIE)) {
                tie++;
            }
            keys = tie - 1;
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
