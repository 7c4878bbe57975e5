package featlang.flink;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Sends the rows of a table on with the watermark of the events that look it up: the first input has the rows, the second, without a
 * record, the watermark.
 */
public final class TableGate extends AbstractStreamOperator<RawRecord> implements TwoInputStreamOperator<RawRecord, Void, RawRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public void processElement1(StreamRecord<RawRecord> row) {
        output.collect(row);
    }

    @Override
    public void processElement2(StreamRecord<Void> none) {
        throw new IllegalStateException("a branch without records had one");
    }

    @Override
    public void processWatermark1(Watermark mark) {
        // The times of rows let nothing go.
    }

    @Override
    public void processWatermark2(Watermark mark) {
        output.emitWatermark(mark);
    }
}
