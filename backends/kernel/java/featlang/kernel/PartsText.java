package featlang.kernel;

import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Base64;

/**
 * Values as JSON: a list as one, maps and structs as objects, decimals as texts, bytes as base64, and so a string of a file that is not
 * UTF-8. Times and dates are numbers (µs, days), or texts by ISO 8601; durations are µs.
 */
public final class PartsText {
    private PartsText() {
    }

    /** Of a value of a type that holds others, or of a decimal; times and dates in it as numbers. */
    public static String json(Structure type, byte[] value) {
        return json(type, value, false);
    }

    /** Of such a value; times and dates in it as texts if {@code iso}. */
    public static String json(Structure type, byte[] value, boolean iso) {
        StringBuilder text = new StringBuilder();
        value(type, new PartsReader(value), iso, text);
        return text.toString();
    }

    /** An instant by ISO 8601, as in {@code 2024-03-01T12:00:00.123456Z}. */
    public static String instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    /** A date by ISO 8601. */
    public static String date(long days) {
        return LocalDate.ofEpochDay(days).toString();
    }

    /** A string in quotes. */
    public static void string(byte[] value, StringBuilder text) {
        quote(Utf8.invalid(value, 0, value.length) == value.length ? Text.string(value) : Base64.getEncoder().encodeToString(value), text);
    }

    /** A text in quotes. */
    public static void quote(String value, StringBuilder text) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char next = value.charAt(i);
            if (next == '"' || next == '\\') {
                text.append('\\').append(next);
            } else if (next < ' ') {
                text.append(String.format("\\u%04x", (int) next));
            } else {
                text.append(next);
            }
        }
        text.append('"');
    }

    private static void part(Structure type, PartsReader in, boolean iso, StringBuilder text) {
        if (in.isNull()) {
            text.append("null");
        } else {
            value(type, in, iso, text);
        }
    }

    private static void value(Structure type, PartsReader in, boolean iso, StringBuilder text) {
        switch (type.type()) {
            case BOOL -> text.append(in.bits(Type.BOOL) != 0);
            case TIMESTAMP, DATE -> moment(type.type(), in.bits(type.type()), iso, text);
            case INT, DURATION -> text.append(in.bits(type.type()));
            case FLOAT -> real(Double.longBitsToDouble(in.bits(Type.FLOAT)), text);
            case STRING -> string(in.bytes(type), text);
            case BYTES -> quote(Base64.getEncoder().encodeToString(in.bytes(type)), text);
            case DECIMAL -> quote(Decimals.text(type, in.bytes(type)), text);
            case LIST -> {
                text.append('[');
                for (String before = ""; in.more(); before = ",") {
                    text.append(before);
                    part(type.last(), in, iso, text);
                }
                text.append(']');
            }
            case MAP -> {
                text.append('{');
                for (String before = ""; in.more(); before = ",") {
                    text.append(before);
                    in.isNull(); // a key never is
                    Structure key = type.parts()[0];
                    if (key.type() == Type.STRING) {
                        string(in.bytes(key), text);
                    } else {
                        quote(Long.toString(in.bits(Type.INT)), text);
                    }
                    text.append(':');
                    part(type.last(), in, iso, text);
                }
                text.append('}');
            }
            case STRUCT -> {
                for (int i = 0; i < type.parts().length; i++) {
                    text.append(i == 0 ? '{' : ',');
                    quote(type.names()[i], text);
                    text.append(':');
                    part(type.parts()[i], in, iso, text);
                }
                text.append('}');
            }
        }
    }

    private static void moment(Type type, long value, boolean iso, StringBuilder text) {
        if (iso) {
            quote(type == Type.DATE ? date(value) : instant(value), text);
        } else {
            text.append(value);
        }
    }

    /** A float; one that is not finite as a text. */
    public static void real(double value, StringBuilder text) {
        if (Math.abs(value) <= Double.MAX_VALUE) {
            text.append(NumberText.of(value));
        } else {
            quote(Double.isNaN(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity", text);
        }
    }
}
