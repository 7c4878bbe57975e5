package featlang.flink;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

import featlang.files.EffectiveTimes;
import featlang.files.FileRecords;
import featlang.files.RowText;
import featlang.kernel.Frontier;
import featlang.kernel.Routed;
import featlang.kernel.Source;
import featlang.kernel.SourceReader;

/**
 * Has the kernel read a source's records, and sends each accepted event to the side outputs of its stages, each refused record
 * whole to another.
 *
 * <p>It is chained to the source. What is late follows from the greatest time of each partition, which is its state. The
 * watermarks follow from the same, by the kernel's {@link Frontier}: W releases the times before (W + 1) ms, and no event that is
 * accepted later can be before that. Of a history none is late, so nothing is released before its end.
 */
public final class ReadOperator extends AbstractStreamOperator<Void>
        implements OneInputStreamOperator<RawRecord, Void>, SourceReader.Output {
    private static final long serialVersionUID = 1;
    private static final long NO_TIME = Long.MIN_VALUE;

    private final String sourceClass;
    private final String format;
    private final HashMap<String, String> options;
    private final boolean topic;
    private final boolean history;
    private final boolean gated;
    private final String effective;
    private final ArrayList<String> names;
    private final HashSet<String> rows;
    private final long now;
    private final long from;
    private final long since;
    private final long until;

    private transient SourceReader reader;
    private transient String source;
    private transient Frontier frontier;
    /** Null without an {@code idleness}. */
    private transient AwakeClock awake;
    private transient Map<String, SourceReader.Partition> partitions;
    /** Name, greatest time, whether there was one, position; null of a topic, whose source keeps them. */
    private transient ListState<Tuple4<String, Long, Boolean, Long>> savedPartitions;
    /** Null where several tasks read: none of them knows how far all have come. What each knows stands beside its partitions. */
    private transient ListState<Long> savedFrontier;
    /** A partition's name, some of the ids of its events; null where nothing is a duplicate. */
    private transient ListState<Tuple2<String, byte[]>> savedIds;
    private transient Map<Integer, OutputTag<Routed>> stages;
    private transient OutputTag<Row>[] streams;
    private transient long[] written;
    private transient OutputTag<Row> rejects;
    private transient OutputTag<Row> lates;
    private transient OutputTag<Row> quarantine;
    private transient StreamRecord<Routed> routed;
    private transient RawRecord current;
    private transient Metrics counts;
    private transient long lateCount;
    private transient long quarantineCount;
    private transient long watermark;
    /** What the watermark has passed, µs: no row of a gated table counts before. */
    private transient long gate;

    /**
     * @param sourceClass the generated class
     * @param address where the records are: {@code kind}, {@code options}, {@code role} (a {@code history} has no late events), of a topic
     *     {@code format}; of a table {@code gated} (its rows count no earlier than what the watermark has passed when they come) or
     *     {@code effective} (the file that says from when on they count)
     * @param names the {@code features} blocks and streams that are computed
     * @param rows the streams whose rows are wanted, where they visit no stage
     * @param now the clock of the whole run, µs UTC; {@code Long.MIN_VALUE} for the machine's
     * @param from only events from then on, µs UTC, are computed
     * @param since only rows of streams from then on are sent
     * @param until only events before then
     */
    @SuppressWarnings("unchecked")
    public ReadOperator(
            String sourceClass, Map<String, Object> address, List<String> names, List<String> rows, long now, long from, long since,
            long until) {
        this.sourceClass = sourceClass;
        topic = address.get("kind").equals("kafka");
        format = (String) (topic ? address.get("format") : address.get("kind"));
        options = new HashMap<>((Map<String, String>) address.get("options"));
        history = "history".equals(address.get("role"));
        gated = Boolean.TRUE.equals(address.get("gated"));
        effective = (String) address.get("effective");
        this.names = new ArrayList<>(names);
        this.rows = new HashSet<>(rows);
        this.now = now;
        this.from = from;
        this.since = since;
        this.until = until;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        Source generated = Classes.create(getUserCodeClassloader(), sourceClass, Source.class);
        source = generated.name();
        reader = new SourceReader(generated, format, options, now);
        String[] direct = generated.streams();
        streams = tags(direct.length);
        written = new long[direct.length];
        for (int s = 0; s < direct.length; s++) {
            streams[s] = rows.contains(direct[s]) ? Tags.rows(direct[s], RowShape.of(generated.streamColumns(s))) : null;
        }
        // What is remembered is of this column: with another time the source begins anew.
        String time = generated.time() < 0 ? "" : generated.columns()[generated.time()].name();
        // Flink stops a job with a savepoint at different moments in different tasks, and then takes none with a union state.
        boolean alone = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks() == 1;
        long released = NO_TIME;
        if (alone) {
            savedFrontier = context.getOperatorStateStore()
                    .getUnionListState(new ListStateDescriptor<>("frontier of " + time, Types.LONG));
            for (long saved : savedFrontier.get()) {
                released = Math.max(released, saved);
            }
        }
        gate = released;
        awake = generated.idleness() < 0 ? null
                : AwakeClock.of(getContainingTask().getEnvironment().getMetricGroup().getIOMetricGroup(), interval());
        frontier = new Frontier(generated.lateness(), generated.idleness(), released);
        partitions = new TreeMap<>();
        if (!topic) {
            restorePartitions(generated, time, context);
        }
        counts = new Metrics(getRuntimeContext(), context);
    }

    private void restorePartitions(Source generated, String time, StateInitializationContext context) throws Exception {
        savedPartitions = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>(
                "partitions of " + time, Types.TUPLE(Types.STRING, Types.LONG, Types.BOOLEAN, Types.LONG)));
        for (Tuple4<String, Long, Boolean, Long> saved : savedPartitions.get()) {
            SourceReader.Partition partition = partition(saved.f0);
            partition.greatest = saved.f1;
            partition.any = saved.f2;
            partition.position = saved.f3;
        }
        if (generated.dedup().length > 0) {
            // As with the time: with other columns it begins anew.
            String names = Arrays.stream(generated.dedup()).mapToObj(slot -> generated.columns()[slot].name()).collect(Collectors.joining(","));
            savedIds = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>(
                    "ids of " + time + " by " + names, Types.TUPLE(Types.STRING, Types.PRIMITIVE_ARRAY(Types.BYTE))));
            for (Tuple2<String, byte[]> saved : savedIds.get()) {
                partition(saved.f0).restoreIds(saved.f1);
            }
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        reader.range(from, until);
        reader.countOnly(since, until);
        reader.only(names);
        reader.history(history);
        if (topic) {
            reader.messages();
        }
        reader.frontier(frontier);
        if (gated) {
            reader.gate(gate);
        } else if (effective != null) {
            reader.effective(EffectiveTimes.in(effective));
        }
        stages = new HashMap<>();
        rejects = Tags.rejects();
        lates = Tags.late();
        quarantine = Tags.quarantine();
        routed = new StreamRecord<>(null);
        counts.add("counter/", reader.counterNames(), reader::counters);
        count("read", () -> reader.read);
        count("accepted", () -> reader.accepted);
        count("late", () -> lateCount);
        count("quarantined", () -> quarantineCount);
        String[] direct = reader.streams();
        for (String stream : new LinkedHashSet<>(List.of(direct))) { // one is there for each of its inputs
            counts.add("written/" + stream, "written/" + stream, stream, () -> IntStream.range(0, direct.length)
                    .filter(s -> direct[s].equals(stream)).mapToLong(s -> written[s]).sum());
        }
        counts.open("rejected/" + source + "/");
        getMetricGroup().addGroup("featlang").gauge("watermarkLagMillis", (Gauge<Long>) this::lag);
        watermark = NO_TIME;
        scheduleWatermark();
        Metrics.atEarliest(getRuntimeContext(), "time/opened", System.currentTimeMillis());
    }

    @Override
    public void processElement(StreamRecord<RawRecord> element) throws Exception {
        current = element.getValue();
        if (current.isHeader()) {
            FileRecords.takeHeader(reader, current.path(), current.bytes());
            return;
        }
        if (current.isAssignment()) {
            goOn(current.seen());
            add(current.partition(), current.seen());
            return;
        }
        SourceReader.Partition partition = partition(current.partition());
        long wall = wall();
        long heard = reader.heard;
        reader.sent(current.sent(), current.stamped());
        if (current.bytes() == null) {
            reader.read(partition, current.event(), this::text, this);
        } else {
            reader.read(partition, current.bytes(), current.event(), this);
        }
        if (awake != null) {
            if (reader.heard > heard) {
                frontier.saw(current.partition(), wall);
            }
            awake.read();
        }
    }

    @Override
    public void routed(Routed event) {
        OutputTag<Routed> tag = stages.get(event.stage());
        if (tag == null) {
            tag = Tags.stage(event.stage());
            stages.put(event.stage(), tag);
        }
        output.collect(tag, routed.replace(event));
    }

    @Override
    public void row(int stream, Object[] values) {
        long time = (Long) values[0];
        if (time < since || time >= until) {
            return;
        }
        written[stream]++;
        if (streams[stream] != null) {
            output.collect(streams[stream], new StreamRecord<>(Row.of(values)));
        }
    }

    @Override
    public void rejected(byte[] raw, String code, String text) {
        counts.increment("rejected/" + source + "/", code);
        refuse(rejects, raw, code, text);
    }

    @Override
    public void late(byte[] raw, String code, String text) {
        lateCount++;
        refuse(lates, raw, code, text);
    }

    @Override
    public void quarantined(byte[] raw, String code, String text) {
        quarantineCount++;
        refuse(quarantine, raw, code, text);
    }

    @Override
    public String path() {
        return current.path();
    }

    @Override
    public long record() {
        return current.record();
    }

    @Override
    public void effective(long at) {
        output.collect(Tags.effective(), new StreamRecord<>(Row.of(current.path(), current.record(), at)));
    }

    /**
     * Before a gated table the watermark is that of the events that look it up. Of another source only the end of all input counts; before it, the watermarks are those of {@link #emitWatermark}. The last of
     * those comes before the end, at which all that is held is released.
     */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (gated) {
            long passed = mark.getTimestamp();
            gate = Math.max(gate, passed < Long.MAX_VALUE / 1000 ? (passed + 1) * 1000 : Long.MAX_VALUE);
            reader.gate(gate);
            super.processWatermark(mark);
        } else if (mark.getTimestamp() == Long.MAX_VALUE) {
            emitWatermark();
            super.processWatermark(mark);
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        if (savedPartitions != null) {
            List<Tuple4<String, Long, Boolean, Long>> all = new ArrayList<>();
            partitions.forEach((name, seen) -> all.add(Tuple4.of(name, seen.greatest, seen.any, seen.position)));
            savedPartitions.update(all);
        }
        if (savedIds != null) {
            List<Tuple2<String, byte[]>> ids = new ArrayList<>();
            partitions.forEach((name, seen) -> seen.savedIds().forEach(part -> ids.add(Tuple2.of(name, part))));
            savedIds.update(ids);
        }
        if (savedFrontier != null) {
            savedFrontier.update(List.of(gated ? gate : frontier.released()));
        }
        counts.snapshot();
    }

    @Override
    public void close() throws Exception {
        super.close();
        if (counts != null) {
            counts.publish(getRuntimeContext());
            Metrics.atLatest(getRuntimeContext(), "time/read", System.currentTimeMillis());
        }
    }

    private void refuse(OutputTag<Row> tag, byte[] raw, String code, String text) {
        output.collect(tag, new StreamRecord<>(Row.of(raw, current.path(), current.record(), code, text)));
    }

    private void count(String name, LongSupplier value) {
        counts.add(name + "/" + source, name + "/" + source, name, value);
    }

    /** A Parquet row for people. */
    private byte[] text() {
        return RowText.json(reader.columns(), current.event());
    }

    private SourceReader.Partition partition(String name) {
        SourceReader.Partition known = partitions.get(name);
        return known == null ? add(name, new SourceReader.Partition()) : known;
    }

    private SourceReader.Partition add(String name, SourceReader.Partition partition) {
        partitions.put(name, partition);
        frontier.add(name, partition, wall());
        return partition;
    }

    /** Takes up from where a partition of a topic was read before: a stage's state has come as far as the watermark had. */
    private void goOn(SourceReader.Partition partition) {
        if (partition.released != SourceReader.Partition.UNREAD) {
            frontier.goesOn(partition.released);
        }
        partition.released = frontier.released();
    }

    private void scheduleWatermark() {
        if (history) {
            return;
        }
        getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + interval(), now -> {
            emitWatermark();
            scheduleWatermark();
        });
    }

    /** How often a watermark is sent, ms. */
    private long interval() {
        return Math.max(1, getExecutionConfig().getAutoWatermarkInterval());
    }

    private void emitWatermark() {
        long released = frontier.advance(wall());
        for (SourceReader.Partition partition : partitions.values()) {
            partition.released = released;
        }
        if (released == NO_TIME) {
            return;
        }
        long passed = Math.floorDiv(released, 1000) - 1;
        if (passed > watermark) {
            watermark = passed;
            output.emitWatermark(new Watermark(passed));
        }
    }

    /** How far the watermark is behind the machine's clock, ms. */
    private long lag() {
        return watermark == NO_TIME ? 0 : System.currentTimeMillis() - watermark;
    }

    /** What {@code idleness} is measured by, µs; any number where there is none. */
    private long wall() {
        return awake == null ? 0 : awake.micros();
    }

    @SuppressWarnings("unchecked")
    private static OutputTag<Row>[] tags(int count) {
        return (OutputTag<Row>[]) new OutputTag<?>[count];
    }
}
