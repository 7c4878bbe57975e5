package featlang.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

import featlang.kernel.Column;
import featlang.kernel.Stage;

/** Runs a stage over its events, which come sorted by key and order, and gives the rows of one of its groups. */
public final class StageHost implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    private final Settings settings;
    private final Counters counters;

    /**
     * @param className the generated stage's
     * @param group the name of the group whose rows are given
     * @param since the first event time whose rows are given, µs
     * @param until the event time from which on no row is given, µs
     * @param stores the settings of the online stores that get the last row of each key
     */
    record Settings(String className, String group, long since, long until, List<Map<String, String>> stores)
            implements Serializable {
        Stage stage() {
            return Classes.make(className, Stage.class);
        }

        int position(Stage stage) {
            return List.of(stage.groups()).indexOf(group);
        }
    }

    private StageHost(Settings settings, Counters counters) {
        this.settings = settings;
        this.counters = counters;
    }

    /**
     * The rows of one group, from what {@link SourceHost.Files#shuffled} gave; the other parameters are those of the settings.
     *
     * @param index the stage's position among the stages of its source
     */
    public static Dataset<Row> rows(
            Dataset<Row> events, int index, String className, String group, long since, long until,
            List<Map<String, String>> stores, Counters counters) {
        Settings settings = new Settings(className, group, since, until, Copies.settings(stores));
        Stage stage = settings.stage();
        Column[] columns = stage.columns(settings.position(stage));
        return events.where(events.col("stage").equalTo(index))
                .sortWithinPartitions("key", "order")
                .mapPartitions(new StageHost(settings, counters), Encoders.row(new RowShape(columns).schema()));
    }

    @Override
    public Iterator<Row> call(Iterator<Row> sorted) {
        return new StageRows(settings, sorted, counters);
    }
}
