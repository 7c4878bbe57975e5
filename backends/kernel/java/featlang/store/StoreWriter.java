package featlang.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import featlang.kernel.Column;

/**
 * Writes rows of one group to an online store: of each key the row of the greatest {@code _written} stays, of equal ones the last.
 * Not thread-safe; one for each task.
 *
 * <p>Rows are those of {@code Stage.stored}: the keys, {@code as_of}, {@code _written}, the features.
 */
public interface StoreWriter extends AutoCloseable {
    /** Connects, and makes the table if it is missing. Called once, before anything else. */
    void open() throws IOException;

    /** Takes a row; the array is the writer's to keep. It may be held back until {@link #flush}. */
    void write(Object[] row) throws IOException;

    /** Makes every row taken so far durable. */
    void flush() throws IOException;

    /** Lets go of the connection, if there is one; rows that were not flushed are dropped. */
    @Override
    void close() throws IOException;

    /**
     * The writer that a sink's settings name.
     *
     * @param settings {@code kind} and what that kind needs ({@code sqlite}: {@code path}, {@code table})
     * @param columns of the group's stored rows
     * @throws IllegalArgumentException when the kind is unknown or a setting is missing
     */
    static StoreWriter of(Map<String, ?> settings, Column[] columns) {
        String kind = setting(settings, "kind");
        if (!kind.equals("sqlite")) {
            throw new IllegalArgumentException("no store of kind \"" + kind + "\"; there is: sqlite");
        }
        return new SqliteStore(setting(settings, "path"), setting(settings, "table"), columns);
    }

    /** The first {@code keys} values of a row, equal where they are. */
    static List<Object> key(Object[] row, int keys) {
        List<Object> key = new ArrayList<>(keys);
        for (int i = 0; i < keys; i++) {
            key.add(row[i] instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : row[i]);
        }
        return key;
    }

    private static String setting(Map<String, ?> settings, String name) {
        if (settings.get(name) instanceof String value) {
            return value;
        }
        throw new IllegalArgumentException("a store's settings lack \"" + name + "\": they have " + settings.keySet());
    }
}
