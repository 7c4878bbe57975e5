package featlang.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

import featlang.files.FilePart;

/**
 * Reads a source's files, each task some of them in order, and writes what it refuses. A stream is read in one task, because late is
 * a matter of its order; a history, which has no late events, in as many as there are files (and row groups of Parquet files).
 */
public final class SourceHost implements FlatMapFunction<Iterator<ArrayList<FilePart>>, InternalRow> {
    private static final long serialVersionUID = 1;
    /** Tasks for each partition of the shuffle, at most: more than one, so that the last to end is short. */
    private static final int TASKS = 4;

    /** The columns of {@link #events}. */
    static final int STAGE = 0;
    static final int KEY = 1;
    static final int ORDER = 2;
    static final int PAYLOAD = 3;
    static final int ORIGIN = 4;
    private static final StructType ROUTED = StructType.fromDDL(
            "stage INT NOT NULL, key BINARY NOT NULL, order BINARY NOT NULL, payload BINARY NOT NULL, origin BINARY");

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
     * @param groups the names of the {@code features} blocks that are computed
     * @param now the clock of {@code max_ahead}, µs
     * @param from the first event time that is routed, µs
     * @param until the event time from which on nothing is routed, µs
     * @param out the folder below which refused records are written
     */
    record Settings(
            String source, String className, String format, Map<String, String> options, boolean history, String exclude,
            List<String> groups, long now, long from, long until, String out)
            implements Serializable {}

    private SourceHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * The accepted events on their way to the stages; the other parameters are those of the settings.
     *
     * @param files in the order in which they are read
     * @param parallelism partitions of the shuffle that follows
     */
    public static Dataset<Row> events(
            SparkSession spark, String source, String className, String format, List<String> files, Map<String, String> options,
            boolean history, String exclude, List<String> groups, long now, long from, long until, String out, int parallelism,
            Counters counters) {
        Settings settings = new Settings(
                source, className, format, Copies.map(options), history, exclude, Copies.list(groups), now, from, until, out);
        List<ArrayList<FilePart>> tasks = history
                ? FilePart.runs(FilePart.all(format, files), TASKS * parallelism)
                : List.of(new ArrayList<>(files.stream().map(FilePart::whole).toList()));
        JavaRDD<InternalRow> events = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(tasks, tasks.size())
                .mapPartitions(new SourceHost(settings, counters));
        return ((org.apache.spark.sql.classic.SparkSession) spark).internalCreateDataFrame(events.rdd(), ROUTED, false);
    }

    @Override
    public Iterator<InternalRow> call(Iterator<ArrayList<FilePart>> one) {
        return new SourceRows(settings, one.next(), counters);
    }
}
