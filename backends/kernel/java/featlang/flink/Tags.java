package featlang.flink;

import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

import featlang.kernel.Routed;

/** The side outputs of our operators; their names stand in job graphs. */
public final class Tags {
    private Tags() {
    }

    /** Of a source or a stage: what goes to the stage of that number. */
    public static OutputTag<Routed> stage(int number) {
        return new OutputTag<>("stage-" + number, ValueType.ROUTED);
    }

    /** Of a source: records that did not become events. */
    public static OutputTag<Row> rejects() {
        return new OutputTag<>("rejects", RowShape.REFUSED.typeInfo());
    }

    /** Of a source: events from too far ahead of the clock. */
    public static OutputTag<Row> quarantine() {
        return new OutputTag<>("quarantine", RowShape.REFUSED.typeInfo());
    }

    /** Of a source: events that came too late; of a stage: events that came out of sequence. */
    public static OutputTag<Row> late() {
        return new OutputTag<>("late", RowShape.REFUSED.typeInfo());
    }

    /** Of a table: from when on its rows count. */
    public static OutputTag<Row> effective() {
        return new OutputTag<>("effective", RowShape.EFFECTIVE.typeInfo());
    }

    /** Of a stage: a group's rows of the online store. */
    public static OutputTag<Row> stored(String group, RowShape shape) {
        return new OutputTag<>("stored-" + group, shape.typeInfo());
    }

    /** Of a stage: those of a group's rows of the online store that differ from the key's last one. */
    public static OutputTag<Row> changed(String group, RowShape shape) {
        return new OutputTag<>("changed-" + group, shape.typeInfo());
    }

    /** Of a stage: the rows of a group, or of a stream; of a source: those of a stream. */
    public static OutputTag<Row> rows(String group, RowShape shape) {
        return new OutputTag<>("rows-" + group, shape.typeInfo());
    }
}
