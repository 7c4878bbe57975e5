package featlang.kernel;

import java.util.ArrayList;
import java.util.List;

/** The entries of a map that is made: encoded keys and values, in any order. */
final class Entries {
    private record Entry(byte[] key, byte[] value) {
    }

    private final List<Entry> entries = new ArrayList<>();

    void add(byte[] key, byte[] value) {
        entries.add(new Entry(key, value));
    }

    /** Writes them in the order of their keys; false where a key stands there twice. */
    boolean write(Canonical out) {
        entries.sort((one, other) -> Operators.compareBytes(one.key, other.key));
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (i > 0 && Operators.compareBytes(entries.get(i - 1).key, entry.key) == 0) {
                return false;
            }
            out.more();
            out.copy(entry.key, 0, entry.key.length);
            out.copy(entry.value, 0, entry.value.length);
        }
        out.end();
        return true;
    }
}
