package featlang.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Operators and functions of lists, maps and structs, as {@code stdlib/functions/lists.py} declares them. The type of a result that has
 * parts comes first, that of an argument with parts before it.
 */
public final class ListFunctions {
    private ListFunctions() {
    }

    // --- parts

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

    private static boolean among(Canonical value, Structure list, byte[] items, Outcome outcome) {
        boolean found = position(value, list, items) >= 0;
        if (found || !holdsNull(list, items)) {
            outcome.isNull = false;
            return found;
        }
        outcome.nothing(Outcome.DECLARED);
        return false;
    }

    public static long indexOf(Structure list, byte[] items, boolean value, Outcome outcome) {
        return indexOf(encoded(list.last(), value ? 1 : 0), list, items, outcome);
    }

    public static long indexOf(Structure list, byte[] items, long value, Outcome outcome) {
        return indexOf(encoded(list.last(), value), list, items, outcome);
    }

    public static long indexOf(Structure list, byte[] items, double value, Outcome outcome) {
        return indexOf(encoded(list.last(), Double.doubleToRawLongBits(value)), list, items, outcome);
    }

    /** Of texts and bytes. */
    public static long indexOf(Structure list, byte[] items, byte[] value, Outcome outcome) {
        return indexOf(encoded(value), list, items, outcome);
    }

    /** Of values with parts. */
    public static long indexOf(Structure list, byte[] items, Structure own, byte[] value, Outcome outcome) {
        return indexOf(encodedParts(value), list, items, outcome);
    }

    private static long indexOf(Canonical value, Structure list, byte[] items, Outcome outcome) {
        long position = position(value, list, items);
        return position >= 0 ? outcome.value(position) : outcome.nothing(Outcome.UNDEFINED);
    }

    // --- functions

    /** How many items a list has, or entries a map. */
    public static long length(Structure structure, byte[] value, Outcome outcome) {
        long length = 0;
        for (PartsReader in = new PartsReader(value); in.more(); length++) {
            for (Structure part : structure.parts()) {
                in.skip(part);
            }
        }
        return outcome.value(length);
    }

    public static byte[] slice(Structure result, Structure list, byte[] items, long start, long length, Outcome outcome) {
        if (start < 0 || length < 0) {
            return nothing(Outcome.UNDEFINED, outcome);
        }
        Canonical out = new Canonical();
        PartsReader in = new PartsReader(items);
        long end = start > Long.MAX_VALUE - length ? Long.MAX_VALUE : start + length;
        for (long i = 0; i < end && in.more(); i++) {
            int from = in.position();
            in.skip(list.last());
            if (i >= start) {
                out.more();
                out.copy(items, from, in.position());
            }
        }
        out.end();
        return outcome.value(out.toBytes());
    }

    public static byte[] split(Structure result, byte[] text, byte[] separator, Outcome outcome) {
        Canonical out = new Canonical();
        int from = 0;
        if (separator.length > 0) {
            for (int at = TextFunctions.find(text, separator, 0); at >= 0; at = TextFunctions.find(text, separator, from)) {
                out.more();
                out.writeBytes(Arrays.copyOfRange(text, from, at));
                from = at + separator.length;
            }
        }
        out.more();
        out.writeBytes(Arrays.copyOfRange(text, from, text.length));
        out.end();
        return outcome.value(out.toBytes());
    }

