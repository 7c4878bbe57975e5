package featlang.spark;

import java.util.Iterator;
import java.util.List;

import org.apache.spark.PartitionIdPassthrough;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.UnsafeRowSerializer;
import org.apache.spark.sql.types.StructType;

import scala.Tuple2;
import scala.reflect.ClassTag;

import featlang.kernel.Routed;

/** What is on its way to stages, as Spark's rows: see {@link RoutedBytes}. */
public final class RoutedRows {
    static final StructType COLUMNS = new StructType();

    private RoutedRows() {}

    /** An event, beside the partition to which it goes. */
    static Tuple2<Integer, UnsafeRow> of(Routed event, Partitions partitions) {
        return new Tuple2<>(partitions.of(event), RoutedBytes.row(event));
    }

    /** Brings rows to their {@link Partitions}, which are the partitions of the result; once, however many folds take their share of it. */
    public static JavaRDD<UnsafeRow> shuffled(SparkSession spark, List<JavaRDD<Tuple2<Integer, UnsafeRow>>> parts, Partitions partitions) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        JavaRDD<Tuple2<Integer, UnsafeRow>> all = switch (parts.size()) {
            case 0 -> context.emptyRDD(); // nothing that is asked for comes here
            case 1 -> parts.get(0);
            default -> context.union(parts.toArray(JavaRDD[]::new));
        };
        ClassTag<Integer> number = ClassTag.apply(Integer.class);
        ClassTag<UnsafeRow> row = ClassTag.apply(UnsafeRow.class);
        return new ShuffledRDD<>(all.rdd(), new PartitionIdPassthrough(partitions.count()), number, row, row)
                .setSerializer(new UnsafeRowSerializer(COLUMNS.length(), null))
                .toJavaRDD()
                .map(Tuple2::_2);
    }

    /** What goes to the stages of a level, from everything that was {@link #shuffled}: one key after another, each in order. */
    public static JavaRDD<UnsafeRow> byKey(List<JavaRDD<UnsafeRow>> shuffled, Partitions partitions, int level) {
        return shuffled.stream()
                .map(rows -> JavaRDD.fromRDD(new PartitionPruningRDD<>(rows.rdd(), partitions.areOf(level), rows.classTag()), rows.classTag()))
                .reduce((some, more) -> some.zipPartitions(more, RoutedRows::chained))
                .orElseThrow()
                .mapPartitions(rows -> new KeyByKey(new InOrder(Sorter.byPrefix().with(rows).sorted())));
    }

    private static Iterator<UnsafeRow> chained(Iterator<UnsafeRow> some, Iterator<UnsafeRow> more) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return some.hasNext() || more.hasNext();
            }

            @Override
            public UnsafeRow next() {
                return some.hasNext() ? some.next() : more.next();
            }
        };
    }

    /** Computes what nothing reads: for what its tasks write. */
    public static void run(JavaRDD<?> rows) {
        rows.foreachPartition(partition -> {
            while (partition.hasNext()) {
                partition.next();
            }
        });
    }
}
