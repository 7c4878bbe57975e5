package featlang.kernel;

import com.google.re2j.Matcher;

/** Functions of texts, which are UTF-8, and regular expressions, as {@code stdlib/functions/patterns.py} declares them. */
public final class PatternFunctions {
    private PatternFunctions() {
    }

    public static boolean matches(byte[] text, Regex pattern, Outcome outcome) {
        outcome.isNull = false;
        return pattern.over(Text.string(text)).find();
    }

    public static byte[] extract(byte[] text, Regex pattern, long group, Outcome outcome) {
        Matcher found = pattern.over(Text.string(text));
        String part = found.find() ? found.group((int) group) : null;
        if (part == null) {
            outcome.nothing(Outcome.UNDEFINED);
            return null;
        }
        return outcome.value(Text.utf8(part));
    }

    public static byte[] replaceMatches(byte[] text, Regex pattern, byte[] by, Outcome outcome) {
        String whole = Text.string(text);
        Matcher found = pattern.over(whole);
        if (!found.find()) {
            return outcome.value(text);
        }
        String other = Text.string(by);
        StringBuilder replaced = new StringBuilder();
        int from = 0;
        do {
            replaced.append(whole, from, found.start()).append(other);
            from = found.end();
            if (replaced.length() > TextFunctions.LONGEST) { // a character is a byte at least
                return outcome.noBytes(Outcome.OVERFLOW);
            }
        } while (found.find());
        byte[] bytes = Text.utf8(replaced.append(whole, from, whole.length()).toString());
        return bytes.length > TextFunctions.LONGEST ? outcome.noBytes(Outcome.OVERFLOW) : outcome.value(bytes);
    }
}
