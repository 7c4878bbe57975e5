package featlang.kernel;

import java.util.Arrays;

/** The keys of the objects that are open, to find one that occurs twice; and which column a key names. Escapes are undone. */
final class JsonKeys {
    /** Up to so many keys are compared each with each. */
    private static final int FEW = 12;
    private static final int USUAL = 1 << 12;
    /** How many steps a key may take in the table, on average, before the keys are taken to be chosen to collide. */
    private static final int PATIENCE = 16;

    private final byte[][] names;
    private final int[] table;
    private byte[][] keys = new byte[16][];
    private int[] from = new int[16];
    private int[] to = new int[16];
    private long[] hashes = new long[16];
    private int size;
    private int[] seen = new int[64];

    JsonKeys(Column[] columns) {
        names = new byte[columns.length][];
        table = new int[Integer.highestOneBit(columns.length * 2 + 1) * 2];
        Arrays.fill(table, -1);
        for (int i = 0; i < names.length; i++) {
            names[i] = Text.utf8(columns[i].name());
            int at = (int) XxHash64.hash(names[i], 0, names[i].length) & table.length - 1;
            while (table[at] >= 0) {
                at = at + 1 & table.length - 1;
            }
            table[at] = i;
        }
    }

    /** Forgets the keys of the record before, and the room that an unusual one took. */
    void clear() {
        size = 0;
        if (keys.length > USUAL) {
            resize(USUAL);
            seen = new int[USUAL];
        }
    }

    /** What {@link #end} takes, of an object that begins. */
    int mark() {
        return size;
    }

    /** The column that a key of the outermost object names; -1 where it names none, and the key is kept. */
    int columnOrKeep(byte[] text, int begin, int end) {
        long hash = XxHash64.hash(text, begin, end);
        int at = (int) hash & table.length - 1;
        for (; table[at] >= 0; at = at + 1 & table.length - 1) {
            if (Bytes.equal(text, begin, end, names[table[at]])) {
                return table[at];
            }
        }
        keep(text, begin, end, hash);
        return -1;
    }

    /** Keeps a key; {@code text} must not change while its object is open. */
    void keep(byte[] text, int begin, int end) {
        keep(text, begin, end, XxHash64.hash(text, begin, end));
    }

    private void keep(byte[] text, int begin, int end, long hash) {
        if (size == keys.length) {
            resize(2 * size);
        }
        keys[size] = text;
        from[size] = begin;
        to[size] = end;
        hashes[size++] = hash;
    }

    /** Ends the object that began at the mark: its keys are forgotten. A key that it holds twice, or null. */
    String end(int mark) {
        int key = size - mark < 2 ? -1 : size - mark <= FEW ? repeatedOfFew(mark) : repeatedOfMany(mark);
        size = mark;
        return key < 0 ? null : Decoder.excerpt(keys[key], from[key], to[key]);
    }

    private void resize(int length) {
        keys = Arrays.copyOf(keys, length);
        from = Arrays.copyOf(from, length);
        to = Arrays.copyOf(to, length);
        hashes = Arrays.copyOf(hashes, length);
    }

    private int repeatedOfFew(int mark) {
        for (int later = mark + 1; later < size; later++) {
            for (int earlier = mark; earlier < later; earlier++) {
                if (equal(earlier, later)) {
                    return later;
                }
            }
        }
        return -1;
    }

    private int repeatedOfMany(int mark) {
        int length = Integer.highestOneBit(size - mark) * 4;
        if (seen.length < length) {
            seen = new int[length];
        }
        Arrays.fill(seen, 0, length, -1);
        int patience = PATIENCE * (size - mark);
        for (int key = mark; key < size; key++) {
            int at = (int) hashes[key] & length - 1;
            for (; seen[at] >= 0; at = at + 1 & length - 1) {
                if (equal(seen[at], key)) {
                    return key;
                }
                if (--patience < 0) {
                    return repeatedOfColliding(mark);
                }
            }
            seen[at] = key;
        }
        return -1;
    }

    /** The same, in a time that no choice of keys lengthens: in the order of their bytes, equal keys are neighbours. */
    private int repeatedOfColliding(int mark) {
        Integer[] order = new Integer[size - mark];
        Arrays.setAll(order, i -> mark + i);
        Arrays.sort(order, (one, other) -> Arrays.compare(keys[one], from[one], to[one], keys[other], from[other], to[other]));
        int repeated = -1;
        for (int i = 1; i < order.length; i++) {
            if (equal(order[i - 1], order[i]) && (repeated < 0 || order[i] < repeated)) {
                repeated = order[i];
            }
        }
        return repeated;
    }

    private boolean equal(int one, int other) {
        return hashes[one] == hashes[other]
            && Arrays.equals(keys[one], from[one], to[one], keys[other], from[other], to[other]);
    }
}
