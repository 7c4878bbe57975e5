package featlang.kernel;

import java.util.Arrays;

/** Standard base64 with padding, and nothing else (docs/decoding.md). */
final class Base64Text {
    private static final byte[] VALUES = new byte[256];

    static {
        Arrays.fill(VALUES, (byte) -1);
        byte[] alphabet = Text.utf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        for (int i = 0; i < alphabet.length; i++) {
            VALUES[alphabet[i]] = (byte) i;
        }
    }

    private Base64Text() {
    }

    /** The bytes that the text in [from, to) stands for, or null where it is no base64. The bits before the padding are ignored. */
    static byte[] decode(byte[] text, int from, int to) {
        if ((to - from & 3) != 0) {
            return null;
        }
        int padding = to == from || text[to - 1] != '=' ? 0 : text[to - 2] != '=' ? 1 : 2;
        byte[] bytes = new byte[(to - from) / 4 * 3 - padding];
        int bits = 0;
        int held = 0;
        int size = 0;
        for (int at = from; at < to - padding; at++) {
            int value = VALUES[text[at] & 0xFF];
            if (value < 0) {
                return null;
            }
            bits = bits << 6 | value;
            held += 6;
            if (held >= 8) {
                held -= 8;
                bytes[size++] = (byte) (bits >> held);
            }
        }
        return bytes;
    }
}
