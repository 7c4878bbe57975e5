package featlang.flink;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a source pauses for a savepoint, and how it says that it has.
 *
 * @param records after how many of a run
 * @param marker a file, seen by the tasks and by whoever waits, that is written then
 */
public record Pause(long records, String marker) implements Serializable {
    void reached(int subtask) {
        try {
            Files.writeString(Path.of(marker), "task " + subtask);
        } catch (IOException error) {
            throw new UncheckedIOException("cannot say that the source has paused", error);
        }
    }
}
