package featlang.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;

/** A store, whose rows are counted on their way. When a task ends it writes how many there were. */
public final class Stored implements Sink<Row> {
    private static final long serialVersionUID = 1;

    private final Sink<Row> store;
    private final String folder;

    public Stored(Sink<Row> store, String folder) {
        this.store = store;
        this.folder = folder;
    }

    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) throws IOException {
        Path file = Path.of(folder, "task-" + context.getTaskInfo().getIndexOfThisSubtask() + ".txt");
        return new Writer(store.createWriter(context), file);
    }

    private static final class Writer implements SinkWriter<Row> {
        private final SinkWriter<Row> writer;
        private final Path file;
        private long count;

        Writer(SinkWriter<Row> writer, Path file) {
            this.writer = writer;
            this.file = file;
        }

        @Override
        public void write(Row row, Context context) throws IOException, InterruptedException {
            count++;
            writer.write(row, context);
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            writer.flush(endOfInput);
        }

        @Override
        public void close() throws Exception {
            writer.close();
            Files.createDirectories(file.getParent());
            Files.writeString(file, Long.toString(count));
        }
    }
}
