package featlang.store;

import java.io.IOException;
import java.util.Map;

import featlang.kernel.Column;

/**
 * Writes rows of one group to an online store: of each key the last row written wins. Not thread-safe; one for each task.
 *
 * <p>Rows are those of {@link featlang.kernel.Stage.Rows}: the keys, the time, {@code _tie}, the features.
 */
public interface StoreWriter extends AutoCloseable {
    /** Connects, and makes the table if it is missing. Called once, before anything else. */
    void open() throws IOException;

    /** Takes a row; the array is the writer's to keep. It may be held back until {@link #flush}. */
    void write(Object[] row) throws IOException;

    /** Makes every row taken so far durable. */
    void flush() throws IOException;

    /** Lets go of the connection; rows that were not flushed are dropped. */
    @Override
    void close() throws IOException;

    /**
     * The writer that a sink's settings name.
     *
     * @param settings {@code kind} and what that kind needs ({@code sqlite}: {@code path}, {@code table})
     * @param columns the group's columns
     * @throws IllegalArgumentException when the kind is unknown or a setting is missing
     */
    static StoreWriter of(Map<String, String> settings, Column[] columns) {
        String kind = setting(settings, "kind");
        if (!kind.equals("sqlite")) {
            throw new IllegalArgumentException("no store of kind \"" + kind + "\"; there is: sqlite");
        }
        return new SqliteStore(setting(settings, "path"), setting(settings, "table"), columns);
    }

    private static String setting(Map<String, String> settings, String name) {
        String value = settings.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a store's settings lack \"" + name + "\": they have " + settings.keySet());
        }
        return value;
    }
}
