package featlang.flink;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;

import featlang.store.StoreWriter;

/** Rows into an online store, last row by key. The rows of a key must come by one channel, in order. */
public final class StoreSink implements Sink<Row> {
    private static final long serialVersionUID = 1;

    private final HashMap<String, String> settings;
    private final RowShape shape;

    /** @param settings as of {@link StoreWriter#of} */
    public StoreSink(Map<String, String> settings, RowShape shape) {
        this.settings = new HashMap<>(settings);
        this.shape = shape;
    }

    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) throws IOException {
        StoreWriter store = StoreWriter.of(settings, shape.columns());
        store.open();
        return new Writer(store);
    }

    private record Writer(StoreWriter store) implements SinkWriter<Row> {
        @Override
        public void write(Row row, Context context) throws IOException {
            Object[] values = new Object[row.getArity()];
            for (int i = 0; i < values.length; i++) {
                values[i] = row.getField(i);
            }
            store.write(values);
        }

        @Override
        public void flush(boolean endOfInput) throws IOException {
            store.flush();
        }

        @Override
        public void close() throws IOException {
            store.close();
        }
    }
}
