package featlang.inprocess;

import featlang.kernel.HeapTiles;
import featlang.kernel.Layouts;
import featlang.kernel.Origin;
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
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.eclipse.jdt.core.compiler.batch.BatchCompiler;
import py4j.GatewayServer;

/**
 * The host without an engine: compiles a program in a warm process and feeds it batches of bytes. For tests, where thousands of pairs
 * of program and stream are run a minute. Called through py4j.
 */
public final class Host {
    private final String classPath;

    /** Compiles programs on the kernel that this JVM was started with. */
    public Host() {
        this(System.getProperty("featlang.classpath"));
    }

    /** Compiles programs on the kernel in that class path, which must be what this class sees itself. */
    public Host(String classPath) {
        this.classPath = classPath;
    }

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

    /** Compiles the sources below {@code folder} into it; an error carries the compiler's message. */
    public void compile(String folder) {
        StringWriter messages = new StringWriter();
        PrintWriter printer = new PrintWriter(messages);
        String[] arguments = {"-17", "-proc:none", "-nowarn", "-encoding", "UTF-8", "-classpath", classPath, "-d", folder, folder};
        if (!BatchCompiler.compile(arguments, printer, printer, null)) {
            throw new IllegalArgumentException(messages.toString());
        }
    }

    /**
     * Loads a program whose classes are below {@code folder}.
     *
     * @param stageClasses by number
     */
    public Program load(String folder, List<String> sourceClasses, List<String> stageClasses) throws IOException {
        URL[] path = {Path.of(folder).toUri().toURL()};
        return new Program(new URLClassLoader(path, Host.class.getClassLoader()), sourceClasses, stageClasses);
    }

    /** The same host on a kernel of which some classes are others: those whose sources are below {@code folder}. */
    public OtherKernel withOther(String folder) throws ReflectiveOperationException, IOException {
        compile(folder);
        return new OtherKernel(folder, classPath);
    }

    /** A loaded program: its sources and stages. */
    public static final class Program {
        private final ClassLoader loader;
        private final List<String> sourceClasses;
        private final List<String> stageClasses;

        Program(ClassLoader loader, List<String> sourceClasses, List<String> stageClasses) {
            this.loader = loader;
            this.sourceClasses = List.copyOf(sourceClasses);
            this.stageClasses = List.copyOf(stageClasses);
        }

