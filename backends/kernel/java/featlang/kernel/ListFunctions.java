package featlang.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Functions of lists and maps, as {@code stdlib/functions/lists.py} declares them. The type of a result that has
 * parts comes first, that of an argument with parts before it.
 */
public final class ListFunctions {
    private ListFunctions() {
    }

    public static long indexOf(Structure list, byte[] items, boolean value, Outcome outcome) {
        return indexOf(Parts.encoded(list.last(), value ? 1 : 0), list, items, outcome);
    }

    public static long indexOf(Structure list, byte[] items, long value, Outcome outcome) {
        return indexOf(Parts.encoded(list.last(), value), list, items, outcome);
    }

    public static long indexOf(Structure list, byte[] items, double value, Outcome outcome) {
        return indexOf(Parts.encoded(list.last(), Double.doubleToRawLongBits(value)), list, items, outcome);
    }

    /** Of texts and bytes. */
    public static long indexOf(Structure list, byte[] items, byte[] value, Outcome outcome) {
        return indexOf(Parts.encoded(value), list, items, outcome);
    }

    /** Of values with parts. */
    public static long indexOf(Structure list, byte[] items, Structure own, byte[] value, Outcome outcome) {
        return indexOf(Parts.encodedParts(value), list, items, outcome);
    }

    private static long indexOf(Canonical value, Structure list, byte[] items, Outcome outcome) {
        long position = Parts.position(value, list, items);
        return position >= 0 ? outcome.value(position) : outcome.nothing(Outcome.UNDEFINED);
    }

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
            return outcome.noBytes(Outcome.UNDEFINED);
        }
        Canonical out = new Canonical();
        PartsReader in = new PartsReader(items);
        long end = start > Long.MAX_VALUE - length ? Long.MAX_VALUE : start + length;
        for (long i = 0; i < end && !Parts.isFull(out) && in.more(); i++) {
            int from = in.position();
            in.skip(list.last());
            if (i >= start) {
                out.more();
                out.copy(items, from, in.position());
            }
        }
        return Parts.made(out, outcome);
    }

    public static byte[] split(Structure result, byte[] text, byte[] separator, Outcome outcome) {
        Canonical out = new Canonical();
        int from = 0;
        int at = separator.length > 0 ? TextFunctions.find(text, separator, 0) : -1;
        for (; at >= 0 && !Parts.isFull(out); at = TextFunctions.find(text, separator, from)) {
            Parts.add(out, Type.STRING, Arrays.copyOfRange(text, from, at));
            from = at + separator.length;
        }
        Parts.add(out, Type.STRING, Arrays.copyOfRange(text, from, text.length));
        return Parts.made(out, outcome);
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
            return outcome.noBytes(Outcome.OVERFLOW);
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
        return Parts.number(list.last().type(), extreme(list, items, true), outcome, Outcome.UNDEFINED);
    }

    public static double maxOfFloats(Structure list, byte[] items, Outcome outcome) {
        return Parts.real(extreme(list, items, true), outcome, Outcome.UNDEFINED);
    }

    public static byte[] maxOfTexts(Structure list, byte[] items, Outcome outcome) {
        return Parts.bytes(list.last(), extreme(list, items, true), outcome, Outcome.UNDEFINED);
    }

    public static long minOfInts(Structure list, byte[] items, Outcome outcome) {
        return Parts.number(list.last().type(), extreme(list, items, false), outcome, Outcome.UNDEFINED);
    }

    public static double minOfFloats(Structure list, byte[] items, Outcome outcome) {
        return Parts.real(extreme(list, items, false), outcome, Outcome.UNDEFINED);
    }

    public static byte[] minOfTexts(Structure list, byte[] items, Outcome outcome) {
        return Parts.bytes(list.last(), extreme(list, items, false), outcome, Outcome.UNDEFINED);
    }

    public static byte[] keys(Structure result, Structure map, byte[] entries, Outcome outcome) {
        return parts(map, entries, 0, outcome);
    }

    public static byte[] values(Structure result, Structure map, byte[] entries, Outcome outcome) {
        return parts(map, entries, 1, outcome);
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
                return outcome.noBytes(Outcome.UNDEFINED);
            }
            key.skip(keyList.last());
            value.skip(valueList.last());
            entries.add(Arrays.copyOfRange(keys, keyFrom, key.position()), Arrays.copyOfRange(values, valueFrom, value.position()));
            moreKeys = key.more();
            moreValues = value.more();
        }
        Canonical out = new Canonical();
        if (moreKeys || moreValues || !entries.write(out)) {
            return outcome.noBytes(Outcome.UNDEFINED);
        }
        return Parts.isFull(out) ? outcome.noBytes(Outcome.OVERFLOW) : outcome.value(out.toBytes());
    }

    // --- what they share

    /** The parts of that number of each entry, as a list. */
    private static byte[] parts(Structure map, byte[] entries, int wanted, Outcome outcome) {
        Canonical out = new Canonical();
        for (PartsReader in = new PartsReader(entries); !Parts.isFull(out) && in.more();) {
            for (int i = 0; i < map.parts().length; i++) {
                int from = in.position();
                in.skip(map.parts()[i]);
                if (i == wanted) {
                    out.more();
                    out.copy(entries, from, in.position());
                }
            }
        }
        return Parts.made(out, outcome);
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
}
