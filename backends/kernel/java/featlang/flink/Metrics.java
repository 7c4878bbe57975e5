package featlang.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.accumulators.LongMaximum;
import org.apache.flink.api.common.accumulators.LongMinimum;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * Counts of an operator: metrics while it runs, accumulators of the job's result when it ends, and state of the operator, so that
 * they go on after a failure and from a savepoint. Their sums over all tasks are what is meant: another parallelism keeps them.
 */
final class Metrics {
    private final MetricGroup metrics;
    private final ListState<Tuple2<String, Long>> state;
    /** What earlier runs of the operator counted, by the name under which it is kept. */
    private final Map<String, Long> before = new HashMap<>();
    private final List<Count> counts = new ArrayList<>();
    private final Map<String, long[]> byName = new HashMap<>();

    private final class Count implements Counter {
        private final String name;
        private final String kept;
        private final LongSupplier now;

        Count(String name, String kept, LongSupplier now) {
            this.name = name;
            this.kept = kept;
            this.now = now;
        }

        @Override
        public long getCount() {
            return before.getOrDefault(kept, 0L) + now.getAsLong();
        }

        @Override
        public void inc() {
            throw readOnly();
        }

        @Override
        public void inc(long count) {
            throw readOnly();
        }

        @Override
        public void dec() {
            throw readOnly();
        }

        @Override
        public void dec(long count) {
            throw readOnly();
        }

        private static UnsupportedOperationException readOnly() {
            return new UnsupportedOperationException("this count is kept elsewhere");
        }
    }

    /** Takes up what was counted before. */
    Metrics(RuntimeContext context, StateInitializationContext saved) throws Exception {
        metrics = context.getMetricGroup().addGroup("featlang");
        state = saved.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("counts", Types.TUPLE(Types.STRING, Types.LONG)));
        for (Tuple2<String, Long> count : state.get()) {
            before.merge(count.f0, count.f1, Long::sum);
        }
    }

    /** Counts that someone else keeps: the i-th value belongs to {@code prefix + names[i]}. */
    void add(String prefix, String[] names, Supplier<long[]> values) {
        for (int i = 0; i < names.length; i++) {
            int position = i;
            add(prefix + names[i], prefix + names[i], names[i], () -> values.get()[position]);
        }
    }

    /**
     * One count that someone else keeps.
     *
     * @param name in the job's result
     * @param kept its name in the state
     * @param metric its name among the metrics
     */
    void add(String name, String kept, String metric, LongSupplier value) {
        Count count = new Count(name, kept, value);
        counts.add(count);
        metrics.counter(metric, count);
    }

    /** Takes up the counts under a prefix whose names are known only when something is counted. */
    void open(String prefix) {
        for (String kept : new TreeMap<>(before).keySet()) {
            if (kept.startsWith(prefix)) {
                cell(prefix, kept.substring(prefix.length()));
            }
        }
    }

    /** Counts one more under such a prefix. */
    void increment(String prefix, String name) {
        cell(prefix, name)[0]++;
    }

    private long[] cell(String prefix, String name) {
        return byName.computeIfAbsent(prefix + name, kept -> {
            long[] cell = new long[1];
            add(kept, kept, name, () -> cell[0]);
            return cell;
        });
    }

    /** Into the operator's state. */
    void snapshot() throws Exception {
        List<Tuple2<String, Long>> saved = new ArrayList<>();
        for (Count count : counts) {
            if (count.getCount() != 0) {
                saved.add(Tuple2.of(count.kept, count.getCount()));
            }
        }
        state.update(saved);
    }

    /** Hands the counts, but for zeros, to the job's result: once, at the end. */
    void publish(RuntimeContext context) {
        for (Count count : counts) {
            if (count.getCount() != 0) {
                LongCounter counter = new LongCounter();
                counter.add(count.getCount());
                context.addAccumulator(count.name, counter);
            }
        }
    }

    /** Hands a moment (epoch milliseconds) to the job's result, which keeps the latest of all tasks. */
    static void atLatest(RuntimeContext context, String name, long moment) {
        LongMaximum latest = new LongMaximum();
        latest.add(moment);
        context.addAccumulator(name, latest);
    }

    /** The same, of which the earliest is kept. */
    static void atEarliest(RuntimeContext context, String name, long moment) {
        LongMinimum earliest = new LongMinimum();
        earliest.add(moment);
        context.addAccumulator(name, earliest);
    }
}
