package featlang.trial;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/** A {@link Fault} where it stands: at a {@code row} that passes, or at a {@code snapshot} of its task. */
public final class FailOnce<T> extends RichMapFunction<T, T> implements CheckpointedFunction, CheckpointListener {
    private static final long serialVersionUID = 3;

    private final Fault fault;

    public FailOnce(String marker, String moment, long after, boolean again) {
        fault = new Fault(marker, moment, after, again);
    }

    @Override
    public void open(OpenContext context) throws Exception {
        fault.opened();
    }

    @Override
    public T map(T row) throws Exception {
        fault.reached("row");
        return row;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {
        // It keeps nothing.
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        fault.reached("snapshot");
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
        fault.completed();
    }
}
