package featlang.flink;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

import featlang.kernel.Routed;
import featlang.kernel.Stage;

/**
 * Hosts a generated stage: holds the events of each key back until the watermark passes them, then has the stage apply them in
 * order, and sends its rows to one side output for each group.
 *
 * <p>The state of a key is bytes of the kernel's own: {@code head}, {@code tiles}; and the events that wait, {@code held}.
 */
public final class StageOperator extends AbstractStreamOperator<Void>
        implements OneInputStreamOperator<Routed, Void>, Triggerable<Key, VoidNamespace> {
    private static final long serialVersionUID = 1;
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    /** How many milliseconds of keys are gathered before their events are applied; bounds memory, changes no value. */
    private static final int MOST_DUE = 100_000;

    private final String stageClass;
    private final HashSet<String> features;
    private final long since;

    private transient Stage stage;
    private transient OutputTag<Row>[] tags;
    private transient Counts counts;
    private transient long[] written;
    private transient StreamRecord<Row> record;
    private transient InternalTimerService<VoidNamespace> timers;
    private transient ValueState<byte[]> head;
    private transient HeldEvents held;
    private transient ListState<Long> sequence;
    private transient Map<Key, List<Long>> due;
    private transient int dueCount;

    /**
     * @param stageClass the generated class
     * @param features the groups whose rows are wanted
     * @param since only rows from then on are sent, µs UTC
     */
    public StageOperator(String stageClass, List<String> features, long since) {
        this.stageClass = stageClass;
        this.features = new HashSet<>(features);
        this.since = since;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        sequence = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("sequence", Types.LONG));
        long greatest = 0;
        for (long used : sequence.get()) {
            greatest = Math.max(greatest, used);
        }
        head = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("head", BYTES));
        held = new HeldEvents(
                context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("held", Types.LONG, BYTES)), greatest);
        stage = Classes.create(getUserCodeClassloader(), stageClass, Stage.class);
        stage.open(new StateTiles(
                context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("tiles", Types.LONG, BYTES))));
    }

    @Override
    public void open() throws Exception {
        super.open();
        timers = getInternalTimerService("held", VoidNamespaceSerializer.INSTANCE, this);
        due = new LinkedHashMap<>();
        record = new StreamRecord<>(null);
        String[] groups = stage.groups();
        tags = tags(groups.length);
        written = new long[groups.length];
        String[] names = new String[groups.length];
        for (int g = 0; g < groups.length; g++) {
            names[g] = groups[g];
            if (features.contains(groups[g])) {
                tags[g] = Tags.rows(groups[g], RowShape.of(stage.columns(g)));
            }
        }
        counts = new Counts(getRuntimeContext());
        counts.add("written/", names, () -> written);
        counts.add("counter/", stage.counterNames(), stage::counters);
        counts.add("counter/", stage.stateNames(), stage::state);
    }

    @Override
    public void processElement(StreamRecord<Routed> element) throws Exception {
        Routed routed = element.getValue();
        long millisecond = Math.floorDiv(Routed.time(routed.order()), 1000);
        held.add(millisecond, routed.order(), routed.payload());
        timers.registerEventTimeTimer(VoidNamespace.INSTANCE, millisecond);
    }

    /** Fires the timers, which gather what is due, key by key; so each key's state is decoded and encoded once. */
    @Override
    public void processWatermark(Watermark watermark) throws Exception {
        timeServiceManager.advanceWatermark(watermark);
        release();
        super.processWatermark(watermark);
    }

    @Override
    public void onEventTime(InternalTimer<Key, VoidNamespace> timer) throws Exception {
        due.computeIfAbsent(timer.getKey(), key -> new ArrayList<>(2)).add(timer.getTimestamp());
        if (++dueCount == MOST_DUE) {
            release();
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Key, VoidNamespace> timer) {
        throw new IllegalStateException("no timer of processing time is ever set");
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        sequence.update(List.of(held.sequence()));
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        counts.publish();
        counts.atLatest("time/computed", System.currentTimeMillis());
    }

    /** Timers fire by time, so a key's milliseconds are in order, over several releases too. */
    private void release() throws Exception {
        for (Map.Entry<Key, List<Long>> entry : due.entrySet()) {
            setCurrentKey(entry.getKey());
            stage.load(head.value());
            for (long millisecond : entry.getValue()) {
                for (HeldEvents.Held event : held.take(millisecond)) {
                    record.setTimestamp(millisecond);
                    boolean wanted = Routed.time(event.order()) >= since;
                    stage.apply(event.order(), event.payload(), wanted ? this::emit : StageOperator::drop);
                }
            }
            head.update(stage.save());
        }
        due.clear();
        dueCount = 0;
    }

    private static void drop(int group, Object[] values) {
        // An event before the wanted range counts in later rows, and has none itself.
    }

    private void emit(int group, Object[] values) {
        if (tags[group] != null) {
            written[group]++;
            output.collect(tags[group], record.replace(Row.of(values), record.getTimestamp()));
        }
    }

    @SuppressWarnings("unchecked")
    private static OutputTag<Row>[] tags(int count) {
        return (OutputTag<Row>[]) new OutputTag<?>[count];
    }

    /** The closed tiles of the current key in Flink's state. */
    private record StateTiles(MapState<Long, byte[]> state) implements Stage.Tiles {
        @Override
        public byte[] get(long id) {
            try {
                return state.get(id);
            } catch (Exception error) {
                throw new IllegalStateException("cannot read a tile", error);
            }
        }

        @Override
        public void put(long id, byte[] tile) {
            try {
                state.put(id, tile);
            } catch (Exception error) {
                throw new IllegalStateException("cannot write a tile", error);
            }
        }

        @Override
        public void remove(long id) {
            try {
                state.remove(id);
            } catch (Exception error) {
                throw new IllegalStateException("cannot remove a tile", error);
            }
        }
    }
}
