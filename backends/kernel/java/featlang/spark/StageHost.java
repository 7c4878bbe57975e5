package featlang.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

import scala.Tuple2;

/**
 * Folds what goes to some stages, which comes by key and, within a key, in order; each task writes what it computes, and gives the rows of
 * streams that visit further stages.
 */
public final class StageHost implements Function2<Integer, Iterator<UnsafeRow>, Iterator<Tuple2<Integer, UnsafeRow>>> {
    private static final long serialVersionUID = 1;

    private final Settings settings;
    private final Counters counters;

    /**
     * What is computed.
     *
     * @param level how many folds rows may have gone through before this one
     * @param partitions where rows go from here
     * @param stages the generated classes, by the stages' numbers
     * @param sources for each stage, the name of its source
     * @param names the {@code features} blocks and streams whose rows are given
     * @param since the first time whose rows are given, µs
     * @param until the time from which on no row is given, µs
     * @param rows whether rows are written, not only counted and stored
     * @param stores for groups the settings of the online stores that get the last row of each key
     * @param out the folder below which rows are written
     */
    record Settings(
            int level, Partitions partitions, Map<Integer, String> stages, Map<Integer, String> sources, List<String> names, long since, long until, boolean rows,
            Map<String, List<Map<String, Object>>> stores, String out)
            implements Serializable {}

    private StageHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * The rows of streams that go on from a fold of what {@link RoutedRows#byKey} gave; the rest are the settings. Nothing is computed
     * before they are pulled.
     */
    public static JavaRDD<Tuple2<Integer, UnsafeRow>> fold(
            JavaRDD<UnsafeRow> byKey, int level, Partitions partitions, Map<Integer, String> stages, Map<Integer, String> sources, List<String> names, long since,
            long until, boolean rows, Map<String, List<Map<String, Object>>> stores, String out, Counters counters) {
        Settings settings = new Settings(
                level, partitions, Copies.map(stages), Copies.map(sources), Copies.list(names), since, until, rows, Copies.stores(stores), out);
        return byKey.mapPartitionsWithIndex(new StageHost(settings, counters), false);
    }

    @Override
    public Iterator<Tuple2<Integer, UnsafeRow>> call(Integer partition, Iterator<UnsafeRow> byKey) {
        return new Fold(settings, partition, byKey, counters);
    }
}
