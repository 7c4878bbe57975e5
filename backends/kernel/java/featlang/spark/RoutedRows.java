package featlang.spark;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.unsafe.types.UTF8String;

import featlang.kernel.Routed;

/** What is on its way to stages, as Spark's rows. */
public final class RoutedRows {
    static final int STAGE = 0;
    static final int KEY = 1;
    static final int ORDER = 2;
    static final int PAYLOAD = 3;
    static final int ORIGIN = 4;
    /**
     * Key and order are bytes. They are called texts because Spark compares texts where they lie, byte by byte and unsigned, and copies binary
     * values for each comparison of its sort; no text is made of them.
     */
    private static final StructType COLUMNS = StructType.fromDDL(
            "stage INT NOT NULL, key STRING NOT NULL, order STRING NOT NULL, payload BINARY NOT NULL, origin BINARY");

    private RoutedRows() {}

    static InternalRow of(Routed event) {
        return new GenericInternalRow(new Object[] {
            event.stage(), UTF8String.fromBytes(event.key()), UTF8String.fromBytes(event.order()), event.payload(), event.origin()
        });
    }

    /** All that goes to the stages of those numbers. */
    public static Dataset<Row> to(SparkSession spark, List<Integer> stages, List<JavaRDD<InternalRow>> parts) {
        Set<Integer> wanted = new HashSet<>(stages);
        List<JavaRDD<InternalRow>> filtered = parts.stream().map(part -> part.filter(row -> wanted.contains(row.getInt(STAGE)))).toList();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        JavaRDD<InternalRow> all = switch (filtered.size()) {
            case 0 -> context.emptyRDD(); // nothing that is asked for comes here
            case 1 -> filtered.get(0);
            default -> context.union(filtered.toArray(JavaRDD[]::new));
        };
        return ((org.apache.spark.sql.classic.SparkSession) spark).internalCreateDataFrame(all.rdd(), COLUMNS, false);
    }

    /** Keeps what would else be computed again, because two shuffles read it. */
    public static JavaRDD<InternalRow> keep(JavaRDD<InternalRow> rows) {
        return rows.map(InternalRow::copy).persist(StorageLevel.DISK_ONLY());
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
