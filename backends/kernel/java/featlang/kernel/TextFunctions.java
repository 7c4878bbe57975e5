package featlang.kernel;

import java.util.Arrays;

/**
 * Functions of texts, which are UTF-8, and between texts and numbers, as {@code stdlib/functions/texts.py} declares them. Places and
 * lengths count characters (code points).
 */
public final class TextFunctions {
    /** The longest text that a function makes, in bytes. */
    static final int LONGEST = 16 << 20;

    private TextFunctions() {
    }

    /** Of a text; bytes have their own name, because both are {@code byte[]}. */
    public static long length(byte[] text, Outcome outcome) {
        return outcome.value(characters(text, 0, text.length));
    }

    public static long lengthOfBytes(byte[] bytes, Outcome outcome) {
        return outcome.value((long) bytes.length);
    }

    public static byte[] lower(byte[] text, Outcome outcome) {
        return outcome.value(shifted(text, 'A', 'Z', 'a' - 'A'));
    }

    public static byte[] upper(byte[] text, Outcome outcome) {
        return outcome.value(shifted(text, 'a', 'z', 'A' - 'a'));
    }

    public static byte[] trim(byte[] text, Outcome outcome) {
        return outcome.value(trimmed(text));
    }

    public static byte[] substr(byte[] text, long start, long length, Outcome outcome) {
        if (start < 0 || length < 0) {
            return outcome.noBytes(Outcome.UNDEFINED);
        }
        int from = skip(text, 0, start);
        int to = skip(text, from, length);
        return outcome.value(to - from == text.length ? text : Arrays.copyOfRange(text, from, to));
    }

    public static byte[] concat(byte[] first, byte[] second, Outcome outcome) {
        if ((long) first.length + second.length > LONGEST) {
            return outcome.noBytes(Outcome.OVERFLOW);
        }
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return outcome.value(joined);
    }

    public static boolean contains(byte[] text, byte[] part, Outcome outcome) {
        outcome.isNull = false;
        return find(text, part, 0) >= 0;
    }

    public static boolean startsWith(byte[] text, byte[] start, Outcome outcome) {
        outcome.isNull = false;
        return start.length <= text.length && Arrays.equals(text, 0, start.length, start, 0, start.length);
    }

    public static boolean endsWith(byte[] text, byte[] end, Outcome outcome) {
        outcome.isNull = false;
        return end.length <= text.length
                && Arrays.equals(text, text.length - end.length, text.length, end, 0, end.length);
    }

    public static long indexOf(byte[] text, byte[] part, Outcome outcome) {
        int at = find(text, part, 0);
        return at < 0 ? outcome.nothing(Outcome.UNDEFINED) : outcome.value(characters(text, 0, at));
    }

    public static byte[] replace(byte[] text, byte[] part, byte[] by, Outcome outcome) {
        int count = 0;
        if (part.length > 0) {
            for (int at = find(text, part, 0); at >= 0; at = find(text, part, at + part.length)) {
                count++;
            }
        }
        if (count == 0) {
            return outcome.value(text);
        }
        long length = text.length + (long) count * (by.length - part.length);
        if (length > LONGEST) {
            return outcome.noBytes(Outcome.OVERFLOW);
        }
        byte[] replaced = new byte[(int) length];
        int from = 0;
        int to = 0;
        for (int at = find(text, part, 0); at >= 0; at = find(text, part, from)) {
            System.arraycopy(text, from, replaced, to, at - from);
            to += at - from;
            System.arraycopy(by, 0, replaced, to, by.length);
            to += by.length;
            from = at + part.length;
        }
        System.arraycopy(text, from, replaced, to, text.length - from);
        return outcome.value(replaced);
    }

