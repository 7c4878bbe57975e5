package featlang.flink;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import org.apache.flink.api.common.state.ValueState;

import featlang.kernel.Stage;

/**
 * The stages of the keys that were used last, an instance for each, loaded: an event of such a key costs the fold alone, nothing is
 * decoded or encoded. What Flink's state holds of these keys is old until they are written back: before a checkpoint, and when
 * another key takes the place.
 */
final class LoadedStages {
    /** What a key takes in memory beside its stage and its bytes, about. */
    private static final int KEY_BYTES = 140;

    private final Supplier<Stage> create;
    private final ValueState<byte[]> head;
    private final Consumer<Key> setCurrentKey;
    private final long mostBytes;
    private final LinkedHashMap<Key, Loaded> loaded = new LinkedHashMap<>(16, 0.75f, true);
    private final ArrayDeque<Stage> free = new ArrayDeque<>();
    private final List<Stage> all = new ArrayList<>();
    private long bytes;

    private static final class Loaded {
        private final Stage stage;
        /** What it takes in memory, about, as it was last looked at. */
        private long bytes;
        private boolean changed;

        Loaded(Stage stage) {
            this.stage = stage;
        }
    }

    /**
     * @param create makes an instance, opened on the current key's tiles
     * @param head of the current key
     * @param mostBytes what the loaded keys may take in memory, about; one is always loaded
     */
    LoadedStages(Supplier<Stage> create, ValueState<byte[]> head, Consumer<Key> setCurrentKey, long mostBytes) {
        this.create = create;
        this.head = head;
        this.setCurrentKey = setCurrentKey;
        this.mostBytes = mostBytes;
    }

    /** The current key's stage, about to be changed. Valid until another key's is asked for. */
    Stage of(Key key) throws Exception {
        Loaded found = loaded.get(key);
        if (found == null) {
            found = new Loaded(free.isEmpty() ? make() : free.pop());
            found.stage.load(key.bytes, head.value());
            loaded.put(key, found);
        }
        weigh(key, found);
        found.changed = true;
        makeRoom(key);
        return found.stage;
    }

    /** Forgets the current key, of which nothing is left to see. */
    void drop(Key key) {
        Loaded dropped = loaded.remove(key);
        dropped.stage.drop();
        head.clear();
        release(dropped);
    }

    /** Makes Flink's state say what the stages hold. Leaves another key current. */
    void writeBack() throws Exception {
        for (Map.Entry<Key, Loaded> entry : loaded.entrySet()) {
            write(entry.getKey(), entry.getValue());
        }
    }

    /** The sum over all instances of a count that each keeps. */
    long sum(ToLongFunction<Stage> count) {
        long sum = 0;
        for (int i = 0; i < all.size(); i++) { // by position: a reporter of metrics may ask while one is added
            sum += count.applyAsLong(all.get(i));
        }
        return sum;
    }

    private Stage make() {
        Stage stage = create.get();
        all.add(stage);
        return stage;
    }

    private void makeRoom(Key current) throws Exception {
        if (bytes < mostBytes || loaded.size() == 1) {
            return;
        }
        while (bytes >= mostBytes && loaded.size() > 1) { // the current key was used last
            Iterator<Map.Entry<Key, Loaded>> oldest = loaded.entrySet().iterator();
            Map.Entry<Key, Loaded> entry = oldest.next();
            write(entry.getKey(), entry.getValue());
            oldest.remove();
            release(entry.getValue());
        }
        setCurrentKey.accept(current);
    }

    private void write(Key key, Loaded each) throws Exception {
        if (each.changed) {
            setCurrentKey.accept(key);
            head.update(each.stage.save());
            each.changed = false;
            weigh(key, each);
        }
    }

    private void weigh(Key key, Loaded each) {
        long now = KEY_BYTES + key.bytes.length + each.stage.memory();
        bytes += now - each.bytes;
        each.bytes = now;
    }

    private void release(Loaded each) {
        bytes -= each.bytes;
        each.stage.forget();
        free.push(each.stage);
    }
}
