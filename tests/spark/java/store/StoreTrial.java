import featlang.kernel.Column;
import featlang.kernel.Type;
import featlang.store.StoreWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes to an SQLite file what tests/spark/test_store.py expects to find there. */
public final class StoreTrial {
    private static final Column[] EVERY_TYPE = {
        new Column("user \"id\"", Type.STRING, false),
        new Column("shop", Type.BYTES, false),
        new Column("as_of", Type.TIMESTAMP, false),
        new Column("_written", Type.INT, false),
        new Column("a", Type.BOOL, true),
        new Column("b", Type.FLOAT, true),
        new Column("c", Type.STRING, true),
        new Column("d", Type.BYTES, true),
        new Column("e", Type.DURATION, true),
        new Column("f'; DROP TABLE x; --", Type.DATE, true),
    };
    private static final Column[] SMALL = {
        new Column("k", Type.INT, false), new Column("as_of", Type.TIMESTAMP, false), new Column("_written", Type.INT, false),
        new Column("n", Type.INT, true),
    };

    public static void main(String[] arguments) throws Exception {
        String path = arguments[1];
        switch (arguments[0]) {
            case "types" -> types(path);
            case "parallel" -> parallel(path);
            case "older" -> older(path);
            case "refused" -> refused(path);
            case "no_table" -> StoreWriter.of(Map.of("kind", "sqlite", "path", path, "password", "hush"), SMALL);
            case "other_columns" -> write(path, "small", EVERY_TYPE, List.of());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void types(String path) throws Exception {
        byte[] shop = {0, -1};
        write(path, "features.\"odd\" name", EVERY_TYPE, List.of(
            new Object[] {"x", shop, 1L, 0L, true, 1.5, "first", shop, 7L, 3L},
            new Object[] {"nul\0\u017c\ud83d\ude00'", shop, Long.MIN_VALUE, 0L, false, 5e-324, "", new byte[0], Long.MAX_VALUE, -719162L},
            new Object[] {"x", shop.clone(), 2L, 1L, null, null, null, null, null, null}));
        write(path, "features.\"odd\" name", EVERY_TYPE, List.of(
            new Object[][] {{"y", shop, -1L, 0L, null, -1e308, "second", null, -7L, 2932896L}}));
    }

    /** Rows that are older than what is there, in the same batch and in a later one; equally old ones replace. */
    private static void older(String path) throws Exception {
        write(path, "small", SMALL, List.of(
            new Object[][] {{1L, 5L, 20L, 1L}, {1L, 5L, 10L, 2L}, {2L, 5L, 20L, 3L}, {3L, 5L, 20L, 4L}, {3L, 6L, 20L, 5L}}));
        write(path, "small", SMALL, List.of(new Object[][] {{1L, 9L, 19L, 6L}, {2L, 9L, 20L, 7L}}));
    }

    /** A table that is not the features' is refused as often as it is tried, and nobody is kept waiting by it. */
    private static void refused(String path) throws Exception {
        write(path, "small", SMALL, List.of());
        StoreWriter store = StoreWriter.of(Map.of("kind", "sqlite", "path", path, "table", "small"), EVERY_TYPE);
        for (int i = 0; i < 3; i++) {
            try {
                store.open();
                throw new IllegalStateException("a table of other columns was opened");
            } catch (IOException expected) {
                System.out.println(openFiles(path));
            }
        }
    }

    /** How many of this process's open files are the database's. */
    private static long openFiles(String path) throws IOException {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            long count = 0;
            for (Path link : open) {
                count += Files.readSymbolicLink(link).equals(Path.of(path).toRealPath()) ? 1 : 0;
            }
            return count;
        }
    }

    /** Eight writers open one new file at once; each has its own keys, and every key is written many times. */
    private static void parallel(String path) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < 8; w++) {
            long first = w * 1_000L;
            Thread writer = new Thread(() -> {
                List<Object[]> rows = new ArrayList<>();
                for (long i = 0; i < 6_000; i++) {
                    rows.add(new Object[] {first + i % 500, i, i, i});
                }
                try {
                    write(path, "small", SMALL, rows);
                } catch (Exception failure) {
                    synchronized (failures) {
                        failures.add(failure);
                    }
                }
            });
            writers.add(writer);
            writer.start();
        }
        for (Thread writer : writers) {
            writer.join();
        }
        for (Throwable failure : failures) {
            throw new IllegalStateException(failure);
        }
    }

    private static void write(String path, String table, Column[] columns, List<Object[]> rows) throws Exception {
        try (StoreWriter store = StoreWriter.of(Map.of("kind", "sqlite", "path", path, "table", table), columns)) {
            store.open();
            for (int i = 0; i < rows.size(); i++) {
                store.write(rows.get(i));
                if (i % 1_000 == 999) {
                    store.flush();
                }
            }
            store.flush();
        }
    }
}
