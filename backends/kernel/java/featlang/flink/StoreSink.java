package featlang.flink;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;

import featlang.store.StoreWriter;

/**
 * Stored rows into an online store; of each key the one of the greatest {@code _written} stays. The rows of a key must come by one
 * channel. What was taken is in the store when a checkpoint or the job is done, and within the interval by the machine's clock.
 */
public final class StoreSink implements Sink<Row> {
    private static final long serialVersionUID = 1;
    /** How long a row may wait where the settings give no interval, ms. */
    private static final long SOON = 1_000;
    /** So many rows wait at most; more are written before their interval has passed. */
    private static final int MOST = 100_000;

    private final HashMap<String, Object> settings;
    private final RowShape shape;

    /**
     * @param settings as of {@link StoreWriter#of}; {@code emit}: a number of µs between two writes of a key, during which the last row
     *     wins, or anything else for every row
     */
    public StoreSink(Map<String, Object> settings, RowShape shape) {
        this.settings = new HashMap<>(settings);
        this.shape = shape;
    }

    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) throws IOException {
        StoreWriter store = StoreWriter.of(settings, shape.columns());
        store.open();
        boolean coalesces = settings.get("emit") instanceof Number;
        long interval = coalesces ? Math.max(1, ((Number) settings.get("emit")).longValue() / 1000) : SOON;
        Writer writer = new Writer(store, shape.position("_written"), coalesces);
        writer.schedule(context.getProcessingTimeService(), interval);
        return writer;
    }

    private static final class Writer implements SinkWriter<Row> {
        private final StoreWriter store;
        private final int written;
        private final boolean coalesces;
        private final Map<List<Object>, Object[]> waiting = new LinkedHashMap<>();

        /** @param written the position of {@code _written}; the keys are before {@code as_of}, which is before it */
        Writer(StoreWriter store, int written, boolean coalesces) {
            this.store = store;
            this.written = written;
            this.coalesces = coalesces;
        }

        void schedule(ProcessingTimeService clock, long interval) {
            clock.registerTimer(clock.getCurrentProcessingTime() + interval, now -> {
                flush(false);
                schedule(clock, interval);
            });
        }

        @Override
        public void write(Row row, Context context) throws IOException {
            Object[] values = new Object[row.getArity()];
            for (int i = 0; i < values.length; i++) {
                values[i] = row.getField(i);
            }
            if (coalesces) {
                waiting.merge(StoreWriter.key(values, written - 1), values, (a, b) -> (Long) b[written] >= (Long) a[written] ? b : a);
                if (waiting.size() >= MOST) {
                    flush(false);
                }
            } else {
                store.write(values);
            }
        }

        @Override
        public void flush(boolean endOfInput) throws IOException {
            for (Object[] row : waiting.values()) {
                store.write(row);
            }
            waiting.clear();
            store.flush();
        }

        @Override
        public void close() throws IOException {
            store.close();
        }
    }
}
