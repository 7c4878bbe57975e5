package featlang.flink;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.apache.flink.api.common.state.ValueState;

import featlang.kernel.HeapTiles;
import featlang.kernel.Layouts;
import featlang.kernel.Routed;
import featlang.kernel.Source;
import featlang.kernel.SourceReader;
import featlang.kernel.Stage;

/**
 * Loads keys of a stage until they are taken to need so much memory that one is put away, and prints what they take then, in bytes:
 * {@code tests/flink/test_memory.py}.
 */
public final class MemoryTrial {
    private final LoadedStages stages;
    private final Stage.Output nowhere = nothing(Stage.Output.class);
    private final List<Routed> routed = new ArrayList<>();
    private boolean full;

    private MemoryTrial(Class<?> stageClass, Stage.Stores stores, long memory) throws ReflectiveOperationException {
        Layouts layouts = new Layouts(List.of());
        HeapTiles tiles = new HeapTiles(new HashMap<>());
        Stage first = open(stageClass, stores, layouts, tiles, null);
        @SuppressWarnings("unchecked")
        ValueState<byte[]> head = (ValueState<byte[]>) Proxy.newProxyInstance(
                MemoryTrial.class.getClassLoader(), new Class<?>[] {ValueState.class}, (proxy, method, given) -> {
                    full |= method.getName().equals("update");
                    return null;
                });
        stages = new LoadedStages(() -> {
            try {
                return open(stageClass, stores, layouts, tiles, first);
            } catch (ReflectiveOperationException error) {
                throw new IllegalStateException(error);
            }
        }, head, key -> { }, memory);
    }

    /** Arguments: a source's class, a stage's, its number, EVERY or CHANGE, the memory in bytes, JSON lines. */
    public static void main(String[] arguments) throws Exception {
        Source source = (Source) Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
        SourceReader reader = new SourceReader(source, "jsonl", Map.of(), Long.MAX_VALUE);
        Stage.Stores stores = Stage.Stores.valueOf(arguments[3]);
        MemoryTrial trial = new MemoryTrial(Class.forName(arguments[1]), stores, Long.parseLong(arguments[4]));
        System.out.println(trial.run(reader, Integer.parseInt(arguments[2]), Path.of(arguments[5])));
    }

    private long run(SourceReader reader, int number, Path file) throws Exception {
        SourceReader.Partition partition = new SourceReader.Partition();
        SourceReader.Output read = collecting();
        long before = 0;
        try (Stream<String> lines = Files.lines(file)) {
            for (String line : (Iterable<String>) lines::iterator) {
                reader.read(partition, line.getBytes(StandardCharsets.UTF_8), read);
                for (Routed event : routed) {
                    if (event.stage() == number) {
                        stages.of(new Key(event.key())).apply(event.order(), event.payload(), event.origin(), nowhere);
                    }
                }
                routed.clear();
                before = before == 0 ? used() : before; // what a first key brings with it is not of each key
                if (full) {
                    return used() - before;
                }
            }
        }
        throw new IllegalStateException("the keys took less");
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static Stage open(Class<?> stageClass, Stage.Stores stores, Layouts layouts, Stage.Tiles tiles, Stage sibling)
            throws ReflectiveOperationException {
        Stage stage = (Stage) stageClass.getDeclaredConstructor().newInstance();
        Stage.Stores[] wanted = new Stage.Stores[stage.groups().length];
        Arrays.fill(wanted, stores);
        stage.open(tiles, layouts, wanted, sibling);
        return stage;
    }

    private SourceReader.Output collecting() {
        return (SourceReader.Output) Proxy.newProxyInstance(
                MemoryTrial.class.getClassLoader(), new Class<?>[] {SourceReader.Output.class}, (proxy, method, given) -> {
                    if (method.getName().equals("routed")) {
                        routed.add((Routed) given[0]);
                    }
                    return method.getName().equals("path") ? "" : method.getName().equals("record") ? 0L : null;
                });
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, given) -> null));
    }
}
