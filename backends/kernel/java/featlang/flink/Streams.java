package featlang.flink;

import java.util.List;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

import featlang.kernel.Routed;
import featlang.kernel.Source;

/** The two kinds of operator of a job, put into it. What they give are side outputs: see {@link Tags}. */
public final class Streams {
    private Streams() {
    }

    /** A source of files with its reading operator in one task, because their order decides what is late. */
    public static SingleOutputStreamOperator<Void> read(
            StreamExecutionEnvironment env, String name, FileSource source, ReadOperator operator) {
        return read(env, name, name + "/files", source, 1, operator);
    }

    /**
     * A topic with its reading operator, each task some of the partitions. What was silent is a matter of all partitions: where the source
     * has an {@code idleness}, one task reads them.
     *
     * @param parallelism the most tasks
     */
    public static SingleOutputStreamOperator<Void> read(
            StreamExecutionEnvironment env, String name, TopicSource source, String reader, int parallelism, ReadOperator operator) {
        boolean idles = source(reader).idleness() >= 0;
        return read(env, name, name + "/topic", source, idles ? 1 : parallelism, operator);
    }

    /**
     * A topic of a table's rows that has no end, with its gate and its reading operator in one task.
     *
     * @param events the reading operators of the sources whose rows look the table up
     */
    public static SingleOutputStreamOperator<Void> readTable(
            StreamExecutionEnvironment env, String name, TopicSource source, List<SingleOutputStreamOperator<Void>> events,
            ReadOperator operator) {
        DataStream<Void> marks = events.get(0);
        for (DataStream<Void> other : events.subList(1, events.size())) {
            marks = marks.union(other);
        }
        return env.fromSource(source, WatermarkStrategy.noWatermarks(), name, ValueType.RAW_RECORD)
                .uid(name + "/topic")
                .setParallelism(1)
                .connect(marks)
                .transform("gate " + name, ValueType.RAW_RECORD, new TableGate())
                .uid(name + "/gate")
                .setParallelism(1)
                .transform("read " + name, Types.VOID, operator)
                .uid(name + "/read")
                .setParallelism(1);
    }

    private static SingleOutputStreamOperator<Void> read(
            StreamExecutionEnvironment env, String name, String uid, org.apache.flink.api.connector.source.Source<RawRecord, ?, ?> source,
            int parallelism, ReadOperator operator) {
        return env.fromSource(source, WatermarkStrategy.noWatermarks(), name, ValueType.RAW_RECORD)
                .uid(uid)
                .setParallelism(parallelism)
                .transform("read " + name, Types.VOID, operator)
                .uid(name + "/read")
                .setParallelism(parallelism);
    }

    /** Whether a source is in the order of arrival; its generated class is that of the thread's context class loader. */
    public static boolean isByArrival(String sourceClass) {
        return source(sourceClass).arrival() >= 0;
    }

    private static Source source(String sourceClass) {
        return Classes.create(Thread.currentThread().getContextClassLoader(), sourceClass, Source.class);
    }

    /** A stage, by the key of its events, and of the rows of streams that visit it. */
    public static SingleOutputStreamOperator<Void> fold(
            List<SingleOutputStreamOperator<?>> senders, int number, String name, String uid, StageOperator operator) {
        DataStream<Routed> events = null;
        for (SingleOutputStreamOperator<?> sender : senders) {
            DataStream<Routed> sent = sender.getSideOutput(Tags.stage(number));
            events = events == null ? sent : events.union(sent);
        }
        return events.keyBy(new RoutedKey(), ValueType.KEY).transform(name, Types.VOID, operator).uid(uid);
    }
}
