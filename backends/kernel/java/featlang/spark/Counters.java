package featlang.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import org.apache.spark.util.AccumulatorV2;

/**
 * Counts by name, as a Spark accumulator. A task reports its counts once, when it ends, under its partition: a task that is run
 * again replaces what it reported before, so retries and recomputed stages count once.
 */
public final class Counters extends AccumulatorV2<Counters.Report, Map<String, Long>> {
    private static final long serialVersionUID = 1;

    /** By task (the host and its partition). */
    private final Map<String, Map<String, Long>> reports = new HashMap<>();

    /** What one task counted. Its map is not changed afterwards. */
    public record Report(String task, Map<String, Long> counts) {}

    @Override
    public synchronized boolean isZero() {
        return reports.isEmpty();
    }

    @Override
    public synchronized Counters copy() {
        Counters copy = new Counters();
        copy.reports.putAll(reports);
        return copy;
    }

    @Override
    public synchronized void reset() {
        reports.clear();
    }

    @Override
    public synchronized void add(Report report) {
        reports.put(report.task(), report.counts());
    }

    @Override
    public void merge(AccumulatorV2<Report, Map<String, Long>> other) {
        Map<String, Map<String, Long>> theirs = ((Counters) other).copy().reports;
        synchronized (this) {
            reports.putAll(theirs);
        }
    }

    /** The sums over all tasks, sorted by name. */
    @Override
    public synchronized Map<String, Long> value() {
        Map<String, Long> sums = new TreeMap<>();
        for (Map<String, Long> counts : reports.values()) {
            counts.forEach((name, count) -> sums.merge(name, count, Long::sum));
        }
        return sums;
    }

    /** The greatest value of that name that a task reported; 0 if none did. */
    public synchronized long greatest(String name) {
        return reports.values().stream().mapToLong(counts -> counts.getOrDefault(name, 0L)).max().orElse(0);
    }
}
