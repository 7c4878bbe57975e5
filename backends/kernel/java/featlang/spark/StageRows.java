package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;

import featlang.kernel.Column;
import featlang.kernel.HeapTiles;
import featlang.kernel.Routed;
import featlang.kernel.Stage;
import featlang.store.StoreWriter;

/** The rows of one partition, made as they are pulled: neither a partition nor a key is ever held as a whole. */
final class StageRows implements Iterator<Row>, Stage.Rows {
    private static final int BATCH = 256;

    private final StageHost.Settings settings;
    private final Iterator<Row> sorted;
    private final Counters counters;
    private final Stage stage;
    private final HeapTiles tiles = new HeapTiles(new HashMap<>());
    private final int wanted;
    private final RowShape shape;
    private final List<StoreWriter> stores = new ArrayList<>();
    private final ArrayDeque<Row> ready = new ArrayDeque<>();

    private byte[] key;
    private long time;
    /** The key's last row so far, where a store waits for it. */
    private Object[] last;
    private long written;
    private boolean ended;
    private final long began = System.nanoTime();
    private long computing;

    StageRows(StageHost.Settings settings, Iterator<Row> sorted, Counters counters) {
        this.settings = settings;
        this.sorted = sorted;
        this.counters = counters;
        stage = settings.stage();
        wanted = settings.position(stage);
        Column[] columns = stage.columns(wanted);
        shape = new RowShape(columns);
        stage.open(tiles);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> forEachStore(StoreWriter::close));
        settings.stores().forEach(store -> stores.add(StoreWriter.of(store, columns)));
        forEachStore(StoreWriter::open);
    }

    @Override
    public boolean hasNext() {
        if (ready.isEmpty() && !ended) {
            long started = System.nanoTime();
            fill();
            computing += System.nanoTime() - started;
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

    @Override
    public void row(int group, Object[] values) {
        if (group == wanted && time >= settings.since() && time < settings.until()) {
            ready.add(shape.row(values));
            written++;
            last = stores.isEmpty() ? null : values;
        }
    }

    private void fill() {
        while (ready.size() < BATCH) {
            if (!sorted.hasNext()) {
                endKey();
                forEachStore(StoreWriter::flush);
                ended = true;
                return;
            }
            apply(sorted.next());
        }
    }

    private void apply(Row event) {
        byte[] eventKey = (byte[]) event.get(SourceHost.KEY);
        byte[] order = (byte[]) event.get(SourceHost.ORDER);
        if (!Arrays.equals(eventKey, key)) {
            endKey();
            key = eventKey;
            if (tiles.size() > 0) {
                // A new map, not an emptied one: emptying costs the table's size, and one great key would make every later key pay.
                tiles.use(new HashMap<>());
            }
            stage.load(null);
        }
        time = Routed.time(order);
        stage.apply(order, (byte[]) event.get(SourceHost.PAYLOAD), this);
    }

    private void endKey() {
        if (key != null) {
            stage.save(); // measures the state that a stream would keep
        }
        if (last != null) {
            forEachStore(store -> store.write(last));
            last = null;
        }
    }

    private void report() {
        Map<String, Long> counts = new TreeMap<>();
        counts.put("written." + settings.group(), written);
        counts.put("nanoseconds.compute", computing);
        counts.put("nanoseconds.fold", System.nanoTime() - began);
        String[] names = stage.counterNames();
        long[] values = stage.counters();
        for (int i = 0; i < names.length; i++) {
            // The stage's other groups report theirs when their own rows are made.
            if (names[i].startsWith(settings.group() + ".")) {
                counts.merge("kernel." + names[i], values[i], Long::sum);
            }
        }
        int partition = TaskContext.getPartitionId();
        counters.add(new Counters.Report(settings.group() + " " + partition, counts));
        Map<String, Long> state = new TreeMap<>();
        for (int i = 0; i < stage.state().length; i++) {
            state.put("kernel." + stage.stateNames()[i], stage.state()[i]);
        }
        // The same whichever group's rows are made, and so counted once.
        counters.add(new Counters.Report(settings.className() + " " + partition, state));
    }

    private void forEachStore(Action action) {
        for (StoreWriter store : stores) {
            try {
                action.on(store);
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }

    private interface Action {
        void on(StoreWriter store) throws IOException;
    }
}
