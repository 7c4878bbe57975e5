package featlang.flink;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;

import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.types.Row;

import featlang.kernel.Column;
import featlang.kernel.Type;

/** Gives rows to a store by a clock of its own, and prints what the store was told, as tests/flink/test_stores.py expects it. */
public final class StoreSinkTrial {
    private static final int KEYS = 3_000;
    private static final RowShape SHAPE = RowShape.of(
            new Column("k", Type.STRING, false), new Column("as_of", Type.TIMESTAMP, false),
            new Column("_written", Type.INT, false), new Column("n", Type.INT, false));

    private final Clock clock = new Clock();
    private final Connection database;
    private long written;

    private StoreSinkTrial(Connection database) {
        this.database = database;
    }

    /** Arguments: the database, whose table `t` logs its writes in `writes`; every, or a number of µs. */
    public static void main(String[] arguments) throws Exception {
        Object emit = arguments[1].equals("every") ? arguments[1] : (Object) Long.valueOf(arguments[1]);
        StoreSink sink = new StoreSink(Map.of("kind", "sqlite", "path", arguments[0], "table", "t", "emit", emit), SHAPE);
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + arguments[0])) {
            StoreSinkTrial trial = new StoreSinkTrial(database);
            try (SinkWriter<Row> writer = sink.createWriter(trial.context())) {
                trial.run(writer);
            }
        }
    }

    private void run(SinkWriter<Row> writer) throws Exception {
        for (int n = 0; n < 2; n++) {
            for (int key = 0; key < KEYS; key++) {
                write(writer, key, n);
            }
        }
        show("at once");
        clock.to(299);
        show("after 299 ms");
        clock.to(300);
        show("after 300 ms");
        write(writer, 0, 2);
        write(writer, 0, 3);
        clock.to(599);
        show("after 599 ms");
        clock.to(600);
        show("after 600 ms");
        write(writer, 0, 4);
        writer.flush(false);
        show("at a checkpoint");
        write(writer, 0, 5);
        write(writer, 0, 6);
        writer.flush(true);
        show("at the end");
    }

    private void write(SinkWriter<Row> writer, int key, long n) throws Exception {
        written++;
        writer.write(Row.of("k" + key, written, written, n), null);
    }

    private void show(String moment) throws Exception {
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT (SELECT count(*) FROM writes), (SELECT sum(n) FROM t), (SELECT n FROM t WHERE k = 'k0')")) {
            found.next();
            System.out.println(moment + ": " + found.getLong(1) + " writes, sum " + found.getLong(2) + ", k0 " + found.getLong(3));
        }
    }

    private WriterInitContext context() {
        return (WriterInitContext) Proxy.newProxyInstance(
                StoreSinkTrial.class.getClassLoader(), new Class<?>[] {WriterInitContext.class}, (proxy, method, given) -> {
                    if (method.getName().equals("getProcessingTimeService")) {
                        return clock;
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    /** Goes on when it is told to. */
    private static final class Clock implements ProcessingTimeService {
        private final List<Timer> timers = new ArrayList<>();
        private long now;

        private record Timer(long at, ProcessingTimeCallback callback) {
        }

        @Override
        public long getCurrentProcessingTime() {
            return now;
        }

        @Override
        public ScheduledFuture<?> registerTimer(long at, ProcessingTimeCallback callback) {
            timers.add(new Timer(at, callback));
            return null;
        }

        void to(long time) throws Exception {
            now = time;
            List<Timer> due = new ArrayList<>(timers);
            due.removeIf(timer -> timer.at > time);
            timers.removeAll(due);
            for (Timer timer : due) {
                timer.callback.onProcessingTime(time);
            }
        }
    }
}
