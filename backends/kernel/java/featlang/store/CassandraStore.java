package featlang.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;

import featlang.kernel.Column;
import featlang.kernel.Decimals;
import featlang.kernel.PartsText;

/**
 * A table of Cassandra, whose partition key are the keys. It must be there: {@code feat apply-ddl} makes it.
 *
 * <p>Every row is a whole one, nulls included, written at its {@code _written}: whatever is written twice, late or in another order, of
 * each key the row of the greatest stays. Types are those of {@link CassandraTable}.
 *
 * <p>So many writes are on their way at a time; while they are, further rows of a key replace those that wait. A write that fails for a
 * reason that may pass is tried again until it succeeds, however long that takes: {@link #flush} waits for it, and so does whoever
 * writes more than may wait. Where Cassandra refuses a row although the table is right (an empty key, a key that is too large), or a row
 * is larger than a node takes, the row is left out, which is logged.
 */
public final class CassandraStore implements StoreWriter {
    private static final System.Logger LOG = System.getLogger(CassandraStore.class.getName());
    private static final int IN_FLIGHT = 256;
    private static final int MOST_WAITING = 2_000;
    /** Half of what a node takes, unless it is told otherwise; the bytes of values, without what goes with them. */
    private static final int LONGEST_ROW = 8 << 20;
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    private final CassandraCluster cluster;
    private final CassandraTable table;
    private final Column[] columns;
    private final int ttl;
    private final int written;
    private final Map<List<Object>, Object[]> waiting = new LinkedHashMap<>();
    private final Semaphore free = new Semaphore(IN_FLIGHT);
    private final Queue<RuntimeException> refused = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService retries;
    private volatile Throwable failure;
    private volatile boolean isAway;
    private CqlSession session;
    private PreparedStatement insert;
    private long leftOut;

    /**
     * @param ttl the seconds that a row is kept after it was written, or 0 for ever
     * @param columns of the rows: keys, {@code as_of}, {@code _written}, features
     */
    CassandraStore(CassandraCluster cluster, CassandraTable table, int ttl, Column[] columns) {
        this.cluster = cluster;
        this.table = table;
        this.columns = columns.clone();
        this.ttl = ttl;
        written = table.keys() + 1;
        retries = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "cassandra retries " + table);
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void open() throws IOException {
        session = cluster.connect(table.keyspace());
        try {
            table.check(session);
            insert = session.prepare(table.insert(ttl > 0));
        } catch (DriverException error) {
            close();
            throw new IOException("table " + table + " of Cassandra: " + error.getMessage(), error);
        } catch (IOException | RuntimeException error) {
            close(); // nobody closes what did not open, and a job that is started again and again would collect sessions
            throw error;
        }
    }

    @Override
    public void write(Object[] row) throws IOException {
        settle();
        waiting.merge(StoreWriter.key(row, table.keys()), row, this::later);
        while (!waiting.isEmpty() && free.tryAcquire()) {
            sendFirst();
        }
        while (waiting.size() >= MOST_WAITING) {
            acquire(1);
            sendFirst();
        }
    }

    private Object[] later(Object[] before, Object[] after) {
        return (Long) after[written] >= (Long) before[written] ? after : before;
    }

    @Override
    public void flush() throws IOException {
        while (!waiting.isEmpty()) {
            acquire(1);
            sendFirst();
        }
        acquire(IN_FLIGHT);
        free.release(IN_FLIGHT);
        settle();
    }

    @Override
    public void close() {
        retries.shutdownNow();
        if (session != null) {
            session.forceCloseAsync().toCompletableFuture().join();
            session = null;
        }
        if (leftOut > 0) {
            LOG.log(System.Logger.Level.WARNING, "{0} rows were left out of table {1} of Cassandra", leftOut, table);
        }
    }

    private void acquire(int permits) throws IOException {
        try {
            free.acquire(permits);
        } catch (InterruptedException interrupt) {
            throw interrupted();
        }
        if (failure != null) {
            free.release(permits);
            settle();
        }
    }

