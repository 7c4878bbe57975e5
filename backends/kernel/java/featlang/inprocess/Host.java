package featlang.inprocess;

import featlang.kernel.HeapTiles;
import featlang.kernel.RecordSplitter;
import featlang.kernel.Routed;
import featlang.kernel.Source;
import featlang.kernel.SourceReader;
import featlang.kernel.Stage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jdt.core.compiler.batch.BatchCompiler;
import py4j.GatewayServer;

/**
 * The host without an engine: compiles a program in a warm process and feeds it batches of bytes. For tests, where thousands of pairs
 * of program and stream are run a minute. Called through py4j.
 */
public final class Host {
    /** Prints the port on standard output, then serves until standard input ends. The secret comes from the environment. */
    public static void main(String[] arguments) throws IOException {
        GatewayServer server = new GatewayServer.GatewayServerBuilder(new Host())
            .javaPort(0)
            .authToken(System.getenv("FEAT_GATEWAY_SECRET"))
            .build();
        server.start(true);
        System.out.println(server.getListeningPort());
        System.out.flush();
        while (System.in.read() >= 0) {
            // The parent never writes: it only closes.
        }
        System.exit(0);
    }

    /** Compiles the sources below {@code folder} into it and loads the program; an error carries the compiler's message. */
    public Program compile(String folder, String sourceClass, List<String> stageClasses) throws ReflectiveOperationException, IOException {
        StringWriter messages = new StringWriter();
        PrintWriter printer = new PrintWriter(messages);
        String classPath = System.getProperty("featlang.classpath");
        String[] arguments = {"-17", "-proc:none", "-nowarn", "-encoding", "UTF-8", "-classpath", classPath, "-d", folder, folder};
        if (!BatchCompiler.compile(arguments, printer, printer, null)) {
            throw new IllegalArgumentException(messages.toString());
        }
        URL[] path = {Path.of(folder).toUri().toURL()};
        return new Program(new URLClassLoader(path, Host.class.getClassLoader()), sourceClass, stageClasses);
    }

    /** A loaded program: a source and its stages. */
    public static final class Program {
        private final ClassLoader loader;
        private final String sourceClass;
        private final List<String> stageClasses;

        Program(ClassLoader loader, String sourceClass, List<String> stageClasses) {
            this.loader = loader;
            this.sourceClass = sourceClass;
            this.stageClasses = List.copyOf(stageClasses);
        }

