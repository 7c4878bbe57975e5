package featlang.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.accumulators.LongMaximum;
import org.apache.flink.api.common.accumulators.LongMinimum;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** Counts of the kernel as metrics of the operator while it runs, and as accumulators of the job's result when it has ended. */
final class Counts {
    private final RuntimeContext context;
    private final List<Named> counts = new ArrayList<>();
    private final Map<String, long[]> byName = new HashMap<>();

    private record Named(String name, Supplier<long[]> values, int position) {
        long value() {
            return values.get()[position];
        }
    }

    Counts(RuntimeContext context) {
        this.context = context;
    }

    /** Counts that someone else keeps: the i-th value belongs to {@code prefix + names[i]}. */
    void add(String prefix, String[] names, Supplier<long[]> values) {
        MetricGroup metrics = context.getMetricGroup().addGroup("featlang");
        for (int i = 0; i < names.length; i++) {
            Named count = new Named(prefix + names[i], values, i);
            counts.add(count);
            metrics.counter(names[i], new KeptElsewhere(count));
        }
    }

    /** Counts one more of a name that is known only now. */
    void increment(String prefix, String name) {
        long[] cell = byName.get(prefix + name);
        if (cell == null) {
            cell = new long[1];
            byName.put(prefix + name, cell);
            long[] added = cell;
            add(prefix, new String[] {name}, () -> added);
        }
        cell[0]++;
    }

    /** Takes over a count that someone else kept, at the end. */
    void put(String name, long value) {
        counts.add(new Named(name, () -> new long[] {value}, 0));
    }

    /** Hands the counts, but for zeros, to the job's result: once, at the end. */
    void publish() {
        for (Named count : counts) {
            if (count.value() != 0) {
                LongCounter counter = new LongCounter();
                counter.add(count.value());
                context.addAccumulator(count.name, counter);
            }
        }
    }

    /** Hands a moment (epoch milliseconds) to the job's result, which keeps the latest of all tasks. */
    void atLatest(String name, long moment) {
        LongMaximum latest = new LongMaximum();
        latest.add(moment);
        context.addAccumulator(name, latest);
    }

    /** The same, of which the earliest is kept. */
    void atEarliest(String name, long moment) {
        LongMinimum earliest = new LongMinimum();
        earliest.add(moment);
        context.addAccumulator(name, earliest);
    }

    /** A metric that shows a count, and cannot change it. */
    private record KeptElsewhere(Named count) implements Counter {
        @Override
        public long getCount() {
            return count.value();
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
            return new UnsupportedOperationException("the kernel counts");
        }
    }
}
