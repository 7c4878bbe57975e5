package featlang.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;

import featlang.files.FilePart;

/**
 * Reads a source's files, each task some of them in order, and writes what it refuses. A stream is read in one task, because late is
 * a matter of its order; a history, which has no late events, in as many as there are files (and row groups of Parquet files).
 */
public final class SourceHost implements Function2<Integer, Iterator<ArrayList<FilePart>>, Iterator<InternalRow>> {
    private static final long serialVersionUID = 1;
    /** Tasks for each partition of the shuffle, at most: more than one, so that the last to end is short. */
    private static final int TASKS = 4;

    private final Settings settings;
    private final Counters counters;

    /**
     * What is read.
     *
     * @param source the source's name
     * @param className the generated source's
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param options of reading
     * @param history whether it is a history
     * @param exclude a folder of late records that are late here too; null for none
     * @param names the {@code features} blocks and streams that are computed
     * @param stages the numbers of the stages that it is read for
     * @param now the clock of {@code max_ahead}, µs
     * @param from the first event time that is routed, µs
     * @param since the first time whose rows are given, µs
     * @param until the event time from which on nothing is routed, µs
     * @param out the folder below which rows and refused records are written
     */
    record Settings(
            String source, String className, String format, Map<String, String> options, boolean history, String exclude,
            List<String> names, List<Integer> stages, boolean rows, long now, long from, long since, long until, String out)
            implements Serializable {}

    private SourceHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * The accepted events, and rows of streams, on their way to the stages; the other parameters are those of the settings.
     *
     * @param files in the order in which they are read
     * @param parallelism partitions of the shuffle that follows
     */
    public static JavaRDD<InternalRow> events(
            SparkSession spark, String source, String className, String format, List<String> files, Map<String, String> options,
            boolean history, String exclude, List<String> names, List<Integer> stages, boolean rows, long now, long from, long since,
            long until, String out, int parallelism, Counters counters) {
        Settings settings = new Settings(
                source, className, format, Copies.map(options), history, exclude, Copies.list(names), Copies.list(stages), rows, now, from,
                since, until, out);
        List<ArrayList<FilePart>> tasks = history
                ? FilePart.runs(FilePart.all(format, files), TASKS * parallelism)
                : List.of(new ArrayList<>(files.stream().map(FilePart::whole).toList()));
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(tasks, tasks.size())
                .mapPartitionsWithIndex(new SourceHost(settings, counters), false);
    }

    @Override
    public Iterator<InternalRow> call(Integer partition, Iterator<ArrayList<FilePart>> one) {
        return new SourceRows(settings, partition, one.next(), counters);
    }
}
