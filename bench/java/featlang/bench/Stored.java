package featlang.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;

/** In a store's place: counts its rows. When a task ends it writes how many there were. */
public final class Stored implements Sink<Row> {
    private static final long serialVersionUID = 1;

    private final String folder;

    public Stored(String folder) {
        this.folder = folder;
    }

    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) {
        return new Writer(Path.of(folder, "task-" + context.getTaskInfo().getIndexOfThisSubtask() + ".txt"));
    }

    private static final class Writer implements SinkWriter<Row> {
        private final Path file;
        private long count;

        Writer(Path file) {
            this.file = file;
        }

        @Override
        public void write(Row row, Context context) {
            count++;
        }

        @Override
        public void flush(boolean endOfInput) {
            // Nothing waits.
        }

        @Override
        public void close() throws IOException {
            Files.createDirectories(file.getParent());
            Files.writeString(file, Long.toString(count));
        }
    }
}
