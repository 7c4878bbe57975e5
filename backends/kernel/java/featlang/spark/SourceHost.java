package featlang.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

import scala.Tuple2;

/** Reads a source in tasks, and writes what it refuses. */
public final class SourceHost implements Function2<Integer, Iterator<Integer>, Iterator<Tuple2<Integer, UnsafeRow>>> {
    private static final long serialVersionUID = 1;

    /** They travel with the function, which Spark always writes as Java does: data goes by {@code spark.serializer}. */
    private final ArrayList<Task> tasks;
    private final Settings settings;
    private final Counters counters;

    /**
     * What is read.
     *
     * @param source the source's name
     * @param className the generated source's
     * @param format of the records
     * @param options of reading
     * @param history whether it is a history
     * @param exclude a folder of records that are late, or quarantined, as they were before; null for none
     * @param effective a file that says from when on the rows of a table count; null for none
     * @param names the {@code features} blocks and streams that are computed
     * @param partitions where its events go
     * @param now the clock of {@code max_ahead}, µs
     * @param from the first event time that is routed, µs
     * @param since the first time whose rows are given, µs
     * @param until the event time from which on nothing is routed, µs
     * @param out the folder below which rows and refused records are written
     */
    record Settings(
            String source, String className, String format, Map<String, String> options, boolean history, String exclude,
            String effective, List<String> names, Partitions partitions, boolean rows, long now, long from, long since, long until, String out)
            implements Serializable {}

    private SourceHost(List<Task> tasks, Settings settings, Counters counters) {
        this.tasks = new ArrayList<>(tasks);
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * The accepted events, and rows of streams, on their way to the stages; the other parameters are those of the settings.
     *
     * @param address of a topic ({@code kind} is {@code kafka}) its {@code topic}, {@code properties} of the consumer, {@code start} and
     *     {@code end}; else {@code files}, in the order in which they are read, of that kind
     * @param parallelism partitions of the shuffle that follows
     */
    @SuppressWarnings("unchecked")
    public static JavaRDD<Tuple2<Integer, UnsafeRow>> events(
            SparkSession spark, String source, String className, Map<String, Object> address, List<String> names, Partitions partitions,
            boolean rows, long now, long from, long since, long until, String out, int parallelism, Counters counters) {
        String kind = (String) address.get("kind");
        boolean history = "history".equals(address.get("role"));
        boolean isTopic = kind.equals("kafka");
        List<Task> tasks = isTopic
                ? Task.ofTopic((String) address.get("topic"), (Map<String, String>) address.get("properties"),
                        (Map<String, Number>) address.get("start"), (Map<String, Number>) address.get("end"))
                : Task.ofFiles(kind, (List<String>) address.get("files"), history, parallelism);
        Settings settings = new Settings(
                source, className, isTopic ? (String) address.get("format") : kind, Copies.map((Map<String, String>) address.get("options")),
                history, (String) address.get("exclude"), (String) address.get("effective"), Copies.list(names), partitions, rows, now, from, since, until, out);
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(Collections.nCopies(tasks.size(), 0), tasks.size())
                .mapPartitionsWithIndex(new SourceHost(tasks, settings, counters), false);
    }

    @Override
    public Iterator<Tuple2<Integer, UnsafeRow>> call(Integer partition, Iterator<Integer> nothing) {
        return new SourceRows(settings, partition, tasks.get(partition), counters);
    }
}
