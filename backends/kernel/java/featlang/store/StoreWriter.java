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
    /** Connects, and makes the table if it is missing and the store can. Called once, before anything else. */
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
     * @param settings {@code kind} and what that kind needs: {@code sqlite} a {@code path} and a {@code table}; {@code cassandra}
     *     {@code hosts}, {@code datacenter}, {@code keyspace}, {@code table}, {@code meanings} and perhaps {@code user},
     *     {@code password} (where it is found) and {@code ttl} (seconds)
     * @param columns of the group's stored rows
     * @throws IllegalArgumentException when the kind is unknown or a setting is missing
     */
    static StoreWriter of(Map<String, ?> settings, Column[] columns) {
        String kind = setting(settings, "kind");
        return switch (kind) {
            case "sqlite" -> new SqliteStore(setting(settings, "path"), setting(settings, "table"), columns);
            case "cassandra" -> cassandra(settings, columns);
            default -> throw new IllegalArgumentException("no store of kind \"" + kind + "\"; there are: sqlite, cassandra");
        };
    }

    private static StoreWriter cassandra(Map<String, ?> settings, Column[] columns) {
        if (!(settings.get("hosts") instanceof List<?> hosts)) {
            throw missing("hosts", settings);
        }
        CassandraCluster cluster = new CassandraCluster(
                hosts.stream().map(String::valueOf).toList(),
                setting(settings, "datacenter"),
                settings.get("user") instanceof String user ? user : null,
                settings.get("password") instanceof Map<?, ?> password ? password : null);
        CassandraTable table = new CassandraTable(
                setting(settings, "keyspace"), setting(settings, "table"), columns, setting(settings, "meanings"));
        return new CassandraStore(cluster, table, settings.get("ttl") instanceof Number ttl ? ttl.intValue() : 0, columns);
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
        throw missing(name, settings);
    }

    private static IllegalArgumentException missing(String name, Map<String, ?> settings) {
        return new IllegalArgumentException("a store's settings lack \"" + name + "\": they have " + settings.keySet());
    }
}
