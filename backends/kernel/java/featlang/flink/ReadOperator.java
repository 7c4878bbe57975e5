package featlang.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

import featlang.files.FileException;
import featlang.files.RowText;
import featlang.kernel.HeaderException;
import featlang.kernel.Routed;
import featlang.kernel.Source;
import featlang.kernel.SourceReader;

/**
 * Has the kernel read a source's records, and sends each accepted event to the side outputs of its stages, each refused record
 * whole to another.
 *
 * <p>It is chained to the source. What is late follows from the greatest time of each partition, which is its state. The
 * watermarks follow from the same: W releases the times before (W + 1) ms, which are at or before greatest − lateness, and no event
 * that is accepted later can be before that.
 */
public final class ReadOperator extends AbstractStreamOperator<Void>
        implements OneInputStreamOperator<RawRecord, Void>, SourceReader.Output {
    private static final long serialVersionUID = 1;

    private final String sourceClass;
    private final String format;
    private final HashMap<String, String> options;
    private final ArrayList<String> groups;
    private final long now;
    private final long from;
    private final long until;

    private transient SourceReader reader;
    private transient String source;
    private transient long lateness;
    private transient long lateCount;
    private transient Map<String, SourceReader.Partition> partitions;
    private transient ListState<Tuple2<String, Long>> greatest;
    private transient OutputTag<Routed>[] stages;
    private transient OutputTag<Row> rejects;
    private transient OutputTag<Row> lates;
    private transient StreamRecord<Routed> routed;
    private transient RawRecord current;
    private transient Counts counts;
    private transient long watermark;

    /**
     * @param sourceClass the generated class
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param groups the names of the {@code features} blocks that are computed
     * @param now the clock of the whole run, µs UTC; {@code Long.MIN_VALUE} for the machine's
     * @param from only events from then on, µs UTC, are computed
     * @param until only events before then
     */
    public ReadOperator(
            String sourceClass, String format, Map<String, String> options, List<String> groups, long now, long from, long until) {
        this.sourceClass = sourceClass;
        this.format = format;
        this.options = new HashMap<>(options);
        this.groups = new ArrayList<>(groups);
        this.now = now;
        this.from = from;
        this.until = until;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        greatest = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("greatest", Types.TUPLE(Types.STRING, Types.LONG)));
        partitions = new TreeMap<>();
        for (Tuple2<String, Long> saved : greatest.get()) {
            SourceReader.Partition partition = partition(saved.f0);
            partition.greatest = saved.f1;
            partition.any = true;
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        Source generated = Classes.create(getUserCodeClassloader(), sourceClass, Source.class);
        source = generated.name();
        reader = new SourceReader(generated, format, options, now);
        reader.range(from, until);
        reader.only(groups);
        lateness = generated.lateness();
        stages = tags(generated.stages());
        for (int i = 0; i < stages.length; i++) {
            stages[i] = Tags.stage(i);
        }
        rejects = Tags.rejects();
        lates = Tags.late();
        routed = new StreamRecord<>(null);
        counts = new Counts(getRuntimeContext());
        counts.add("counter/", reader.counterNames(), reader::counters);
        watermark = Long.MIN_VALUE;
        scheduleWatermark();
        counts.atEarliest("time/opened", System.currentTimeMillis());
    }

    @Override
    public void processElement(StreamRecord<RawRecord> element) throws Exception {
        current = element.getValue();
        if (current.isHeader()) {
            readHeader();
        } else if (current.event() != null) {
            reader.read(partition(current.partition()), current.event(), this::text, this);
        } else {
            reader.read(partition(current.partition()), current.bytes(), this);
        }
    }

    @Override
    public void routed(Routed event) {
        output.collect(stages[event.stage()], routed.replace(event));
    }

    @Override
    public void rejected(byte[] raw, String code, String text) {
        counts.increment("rejected/" + source + "/", code);
        output.collect(rejects, new StreamRecord<>(Row.of(raw, current.path(), current.record(), code, text)));
    }

    @Override
    public void late(byte[] raw, String code, String text) {
        lateCount++;
        output.collect(lates, new StreamRecord<>(Row.of(raw, current.path(), current.record(), code, text)));
    }

    /** Of the source only the end of all input counts; before it, the watermarks are those of {@link #emitWatermark}. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() == Long.MAX_VALUE) {
            counts.atLatest("time/read", System.currentTimeMillis());
            super.processWatermark(mark);
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        greatest.clear();
        for (Map.Entry<String, SourceReader.Partition> entry : partitions.entrySet()) {
            if (entry.getValue().any) {
                greatest.add(Tuple2.of(entry.getKey(), entry.getValue().greatest));
            }
        }
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        counts.put("read/" + source, reader.read);
        counts.put("accepted/" + source, reader.accepted);
        counts.put("late/" + source, lateCount);
        counts.publish();
    }

    private void readHeader() {
        try {
            reader.header(current.bytes());
        } catch (HeaderException wrong) {
            throw new FileException(current.path(), ": " + wrong.getMessage(), wrong);
        }
    }

    /** A Parquet row for people. */
    private byte[] text() {
        return RowText.json(reader.columns(), current.event());
    }

    private SourceReader.Partition partition(String name) {
        return partitions.computeIfAbsent(name, unused -> new SourceReader.Partition());
    }

    private void scheduleWatermark() {
        long interval = Math.max(1, getExecutionConfig().getAutoWatermarkInterval());
        getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + interval, now -> {
            emitWatermark();
            scheduleWatermark();
        });
    }

    private void emitWatermark() {
        long earliest = Long.MAX_VALUE;
        for (SourceReader.Partition partition : partitions.values()) {
            if (!partition.any) {
                return;
            }
            earliest = Math.min(earliest, partition.greatest);
        }
        if (partitions.isEmpty()) {
            return;
        }
        if (earliest < Long.MIN_VALUE + lateness) {
            return;
        }
        long passed = Math.floorDiv(earliest - lateness, 1000) - 1;
        if (passed > watermark) {
            watermark = passed;
            output.emitWatermark(new Watermark(passed));
        }
    }

    @SuppressWarnings("unchecked")
    private static OutputTag<Routed>[] tags(int count) {
        return (OutputTag<Routed>[]) new OutputTag<?>[count];
    }
}
