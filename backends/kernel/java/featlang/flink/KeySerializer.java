package featlang.flink;

import java.io.IOException;

import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A key as its length and its bytes. It stands in savepoints: its form never changes. */
public final class KeySerializer extends ValueSerializer<Key> {
    static final KeySerializer INSTANCE = new KeySerializer();

    private static final long serialVersionUID = 1;

    @Override
    public void serialize(Key key, DataOutputView out) throws IOException {
        writeBytes(key.bytes, out);
    }

    @Override
    public Key deserialize(DataInputView in) throws IOException {
        return new Key(readBytes(in));
    }

    @Override
    public TypeSerializerSnapshot<Key> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Says in a savepoint which serializer wrote it. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Key> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
