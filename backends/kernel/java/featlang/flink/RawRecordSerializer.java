package featlang.flink;

import java.io.IOException;

import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import featlang.kernel.Event;

/**
 * A record with its position, for the case that reading is not chained to the source. When a message was sent is left out: of topics only
 * tables are read so, of whose rows none is too far ahead.
 */
public final class RawRecordSerializer extends ValueSerializer<RawRecord> {
    static final RawRecordSerializer INSTANCE = new RawRecordSerializer();

    private static final long serialVersionUID = 1;

    @Override
    public void serialize(RawRecord record, DataOutputView out) throws IOException {
        if (record.seen() != null) {
            throw new IllegalStateException("reading a topic must be chained to its source: what is remembered of a partition is shared");
        }
        out.writeUTF(record.partition());
        out.writeUTF(record.path());
        out.writeLong(record.record());
        out.writeBoolean(record.bytes() != null);
        if (record.bytes() != null) {
            writeBytes(record.bytes(), out);
        }
        out.writeBoolean(record.event() != null);
        if (record.event() != null) {
            writeEvent(record.event(), out);
        }
    }

    @Override
    public RawRecord deserialize(DataInputView in) throws IOException {
        String partition = in.readUTF();
        String path = in.readUTF();
        long number = in.readLong();
        byte[] bytes = in.readBoolean() ? readBytes(in) : null;
        return new RawRecord(partition, path, number, bytes, in.readBoolean() ? readEvent(in) : null);
    }

    @Override
    public TypeSerializerSnapshot<RawRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    private static void writeEvent(Event event, DataOutputView out) throws IOException {
        out.writeInt(event.isNull.length);
        for (int i = 0; i < event.isNull.length; i++) {
            out.writeBoolean(event.isNull[i]);
            out.writeLong(event.bits[i]);
            out.writeBoolean(event.bytes[i] != null);
            if (event.bytes[i] != null) {
                writeBytes(event.bytes[i], out);
            }
        }
    }

    private static Event readEvent(DataInputView in) throws IOException {
        Event event = new Event(in.readInt());
        for (int i = 0; i < event.isNull.length; i++) {
            event.isNull[i] = in.readBoolean();
            event.bits[i] = in.readLong();
            event.bytes[i] = in.readBoolean() ? readBytes(in) : null;
        }
        return event;
    }

    /** Says in a savepoint which serializer wrote it. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<RawRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