    public static byte[] join(Structure list, byte[] items, byte[] separator, Outcome outcome) {
        List<byte[]> texts = new ArrayList<>();
        long length = 0;
        for (PartsReader in = new PartsReader(items); in.more();) {
            if (!in.isNull()) {
                texts.add(in.bytes(list.last()));
                length += texts.get(texts.size() - 1).length;
            }
        }
        length += (long) separator.length * Math.max(texts.size() - 1, 0);
        if (length > TextFunctions.LONGEST) {
            return nothing(Outcome.OVERFLOW, outcome);
        }
        byte[] joined = new byte[(int) length];
        int at = 0;
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                System.arraycopy(separator, 0, joined, at, separator.length);
                at += separator.length;
            }
            System.arraycopy(texts.get(i), 0, joined, at, texts.get(i).length);
            at += texts.get(i).length;
        }
        return outcome.value(joined);
    }

    public static long sumOfInts(Structure list, byte[] items, Outcome outcome) {
        ExactSum sum = new ExactSum();
        int count = 0;
        for (PartsReader in = new PartsReader(items); in.more();) {
            if (!in.isNull()) {
                sum.add(in.bits(list.last().type()));
                count++;
            }
        }
        if (count == 0) {
            return outcome.nothing(Outcome.UNDEFINED);
        }
        return sum.fitsLong() ? outcome.value(sum.longValue()) : outcome.nothing(Outcome.OVERFLOW);
    }

    public static double sumOfFloats(Structure list, byte[] items, Outcome outcome) {
        ExactSum sum = new ExactSum();
        int count = 0;
        for (PartsReader in = new PartsReader(items); in.more();) {
            if (!in.isNull()) {
                sum.add(Double.longBitsToDouble(in.bits(Type.FLOAT)));
                count++;
            }
        }
        return count == 0 ? outcome.nothing(Outcome.UNDEFINED) : Operators.finite(sum.rounded(), outcome);
    }

    public static long maxOfInts(Structure list, byte[] items, Outcome outcome) {
        return number(list.last().type(), extreme(list, items, true), outcome, Outcome.UNDEFINED);
    }

    public static double maxOfFloats(Structure list, byte[] items, Outcome outcome) {
        return real(extreme(list, items, true), outcome, Outcome.UNDEFINED);
    }

    public static byte[] maxOfTexts(Structure list, byte[] items, Outcome outcome) {
        return bytes(list.last(), extreme(list, items, true), outcome, Outcome.UNDEFINED);
    }

    public static long minOfInts(Structure list, byte[] items, Outcome outcome) {
        return number(list.last().type(), extreme(list, items, false), outcome, Outcome.UNDEFINED);
    }

    public static double minOfFloats(Structure list, byte[] items, Outcome outcome) {
        return real(extreme(list, items, false), outcome, Outcome.UNDEFINED);
    }

    public static byte[] minOfTexts(Structure list, byte[] items, Outcome outcome) {
        return bytes(list.last(), extreme(list, items, false), outcome, Outcome.UNDEFINED);
    }

    public static byte[] keys(Structure result, Structure map, byte[] entries, Outcome outcome) {
        return outcome.value(parts(map, entries, 0));
    }

    public static byte[] values(Structure result, Structure map, byte[] entries, Outcome outcome) {
        return outcome.value(parts(map, entries, 1));
    }

    public static byte[] mapOf(Structure result, Structure keyList, byte[] keys, Structure valueList, byte[] values, Outcome outcome) {
        Entries entries = new Entries();
        PartsReader key = new PartsReader(keys);
        PartsReader value = new PartsReader(values);
        boolean moreKeys = key.more();
        boolean moreValues = value.more();
        while (moreKeys && moreValues) {
            int keyFrom = key.position();
            int valueFrom = value.position();
            if (keys[keyFrom] == 0) {
                return nothing(Outcome.UNDEFINED, outcome);
            }
            key.skip(keyList.last());
            value.skip(valueList.last());
            entries.add(Arrays.copyOfRange(keys, keyFrom, key.position()), Arrays.copyOfRange(values, valueFrom, value.position()));
            moreKeys = key.more();
            moreValues = value.more();
        }
        Canonical out = new Canonical();
        if (moreKeys || moreValues || !entries.write(out)) {
            return nothing(Outcome.UNDEFINED, outcome);
        }
        return outcome.value(out.toBytes());
    }

    // --- making lists

    public static void addNull(Canonical list) {
        list.more();
        list.writeNull();
    }

    public static void add(Canonical list, Type type, boolean value) {
        list.more();
        list.writeBits(type, value ? 1 : 0);
    }

    public static void add(Canonical list, Type type, long value) {
        list.more();
        list.writeBits(type, value);
    }

    public static void add(Canonical list, Type type, double value) {
        list.more();
        list.writeBits(type, Double.doubleToRawLongBits(value));
    }

    public static void add(Canonical list, Type type, byte[] value) {
        list.more();
        if (type.hasParts()) {
            list.writeParts(value);
        } else {
            list.writeBytes(value);
        }
    }

    /** The list that was made. */
    public static byte[] made(Canonical list) {
        list.end();
        return list.toBytes();
    }

    // --- what they share

    /** The parts of that number of each entry, as a list. */
    private static byte[] parts(Structure map, byte[] entries, int wanted) {
        Canonical out = new Canonical();
        for (PartsReader in = new PartsReader(entries); in.more();) {
            for (int i = 0; i < map.parts().length; i++) {
                int from = in.position();
                in.skip(map.parts()[i]);
                if (i == wanted) {
                    out.more();
                    out.copy(entries, from, in.position());
                }
            }
        }
        out.end();
        return out.toBytes();
    }

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

    private static long position(Canonical value, Structure list, byte[] items) {
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

    /** At the greatest or least item, by the order of its encoding, which is that of the values; null where all are null. */
    private static PartsReader extreme(Structure list, byte[] items, boolean greatest) {
        int best = -1;
        int bestEnd = 0;
        for (PartsReader in = new PartsReader(items); in.more();) {
            int from = in.position();
            in.skip(list.last());
            if (items[from] == 0) {
                continue;
            }
            int order = best < 0 ? 0 : Arrays.compareUnsigned(items, from, in.position(), items, best, bestEnd);
            if (best < 0 || (greatest ? order > 0 : order < 0)) {
                best = from;
                bestEnd = in.position();
            }
        }
        return best < 0 ? null : new PartsReader(items, best + 1);
    }

    private static Canonical encoded(Structure type, long bits) {
        Canonical out = new Canonical();
        out.writeBits(type.type(), bits);
        return out;
    }

    private static Canonical encoded(byte[] text) {
        Canonical out = new Canonical();
        out.writeBytes(text);
        return out;
    }

    private static Canonical encodedParts(byte[] value) {
        Canonical out = new Canonical();
        out.writeParts(value);
        return out;
    }

    private static boolean bool(PartsReader part, Outcome outcome) {
        return number(Type.BOOL, part, outcome) != 0;
    }

    private static long number(Type type, PartsReader part, Outcome outcome) {
        return number(type, part, outcome, Outcome.DECLARED);
    }

    private static long number(Type type, PartsReader part, Outcome outcome, int why) {
        return part == null ? outcome.nothing(why) : outcome.value(part.bits(type));
    }

    private static double real(PartsReader part, Outcome outcome) {
        return real(part, outcome, Outcome.DECLARED);
    }

    private static double real(PartsReader part, Outcome outcome, int why) {
        return part == null ? outcome.nothing(why) : outcome.value(Double.longBitsToDouble(part.bits(Type.FLOAT)));
    }

    private static byte[] bytes(Structure structure, PartsReader part, Outcome outcome) {
        return bytes(structure, part, outcome, Outcome.DECLARED);
    }

    private static byte[] bytes(Structure structure, PartsReader part, Outcome outcome, int why) {
        return part == null ? nothing(why, outcome) : outcome.value(part.bytes(structure));
    }

    private static byte[] nothing(int why, Outcome outcome) {
        outcome.nothing(why);
        return null;
    }
}