        /** Runs a batch of streams, each on its own; both encodings are those of {@code backends/kernel/inprocess.py}. */
        public byte[] run(byte[] batch) throws ReflectiveOperationException, IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(batch));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            for (int rest = in.readInt(); rest > 0; rest--) {
                String format = in.readUTF();
                Map<String, String> options = new HashMap<>();
                for (int more = in.readInt(); more > 0; more--) {
                    options.put(in.readUTF(), in.readUTF());
                }
                long now = in.readLong();
                int reload = in.readInt();
                boolean save = in.readBoolean();
                Map<StageKey, State> states = readStates(in);
                byte[] stream = in.readNBytes(in.readInt());
                ByteArrayOutputStream result = new ByteArrayOutputStream();
                Results results = new Results(new DataOutputStream(result));
                runStream(format, options, stream, now, reload, states, results);
                if (save) {
                    results.states(states);
                }
                out.writeInt(result.size());
                result.writeTo(out);
            }
            return bytes.toByteArray();
        }

        /** What a run begins with, as {@link Results#states} writes it. */
        private static Map<StageKey, State> readStates(DataInputStream in) throws IOException {
            Map<StageKey, State> states = new TreeMap<>();
            for (int rest = in.readInt(); rest > 0; rest--) {
                StageKey key = new StageKey(in.readInt(), in.readNBytes(in.readInt()));
                State state = new State();
                state.head = in.readNBytes(in.readInt());
                for (int more = in.readInt(); more > 0; more--) {
                    state.tiles.put(in.readLong(), in.readNBytes(in.readInt()));
                }
                states.put(key, state);
            }
            return states;
        }

        /**
         * @param reload after how many events of a key its state is written, forgotten and read back; 0 for never
         * @param states what each key begins with, and then ends with
         */
        private void runStream(String format, Map<String, String> options, byte[] stream, long now, int reload,
                Map<StageKey, State> states, Results results) throws ReflectiveOperationException, IOException {
            Source source = (Source) loader.loadClass(sourceClass).getDeclaredConstructor().newInstance();
            SourceReader reader = new SourceReader(source, format, options, now);
            RecordSplitter splitter = RecordSplitter.of(format, new ByteArrayInputStream(stream));
            if (format.equals("csv")) {
                reader.header(splitter.next());
            }
            SourceReader.Partition partition = new SourceReader.Partition();
            for (byte[] record = splitter.next(); record != null; record = splitter.next()) {
                results.record = splitter.record();
                reader.read(partition, record, results);
            }
            for (int s = 0; s < stageClasses.size(); s++) {
                Stage stage = (Stage) loader.loadClass(stageClasses.get(s)).getDeclaredConstructor().newInstance();
                runStage(s, stage, results, reload, states);
                results.counters(stage.counterNames(), stage.counters());
            }
            results.counters(reader.counterNames(), reader.counters());
        }

        private static void runStage(int index, Stage stage, Results results, int reload, Map<StageKey, State> states) {
            HeapTiles tiles = new HeapTiles(Map.of());
            stage.open(tiles);
            for (List<Routed> events : results.keys(index)) {
                events.sort((a, b) -> Arrays.compareUnsigned(a.order(), b.order()));
                State state = states.computeIfAbsent(new StageKey(index, events.get(0).key()), k -> new State());
                tiles.use(state.tiles);
                stage.load(state.head);
                int applied = 0;
                for (Routed event : events) {
                    stage.apply(event.order(), event.payload(), (group, values) -> results.row(index, group, values));
                    if (reload > 0 && ++applied % reload == 0) {
                        byte[] head = stage.save();
                        stage.load(null);
                        stage.load(head);
                    }
                }
                if (tiles.size() != stage.tileCount()) {
                    throw new IllegalStateException(tiles.size() + " tiles stored, " + stage.tileCount() + " known of");
                }
                state.head = stage.save();
            }
        }
    }

    /** Whose state it is. */
    private record StageKey(int stage, byte[] key) implements Comparable<StageKey> {
        @Override
        public int compareTo(StageKey other) {
            return stage == other.stage ? Arrays.compareUnsigned(key, other.key) : Integer.compare(stage, other.stage);
        }
    }

    /** What an engine keeps for a key. */
    private static final class State {
        private byte[] head;
        private final TreeMap<Long, byte[]> tiles = new TreeMap<>();
    }

    /** Collects what is routed, and writes all else as it comes: a tag, then the fields. */
    private static final class Results implements SourceReader.Output {
        private final DataOutputStream out;
        private final List<TreeMap<byte[], List<Routed>>> routed = new ArrayList<>();
        private long record;

        Results(DataOutputStream out) {
            this.out = out;
        }

        List<List<Routed>> keys(int stage) {
            return stage < routed.size() ? new ArrayList<>(routed.get(stage).values()) : List.of();
        }

        @Override
        public void routed(Routed event) {
            while (routed.size() <= event.stage()) {
                routed.add(new TreeMap<>(Arrays::compareUnsigned));
            }
            routed.get(event.stage()).computeIfAbsent(event.key(), k -> new ArrayList<>()).add(event);
        }

        @Override
        public void rejected(byte[] raw, String code, String text) {
            outside('X', raw, code, text);
        }

        @Override
        public void late(byte[] raw, String code, String text) {
            outside('L', raw, code, text);
        }

        private void outside(char tag, byte[] raw, String code, String text) {
            try {
                out.writeByte(tag);
                out.writeLong(record);
                bytes(raw);
                bytes(code.getBytes(StandardCharsets.UTF_8));
                bytes(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void row(int stage, int group, Object[] values) {
            try {
                out.writeByte('R');
                out.writeInt(stage);
                out.writeInt(group);
                out.writeInt(values.length);
                for (Object value : values) {
                    if (value == null) {
                        out.writeByte('n');
                    } else if (value instanceof Boolean truth) {
                        out.writeByte(truth ? 't' : 'f');
                    } else if (value instanceof Long number) {
                        out.writeByte('l');
                        out.writeLong(number);
                    } else if (value instanceof Double number) {
                        out.writeByte('d');
                        out.writeLong(Double.doubleToRawLongBits(number));
                    } else if (value instanceof String text) {
                        out.writeByte('s');
                        bytes(text.getBytes(StandardCharsets.UTF_8));
                    } else {
                        out.writeByte('b');
                        bytes((byte[]) value);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void counters(String[] names, long[] counts) throws IOException {
            for (int i = 0; i < names.length; i++) {
                out.writeByte('C');
                bytes(names[i].getBytes(StandardCharsets.UTF_8));
                out.writeLong(counts[i]);
            }
        }

        void states(Map<StageKey, State> states) throws IOException {
            for (Map.Entry<StageKey, State> entry : states.entrySet()) {
                out.writeByte('K');
                out.writeInt(entry.getKey().stage);
                bytes(entry.getKey().key);
                bytes(entry.getValue().head);
                out.writeInt(entry.getValue().tiles.size());
                for (Map.Entry<Long, byte[]> tile : entry.getValue().tiles.entrySet()) {
                    out.writeLong(tile.getKey());
                    bytes(tile.getValue());
                }
            }
        }

        private void bytes(byte[] value) throws IOException {
            out.writeInt(value.length);
            out.write(value);
        }
    }
}
