package featlang.flink;

import java.io.DataInputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.apache.flink.runtime.state.restore.KeyGroup;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;
import org.apache.flink.runtime.state.restore.SavepointRestoreResult;

import featlang.kernel.HeapTiles;
import featlang.kernel.Layouts;
import featlang.kernel.Reader;
import featlang.kernel.Stage;

/**
 * Prints the state of all keys in a savepoint of a build's own: a line each of the stage's uid, the key, the head and the closed tiles,
 * in hex. How far a savepoint's watermark has come follows the machine's clock; so each key first takes in all events that are held,
 * and its windows are moved to one and the same time.
 */
public final class SavepointStates {
    private static final HexFormat HEX = HexFormat.of();
    /** What a group's part of a head has, as it says in front of it. */
    private static final int ROW = 1;
    private static final int STORED = 2;
    private static final int PRINT = 4;
    /** The same of a ring. */
    private static final int STARTED = 1;
    private static final int CLOSED = 2;
    /** The part of a tile's id that is its number in sequence. */
    private static final int SEQUENCE_BITS = 48;

    private SavepointStates() {
    }

    /** What a savepoint has of a key. */
    private static final class Found {
        private byte[] head;
        private final TreeMap<Long, byte[]> tiles = new TreeMap<>();
        private final TreeMap<Long, byte[]> held = new TreeMap<>();
    }

    /** Arguments: the savepoint, the time in µs, {@code time} or {@code arrival}, then of each stage the uid and the class; all groups have stores. */
    public static void main(String[] arguments) throws Exception {
        ClassLoader loader = SavepointStates.class.getClassLoader();
        Map<String, OperatorState> operators = operators(arguments[0], loader);
        long limit = Long.parseLong(arguments[1]);
        boolean byArrival = arguments[2].equals("arrival");
        for (int i = 3; i < arguments.length; i += 2) {
            Stage stage = Classes.create(loader, arguments[i + 1], Stage.class);
            HeapTiles tiles = new HeapTiles(new HashMap<>());
            Stage.Stores[] stores = new Stage.Stores[stage.groups().length];
            Arrays.fill(stores, Stage.Stores.EVERY);
            stage.open(tiles, new Layouts(List.of()), stores, null);
            for (Map.Entry<String, Found> entry : read(operators.get(arguments[i]), loader).entrySet()) {
                String line = line(stage, tiles, HEX.parseHex(entry.getKey()), entry.getValue(), limit, byArrival);
                if (line != null) {
                    System.out.println(arguments[i] + " " + entry.getKey() + " " + line);
                }
            }
        }
    }

    private static Map<String, OperatorState> operators(String savepoint, ClassLoader loader) throws Exception {
        StreamStateHandle metadata = AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(savepoint).getMetadataHandle();
        Map<String, OperatorState> found = new HashMap<>();
        try (DataInputStream in = new DataInputStream(metadata.openInputStream())) {
            for (OperatorState state : Checkpoints.loadCheckpointMetadata(in, loader, savepoint).getOperatorStates()) {
                state.getOperatorUid().ifPresent(uid -> found.put(uid, state));
            }
        }
        return found;
    }

    /** By the key in hex. */
    private static Map<String, Found> read(OperatorState operator, ClassLoader loader) throws Exception {
        Map<String, Found> found = new TreeMap<>();
        int prefix = CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(operator.getMaxParallelism());
        KeyGroupRange all = KeyGroupRange.of(0, operator.getMaxParallelism() - 1);
        for (OperatorSubtaskState task : operator.getStates()) {
            List<KeyedStateHandle> handles = new ArrayList<>(task.getManagedKeyedState());
            FullSnapshotRestoreOperation<Key> restore = new FullSnapshotRestoreOperation<>(
                    all, loader, handles, StateSerializerProvider.fromNewRegisteredSerializer(KeySerializer.INSTANCE));
            try (var results = restore.restore()) {
                while (results.hasNext()) {
                    read(results.next(), prefix, found);
                }
            }
        }
        return found;
    }

    private static void read(SavepointRestoreResult result, int prefix, Map<String, Found> into) throws Exception {
        try (var groups = result.getRestoredKeyGroups()) {
            while (groups.hasNext()) {
                KeyGroup group = groups.next();
                try (var entries = group.getKeyGroupEntries()) {
                    while (entries.hasNext()) {
                        KeyGroupEntry entry = entries.next();
                        String name = result.getStateMetaInfoSnapshots().get(entry.getKvStateId()).getName();
                        read(name, entry, prefix, into);
                    }
                }
            }
        }
    }

