package featlang.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import featlang.kernel.Column;
import featlang.kernel.Decimals;
import featlang.kernel.PartsText;
import featlang.kernel.Type;

/**
 * The local online store: one SQLite table, with the keys as its primary key.
 *
 * <p>Types: int, duration and timestamp (µs UTC) are INTEGER, date is INTEGER (days since 1970-01-01), bool is INTEGER 0 or 1,
 * float is REAL, string is TEXT, bytes is BLOB. Rows are coalesced by key and upserted in transactions; a row never replaces one
 * of a greater {@code _written}. Tasks and processes may write to one file at a time: writers wait for each other, those of one
 * process by a lock, as SQLite has them sleep up to 100 ms before they look again.
 */
public final class SqliteStore implements StoreWriter {
    /** So many rows are written at once. Fewer are quicker to write, but a page of the file that many change is written more often. */
    private static final int BATCH = 2_000;
    /** By the file. */
    private static final ConcurrentHashMap<String, ReentrantLock> LOCKS = new ConcurrentHashMap<>();
    private static final long WAIT_MILLIS = 120_000;
    /** SQLite's primary result code for a database that another connection has locked. */
    private static final int BUSY = 5;
    private static final String WRITTEN = "_written";

    private final String path;
    private final String table;
    private final Column[] columns;
    private final int keys;
    private final int written;
    private final ReentrantLock lock;
    private final Map<List<Object>, Object[]> pending = new LinkedHashMap<>();
    private Connection connection;
    private PreparedStatement upsert;

    /**
     * @param path the database's file; made, with its folder, if it is missing
     * @param table the table's name, dots and all
     * @param columns of the rows: keys, {@code as_of}, {@code _written}, features
     */
    public SqliteStore(String path, String table, Column[] columns) {
        this.path = path;
        this.table = table;
        this.columns = columns.clone();
        written = position(WRITTEN, columns);
        keys = written - 1;
        lock = LOCKS.computeIfAbsent(Path.of(path).toAbsolutePath().normalize().toString(), file -> new ReentrantLock(true));
    }

    @Override
    public void open() throws IOException {
        Files.createDirectories(Path.of(path).toAbsolutePath().getParent());
        long deadline = System.nanoTime() + WAIT_MILLIS * 1_000_000;
        while (true) {
            try {
                prepare();
                return;
            } catch (SQLException error) {
                release(error);
                if ((error.getErrorCode() & 0xFF) != BUSY || System.nanoTime() > deadline) {
                    throw failure(error);
                }
                // SQLite does not wait for others while a new file is switched to its write-ahead log; so we do.
                LockSupport.parkNanos(5_000_000);
            } catch (IOException | RuntimeException error) {
                release(error);
                throw error;
            }
        }
    }

    @Override
    public void write(Object[] row) throws IOException {
        pending.merge(StoreWriter.key(row, keys), row, this::later);
        if (pending.size() >= BATCH) {
            flush();
        }
    }

    private Object[] later(Object[] before, Object[] after) {
        return (Long) after[written] >= (Long) before[written] ? after : before;
    }

