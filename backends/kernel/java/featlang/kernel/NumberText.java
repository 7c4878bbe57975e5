package featlang.kernel;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Numbers as text, and which texts are numbers. A float is written with the fewest digits that give it back, and of those the nearest,
 * as CPython's {@code repr} does; Java's own differs between versions.
 */
final class NumberText {
    private static final int MOST_DIGITS = 17;

    private NumberText() {
    }

    /** Whether it is {@code [+-]?digits(.digits)?([eE][+-]?digits)?} in ASCII. */
    static boolean isNumber(String text) {
        int at = digits(text, sign(text, 0));
        if (at < 0) {
            return false;
        }
        if (at < text.length() && text.charAt(at) == '.') {
            at = digits(text, at + 1);
        }
        if (at >= 0 && at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at = digits(text, sign(text, at + 1));
        }
        return at == text.length();
    }

    /** Whether it is {@code [+-]?digits} in ASCII. */
    static boolean isInteger(String text) {
        return digits(text, sign(text, 0)) == text.length();
    }

    /** A finite float as text. */
    static String of(double value) {
        if (value == 0) {
            return "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int stripped = digits.length();
        while (stripped > 1 && digits.charAt(stripped - 1) == '0') {
            stripped--;
        }
        // The value is 0.DIGITS * 10^point.
        int point = digits.length() - shortest.scale();
        String text = layout(digits.substring(0, stripped), point);
        return value < 0 ? "-" + text : text;
    }

    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < MOST_DIGITS; digits++) {
            BigDecimal below = exact.round(new MathContext(digits, RoundingMode.FLOOR));
            BigDecimal above = exact.round(new MathContext(digits, RoundingMode.CEILING));
            boolean isBelow = below.doubleValue() == value;
            boolean isAbove = above.doubleValue() == value;
            if (isBelow && isAbove) {
                BigDecimal nearest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
                return nearest;
            }
            if (isBelow || isAbove) {
                return isBelow ? below : above;
            }
        }
        return exact.round(new MathContext(MOST_DIGITS, RoundingMode.HALF_EVEN));
    }

    private static String layout(String digits, int point) {
        if (point > 16 || point < -3) {
            int exponent = point - 1;
            String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
            String size = Integer.toString(Math.abs(exponent));
            return mantissa + "e" + (exponent < 0 ? "-" : "+") + (size.length() == 1 ? "0" + size : size);
        }
        if (point <= 0) {
            return "0." + "0".repeat(-point) + digits;
        }
        if (digits.length() <= point) {
            return digits + "0".repeat(point - digits.length()) + ".0";
        }
        return digits.substring(0, point) + "." + digits.substring(point);
    }

    private static int sign(String text, int at) {
        return at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-') ? at + 1 : at;
    }

    /** The place behind at least one digit; -1 where there is none. */
    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at > from ? at : -1;
    }
}