    private static void read(String name, KeyGroupEntry entry, int prefix, Map<String, Found> into) throws Exception {
        if (!List.of("head", "tiles", "held").contains(name)) {
            return; // timers: they follow from the rest
        }
        DataInputDeserializer key = new DataInputDeserializer(entry.getKey());
        CompositeKeySerializationUtils.readKeyGroup(prefix, key);
        byte[] bytes = KeySerializer.INSTANCE.deserialize(key).bytes;
        key.skipBytesToRead(1); // the namespace, which is void
        Found found = into.computeIfAbsent(HEX.formatHex(bytes), each -> new Found());
        DataInputDeserializer value = new DataInputDeserializer(entry.getValue());
        if (name.equals("head")) {
            found.head = block(value);
        } else {
            if (value.readBoolean()) {
                throw new IllegalStateException("a null in " + name);
            }
            (name.equals("tiles") ? found.tiles : found.held).put(key.readLong(), block(value));
        }
    }

    private static byte[] block(DataInputDeserializer in) throws Exception {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    /** The head and the tiles, once all that is held is applied and the time has come to the limit; null where nothing is left. */
    private static String line(Stage stage, HeapTiles tiles, byte[] key, Found found, long limit, boolean byArrival) {
        Stage.Output nowhere = (Stage.Output) Proxy.newProxyInstance(
                Stage.Output.class.getClassLoader(), new Class<?>[] {Stage.Output.class}, (proxy, method, given) -> null);
        tiles.use(found.tiles);
        stage.load(key, found.head);
        for (HeldEvents.Held event : held(found.held)) {
            stage.apply(event.order(), event.payload(), event.origin(), nowhere);
        }
        stage.settle(nowhere);
        if (!stage.isEmpty()) {
            stage.refresh(limit, nowhere);
        }
        if (stage.isEmpty()) {
            return null;
        }
        stage.timer(Long.MAX_VALUE);
        return text(stage.save(), found.tiles, stage.groups().length, byArrival);
    }

    /**
     * A head and tiles without what groups last gave to a store: when windows are moved follows the machine's clock, and with it how often
     * the number of a stored row was counted on; what it is compared with also says how often the job was restored.
     */
    private static String text(byte[] head, Map<Long, byte[]> tiles, int groups, boolean byArrival) {
        Reader in = new Reader().reset(head);
        StringBuilder text = new StringBuilder();
        text.append(in.readByte()).append(' ').append(in.readVarint()).append(' ').append(in.readByte()).append(' ');
        if (byArrival) {
            long number = in.readVarint();
            text.append(number == 0 ? "none " : number + " " + in.readZigzag() + " " + in.readZigzag() + " ");
        }
        for (int g = 0; g < groups; g++) {
            int parts = in.readByte();
            text.append((parts & ROW) == 0 ? "none " : in.readZigzag() + " " + in.readVarint() + " ");
            if ((parts & STORED) != 0) {
                in.readZigzag();
            }
            if ((parts & PRINT) != 0) {
                in.readRaw(2 * Long.BYTES);
            }
        }
        List<Long> firsts = new ArrayList<>();
        while (!in.atEnd()) {
            firsts.add(ring(in.block(), text));
        }
        tiles.forEach((id, tile) -> {
            int ring = (int) (id >>> SEQUENCE_BITS);
            long number = (id & (1L << SEQUENCE_BITS) - 1) - firsts.get(ring);
            text.append(' ').append(ring).append('/').append(number).append(':').append(HEX.formatHex(tile));
        });
        return text.toString();
    }

    /** Adds a ring, and gives the number of its first tile, which begins anew where a key is saved without closed tiles. */
    private static long ring(Reader in, StringBuilder into) {
        int parts = in.readByte();
        into.append(parts).append(' ');
        long first = 0;
        if ((parts & STARTED) != 0) {
            into.append(in.readZigzag()).append(' ');
            first = (parts & CLOSED) != 0 ? in.readVarint() : 0;
        }
        into.append(HEX.formatHex(in.readRest())).append(' ');
        return first;
    }

    private static List<HeldEvents.Held> held(TreeMap<Long, byte[]> state) {
        List<HeldEvents.Held> events = new ArrayList<>();
        for (byte[] each : state.values()) {
            ByteBuffer held = ByteBuffer.wrap(each);
            held.getLong();
            int layout = held.getInt();
            byte[] order = block(held, held.getInt());
            byte[] origin = block(held, held.getInt());
            byte[] payload = block(held, held.remaining());
            events.add(new HeldEvents.Held(order, origin.length == 0 ? null : origin, layout, payload));
        }
        events.sort((a, b) -> Arrays.compareUnsigned(a.order(), b.order()));
        return events;
    }

    private static byte[] block(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }
}
