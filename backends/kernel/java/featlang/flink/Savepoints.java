package featlang.flink;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;

import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.util.ExceptionUtils;

/** Stops jobs with savepoints, and says what these lack. */
public final class Savepoints {
    private static final long WAIT_MILLIS = 50;

    private Savepoints() {
    }

    /**
     * Stops a job with a savepoint that every state backend reads; what is held stays held in it. Waits while tasks are starting.
     *
     * @return the savepoint's path
     */
    public static String stop(JobClient job, String folder) throws ExecutionException, InterruptedException {
        while (true) {
            try {
                return job.stopWithSavepoint(false, folder, SavepointFormatType.CANONICAL).get();
            } catch (ExecutionException error) {
                CheckpointFailureReason why = ExceptionUtils.findThrowable(error, CheckpointException.class)
                        .map(CheckpointException::getCheckpointFailureReason).orElse(null);
                if (why != CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING) {
                    throw error;
                }
                Thread.sleep(WAIT_MILLIS);
            }
        }
    }

    /** Those of some operators, by uid, that a savepoint has no state of: what they keep begins empty. */
    public static List<String> lacking(String savepoint, List<String> uids) throws IOException {
        StreamStateHandle metadata = AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(savepoint).getMetadataHandle();
        ClassLoader classes = Savepoints.class.getClassLoader();
        Set<String> known = new HashSet<>();
        try (DataInputStream in = new DataInputStream(metadata.openInputStream())) {
            for (OperatorState state : Checkpoints.loadCheckpointMetadata(in, classes, savepoint).getOperatorStates()) {
                state.getOperatorUid().ifPresent(known::add);
            }
        }
        return uids.stream().filter(uid -> !known.contains(uid)).toList();
    }
}
