package featlang.trial;

import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.types.Row;

/** Fails the job once: so many rows of a task after a completed checkpoint that rows went into. A file says that it has. */
public final class FailOnce implements MapFunction<Row, Row>, CheckpointListener {
    private static final long serialVersionUID = 2;

    private final String marker;
    private long left;
    private boolean rows;
    private boolean completed;

    public FailOnce(String marker, long after) {
        this.marker = marker;
        left = after;
    }

    @Override
    public Row map(Row row) throws Exception {
        if (completed && left-- <= 0 && !Files.exists(Path.of(marker))) {
            Files.createFile(Path.of(marker));
            throw new IllegalStateException("the failure that the test wants");
        }
        rows = true;
        return row;
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
        completed = rows;
    }
}
