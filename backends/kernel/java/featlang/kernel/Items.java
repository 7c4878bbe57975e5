package featlang.kernel;

import java.util.Arrays;

/**
 * The constants of a long list after {@code in}. They come as one text and are kept in order: Java limits the code that fills an array,
 * and a search need not look at each.
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
        byte[][] items = new byte[16][];
        int size = 0;
        for (int at = 0; at < text.length();) {
            int colon = text.indexOf(':', at);
            int end = colon + 1 + Integer.parseInt(text.substring(at, colon));
            if (size == items.length) {
                items = Arrays.copyOf(items, 2 * size);
            }
            items[size++] = Text.utf8(text.substring(colon + 1, end));
            at = end;
        }
        items = Arrays.copyOf(items, size);
        Arrays.sort(items, Operators::compareBytes);
        return items;
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
}
