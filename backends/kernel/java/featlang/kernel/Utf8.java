package featlang.kernel;

/** Which bytes are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
final class Utf8 {
    private Utf8() {
    }

    /** The length of the character that begins at {@code at} with a byte that is not ASCII; 0 where it is not UTF-8. */
    static int length(byte[] data, int at, int end) {
        int first = data[at] & 0xFF;
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (end - at < length) {
            return 0;
        }
        int second = data[at + 1] & 0xFF;
        int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int greatest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < least || second > greatest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((data[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    /** The first position in [from, to) that is not UTF-8; {@code to} where all is. */
    static int invalid(byte[] data, int from, int to) {
        int at = from;
        while (at < to) {
            if (to - at >= 8 && (Bytes.eight(data, at) & Bytes.HIGH_BITS) == 0) {
                at += 8;
            } else if (data[at] >= 0) {
                at++;
            } else {
                int length = length(data, at, to);
                if (length == 0) {
                    return at;
                }
                at += length;
            }
        }
        return at;
    }

    /** Writes a code point that is no surrogate; returns the position behind it. */
    static int put(byte[] target, int at, int codePoint) {
        if (codePoint < 0x80) {
            target[at++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            target[at++] = (byte) (0xC0 | codePoint >> 6);
            target[at++] = (byte) (0x80 | codePoint & 0x3F);
        } else if (codePoint < 0x10000) {
            target[at++] = (byte) (0xE0 | codePoint >> 12);
            target[at++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
            target[at++] = (byte) (0x80 | codePoint & 0x3F);
        } else {
            target[at++] = (byte) (0xF0 | codePoint >> 18);
            target[at++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
            target[at++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
            target[at++] = (byte) (0x80 | codePoint & 0x3F);
        }
        return at;
    }
}
