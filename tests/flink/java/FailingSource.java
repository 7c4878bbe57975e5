package featlang.trial;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;

/** A source of files with its reading operator, as {@code Streams.read} makes them, and a failure between the two, in one task with both. */
public final class FailingSource {
    private FailingSource() {
    }

    public static <T> SingleOutputStreamOperator<Void> read(
            StreamExecutionEnvironment env, String name, Source<T, ?, ?> source, TypeInformation<T> type,
            OneInputStreamOperator<T, Void> operator, FailOnce<T> fail) {
        return env.fromSource(source, WatermarkStrategy.noWatermarks(), name, type)
                .uid(name + "/files")
                .setParallelism(1)
                .map(fail)
                .returns(type)
                .uid("fail")
                .setParallelism(1)
                .transform("read " + name, Types.VOID, operator)
                .uid(name + "/read")
                .setParallelism(1);
    }
}
