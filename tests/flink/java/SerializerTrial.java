package featlang.flink;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.kafka.common.TopicPartition;

import featlang.kernel.Event;
import featlang.kernel.Routed;
import featlang.kernel.SourceReader;
import featlang.kernel.Writer;

/** Sends one of each value through its serializer, as restored from a savepoint, and prints it before and after. */
public final class SerializerTrial {
    /** A split as it was written before it held what was released. */
    private static final String FIRST_SPLIT =
            "000000000000001700017400000001000000000000000780000000000000000000000000000005010000000000000006000000010000001200000000000000030900ff02030405060708";
    private static final byte[] BYTES = {0, -1, 2, 3, 4, 5, 6, 7, 8};

    private SerializerTrial() {
    }

    public static void main(String[] arguments) throws Exception {
        Event event = new Event(2);
        event.isNull[0] = true;
        event.bits[1] = Long.MIN_VALUE;
        event.bytes[1] = BYTES;
        show(trip(ValueType.KEY, new Key(BYTES)));
        show(trip(ValueType.ROUTED, new Routed(3, BYTES, new byte[0], new byte[] {9}, null)));
        show(trip(ValueType.ROUTED, new Routed(3, BYTES, BYTES, new byte[0], new byte[] {7})));
        show(trip(ValueType.RAW_RECORD, new RawRecord("p", "é", 0, BYTES, null)));
        show(trip(ValueType.RAW_RECORD, new RawRecord("p", "a", 1L << 40, null, event)));
        show(trip(ValueType.RAW_RECORD, new RawRecord("p", "m", 2, new byte[] {1}, event)));
        FileSplit.Serializer splits = new FileSplit.Serializer();
        FileSplit split = new FileSplit("s", List.of("a", "é"), 1, 2, 1L << 40);
        show(splits.deserialize(splits.getVersion(), splits.serialize(split)));
        TopicSplit.Serializer topics = new TopicSplit.Serializer();
        TopicSplit topic = TopicSplit.unread(new KafkaPartitionSplit(new TopicPartition("t", 1), 7));
        topic.seen().greatest = 5;
        topic.seen().any = true;
        topic.seen().position = 6;
        topic.seen().released = 4;
        Writer ids = new Writer();
        ids.writeLong(3);
        ids.writeBytes(BYTES);
        topic.seen().restoreIds(ids.toBytes());
        byte[] written = topics.serialize(topic);
        show(HexFormat.of().formatHex(written));
        for (int version = 1; version <= topics.getVersion(); version++) {
            TopicSplit back = topics.deserialize(version, version == 1 ? HexFormat.of().parseHex(FIRST_SPLIT) : written);
            SourceReader.Partition seen = back.seen();
            show(back.path() + " " + back.split().getStartingOffset() + " " + seen.greatest + seen.any + seen.position + seen.released
                    + HexFormat.of().formatHex(seen.savedIds().get(0)));
        }
    }

    /** The value as the serializer gives it back that the snapshot of the type's serializer describes. */
    private static <T> T trip(ValueType<T> type, T value) throws Exception {
        TypeSerializer<T> serializer = type.createSerializer(new SerializerConfigImpl());
        DataOutputSerializer snapshot = new DataOutputSerializer(64);
        TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(snapshot, serializer.snapshotConfiguration());
        TypeSerializer<T> restored = TypeSerializerSnapshotSerializationUtil
                .<T>readSerializerSnapshot(
                        new DataInputDeserializer(snapshot.getCopyOfBuffer()), SerializerTrial.class.getClassLoader())
                .restoreSerializer();
        DataOutputSerializer first = new DataOutputSerializer(64);
        serializer.serialize(value, first);
        DataOutputSerializer copied = new DataOutputSerializer(64);
        restored.copy(new DataInputDeserializer(first.getCopyOfBuffer()), copied);
        DataInputDeserializer in = new DataInputDeserializer(copied.getCopyOfBuffer());
        T back = restored.deserialize(in);
        if (in.available() != 0) {
            throw new IllegalStateException("bytes are left over");
        }
        return back;
    }

    private static void show(Object value) {
        if (value instanceof Key key) {
            System.out.println(key + " " + key.equals(new Key(BYTES)) + " " + key.hashCode());
        } else if (value instanceof Routed routed) {
            System.out.println(routed.stage() + " " + Arrays.toString(routed.key()) + Arrays.toString(routed.order())
                    + Arrays.toString(routed.payload()) + Arrays.toString(routed.origin()));
        } else if (value instanceof RawRecord record && record.event() == null) {
            System.out.println(record.partition() + record.path() + record.record() + Arrays.toString(record.bytes()));
        } else if (value instanceof RawRecord record) {
            Event event = record.event();
            System.out.println(record.partition() + record.path() + record.record() + Arrays.toString(record.bytes())
                    + Arrays.toString(event.isNull) + Arrays.toString(event.bits) + Arrays.toString(event.bytes[0])
                    + Arrays.toString(event.bytes[1]));
        } else {
            System.out.println(value);
        }
    }
}
