package featlang.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Reads a source's files in one task, in order: a source of files is one partition, because late is a matter of its order. */
public final class SourceHost implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    /** The columns of {@link Files#shuffled}. */
    static final int STAGE = 0;
    static final int KEY = 1;
    static final int ORDER = 2;
    static final int PAYLOAD = 3;
    private static final StructType ROUTED =
            StructType.fromDDL("stage INT NOT NULL, key BINARY NOT NULL, order BINARY NOT NULL, payload BINARY NOT NULL");
    private static final StructType REFUSED = StructType.fromDDL(
            "late BOOLEAN NOT NULL, raw BINARY NOT NULL, path STRING NOT NULL, record BIGINT NOT NULL, code STRING NOT NULL,"
                    + " text STRING NOT NULL");

    private final Settings settings;
    private final Counters counters;

    /**
     * What is read.
     *
     * @param className the generated source's
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param files in the order in which they are read
     * @param groups the names of the {@code features} blocks that are computed
     * @param now the clock of {@code max_ahead}, µs
     * @param from the first event time that is routed, µs
     * @param until the event time from which on nothing is routed, µs
     */
    record Settings(
            String className, String format, List<String> files, Map<String, String> options, List<String> groups, long now,
            long from, long until)
            implements Serializable {}

    private SourceHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /** The files of a source, on their way to being read; the parameters are those of the settings. */
    public static Files files(
            SparkSession spark, String className, String format, List<String> files, Map<String, String> options,
            List<String> groups, long now, long from, long until) {
        return new Files(
                spark,
                new Settings(
                        className, format, Copies.list(files), Copies.map(options), Copies.list(groups), now, from, until));
    }

    /** A source's files, to be read by {@link #shuffled} and, where there is anything, by {@link #refused}. */
    public static final class Files {
        private final SparkSession spark;
        private final Settings settings;

        private Files(SparkSession spark, Settings settings) {
            this.spark = spark;
            this.settings = settings;
        }

        /**
         * The accepted events on their way to the stages, all events of a key in one of the partitions. They are
         * read and shuffled now, once, however often the result is used: each use starts from the shuffle's files.
         */
        public Dataset<Row> shuffled(int partitions, Counters counters) {
            Dataset<Row> routed = read(new SourceHost(settings, counters), ROUTED);
            org.apache.spark.sql.classic.Dataset<Row> shuffled =
                    (org.apache.spark.sql.classic.Dataset<Row>) routed.repartition(partitions, routed.col("key"));
            return ((org.apache.spark.sql.classic.SparkSession) spark)
                    .internalCreateDataFrame(shuffled.queryExecution().toRdd(), ROUTED, false);
        }

        /** The records that gave no event, or a late one; {@code late} tells which. Reads all files again. */
        public Dataset<Row> refused() {
            return read(new SourceHost(settings, null), REFUSED);
        }

        private Dataset<Row> read(SourceHost host, StructType schema) {
            return spark.range(0, 1, 1, 1).toDF().mapPartitions(host, Encoders.row(schema));
        }
    }

    @Override
    public Iterator<Row> call(Iterator<Row> one) {
        return counters == null ? SourceRows.refused(settings) : SourceRows.routed(settings, counters);
    }
}
