package featlang.kernel;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;

/** A regular expression, which {@code stdlib/functions/regex.py} has checked and written for RE2/J; it is compiled once. */
public final class Regex {
    private final Pattern pattern;

    private Regex(Pattern pattern) {
        this.pattern = pattern;
    }

    public static Regex of(String text) {
        return new Regex(Pattern.compile(text));
    }

    /** Not over the bytes: RE2/J 1.8 takes the place behind a character that is not of ASCII for the beginning of the text there. */
    Matcher over(String text) {
        return pattern.matcher(text);
    }
}
