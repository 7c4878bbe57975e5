package featlang.kernel;

import java.util.Base64;

/**
 * Values as JSON: a list as one, maps and structs as objects, decimals as texts, times as µs, dates as days, bytes as base64, and so a
 * string of a file that is not UTF-8.
 */
public final class PartsText {
    private PartsText() {
    }

    /** Of a value of a type that holds others, or of a decimal. */
    public static String json(Structure type, byte[] value) {
        StringBuilder text = new StringBuilder();
        value(type, new PartsReader(value), text);
        return text.toString();
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

    private static void part(Structure type, PartsReader in, StringBuilder text) {
        if (in.isNull()) {
            text.append("null");
        } else {
            value(type, in, text);
        }
    }

    private static void value(Structure type, PartsReader in, StringBuilder text) {
        switch (type.type()) {
            case BOOL -> text.append(in.bits(Type.BOOL) != 0);
            case INT, TIMESTAMP, DURATION, DATE -> text.append(in.bits(type.type()));
            case FLOAT -> real(Double.longBitsToDouble(in.bits(Type.FLOAT)), text);
            case STRING -> string(in.bytes(type), text);
            case BYTES -> quote(Base64.getEncoder().encodeToString(in.bytes(type)), text);
            case DECIMAL -> quote(Decimals.text(type, in.bytes(type)), text);
            case LIST -> {
                text.append('[');
                for (String before = ""; in.more(); before = ",") {
                    text.append(before);
                    part(type.last(), in, text);
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
                    part(type.last(), in, text);
                }
                text.append('}');
            }
            case STRUCT -> {
                for (int i = 0; i < type.parts().length; i++) {
                    text.append(i == 0 ? '{' : ',');
                    quote(type.names()[i], text);
                    text.append(':');
                    part(type.parts()[i], in, text);
                }
                text.append('}');
            }
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
