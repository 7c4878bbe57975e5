package featlang.flink;

import java.util.concurrent.ExecutionException;

import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;
import org.apache.flink.util.ExceptionUtils;

/** Stops jobs with savepoints. */
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
}
