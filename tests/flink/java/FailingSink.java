package featlang.trial;

import java.io.IOException;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;

/** A store with a {@link Fault}: at a {@code write}, or at a {@code flush}, when the store has everything and no checkpoint knows of it. */
public final class FailingSink implements Sink<Row> {
    private static final long serialVersionUID = 1;

    private final Sink<Row> store;
    private final Fault fault;

    public FailingSink(Sink<Row> store, String marker, String moment, long after, boolean again) {
        this.store = store;
        fault = new Fault(marker, moment, after, again);
    }

    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) throws IOException {
        fault.opened();
        return new Writer(store.createWriter(context), fault);
    }

    private record Writer(SinkWriter<Row> writer, Fault fault) implements SinkWriter<Row> {
        @Override
        public void write(Row row, Context context) throws IOException, InterruptedException {
            writer.write(row, context);
            fault.reached("write");
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            writer.flush(endOfInput);
            fault.reached("flush");
            fault.completed(); // a sink is not told of checkpoints; before one it writes out what it has
        }

        @Override
        public void close() throws Exception {
            writer.close();
        }
    }
}
