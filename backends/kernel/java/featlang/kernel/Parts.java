package featlang.kernel;

/**
 * The operators of lists, maps and structs: what gives a part, tells whether one is there, and makes a list. Before an argument that
 * has parts stands its type. A null that they give is what their types say, no exception.
 */
public final class Parts {
    private Parts() {
    }

    public static boolean itemBool(Structure list, byte[] items, long position, Outcome outcome) {
        return bool(at(list, items, position), outcome);
    }

    public static long itemLong(Structure list, byte[] items, long position, Outcome outcome) {
        return number(list.last().type(), at(list, items, position), outcome);
    }

    public static double itemDouble(Structure list, byte[] items, long position, Outcome outcome) {
        return real(at(list, items, position), outcome);
    }

    public static byte[] itemBytes(Structure list, byte[] items, long position, Outcome outcome) {
        return bytes(list.last(), at(list, items, position), outcome);
    }

    public static boolean entryBool(Structure map, byte[] entries, long key, Outcome outcome) {
        return bool(of(map, entries, encoded(map.parts()[0], key)), outcome);
    }

    public static boolean entryBool(Structure map, byte[] entries, byte[] key, Outcome outcome) {
        return bool(of(map, entries, encoded(key)), outcome);
    }

    public static long entryLong(Structure map, byte[] entries, long key, Outcome outcome) {
        return number(map.last().type(), of(map, entries, encoded(map.parts()[0], key)), outcome);
    }

    public static long entryLong(Structure map, byte[] entries, byte[] key, Outcome outcome) {
        return number(map.last().type(), of(map, entries, encoded(key)), outcome);
    }

    public static double entryDouble(Structure map, byte[] entries, long key, Outcome outcome) {
        return real(of(map, entries, encoded(map.parts()[0], key)), outcome);
    }

    public static double entryDouble(Structure map, byte[] entries, byte[] key, Outcome outcome) {
        return real(of(map, entries, encoded(key)), outcome);
    }

    public static byte[] entryBytes(Structure map, byte[] entries, long key, Outcome outcome) {
        return bytes(map.last(), of(map, entries, encoded(map.parts()[0], key)), outcome);
    }

    public static byte[] entryBytes(Structure map, byte[] entries, byte[] key, Outcome outcome) {
        return bytes(map.last(), of(map, entries, encoded(key)), outcome);
    }

    /** Of a key that is a constant, as the other three. */
    public static boolean entryBool(Structure map, byte[] entries, Canonical key, Outcome outcome) {
        return bool(of(map, entries, key), outcome);
    }

    public static long entryLong(Structure map, byte[] entries, Canonical key, Outcome outcome) {
        return number(map.last().type(), of(map, entries, key), outcome);
    }

    public static double entryDouble(Structure map, byte[] entries, Canonical key, Outcome outcome) {
        return real(of(map, entries, key), outcome);
    }

    public static byte[] entryBytes(Structure map, byte[] entries, Canonical key, Outcome outcome) {
        return bytes(map.last(), of(map, entries, key), outcome);
    }

    public static boolean fieldBool(Structure struct, byte[] fields, long position, Outcome outcome) {
        return bool(field(struct, fields, position), outcome);
    }

    public static long fieldLong(Structure struct, byte[] fields, long position, Outcome outcome) {
        return number(struct.parts()[(int) position].type(), field(struct, fields, position), outcome);
    }

    public static double fieldDouble(Structure struct, byte[] fields, long position, Outcome outcome) {
        return real(field(struct, fields, position), outcome);
    }

    public static byte[] fieldBytes(Structure struct, byte[] fields, long position, Outcome outcome) {
        return bytes(struct.parts()[(int) position], field(struct, fields, position), outcome);
    }

    // --- whether a value is among the items

    public static boolean among(boolean value, Structure list, byte[] items, Outcome outcome) {
        return among(encoded(list.last(), value ? 1 : 0), list, items, outcome);
    }

    public static boolean among(long value, Structure list, byte[] items, Outcome outcome) {
        return among(encoded(list.last(), value), list, items, outcome);
    }

    public static boolean among(double value, Structure list, byte[] items, Outcome outcome) {
        return among(encoded(list.last(), Double.doubleToRawLongBits(value)), list, items, outcome);
    }

    /** Of texts and bytes. */
    public static boolean among(byte[] value, Structure list, byte[] items, Outcome outcome) {
        return among(encoded(value), list, items, outcome);
    }

    /** Of values with parts. */
    public static boolean among(Structure own, byte[] value, Structure list, byte[] items, Outcome outcome) {
        return among(encodedParts(value), list, items, outcome);
    }

    /** Of what is encoded, as constants are once. */
    public static boolean among(Canonical value, Structure list, byte[] items, Outcome outcome) {
        boolean found = position(value, list, items) >= 0;
        if (found || !holdsNull(list, items)) {
            outcome.isNull = false;
            return found;
        }
        outcome.nothing(Outcome.DECLARED);
        return false;
    }

    // --- making lists

