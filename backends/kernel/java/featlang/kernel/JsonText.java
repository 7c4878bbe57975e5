package featlang.kernel;

import java.util.Arrays;

/** The text of a JSON string that {@link JsonScanner} has checked. */
final class JsonText {
    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";

    private JsonText() {
    }

    /** The UTF-8 of what stands between the quotes, in [begin, end), with the escapes undone. */
    static byte[] unescape(byte[] data, int begin, int end) {
        byte[] text = new byte[end - begin];
        int size = 0;
        for (int at = begin; at < end;) {
            if (data[at] != '\\') {
                text[size++] = data[at++];
                continue;
            }
            int escape = data[at + 1];
            if (escape != 'u') {
                text[size++] = (byte) ESCAPED.charAt(ESCAPES.indexOf(escape));
                at += 2;
                continue;
            }
            int codePoint = unit(data, at + 2);
            at += 6;
            if (Character.isHighSurrogate((char) codePoint)) {
                codePoint = Character.toCodePoint((char) codePoint, (char) unit(data, at + 2));
                at += 6;
            }
            size = Utf8.put(text, size, codePoint);
        }
        return Arrays.copyOf(text, size);
    }

    private static int unit(byte[] data, int at) {
        int unit = 0;
        for (int i = at; i < at + 4; i++) {
            unit = unit << 4 | Character.digit(data[i], 16);
        }
        return unit;
    }
}