    public static byte[] splitPart(byte[] text, byte[] separator, long index, Outcome outcome) {
        if (index < 0) {
            return outcome.noBytes(Outcome.UNDEFINED);
        }
        int from = 0;
        for (long part = 0;; part++) {
            int at = separator.length == 0 ? -1 : find(text, separator, from);
            if (part == index) {
                return outcome.value(Arrays.copyOfRange(text, from, at < 0 ? text.length : at));
            }
            if (at < 0) {
                return outcome.noBytes(Outcome.UNDEFINED);
            }
            from = at + separator.length;
        }
    }

    public static double toFloat(long value, Outcome outcome) {
        return outcome.value((double) value);
    }

    public static double toFloat(double value, Outcome outcome) {
        return outcome.value(value);
    }

    public static double toFloat(byte[] text, Outcome outcome) {
        String trimmed = Text.string(trimmed(text));
        if (!NumberText.isNumber(trimmed)) {
            return outcome.nothing(Outcome.UNDEFINED);
        }
        double value = Double.parseDouble(trimmed);
        return Double.isInfinite(value) ? outcome.nothing(Outcome.UNDEFINED) : outcome.value(value + 0.0);
    }

    public static long toInt(boolean value, Outcome outcome) {
        return outcome.value(value ? 1L : 0L);
    }

    public static long toInt(long value, Outcome outcome) {
        return outcome.value(value);
    }

    public static long toInt(double value, Outcome outcome) {
        return value >= -0x1p63 && value < 0x1p63 ? outcome.value((long) value) : outcome.nothing(Outcome.UNDEFINED);
    }

    public static long toInt(byte[] text, Outcome outcome) {
        String trimmed = Text.string(trimmed(text));
        if (!NumberText.isInteger(trimmed)) {
            return outcome.nothing(Outcome.UNDEFINED);
        }
        try {
            return outcome.value(Long.parseLong(trimmed));
        } catch (NumberFormatException tooLarge) {
            return outcome.nothing(Outcome.UNDEFINED);
        }
    }

    public static byte[] toString(boolean value, Outcome outcome) {
        return outcome.value(Text.utf8(value ? "true" : "false"));
    }

    public static byte[] toString(long value, Outcome outcome) {
        return outcome.value(Text.utf8(Long.toString(value)));
    }

    public static byte[] toString(double value, Outcome outcome) {
        return outcome.value(Text.utf8(NumberText.of(value)));
    }

    public static byte[] toString(byte[] value, Outcome outcome) {
        return outcome.value(value);
    }

    private static byte[] shifted(byte[] text, char first, char last, int by) {
        byte[] shifted = text;
        for (int i = 0; i < text.length; i++) {
            if (text[i] >= first && text[i] <= last) {
                shifted = shifted == text ? text.clone() : shifted;
                shifted[i] = (byte) (text[i] + by);
            }
        }
        return shifted;
    }

    private static long characters(byte[] text, int from, int to) {
        long count = 0;
        for (int i = from; i < to; i++) {
            count += isStart(text[i]) ? 1 : 0;
        }
        return count;
    }

    /** The place behind so many characters, or the end. */
    private static int skip(byte[] text, int from, long characters) {
        int at = from;
        for (long left = characters; left > 0 && at < text.length; left--) {
            at++;
            while (at < text.length && !isStart(text[at])) {
                at++;
            }
        }
        return at;
    }

    private static boolean isStart(byte each) {
        return (each & 0xC0) != 0x80;
    }

    /** Where a part stands from a place on, or -1. UTF-8 is found in UTF-8 at the start of characters only. */
    static int find(byte[] text, byte[] part, int from) {
        int last = text.length - part.length;
        for (int at = from; at <= last; at++) {
            if (Arrays.equals(text, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        return -1;
    }

    /** Without the spaces at its ends. */
    static byte[] trimmed(byte[] text) {
        int from = 0;
        int to = text.length;
        while (from < to && text[from] == ' ') {
            from++;
        }
        while (from < to && text[to - 1] == ' ') {
            to--;
        }
        return to - from == text.length ? text : Arrays.copyOfRange(text, from, to);
    }
}