        /**
         * Runs a batch of streams, each on its own; both encodings are those of {@code backends/kernel/inprocess.py}. The results are
         * given in Base64: py4j would decode a byte array one byte after the other.
         */
        public String run(byte[] batch) throws ReflectiveOperationException, IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(batch));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            for (int rest = in.readInt(); rest > 0; rest--) {
                ByteArrayOutputStream result = new ByteArrayOutputStream();
                new Run(Feed.read(in), new Results(new DataOutputStream(result))).run();
                out.writeInt(result.size());
                result.writeTo(out);
            }
            return Base64.getEncoder().encodeToString(bytes.toByteArray());
        }

        /** One stream on its way through the source and the stages; what other sources have is read before it. */
        private final class Run {
            private final Feed feed;
            private final Results results;
            private final List<Source> sources = new ArrayList<>();
            private final boolean byArrival;
            private final Layouts layouts;
            private final List<StageRun> stages = new ArrayList<>();

            Run(Feed feed, Results results) throws ReflectiveOperationException {
                this.feed = feed;
                this.results = results;
                for (String sourceClass : sourceClasses) {
                    sources.add((Source) loader.loadClass(sourceClass).getDeclaredConstructor().newInstance());
                }
                byArrival = sources.get(0).arrival() >= 0;
                layouts = new Layouts(feed.layouts);
                for (String stageClass : stageClasses) {
                    Stage stage = (Stage) loader.loadClass(stageClass).getDeclaredConstructor().newInstance();
                    Stage later = feed.merges ? (Stage) loader.loadClass(stageClass).getDeclaredConstructor().newInstance() : null;
                    stages.add(new StageRun(stages, stage, later, feed, layouts, byArrival, results));
                }
            }

            void run() throws IOException {
                List<SourceReader> readers = new ArrayList<>();
                for (int other = 1; other < sources.size(); other++) {
                    readers.add(read(other, feed.others.get(other - 1), new SourceReader.Partition()));
                }
                SourceReader.Partition partition = feed.partition;
                if (feed.merges && feed.streams) {
                    watermark(partition);
                }
                readers.add(read(0, feed.main, partition));
                if (feed.streams) {
                    watermark(partition);
                }
                if (feed.ends) {
                    stages.forEach(stage -> stage.release(Long.MAX_VALUE));
                }
                for (StageRun stage : stages) {
                    if (feed.silence != Long.MIN_VALUE) {
                        stage.watermark(feed.silence);
                    }
                    results.counters(stage.stage.counterNames(), stage.stage.counters());
                }
                readers.forEach(reader -> results.counters(reader.counterNames(), reader.counters()));
                if (feed.saves) {
                    results.partition(partition);
                    for (byte[] layout : layouts.all()) {
                        results.layout(layout);
                    }
                    for (StageRun stage : stages) {
                        results.states(stage.index, stage.states);
                    }
                }
            }

            private SourceReader read(int number, Data data, SourceReader.Partition partition) throws IOException {
                results.source = number;
                SourceReader reader = new SourceReader(sources.get(number), data.format, data.options, feed.now);
                reader.history(feed.history);
                reader.exclude(number == 0 ? feed.excluded : Map.of());
                RecordSplitter splitter = RecordSplitter.of(data.format, new ByteArrayInputStream(data.bytes));
                if (data.format.equals("csv")) {
                    reader.header(splitter.next());
                }
                for (byte[] record = splitter.next(); record != null; record = splitter.next()) {
                    results.record = splitter.record();
                    reader.read(partition, record, results);
                    for (Routed event : results.takeRouted()) {
                        stages.get(event.stage()).take(event);
                    }
                    if (number == 0 && feed.watermarks.contains(partition.position)) {
                        watermark(partition);
                    }
                }
                return reader;
            }

            /** All times before this one are complete. */
            private void watermark(SourceReader.Partition partition) {
                long complete = partition.greatest - sources.get(0).lateness();
                if (partition.any && complete <= partition.greatest) {
                    stages.forEach(stage -> stage.watermark(complete - 1));
                }
            }
        }
    }

    /** What a source reads. */
    private record Data(String format, Map<String, String> options, byte[] bytes) {
    }

    /** What a stream is run with: see {@code Feed} of {@code backends/kernel/inprocess.py}. */
    private static final class Feed {
        private final List<Data> others = new ArrayList<>();
        private final Map<String, Stage.Stores> stores = new HashMap<>();
        private final Set<Long> watermarks = new HashSet<>();
        private final Map<SourceReader.Position, SourceReader.Excluded> excluded = new HashMap<>();
        private final SourceReader.Partition partition = new SourceReader.Partition();
        private final List<byte[]> layouts = new ArrayList<>();
        private final Map<StageKey, State> states = new TreeMap<>();
        private final Map<StageKey, State> earlier = new TreeMap<>();
        private Data main;
        private long now;
        private int reload;
        private int restores;
        private boolean saves;
        private boolean history;
        private boolean ends;
        private boolean streams;
        private boolean later;
        private boolean merges;
        private long silence;

        static Feed read(DataInputStream in) throws IOException {
            Feed feed = new Feed();
            feed.main = readData(in);
            for (int rest = in.readInt(); rest > 0; rest--) {
                feed.others.add(readData(in));
            }
            feed.now = in.readLong();
            feed.reload = in.readInt();
            feed.restores = in.readInt();
            feed.saves = in.readBoolean();
            feed.history = in.readBoolean();
            feed.ends = in.readBoolean();
            feed.streams = in.readBoolean();
            feed.later = in.readBoolean();
            feed.merges = in.readBoolean();
            for (int rest = in.readInt(); rest > 0; rest--) {
                feed.watermarks.add(in.readLong());
            }
            feed.silence = in.readLong();
            for (int rest = in.readInt(); rest > 0; rest--) {
                feed.stores.put(in.readUTF(), Stage.Stores.valueOf(in.readUTF()));
            }
            for (int rest = in.readInt(); rest > 0; rest--) {
                SourceReader.Position position = new SourceReader.Position("", in.readLong());
                feed.excluded.put(position, new SourceReader.Excluded(in.readUTF(), in.readUTF()));
            }
            feed.partition.greatest = in.readLong();
            feed.partition.any = in.readBoolean();
            feed.partition.position = in.readLong();
            for (int rest = in.readInt(); rest > 0; rest--) {
                feed.partition.restoreIds(in.readNBytes(in.readInt()));
            }
            for (int rest = in.readInt(); rest > 0; rest--) {
                feed.layouts.add(block(in));
            }
            readStates(in, feed.states);
            readStates(in, feed.earlier);
            return feed;
        }

        private static Data readData(DataInputStream in) throws IOException {
            String format = in.readUTF();
            Map<String, String> options = new HashMap<>();
            for (int rest = in.readInt(); rest > 0; rest--) {
                options.put(in.readUTF(), in.readUTF());
            }
            return new Data(format, options, block(in));
        }

        private static void readStates(DataInputStream in, Map<StageKey, State> into) throws IOException {
            for (int rest = in.readInt(); rest > 0; rest--) {
                into.put(new StageKey(in.readInt(), block(in)), State.read(in));
            }
        }
    }

    /** A stage with the state of all its keys. */
    private static final class StageRun implements Stage.Output {
        private final int index;
        private final List<StageRun> all;
        private final Stage stage;
        private final boolean byArrival;
        private final boolean streams;
        private final int reload;
        private final Results results;
        private final Map<StageKey, State> states = new TreeMap<>();
        private final HeapTiles tiles = new HeapTiles(Map.of());
        private long watermark = Long.MIN_VALUE;

        /** @param later where {@code feed} merges, another instance */
        StageRun(List<StageRun> all, Stage stage, Stage later, Feed feed, Layouts layouts, boolean byArrival, Results results) {
            this.all = all;
            index = all.size();
            this.stage = stage;
            this.byArrival = byArrival;
            this.results = results;
            streams = feed.streams;
            reload = feed.reload;
            Stage.Stores[] stores = new Stage.Stores[stage.groups().length];
            Arrays.setAll(stores, g -> feed.stores.getOrDefault(stage.groups()[g], Stage.Stores.NONE));
            stage.open(tiles, layouts, stores, null);
            stage.restores(feed.restores);
            if (!streams) {
                stage.neverRefresh();
            }
            if (feed.later) {
                stage.beginLater();
            }
            (feed.merges ? feed.earlier : feed.states).forEach((key, state) -> {
                if (key.stage == index) {
                    states.put(key, state);
                    takeOver(key, state);
                }
            });
            if (feed.merges) {
                HeapTiles laterTiles = new HeapTiles(Map.of());
                later.open(laterTiles, layouts, stores, stage);
                feed.states.forEach((key, state) -> {
                    if (key.stage == index) {
                        merge(key, later, laterTiles, state);
                    }
                });
            }
        }

        private void merge(StageKey key, Stage later, HeapTiles laterTiles, State of) {
            State state = states.computeIfAbsent(key, k -> new State());
            state.held.addAll(of.held);
            if (of.head == null) {
                return;
            }
            load(key, state);
            laterTiles.use(of.tiles);
            later.load(key.key, of.head);
            stage.merge(later);
            if (!later.isEmpty() || laterTiles.size() > 0) {
                throw new IllegalStateException(laterTiles.size() + " tiles are left of a part that was merged");
            }
            later.drop();
            save(state);
        }

        private void takeOver(StageKey key, State state) {
            if (state.head != null) {
                tiles.use(state.tiles);
                stage.load(key.key, state.head);
                state.timer = stage.timer();
                state.head = stage.save();
            }
        }

        /** In the order of arrival of a stream an event is applied at once, otherwise it is held. */
        void take(Routed event) {
            StageKey key = new StageKey(index, event.key());
            State state = states.computeIfAbsent(key, k -> new State());
            state.held.add(new Held(stage.payloadLayout(), event.order(), event.payload(), event.origin()));
            if (byArrival && streams) {
                release(key, state, Long.MAX_VALUE);
            }
        }

        /** No event at or before {@code limit} comes any more. */
        void watermark(long limit) {
            watermark = limit;
            release(limit);
            for (Map.Entry<StageKey, State> entry : states.entrySet()) {
                State state = entry.getValue();
                if (state.timer <= limit) {
                    load(entry.getKey(), state);
                    stage.refresh(limit, this);
                    save(state);
                }
            }
            states.values().removeIf(state -> state.head == null && state.held.isEmpty());
        }

        /** Applies what is held of all keys up to {@code limit}. */
        void release(long limit) {
            states.forEach((key, state) -> release(key, state, limit));
        }

        private void release(StageKey key, State state, long limit) {
            Predicate<Held> isDue = held -> byArrival || Routed.time(held.order) <= limit;
            List<Held> due = new ArrayList<>(state.held);
            due.removeIf(isDue.negate());
            if (due.isEmpty()) {
                return;
            }
            state.held.removeIf(isDue);
            due.sort((a, b) -> Arrays.compareUnsigned(a.order, b.order));
            load(key, state);
            int applied = 0;
            for (Held event : due) {
                stage.apply(event.order, stage.payload(event.layout, event.payload), event.origin, this);
                if (reload > 0 && ++applied % reload == 0 && !stage.isWaiting()) {
                    save(state);
                    load(key, state);
                }
            }
            stage.settle(this);
            save(state);
        }

        private void load(StageKey key, State state) {
            tiles.use(state.tiles);
            stage.load(key.key, state.head);
            if (stage.timer() != state.timer) {
                throw new IllegalStateException("the timer was set to " + state.timer + ", the state says " + stage.timer());
            }
        }

        private void save(State state) {
            if (stage.isEmpty()) {
                if (tiles.size() > 0) {
                    throw new IllegalStateException(tiles.size() + " tiles are left of a key without state");
                }
                stage.drop();
                state.head = null;
                state.timer = Long.MAX_VALUE;
                return;
            }
            state.timer = stage.nextEdge();
            stage.timer(state.timer);
            state.head = stage.save();
            if (tiles.size() != stage.tileCount()) {
                throw new IllegalStateException(tiles.size() + " tiles stored, " + stage.tileCount() + " known of");
            }
        }

        @Override
        public void row(int group, Object[] values) {
            results.row('R', index, group, watermark, values);
        }

        @Override
        public void stored(int group, Object[] values, boolean changed) {
            results.row(changed ? 'S' : 'U', index, group, watermark, values);
        }

        @Override
        public void routed(Routed next) {
            all.get(next.stage()).take(next);
        }

        @Override
        public void outOfSequence(byte[] origin, String text) {
            Origin record = Origin.decode(origin);
            results.outside('L', record.record(), record.raw(), Stage.OUT_OF_SEQUENCE, text);
        }
    }

    /** Whose state it is. */
    private record StageKey(int stage, byte[] key) implements Comparable<StageKey> {
        @Override
        public int compareTo(StageKey other) {
            return stage == other.stage ? Arrays.compareUnsigned(key, other.key) : Integer.compare(stage, other.stage);
        }
    }

    /** An event that waits. */
    private record Held(int layout, byte[] order, byte[] payload, byte[] origin) {
    }

    /** What an engine keeps for a key. */
    private static final class State {
        private byte[] head;
        private long timer = Long.MAX_VALUE;
        private final TreeMap<Long, byte[]> tiles = new TreeMap<>();
        private final List<Held> held = new ArrayList<>();

        static State read(DataInputStream in) throws IOException {
            State state = new State();
            byte[] head = block(in);
            state.head = head.length == 0 ? null : head;
            for (int rest = in.readInt(); rest > 0; rest--) {
                state.tiles.put(in.readLong(), block(in));
            }
            for (int rest = in.readInt(); rest > 0; rest--) {
                int layout = in.readInt();
                byte[] order = block(in);
                byte[] payload = block(in);
                byte[] origin = block(in);
                state.held.add(new Held(layout, order, payload, origin.length == 0 ? null : origin));
            }
            return state;
        }
    }

    private static byte[] block(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }

    /** Collects what is routed, and writes all else as it comes: a tag, then the fields. */
    private static final class Results implements SourceReader.Output {
        private final DataOutputStream out;
        private List<Routed> routed = new ArrayList<>();
        private long record;
        private int source;

        Results(DataOutputStream out) {
            this.out = out;
        }

        List<Routed> takeRouted() {
            List<Routed> taken = routed;
            routed = new ArrayList<>();
            return taken;
        }

        @Override
        public void routed(Routed event) {
            routed.add(event);
        }

        @Override
        public void row(int stream, Object[] values) {
            row('D', source, stream, Long.MIN_VALUE, values);
        }

        @Override
        public void rejected(byte[] raw, String code, String text) {
            outside('X', record, raw, code, text);
        }

        @Override
        public void late(byte[] raw, String code, String text) {
            outside('L', record, raw, code, text);
        }

        @Override
        public void quarantined(byte[] raw, String code, String text) {
            outside('Q', record, raw, code, text);
        }

        @Override
        public String path() {
            return "";
        }

        @Override
        public long record() {
            return record;
        }

        void outside(char tag, long number, byte[] raw, String code, String text) {
            write(() -> {
                out.writeByte(tag);
                out.writeInt(source);
                out.writeLong(number);
                bytes(raw);
                text(code);
                text(text);
            });
        }

        void row(char tag, int stage, int group, long watermark, Object[] values) {
            write(() -> {
                out.writeByte(tag);
                out.writeInt(stage);
                out.writeInt(group);
                out.writeLong(watermark);
                out.writeInt(values.length);
                for (Object value : values) {
                    value(value);
                }
            });
        }

        private void value(Object value) throws IOException {
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
                text(text);
            } else {
                out.writeByte('b');
                bytes((byte[]) value);
            }
        }

        void counters(String[] names, long[] counts) {
            write(() -> {
                for (int i = 0; i < names.length; i++) {
                    if (counts[i] != 0) { // most are, and there are hundreds for each stream
                        out.writeByte('C');
                        text(names[i]);
                        out.writeLong(counts[i]);
                    }
                }
            });
        }

        void partition(SourceReader.Partition partition) {
            write(() -> {
                out.writeByte('P');
                out.writeLong(partition.greatest);
                out.writeBoolean(partition.any);
                out.writeLong(partition.position);
                List<byte[]> ids = partition.savedIds();
                out.writeInt(ids.size());
                for (byte[] part : ids) {
                    bytes(part);
                }
            });
        }

        void layout(byte[] layout) {
            write(() -> {
                out.writeByte('Y');
                bytes(layout);
            });
        }

        void states(int stage, Map<StageKey, State> states) {
            write(() -> {
                for (Map.Entry<StageKey, State> entry : states.entrySet()) {
                    State state = entry.getValue();
                    out.writeByte('K');
                    out.writeInt(stage);
                    bytes(entry.getKey().key);
                    bytes(state.head == null ? new byte[0] : state.head);
                    out.writeInt(state.tiles.size());
                    for (Map.Entry<Long, byte[]> tile : state.tiles.entrySet()) {
                        out.writeLong(tile.getKey());
                        bytes(tile.getValue());
                    }
                    out.writeInt(state.held.size());
                    for (Held held : state.held) {
                        out.writeInt(held.layout);
                        bytes(held.order);
                        bytes(held.payload);
                        bytes(held.origin == null ? new byte[0] : held.origin);
                    }
                }
            });
        }

        private void text(String text) throws IOException {
            bytes(text.getBytes(StandardCharsets.UTF_8));
        }

        private void bytes(byte[] value) throws IOException {
            out.writeInt(value.length);
            out.write(value);
        }

        private interface Writing {
            void to() throws IOException;
        }

        private static void write(Writing writing) {
            try {
                writing.to();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
