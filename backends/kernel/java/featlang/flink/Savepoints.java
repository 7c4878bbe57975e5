package featlang.flink;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
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
    /** The name that Flink gives to what the readers of a source keep. */
    private static final String SPLITS = "SourceReaderState";

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

    /**
     * Of how many partitions a savepoint knows how far they were read by the source of a topic; 0 where it has nothing of it. Restored they are
     * spread evenly, so of as many tasks each has one, and with it knows what the state came to.
     */
    public static int partitions(String savepoint, String uid) throws IOException {
        return (int) operators(savepoint).stream()
                .filter(operator -> operator.getOperatorUid().filter(uid::equals).isPresent())
                .flatMap(operator -> operator.getStates().stream())
                .flatMap(task -> task.getManagedOperatorState().stream())
                .map(state -> state.getStateNameToPartitionOffsets().get(SPLITS))
                .filter(Objects::nonNull)
                .mapToLong(splits -> splits.getOffsets().length)
                .sum();
    }

    /** Those of some operators, by uid, that a savepoint has no state of: what they keep begins empty. */
    public static List<String> lacking(String savepoint, List<String> uids) throws IOException {
        Set<String> known = new HashSet<>();
        for (OperatorState state : operators(savepoint)) {
            state.getOperatorUid().ifPresent(known::add);
        }
        return uids.stream().filter(uid -> !known.contains(uid)).toList();
    }

    private static Collection<OperatorState> operators(String savepoint) throws IOException {
        StreamStateHandle metadata = AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(savepoint).getMetadataHandle();
        try (DataInputStream in = new DataInputStream(metadata.openInputStream())) {
            return Checkpoints.loadCheckpointMetadata(in, Savepoints.class.getClassLoader(), savepoint).getOperatorStates();
        }
    }
}
