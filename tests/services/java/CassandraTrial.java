import featlang.kernel.Column;
import featlang.kernel.Type;
import featlang.store.StoreWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes to tables of Cassandra what tests/services/test_cassandra_writer.py expects to find there. */
public final class CassandraTrial {
    private static final Column[] BY_NUMBER = columns(Type.INT);
    private static final Column[] BY_TEXT = columns(Type.STRING);
    private static final int KEYS = 1_000;

    private static Column[] columns(Type key) {
        return new Column[] {
            new Column("k", key, false), new Column("as_of", Type.TIMESTAMP, false), new Column("_written", Type.INT, false),
            new Column("n", Type.INT, true), new Column("m", Type.FLOAT, true),
        };
    }

    /** Scenario, address, table, and perhaps a user and the environment variable with the password. */
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of(
            "kind", "cassandra", "hosts", List.of(arguments[1]), "keyspace", "trial",
            "datacenter", arguments[0].equals("elsewhere") ? "elsewhere" : "datacenter1", "table", arguments[2], "meanings", "n=1 m=2"));
        if (arguments.length > 3) {
            settings.put("user", arguments[3]);
            settings.put("password", Map.of("env", arguments[4]));
        }
        switch (arguments[0]) {
            case "older" -> older(settings);
            case "steady" -> steady(settings);
            case "refused" -> write(settings, BY_TEXT, List.of(
                new Object[] {"a", 1L, 1L, 1L, 0.1}, new Object[] {"", 1L, 1L, 2L, 0.2},
                new Object[] {"x".repeat(70_000), 1L, 1L, 3L, 0.3},
                new Object[] {"y".repeat(20_000_000), 1L, 1L, 3L, 0.3}, new Object[] {"b", 1L, 1L, 4L, 0.4}));
            case "open", "elsewhere" -> write(settings, BY_NUMBER, List.of());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Rows that are older than what is there, in one batch, and by a writer that comes later; nulls count like values. */
    private static void older(Map<String, Object> settings) throws Exception {
        Object[] first = {1L, 10L, 10L, 1L, 0.5};
        Object[] second = {1L, 20L, 20L, null, -0.5};
        Object[] other = {2L, -5L, -5L, 7L, null};
        write(settings, BY_NUMBER, List.of(first, second, first, other));
        write(settings, BY_NUMBER, List.of(new Object[][] {{1L, 15L, 15L, 3L, 3.0}, {2L, -9L, -9L, 8L, 8.0}}));
    }

    /** Writes until it is told to stop, by a line; says after each flush which row was the last. */
    private static void steady(Map<String, Object> settings) throws Exception {
        try (StoreWriter store = StoreWriter.of(settings, BY_NUMBER)) {
            store.open();
            for (long i = 0; System.in.available() == 0 || i % KEYS != 0; i++) {
                store.write(new Object[] {i % KEYS, i, i, i, i / 10.0});
                if (i % 500 == 499) {
                    store.flush();
                    System.out.println(i);
                }
            }
            store.flush();
        }
    }

    private static void write(Map<String, Object> settings, Column[] columns, List<Object[]> rows) throws Exception {
        try (StoreWriter store = StoreWriter.of(settings, columns)) {
            store.open();
            for (Object[] row : rows) {
                store.write(row);
            }
            store.flush();
        }
    }
}