    private void sendFirst() {
        Iterator<Object[]> rows = waiting.values().iterator();
        BoundStatement statement = bound(rows.next());
        rows.remove();
        long length = length(statement);
        if (length > LONGEST_ROW) {
            leaveOut("a row has " + length + " bytes, " + LONGEST_ROW + " are the most");
            free.release();
        } else {
            send(statement, FIRST_PAUSE_MILLIS);
        }
    }

    private static long length(BoundStatement statement) {
        long length = 0;
        for (int i = 0; i < statement.size(); i++) {
            ByteBuffer value = statement.getBytesUnsafe(i);
            length += value == null ? 0 : value.remaining();
        }
        return length;
    }

    private void leaveOut(String reason) {
        if (leftOut++ == 0) {
            LOG.log(System.Logger.Level.WARNING, "table {0} of Cassandra takes not every row: {1}", table, reason);
        }
    }

    /** Whoever calls has a permit, which is given back when the write is over. */
    private void send(BoundStatement statement, long pause) {
        session.executeAsync(statement).whenComplete((done, error) -> {
            if (error == null) {
                isAway = false;
                free.release();
            } else if (error instanceof InvalidQueryException invalid) {
                refused.add(invalid);
                free.release();
            } else if (mayPass(error)) {
                tell(error);
                try {
                    retries.schedule(
                            () -> send(statement, Math.min(2 * pause, LONGEST_PAUSE_MILLIS)), pause, TimeUnit.MILLISECONDS);
                } catch (RuntimeException closed) {
                    fail(error);
                }
            } else {
                fail(error);
            }
        });
    }

    private void fail(Throwable error) {
        failure = error;
        free.release();
    }

    private static boolean mayPass(Throwable error) {
        return error instanceof DriverException && !(error instanceof QueryValidationException);
    }

    private void tell(Throwable error) {
        if (!isAway) {
            isAway = true;
            LOG.log(System.Logger.Level.WARNING, "writes to table {0} of Cassandra wait: {1}", table, error.getMessage());
        }
    }

    /** Ends where writes failed for good; where they were refused for what stands in their rows, goes on without those. */
    private void settle() throws IOException {
        if (failure != null) {
            throw new IOException("table " + table + " of Cassandra: " + failure.getMessage(), failure);
        }
        if (refused.isEmpty()) {
            return;
        }
        refreshSchema();
        table.check(session);
        for (RuntimeException error = refused.poll(); error != null; error = refused.poll()) {
            leaveOut(error.getMessage());
        }
    }

    private void refreshSchema() throws IOException {
        for (long pause = FIRST_PAUSE_MILLIS; true; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
            try {
                session.refreshSchema();
                return;
            } catch (DriverException away) {
                tell(away);
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException interrupt) {
                throw interrupted();
            }
        }
    }

    private IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while table " + table + " of Cassandra was written");
    }

    private BoundStatement bound(Object[] row) {
        BoundStatementBuilder values = insert.boundStatementBuilder();
        for (int i = 0; i < columns.length; i++) {
            Object value = row[i];
            if (value == null) {
                values.setToNull(i);
                continue;
            }
            switch (columns[i].type()) {
                case BOOL -> values.setBoolean(i, (Boolean) value);
                case FLOAT -> values.setDouble(i, (Double) value);
                case STRING -> values.setString(i, (String) value);
                case BYTES -> values.setByteBuffer(i, ByteBuffer.wrap((byte[]) value));
                case DATE -> values.setLocalDate(i, LocalDate.ofEpochDay((Long) value));
                case DECIMAL -> values.setBigDecimal(i, Decimals.value(columns[i].structure(), (byte[]) value));
                case LIST, MAP, STRUCT -> values.setString(i, PartsText.json(columns[i].structure(), (byte[]) value));
                case INT, TIMESTAMP, DURATION -> values.setLong(i, (Long) value);
            }
        }
        values.setLong(columns.length, (Long) row[written]);
        if (ttl > 0) {
            values.setInt(columns.length + 1, ttl);
        }
        return values.setIdempotence(true).build();
    }
}
