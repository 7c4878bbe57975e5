package featlang.trial;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Fails the job once, at a moment of one kind: so many of those in a task after the first one that came behind a completed checkpoint
 * with rows. A file says that it has. With {@code again} it fails once more, when a task of its place opens again: while the job restarts.
 */
final class Fault implements Serializable {
    private static final long serialVersionUID = 1;

    private final String marker;
    private final String moment;
    private final boolean again;
    private long left;
    private boolean rows;
    private boolean completed;

    Fault(String marker, String moment, long after, boolean again) {
        this.marker = marker;
        this.moment = moment;
        this.again = again;
        left = after;
    }

    void opened() throws IOException {
        if (again && Files.exists(Path.of(marker))) {
            fail(marker + "-again");
        }
    }

    void reached(String what) throws IOException {
        rows = true;
        if (completed && what.equals(moment) && left-- <= 0) {
            fail(marker);
        }
    }

    void completed() {
        completed = rows;
    }

    private static void fail(String file) throws IOException {
        try {
            Files.createFile(Path.of(file));
        } catch (FileAlreadyExistsException done) {
            return;
        }
        throw new IllegalStateException("the failure that the test wants");
    }
}
