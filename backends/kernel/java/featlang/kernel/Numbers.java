package featlang.kernel;

import java.nio.charset.StandardCharsets;

/** Texts to numbers (docs/decoding.md). A reader holds the number that it read last. */
final class Numbers {
    /** Powers of ten that a double holds exactly. */
    private static final double[] EXACT_POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    private static final long EXACT_INTEGERS = 1L << 53;
    /** So many digits fit a long whatever they are. */
    private static final int SAFE_DIGITS = 18;
    private static final byte[][] NOT_FINITE = {
        Text.utf8("NaN"), Text.utf8("nan"), Text.utf8("Infinity"), Text.utf8("+Infinity"), Text.utf8("-Infinity"),
        Text.utf8("inf"), Text.utf8("+inf"), Text.utf8("-inf")};

    /** What {@link #integer} read. */
    long integer;
    /** What {@link #decimal} read: NaN or an infinity where the text says so, or is beyond the range of doubles. */
    double decimal;

    /** Reads {@code [+-]?digits}. */
    Reading integer(byte[] text, int from, int to) {
        int at = from;
        boolean negative = false;
        if (at < to && (text[at] == '-' || text[at] == '+')) {
            negative = text[at++] == '-';
        }
        if (at == to) {
            return Reading.TYPE;
        }
        // Negated, because the least int64 has no positive counterpart.
        long negated = 0;
        int digits = 0;
        boolean fits = true;
        for (; at < to; at++) {
            int digit = text[at] - '0';
            if (digit < 0 || digit > 9) {
                return Reading.TYPE;
            }
            if (digits < SAFE_DIGITS) {
                negated = negated * 10 - digit;
            } else if (negated >= (Long.MIN_VALUE + digit) / 10) {
                negated = negated * 10 - digit;
            } else {
                fits = false;
            }
            if (negated != 0) {
                digits++;
            }
        }
        if (!fits || !negative && negated == Long.MIN_VALUE) {
            return Reading.RANGE;
        }
        integer = negative ? negated : -negated;
        return Reading.VALUE;
    }

    /** Reads {@code [+-]?digits(.digits)?([eE][+-]?digits)?} as the nearest double, ties to even. */
    Reading decimal(byte[] text, int from, int to) {
        int at = from;
        boolean negative = false;
        if (at < to && (text[at] == '-' || text[at] == '+')) {
            negative = text[at++] == '-';
        }
        long mantissa = 0;
        int digits = 0;
        int start = at;
        for (; at < to && isDigit(text[at]); at++) {
            mantissa = mantissa * 10 + (text[at] - '0');
            digits += mantissa == 0 ? 0 : 1;
        }
        if (at == start) {
            return Reading.TYPE;
        }
        int scale = 0;
        if (at < to && text[at] == '.') {
            start = ++at;
            for (; at < to && isDigit(text[at]); at++) {
                mantissa = mantissa * 10 + (text[at] - '0');
                digits += mantissa == 0 ? 0 : 1;
            }
            if (at == start) {
                return Reading.TYPE;
            }
            scale = at - start;
        }
        boolean exponent = at < to && (text[at] | 0x20) == 'e';
        if (exponent) {
            at++;
            if (at < to && (text[at] == '-' || text[at] == '+')) {
                at++;
            }
            start = at;
            while (at < to && isDigit(text[at])) {
                at++;
            }
            if (at == start) {
                return Reading.TYPE;
            }
        }
        if (at != to) {
            return Reading.TYPE;
        }
        // Two exact operands and one rounding: the quotient is the nearest double.
        if (!exponent && digits <= SAFE_DIGITS && mantissa <= EXACT_INTEGERS && scale < EXACT_POWERS.length) {
            double quotient = mantissa / EXACT_POWERS[scale];
            decimal = negative ? -quotient : quotient;
        } else {
            decimal = Double.parseDouble(new String(text, from, to - from, StandardCharsets.ISO_8859_1));
        }
        return Reading.VALUE;
    }

    /** Whether the text is one of those that CSV has for NaN and the infinities. */
    static boolean isNotFinite(byte[] text, int from, int to) {
        for (byte[] name : NOT_FINITE) {
            if (Bytes.equal(text, from, to, name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }
}
