package featlang.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/** Folds the events of all stages of a source, which come by key and, within a key, in order; each task writes what it computes. */
public final class StageHost implements VoidFunction<Iterator<InternalRow>> {
    private static final long serialVersionUID = 1;

    private final Settings settings;
    private final Counters counters;

    /**
     * What is computed.
     *
     * @param source the source's name
     * @param stages the generated classes, by the stage's position among the stages of the source
     * @param groups the names of the {@code features} blocks that are computed
     * @param since the first time whose rows are given, µs
     * @param until the time from which on no row is given, µs
     * @param rows whether rows are written, not only counted and stored
     * @param stores for groups the settings of the online stores that get the last row of each key
     * @param out the folder below which rows are written
     */
    record Settings(
            String source, List<String> stages, List<String> groups, long since, long until, boolean rows,
            Map<String, List<Map<String, Object>>> stores, String out)
            implements Serializable {}

    private StageHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /** Folds what {@link SourceHost#events} gave, once it is sorted by key, stage and order; the rest are the settings. */
    public static void fold(
            Dataset<Row> sorted, String source, List<String> stages, List<String> groups, long since, long until, boolean rows,
            Map<String, List<Map<String, Object>>> stores, String out, Counters counters) {
        Settings settings = new Settings(
                source, Copies.list(stages), Copies.list(groups), since, until, rows, Copies.stores(stores), out);
        sorted.queryExecution().toRdd().toJavaRDD().foreachPartition(new StageHost(settings, counters));
    }

    @Override
    public void call(Iterator<InternalRow> sorted) {
        new Fold(settings, counters).run(sorted);
    }
}