    @Override
    public void flush() throws IOException {
        if (pending.isEmpty()) {
            return;
        }
        takeTurn();
        try {
            // The driver begins a transaction here, and would begin the next one, with its lock, in commit(): so this commits
            // by leaving the mode, and others may write until the next flush.
            connection.setAutoCommit(false);
            for (Object[] row : pending.values()) {
                bind(row);
                upsert.addBatch();
            }
            upsert.executeBatch();
            connection.setAutoCommit(true);
            pending.clear();
        } catch (SQLException error) {
            release(error); // ends the transaction: nothing of it is kept, and nobody waits for it
            throw failure(error);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        if (connection == null) {
            return;
        }
        try {
            connection.close();
        } catch (SQLException error) {
            throw failure(error);
        } finally {
            connection = null;
        }
    }

    private void takeTurn() throws IOException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while others write to " + path, error);
        }
    }

    /** Closes after a failure, which is what is told, whether or not closing fails too. */
    private void release(Exception failure) {
        try {
            close();
        } catch (IOException another) {
            failure.addSuppressed(another);
        }
    }

    private void prepare() throws SQLException, IOException {
        connection = connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute(createTable());
        }
        checkTable();
        upsert = connection.prepareStatement(upsertRow());
    }

    private Connection connect() throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("busy_timeout", Long.toString(WAIT_MILLIS));
        settings.setProperty("journal_mode", "WAL");
        settings.setProperty("synchronous", "NORMAL");
        // A transaction that began as a reader cannot wait to become a writer; one that begins as a writer can.
        settings.setProperty("transaction_mode", "IMMEDIATE");
        return driver().connect("jdbc:sqlite:" + path, settings);
    }

    /** Loaded by name: the driver is on the job's class path, which the engine's own class loader does not see. */
    private static Driver driver() throws SQLException {
        try {
            Class<?> found = Class.forName("org.sqlite.JDBC", true, SqliteStore.class.getClassLoader());
            return (Driver) found.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException error) {
            throw new SQLException("the SQLite driver (sqlite-jdbc) is not among the job's jars", error);
        }
    }

    private void checkTable() throws SQLException, IOException {
        List<String> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA table_info(" + quoted(table) + ")")) {
            while (rows.next()) {
                found.add(rows.getString("name") + " " + rows.getString("type"));
            }
        }
        List<String> expected = new ArrayList<>();
        for (Column column : columns) {
            expected.add(column.name() + " " + sqlType(column.type()));
        }
        if (!found.equals(expected)) {
            throw new IOException(
                    "table " + table + " of " + path + " has columns " + found + ", the features have " + expected
                            + "; drop the table, or write to another");
        }
    }

    private String createTable() {
        List<String> parts = new ArrayList<>();
        List<String> primary = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            String name = quoted(columns[i].name());
            parts.add(name + " " + sqlType(columns[i].type()) + (i < keys ? " NOT NULL" : ""));
            if (i < keys) {
                primary.add(name);
            }
        }
        parts.add("PRIMARY KEY (" + String.join(", ", primary) + ")");
        return "CREATE TABLE IF NOT EXISTS " + quoted(table) + " (" + String.join(", ", parts) + ") WITHOUT ROWID";
    }

    private String upsertRow() {
        List<String> names = new ArrayList<>();
        List<String> marks = new ArrayList<>();
        List<String> primary = new ArrayList<>();
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            String name = quoted(columns[i].name());
            names.add(name);
            marks.add("?");
            if (i < keys) {
                primary.add(name);
            } else {
                taken.add(name + " = excluded." + name);
            }
        }
        return "INSERT INTO " + quoted(table) + " (" + String.join(", ", names) + ") VALUES (" + String.join(", ", marks)
                + ") ON CONFLICT (" + String.join(", ", primary) + ") DO UPDATE SET " + String.join(", ", taken)
                + " WHERE excluded." + quoted(WRITTEN) + " >= " + quoted(table) + "." + quoted(WRITTEN);
    }

    private void bind(Object[] row) throws SQLException {
        for (int i = 0; i < columns.length; i++) {
            Object value = row[i];
            if (value == null) {
                upsert.setNull(i + 1, Types.NULL);
                continue;
            }
            switch (columns[i].type()) {
                case BOOL -> upsert.setInt(i + 1, (Boolean) value ? 1 : 0);
                case FLOAT -> upsert.setDouble(i + 1, (Double) value);
                case STRING -> upsert.setString(i + 1, (String) value);
                case BYTES -> upsert.setBytes(i + 1, (byte[]) value);
                case DECIMAL -> upsert.setString(i + 1, Decimals.text(columns[i].structure(), (byte[]) value));
                case LIST, MAP, STRUCT -> upsert.setString(i + 1, PartsText.json(columns[i].structure(), (byte[]) value));
                default -> upsert.setLong(i + 1, (Long) value);
            }
        }
    }

    private IOException failure(SQLException error) {
        return new IOException("table " + table + " of " + path + ": " + error.getMessage(), error);
    }

    private static int position(String name, Column[] columns) {
        for (int i = 0; i < columns.length; i++) {
            if (columns[i].name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("a row has no column " + name);
    }

    private static String sqlType(Type type) {
        return switch (type) {
            case FLOAT -> "REAL";
            case STRING, DECIMAL, LIST, MAP, STRUCT -> "TEXT";
            case BYTES -> "BLOB";
            case BOOL, INT, TIMESTAMP, DURATION, DATE -> "INTEGER";
        };
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
