package featlang.flink;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
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

import featlang.kernel.Layouts;
import featlang.kernel.Origin;
import featlang.kernel.Routed;
import featlang.kernel.Stage;

/**
 * Hosts a generated stage. In the order of time it holds the events of each key back until the watermark passes them, then has the
 * stage apply them in order; in the order of arrival it applies each at once. A group's rows go to one side output, its rows of the
 * online store to another. Where nothing arrives, a timer for each key has the stage look at the edges of its windows; in the order of
 * arrival events need not wait until it has done so for all keys.
 *
 * <p>The state of a key is bytes of the kernel's own: {@code head}, {@code tiles}; and the events that wait, {@code held}, each
 * millisecond of them with a timer. What is held, and what a head says, may have been written by another build: {@code layouts} knows
 * how. Between checkpoints most of it is in memory instead: {@link LoadedStages}, {@link WaitingEvents}.
 */
public final class StageOperator extends AbstractStreamOperator<Void> implements OneInputStreamOperator<Routed, Void>, Stage.Output {
    private static final long serialVersionUID = 1;
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    /** How many timers are gathered before what they stand for is done; bounds memory, changes no value. */
    private static final int MOST_FIRED = 100_000;
    /** So many keys have their edges moved between two events, and a share of those that wait for it: the more wait, the sooner they are done. */
    private static final int FEWEST_REFRESHED = 2;
    private static final int SHARE_REFRESHED = 1024;
    /** What timers stand for: events that are held until then, and an edge of a window. */
    private static final Byte HELD = 0;
    private static final Byte EDGE = 1;
    private static final ValueStateDescriptor<byte[]> HEAD = new ValueStateDescriptor<>("head", BYTES);

    private final String stageClass;
    private final String source;
    private final boolean byArrival;
    private final boolean history;
    private final ArrayList<String> names;
    private final HashSet<String> rows;
    private final HashMap<String, String> stores;
    private final long since;
    private final long until;
    private final long memory;

    private transient LoadedStages stages;
    private transient Layouts layouts;
    private transient int payloadLayout;
    private transient Group[] groups;
    private transient Metrics counts;
    private transient long outOfSequence;
    private transient StreamRecord<Row> record;
    private transient StreamRecord<Routed> routed;
    private transient Map<Integer, OutputTag<Routed>> following;
    private transient InternalTimerService<Byte> timers;
    private transient WaitingEvents waiting;
    private transient HeldEvents held;
    private transient ListState<Long> savedSequence;
    private transient ListState<byte[]> savedLayouts;
    private transient ListState<Long> savedRestores;
    private transient ListState<Boolean> savedEnd;
    private transient ListState<Boolean> savedEndless;
    /** Whether a key may be kept however long it is silent, and whether that was so where the state was saved. */
    private transient boolean endless;
    private transient boolean wasEndless;
    private transient long restores;
    private transient boolean ended;
    private transient Map<Key, Due> due;
    private transient ArrayDeque<Key> atEdge;
    /** Runs between two events. */
    private transient MailboxExecutor between;
    /**
     * The greatest watermark that is not sent on yet, as edges that it passed are still to be moved; else null. Under load that may last until
     * the next checkpoint: what comes behind a stage in the order of arrival must not wait for watermarks.
     */
    private transient Watermark unsent;
    private transient int fired;
    private transient long firedUntil;
    private transient long watermark;

    /** What a key's events are that are to be applied: in memory, and in which milliseconds of its state. */
    private static final class Due {
        private final List<HeldEvents.Held> events = new ArrayList<>();
        private final List<Long> milliseconds = new ArrayList<>(0);
    }

    /** A group's outputs; null where nobody wants the rows. */
    private static final class Group {
        private OutputTag<Row> rows;
        private OutputTag<Row> stored;
        private OutputTag<Row> changed;
        private int time;
        private int asOf;
        private long written;
    }

