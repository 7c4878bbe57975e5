package featlang.flink;

import java.io.IOException;

import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import featlang.kernel.Routed;

/** An event on its way to a stage: the stage's position, key, order, payload and, if there is one, origin. */
public final class RoutedSerializer extends ValueSerializer<Routed> {
    static final RoutedSerializer INSTANCE = new RoutedSerializer();

    private static final long serialVersionUID = 1;

    @Override
    public void serialize(Routed routed, DataOutputView out) throws IOException {
        out.writeInt(routed.stage());
        writeBytes(routed.key(), out);
        writeBytes(routed.order(), out);
        writeBytes(routed.payload(), out);
        out.writeBoolean(routed.origin() != null);
        if (routed.origin() != null) {
            writeBytes(routed.origin(), out);
        }
    }

    @Override
    public Routed deserialize(DataInputView in) throws IOException {
        return new Routed(in.readInt(), readBytes(in), readBytes(in), readBytes(in), in.readBoolean() ? readBytes(in) : null);
    }

    @Override
    public TypeSerializerSnapshot<Routed> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Says in a savepoint which serializer wrote it. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Routed> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
