package featlang.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

import featlang.kernel.Stage;

/**
 * Runs the stages of a source over its routed events, sorted by key, stage and order. Gives one kind of row: a struct column for
 * each wanted group, of which a row fills one.
 */
public final class StageHost implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    private final Settings settings;
    private final Counters counters;

    /**
     * @param stages the generated classes' names, by the stage's position among the stages of its source
     * @param groups the names of the groups whose rows are wanted, in the order of their columns
     * @param since the first event time whose rows are given, µs
     * @param until the event time from which on no row is given, µs
     * @param stores for each group, the settings of the online stores that get the last row of each key
     */
    record Settings(
            List<String> stages, List<String> groups, long since, long until, Map<String, List<Map<String, String>>> stores)
            implements Serializable {}

    StageHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * The rows of the wanted groups, from what {@link SourceHost#routed} gave.
     *
     * @param partitions how many tasks share the keys
     */
    public static Dataset<Row> rows(
            Dataset<Row> routed, List<String> stages, List<String> groups, long since, long until,
            Map<String, List<Map<String, String>>> stores, int partitions, Counters counters) {
        Settings settings = new Settings(Copies.list(stages), Copies.list(groups), since, until, Copies.stores(stores));
        // The key begins with its hash, which serves Spark's sort as its 8-byte prefix; so it stands before the stage.
        return routed.repartition(partitions, routed.col("key"))
                .sortWithinPartitions("key", "stage", "order")
                .mapPartitions(new StageHost(settings, counters), Encoders.row(schema(settings)));
    }

    @Override
    public Iterator<Row> call(Iterator<Row> sorted) {
        return new StageRows(settings, sorted, counters);
    }

    /** The wanted groups' schemas, each a struct column. */
    private static StructType schema(Settings settings) {
        List<StructField> fields = new ArrayList<>();
        for (String name : settings.groups()) {
            for (String className : settings.stages()) {
                Stage stage = Classes.make(className, Stage.class);
                int group = List.of(stage.groups()).indexOf(name);
                if (group >= 0) {
                    StructType columns = new RowShape(stage.columns(group)).schema();
                    fields.add(DataTypes.createStructField(name, columns, settings.groups().size() > 1));
                }
            }
        }
        return DataTypes.createStructType(fields);
    }
}