    public static void addNull(Canonical list) {
        if (!isFull(list)) {
            list.more();
            list.writeNull();
        }
    }

    public static void add(Canonical list, Type type, boolean value) {
        add(list, type, value ? 1L : 0L);
    }

    public static void add(Canonical list, Type type, long value) {
        if (!isFull(list)) {
            list.more();
            list.writeBits(type, value);
        }
    }

    public static void add(Canonical list, Type type, double value) {
        add(list, type, Double.doubleToRawLongBits(value));
    }

    public static void add(Canonical list, Type type, byte[] value) {
        if (isFull(list)) {
            return;
        }
        list.more();
        if (type.hasParts()) {
            list.writeParts(value);
        } else {
            list.writeBytes(value);
        }
    }

    /** Adds a field to a struct that is being made. */
    public static void fieldNull(Canonical struct) {
        struct.writeNull();
    }

    public static void field(Canonical struct, Type type, boolean value) {
        struct.writeBits(type, value ? 1L : 0L);
    }

    public static void field(Canonical struct, Type type, long value) {
        struct.writeBits(type, value);
    }

    public static void field(Canonical struct, Type type, double value) {
        struct.writeBits(type, Double.doubleToRawLongBits(value));
    }

    public static void field(Canonical struct, Type type, byte[] value) {
        if (type.hasParts()) {
            struct.writeParts(value);
        } else {
            struct.writeBytes(value);
        }
    }

    /** The list that was made; null where it is longer than a text may be. */
    public static byte[] made(Canonical list, Outcome outcome) {
        list.end();
        return isFull(list) ? outcome.noBytes(Outcome.OVERFLOW) : outcome.value(list.toBytes());
    }

    /** Whether what is being made is too long already: nothing more need be added. */
    static boolean isFull(Canonical made) {
        return made.size() > TextFunctions.LONGEST;
    }

    // --- what functions use, too

    /** At the item of that number; null where there is none, or it is null. */
    private static PartsReader at(Structure list, byte[] items, long position) {
        if (position < 0) {
            return null;
        }
        PartsReader in = new PartsReader(items);
        for (long i = 0; in.more(); i++) {
            if (i == position) {
                return in.isNull() ? null : in;
            }
            in.skip(list.last());
        }
        return null;
    }

    /** At the value of a key; null where there is none, or it is null. */
    private static PartsReader of(Structure map, byte[] entries, Canonical key) {
        for (PartsReader in = new PartsReader(entries); in.more();) {
            int from = in.position();
            in.skip(map.parts()[0]);
            if (key.holds(entries, from, in.position())) {
                return in.isNull() ? null : in;
            }
            in.skip(map.last());
        }
        return null;
    }

    private static PartsReader field(Structure struct, byte[] fields, long position) {
        PartsReader in = new PartsReader(fields);
        for (int i = 0; i < position; i++) {
            in.skip(struct.parts()[i]);
        }
        return in.isNull() ? null : in;
    }

    static long position(Canonical value, Structure list, byte[] items) {
        PartsReader in = new PartsReader(items);
        for (long i = 0; in.more(); i++) {
            int from = in.position();
            in.skip(list.last());
            if (value.holds(items, from, in.position())) {
                return i;
            }
        }
        return -1;
    }

    private static boolean holdsNull(Structure list, byte[] items) {
        for (PartsReader in = new PartsReader(items); in.more();) {
            if (items[in.position()] == 0) {
                return true;
            }
            in.skip(list.last());
        }
        return false;
    }

    static Canonical encoded(Structure type, long bits) {
        Canonical out = new Canonical();
        out.writeBits(type.type(), bits);
        return out;
    }

    static Canonical encoded(byte[] text) {
        Canonical out = new Canonical();
        out.writeBytes(text);
        return out;
    }

    static Canonical encodedParts(byte[] value) {
        Canonical out = new Canonical();
        out.writeParts(value);
        return out;
    }

    private static boolean bool(PartsReader part, Outcome outcome) {
        return number(Type.BOOL, part, outcome) != 0;
    }

    static long number(Type type, PartsReader part, Outcome outcome) {
        return number(type, part, outcome, Outcome.DECLARED);
    }

    static long number(Type type, PartsReader part, Outcome outcome, int why) {
        return part == null ? outcome.nothing(why) : outcome.value(part.bits(type));
    }

    static double real(PartsReader part, Outcome outcome) {
        return real(part, outcome, Outcome.DECLARED);
    }

    static double real(PartsReader part, Outcome outcome, int why) {
        return part == null ? outcome.nothing(why) : outcome.value(Double.longBitsToDouble(part.bits(Type.FLOAT)));
    }

    static byte[] bytes(Structure structure, PartsReader part, Outcome outcome) {
        return bytes(structure, part, outcome, Outcome.DECLARED);
    }

    static byte[] bytes(Structure structure, PartsReader part, Outcome outcome, int why) {
        return part == null ? outcome.noBytes(why) : outcome.value(part.bytes(structure));
    }
}
