package featlang.spark;

import java.util.Iterator;
import java.util.List;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructType;

import featlang.kernel.Routed;

/** What is on its way to stages, as Spark's rows. */
public final class RoutedRows {
    /** Where an event's place and length stand in a row: after eight bytes that say what is null, and the partition. */
    static final int EVENT_AT = 16;
    static final StructType COLUMNS = StructType.fromDDL("partition INT NOT NULL, event BINARY NOT NULL");

    private RoutedRows() {}

    static InternalRow of(Routed event, Partitions partitions) {
        return new GenericInternalRow(new Object[] {partitions.of(event), RoutedBytes.of(event)});
    }

    /** Brings rows to their {@link Partitions}, which are the partitions of the result; once, however many folds take their share of it. */
    public static JavaRDD<InternalRow> shuffled(SparkSession spark, List<JavaRDD<InternalRow>> parts, Partitions partitions) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        JavaRDD<InternalRow> all = switch (parts.size()) {
            case 0 -> context.emptyRDD(); // nothing that is asked for comes here
            case 1 -> parts.get(0);
            default -> context.union(parts.toArray(JavaRDD[]::new));
        };
        Dataset<Row> rows = ((org.apache.spark.sql.classic.SparkSession) spark).internalCreateDataFrame(all.rdd(), COLUMNS, false);
        return rows.repartitionById(partitions.count(), rows.col("partition")).queryExecution().toRdd().toJavaRDD();
    }

    /** What goes to the stages of a level, from everything that was {@link #shuffled}: one key after another, each in order. */
    public static JavaRDD<InternalRow> sorted(List<JavaRDD<InternalRow>> shuffled, Partitions partitions, int level) {
        return shuffled.stream()
                .map(rows -> JavaRDD.fromRDD(new PartitionPruningRDD<>(rows.rdd(), partitions.in(level), rows.classTag()), rows.classTag()))
                .reduce((some, more) -> some.zipPartitions(more, RoutedRows::chained))
                .orElseThrow()
                .mapPartitions(rows -> new KeyByKey(new InOrder(Sorting.byPrefix(rows))));
    }

    private static Iterator<InternalRow> chained(Iterator<InternalRow> some, Iterator<InternalRow> more) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return some.hasNext() || more.hasNext();
            }

            @Override
            public InternalRow next() {
                return some.hasNext() ? some.next() : more.next();
            }
        };
    }

    /** Computes what nothing reads: for what its tasks write. */
    public static void run(JavaRDD<InternalRow> rows) {
        rows.foreachPartition(partition -> {
            while (partition.hasNext()) {
                partition.next();
            }
        });
    }
}
