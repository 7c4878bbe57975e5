package featlang.kernel;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A type taken apart: a list has one part, its items; a map its keys and its values; a struct its fields; a decimal its digits.
 *
 * <p>Values are held in the canonical encoding (docs/decoding.md) without its first byte. Of a list, each item is a 1 and then its
 * encoding, and a 0 is the end; a map's entries are a 1, the key's encoding and the value's, in the order of the keys; a struct's
 * fields are one after another. So values are equal where their bytes are.
 *
 * @param text as {@code list<int?>}
 * @param names of the fields
 * @param nullable for each part whether it may be null
 * @param precision how many digits a decimal has, of which {@code scale} stand behind the point
 */
public record Structure(String text, Type type, Structure[] parts, String[] names, boolean[] nullable, int precision, int scale)
        implements Serializable {
    private static final Map<Type, Structure> SCALARS = scalars();

    public static Structure of(Type scalar) {
        return SCALARS.get(scalar);
    }

    /** Of a type's text as the compiler writes it. */
    public static Structure of(String text) {
        Parser parser = new Parser(text);
        Structure found = parser.type();
        if (parser.at != text.length()) {
            throw new IllegalArgumentException("no type: " + text);
        }
        return found;
    }

    /** What a list's items are, or a map's values. */
    public Structure last() {
        return parts[parts.length - 1];
    }

    /** Whether a list's items may be null, or a map's values. */
    public boolean lastNullable() {
        return nullable[nullable.length - 1];
    }

    /** Whether each value of another type is one of this type, in the same bytes: this may have more nulls, or decimals of more digits. */
    boolean takes(Structure other) {
        if (type != other.type || precision < other.precision || scale != other.scale || !Arrays.equals(names, other.names)) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            if (!nullable[i] && other.nullable[i] || !parts[i].takes(other.parts[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Structure structure && structure.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    private static Map<Type, Structure> scalars() {
        Map<Type, Structure> found = new HashMap<>();
        for (Type type : Type.values()) {
            if (!type.hasParts()) {
                String text = type.name().toLowerCase(Locale.ROOT);
                found.put(type, new Structure(text, type, new Structure[0], new String[0], new boolean[0], 0, 0));
            }
        }
        return found;
    }

    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        Structure type() {
            int start = at;
            Type type = Type.valueOf(word().toUpperCase(Locale.ROOT));
            if (!type.hasParts()) {
                return of(type);
            }
            List<Structure> parts = new ArrayList<>();
            List<String> names = new ArrayList<>();
            List<Boolean> nullable = new ArrayList<>();
            int[] digits = new int[2];
            for (int i = 0; text.charAt(at) != '>'; i++) {
                at += i == 0 ? 1 : 2; // `<`, or `, `
                if (type == Type.DECIMAL) {
                    digits[i] = Integer.parseInt(word());
                    continue;
                }
                if (type == Type.STRUCT) {
                    names.add(word());
                    at += 2; // `: `
                }
                parts.add(type());
                nullable.add(text.charAt(at) == '?');
                at += text.charAt(at) == '?' ? 1 : 0;
            }
            at++;
            boolean[] flags = new boolean[nullable.size()];
            for (int i = 0; i < flags.length; i++) {
                flags[i] = nullable.get(i);
            }
            return new Structure(text.substring(start, at), type, parts.toArray(Structure[]::new), names.toArray(String[]::new), flags,
                digits[0], digits[1]);
        }

        private String word() {
            int start = at;
            while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
                at++;
            }
            return text.substring(start, at);
        }
    }
}
