package featlang.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The constants of lists. They come as one text, for Java limits the code that fills an array. Those of a long list after {@code in}
 * are kept in order: a search need not look at each.
 */
public final class Items {
    private Items() {
    }

    /** Of int64s with commas between them. */
    public static long[] longs(String text) {
        return Arrays.stream(text.split(",")).mapToLong(Long::parseLong).sorted().toArray();
    }

    /** Of finite doubles, never -0.0, with commas between them. */
    public static double[] doubles(String text) {
        return Arrays.stream(text.split(",")).mapToDouble(Double::parseDouble).sorted().toArray();
    }

    /** Of texts one after another, each behind its length in chars and a colon. */
    public static byte[][] texts(String text) {
        return split(text).stream().map(Text::utf8).sorted(Operators::compareBytes).toArray(byte[][]::new);
    }

    /** Of decimals of one type with commas between them. */
    public static byte[][] decimals(String text) {
        return Arrays.stream(text.split(",")).map(Decimals::of).sorted(Operators::compareBytes).toArray(byte[][]::new);
    }

    /** Items as a list holds them, of values one after another, each behind its length in chars and a colon; null has the length -1. */
    public static byte[] encoded(Type type, String text) {
        Canonical items = new Canonical();
        for (String value : split(text)) {
            if (value == null) {
                Parts.addNull(items);
                continue;
            }
            switch (type) {
                case BOOL:
                    Parts.add(items, type, Boolean.parseBoolean(value));
                    break;
                case FLOAT:
                    Parts.add(items, type, Double.parseDouble(value));
                    break;
                case STRING:
                    Parts.add(items, type, Text.utf8(value));
                    break;
                case DECIMAL:
                    Parts.add(items, type, Decimals.of(value));
                    break;
                default:
                    Parts.add(items, type, Long.parseLong(value));
                    break;
            }
        }
        return items.toBytes();
    }

    public static boolean contains(long[] items, long value) {
        return Arrays.binarySearch(items, value) >= 0;
    }

    public static boolean contains(double[] items, double value) {
        return Arrays.binarySearch(items, value) >= 0;
    }

    public static boolean contains(byte[][] items, byte[] value) {
        return Arrays.binarySearch(items, value, Operators::compareBytes) >= 0;
    }

    /** One constant, as it is compared with the parts of a list or a map. */
    public static Canonical part(Type type, String text) {
        byte[] item = encoded(type, text);
        Canonical part = new Canonical();
        part.copy(item, 1, item.length);
        return part;
    }

    private static List<String> split(String text) {
        List<String> values = new ArrayList<>();
        for (int at = 0; at < text.length();) {
            int colon = text.indexOf(':', at);
            int length = Integer.parseInt(text.substring(at, colon));
            at = colon + 1 + Math.max(length, 0);
            values.add(length < 0 ? null : text.substring(colon + 1, at));
        }
        return values;
    }
}