    /**
     * @param stageClass the generated class
     * @param source the name of its source
     * @param byArrival whether that is in the order of arrival
     * @param history whether it is a history, which is in order only when it is read whole
     * @param names the groups and streams that are asked for; other groups are only looked up
     * @param rows those of them whose rows are wanted
     * @param stores the groups whose rows of the online store are wanted: {@code every}, {@code change}, or {@code marked}, both
     * @param since only rows from then on are sent, µs UTC
     * @param until only rows before then
     * @param memory what the keys that were used last may take before Flink's state is used, about; and, half as much, events that wait
     */
    public StageOperator(
            String stageClass, String source, boolean byArrival, boolean history, List<String> names, List<String> rows,
            Map<String, String> stores, long since, long until, long memory) {
        this.stageClass = stageClass;
        this.source = source;
        this.byArrival = byArrival;
        this.history = history;
        this.names = new ArrayList<>(names);
        this.rows = new HashSet<>(rows);
        this.stores = new HashMap<>(stores);
        this.since = since;
        this.until = until;
        this.memory = memory;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        savedSequence = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("sequence", Types.LONG));
        long sequence = 0;
        for (long used : savedSequence.get()) {
            sequence = Math.max(sequence, used);
        }
        savedLayouts = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("layouts", BYTES));
        List<byte[]> known = new ArrayList<>();
        savedLayouts.get().forEach(known::add);
        layouts = new Layouts(known);
        savedRestores = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("restores", Types.LONG));
        restores = context.isRestored() ? 1 : 0;
        for (long before : savedRestores.get()) {
            restores = Math.max(restores, before + 1);
        }
        savedEnd = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("ended", Types.BOOLEAN));
        ended = any(savedEnd);
        savedEndless = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("endless", Types.BOOLEAN));
        boolean said = savedEndless.get().iterator().hasNext(); // an earlier version did not
        wasEndless = said ? any(savedEndless) : context.isRestored();
        KeyedStateStore keyed = context.getKeyedStateStore();
        held = new HeldEvents(keyed.getMapState(new MapStateDescriptor<>("held", Types.LONG, BYTES)), sequence);
        ValueState<byte[]> head = keyed.getState(HEAD);
        StateTiles tiles = new StateTiles(keyed.getMapState(new MapStateDescriptor<>("tiles", Types.LONG, BYTES)));
        waiting = new WaitingEvents(memory / 2);
        Stage first = open(tiles, null);
        payloadLayout = first.payloadLayout();
        endless = first.isEndless();
        stages = new LoadedStages(() -> open(tiles, first), head, this::setCurrentKey, memory);
        counts = new Metrics(getRuntimeContext(), context);
        groups = groups(first);
        addCounts(first);
    }

    @Override
    public void open() throws Exception {
        super.open();
        timers = getInternalTimerService("timers", ByteSerializer.INSTANCE, new Timers());
        watermark = Long.MIN_VALUE;
        due = new LinkedHashMap<>();
        atEdge = new ArrayDeque<>();
        between = getContainingTask().getMailboxExecutorFactory().createExecutor(getOperatorConfig().getChainIndex());
        record = new StreamRecord<>(null);
        routed = new StreamRecord<>(null);
        following = new HashMap<>();
        if (wasEndless && !endless) {
            // A silent key has no timer, as nothing of it was ever to be dropped.
            getKeyedStateBackend().applyToAllKeys(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, HEAD, (key, state) -> {
                Key each = (Key) key;
                watchOrDrop(each, stages.of(each));
            });
        }
    }

    @Override
    public void processElement(StreamRecord<Routed> element) throws Exception {
        if (ended) {
            throw new IllegalStateException("the savepoint was taken at the end of the input (`stop --drain`), where all windows were "
                    + "read to their end: a job cannot go on from it; take one without --drain");
        }
        Routed routed = element.getValue();
        if (appliesAtOnce()) {
            Key key = (Key) getCurrentKey();
            Stage stage = stages.of(key);
            if (unsent != null && stage.nextEdge() <= passed()) { // it waits for that
                refresh(key);
                stage = stages.of(key);
            }
            stage.apply(routed.order(), routed.payload(), routed.origin(), this);
            watchOrDrop(key, stage);
            return;
        }
        // A history in the order of arrival has no other order before all of it is there.
        long millisecond = byArrival ? HeldEvents.EARLIEST : Math.floorDiv(Routed.time(routed.order()), 1000);
        if (!waiting.add((Key) getCurrentKey(), millisecond, routed)) {
            hold(millisecond, routed);
        }
    }

    /** Puts an event of the current key into its state. */
    private void hold(long millisecond, Routed event) throws Exception {
        held.add(millisecond, payloadLayout, event);
        timers.registerEventTimeTimer(HELD, millisecond);
    }

    /**
     * Fires the timers, which gather what is due, key by key; then does it. At the end of the input no edge is passed: the events that
     * were held are the last thing that happens.
     *
     * <p>In the order of arrival nothing waits for the watermark but the edges of windows, which are many at a time. So they are moved between
     * events, at latest before the next one of their key, and then the watermark is sent on.
     */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        boolean last = mark.getTimestamp() == Long.MAX_VALUE;
        if (last) {
            refreshRest();
            ended = true;
        }
        timeServiceManager.advanceWatermark(mark);
        if (last || !appliesAtOnce()) {
            pass(mark.getTimestamp());
            super.processWatermark(mark);
            return;
        }
        watermark = mark.getTimestamp();
        fired = 0;
        boolean planned = unsent != null;
        unsent = mark;
        if (!planned) {
            refreshSome();
        }
    }

    /** Moves the edges of some keys, plans to go on where there are more, and else sends the watermark on. */
    private void refreshSome() throws Exception {
        if (unsent == null) {
            return; // the rest was done at once
        }
        for (int left = FEWEST_REFRESHED + atEdge.size() / SHARE_REFRESHED; left > 0 && !atEdge.isEmpty(); left--) {
            refresh(atEdge.poll()); // may add to the queue
        }
        if (atEdge.isEmpty()) {
            refreshRest();
        } else {
            between.execute(this::refreshSome, "move the edges of windows");
        }
    }

    /** Moves the edges that wait for it, and sends the watermark on that passed them. */
    private void refreshRest() throws Exception {
        if (unsent != null) {
            moveEdges();
            Watermark mark = unsent;
            unsent = null;
            super.processWatermark(mark);
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) throws Exception {
        super.prepareSnapshotPreBarrier(checkpoint);
        refreshRest(); // what fired is in no timer any more
        for (WaitingEvents.Waiting each : waiting.take(Long.MAX_VALUE)) {
            setCurrentKey(each.key());
            hold(each.millisecond(), each.event());
        }
        stages.writeBack();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        savedSequence.update(List.of(held.sequence()));
        // All tasks have the same table: the layouts that were restored, then this build's.
        boolean first = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0;
        savedLayouts.update(first ? layouts.all() : List.of());
        savedRestores.update(first ? List.of(restores) : List.of());
        savedEnd.update(List.of(ended));
        savedEndless.update(first ? List.of(endless) : List.of());
        counts.snapshot();
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        stages.writeBack();
    }

    @Override
    public void close() throws Exception {
        super.close();
        if (counts != null) {
            counts.publish(getRuntimeContext());
            Metrics.atLatest(getRuntimeContext(), "time/computed", System.currentTimeMillis());
        }
    }

    @Override
    public void row(int group, Object[] values) {
        Group to = groups[group];
        if (isWanted((Long) values[to.time])) {
            to.written++;
            emit(to.rows, values);
        }
    }

    @Override
    public void routed(Routed next) {
        OutputTag<Routed> tag = following.computeIfAbsent(next.stage(), Tags::stage);
        output.collect(tag, routed.replace(next));
    }

    @Override
    public void stored(int group, Object[] values, boolean changed) {
        Group to = groups[group];
        if (isWanted((Long) values[to.asOf])) {
            emit(to.stored, values);
            if (changed) {
                emit(to.changed, values);
            }
        }
    }

    @Override
    public void outOfSequence(byte[] encoded, String text) {
        outOfSequence++;
        Origin origin = Origin.decode(encoded);
        Row row = Row.of(origin.raw(), origin.path(), origin.record(), Stage.OUT_OF_SEQUENCE, text);
        output.collect(Tags.late(), new StreamRecord<>(row));
    }

    private void emit(OutputTag<Row> tag, Object[] values) {
        if (tag != null) {
            output.collect(tag, record.replace(Row.of(values)));
        }
    }

    private boolean isWanted(long time) {
        return since <= time && time < until;
    }

    /** Applies the events up to that millisecond, key by key, then moves the edges that it has passed. */
    private void pass(long millisecond) throws Exception {
        watermark = millisecond;
        for (WaitingEvents.Waiting each : waiting.take(millisecond)) {
            Routed event = each.event();
            due(each.key()).events.add(new HeldEvents.Held(event.order(), event.origin(), payloadLayout, event.payload()));
        }
        for (Map.Entry<Key, Due> entry : due.entrySet()) {
            apply(entry.getKey(), entry.getValue());
        }
        due.clear();
        moveEdges();
        fired = 0;
    }

    /** Moves the edges that the watermark has passed. At the end of the input none is passed. */
    private void moveEdges() throws Exception {
        while (!atEdge.isEmpty() && !ended) {
            refresh(atEdge.poll()); // may add to the queue
        }
        atEdge.clear();
    }

    /** Whether events are applied as they come. A history in the order of arrival has none before all of it is there. */
    private boolean appliesAtOnce() {
        return byArrival && !history;
    }

    /** The last time that the watermark has passed, µs. */
    private long passed() {
        return (watermark + 1) * 1000 - 1;
    }

    private static boolean any(ListState<Boolean> saved) throws Exception {
        boolean found = false;
        for (boolean each : saved.get()) {
            found |= each;
        }
        return found;
    }

    private Due due(Key key) {
        return due.computeIfAbsent(key, each -> new Due());
    }

    private void apply(Key key, Due now) throws Exception {
        setCurrentKey(key);
        Stage stage = stages.of(key);
        for (HeldEvents.Held event : held.take(now.milliseconds, now.events)) {
            byte[] payload = event.layout() == payloadLayout ? event.payload() : stage.payload(event.layout(), event.payload());
            stage.apply(event.order(), payload, event.origin(), this);
        }
        stage.settle(this); // equal events come together: of their time there are no more
        watchOrDrop(key, stage);
    }

    private void watchOrDrop(Key key, Stage stage) {
        if (stage.isEmpty()) {
            stages.drop(key); // it was only looked up
        } else {
            watch(key, stage);
        }
    }

    /** Has the current key's one timer go off at the nearest edge, or before it. */
    private void watch(Key key, Stage stage) {
        long edge = stage.nextEdge();
        if (edge == Long.MAX_VALUE || ended) {
            return;
        }
        long at = Math.floorDiv(edge, 1000);
        if (at <= watermark) {
            atEdge.add(key);
        } else if (at < stage.timer()) {
            if (stage.timer() != Long.MAX_VALUE) {
                timers.deleteEventTimeTimer(EDGE, stage.timer());
            }
            timers.registerEventTimeTimer(EDGE, at);
            stage.timer(at);
        }
    }

    /** Moves the key's edges to the watermark; all events up to it are applied. */
    private void refresh(Key key) throws Exception {
        setCurrentKey(key);
        Stage stage = stages.of(key);
        if (stage.timer() <= watermark) {
            stage.timer(Long.MAX_VALUE); // it went off
        }
        long limit = passed();
        if (until <= limit && stage.nextEdge() < until) {
            stage.refresh(until - 1, this); // its row is wanted, and one of later edges is not
        }
        if (stage.nextEdge() <= limit) {
            stage.refresh(limit, this);
        }
        watchOrDrop(key, stage);
    }

    private Stage open(Stage.Tiles tiles, Stage sibling) {
        Stage stage = Classes.create(getUserCodeClassloader(), stageClass, Stage.class);
        String[] names = stage.groups();
        Stage.Stores[] wanted = new Stage.Stores[names.length];
        Arrays.setAll(wanted, g -> storesOf(names[g]));
        stage.open(tiles, layouts, wanted, sibling);
        stage.restores(restores);
        stage.emit(this.names);
        stage.countOnly(since, until);
        return stage;
    }

    private Stage.Stores storesOf(String group) {
        return Stage.Stores.valueOf(stores.getOrDefault(group, "none").toUpperCase(Locale.ROOT));
    }

    private Group[] groups(Stage stage) {
        String[] names = stage.groups();
        String[] streams = stage.streams();
        Group[] made = new Group[names.length + streams.length];
        for (int g = 0; g < names.length; g++) {
            made[g] = new Group();
            RowShape shape = RowShape.of(stage.columns(g));
            RowShape stored = RowShape.of(stage.stored(g));
            made[g].time = shape.position("_tie") - 1;
            made[g].asOf = stored.position("_written") - 1;
            made[g].rows = rows.contains(names[g]) ? Tags.rows(names[g], shape) : null;
            Stage.Stores wanted = storesOf(names[g]);
            boolean marked = wanted == Stage.Stores.MARKED;
            made[g].stored = marked || wanted == Stage.Stores.EVERY ? Tags.stored(names[g], stored) : null;
            made[g].changed = marked || wanted == Stage.Stores.CHANGE ? Tags.changed(names[g], stored) : null;
        }
        for (int v = 0; v < streams.length; v++) {
            int first = Arrays.asList(streams).indexOf(streams[v]);
            if (streams[v] != null && first < v) {
                made[names.length + v] = made[names.length + first]; // of another of the stream's inputs
                continue;
            }
            made[names.length + v] = new Group();
            if (streams[v] != null && rows.contains(streams[v])) {
                made[names.length + v].rows = Tags.rows(streams[v], RowShape.of(stage.streamColumns(v)));
            }
        }
        return made;
    }

    private void addCounts(Stage stage) {
        String[] names = stage.groups();
        String[] streams = stage.streams();
        for (int g = 0; g < groups.length; g++) {
            Group group = groups[g];
            String of = g < names.length ? names[g] : streams[g - names.length];
            if (of != null && Arrays.asList(groups).indexOf(group) == g) {
                String name = "written/" + of;
                counts.add(name, name, of, () -> group.written);
            }
        }
        String[] ofKernel = stage.counterNames();
        for (int i = 0; i < ofKernel.length; i++) {
            int position = i;
            String name = "counter/" + ofKernel[i];
            counts.add(name, name, ofKernel[i], () -> stages.sum(each -> each.counters()[position]));
        }
        String[] sizes = stage.stateNames();
        for (int i = 0; i < sizes.length; i++) {
            int position = i;
            // The names hold those of the groups, which an edit may change; the sizes go on.
            counts.add("counter/" + sizes[i], "state/" + i, sizes[i], () -> stages.sum(each -> each.state()[position]));
        }
        String late = "late/" + source;
        counts.add(late, late, "late", () -> outOfSequence);
    }

    /** Gathers what fires. Timers fire by their time, so of what is before one that fires nothing is still to come. */
    private final class Timers implements Triggerable<Key, Byte> {
        @Override
        public void onEventTime(InternalTimer<Key, Byte> timer) throws Exception {
            if (Math.max(fired, atEdge.size()) >= MOST_FIRED && timer.getTimestamp() > firedUntil) {
                pass(firedUntil);
            }
            fired++;
            firedUntil = timer.getTimestamp();
            if (timer.getNamespace().equals(HELD)) {
                due(timer.getKey()).milliseconds.add(firedUntil);
            } else {
                atEdge.add(timer.getKey());
            }
        }

        @Override
        public void onProcessingTime(InternalTimer<Key, Byte> timer) {
            throw new IllegalStateException("no timer of processing time is ever set");
        }
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
