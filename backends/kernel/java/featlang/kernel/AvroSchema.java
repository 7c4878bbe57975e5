package featlang.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * A schema of Avro, as the compiler writes it: words with spaces between, each type before what it is made of.
 *
 * <p>{@code record 2 a int b union 2 null string} is a record of two fields. {@code fixed 16}, {@code enum 2 A B}, {@code array int} and
 * {@code map int} are as in Avro. Records, enums and fixed types are numbered from 0 as they begin; {@code ref 0} is the first again.
 * {@code ms long} is a time in that unit, {@code decimal 2 bytes} a number with two digits behind the point.
 *
 * @param kind the first word
 * @param size of fixed bytes, or the digits of a decimal behind the point
 * @param names of a record's fields, or an enum's symbols
 */
record AvroSchema(String kind, int size, String[] names, AvroSchema[] parts) {
    /** A union's branch for null. */
    static final String NULL = "null";
    static final String UNION = "union";

    static AvroSchema of(String text) {
        return new Parser(text).type();
    }

    private static final class Parser {
        private static final String[] NO_NAMES = {};

        private final StringTokenizer words;
        private final List<AvroSchema> named = new ArrayList<>();

        Parser(String text) {
            words = new StringTokenizer(text, " ");
        }

        AvroSchema type() {
            String kind = words.nextToken();
            return switch (kind) {
                case "ref" -> named.get(number());
                case "fixed" -> keep(new AvroSchema(kind, number(), NO_NAMES, new AvroSchema[0]));
                case "enum" -> {
                    String[] symbols = new String[number()];
                    for (int i = 0; i < symbols.length; i++) {
                        symbols[i] = words.nextToken();
                    }
                    yield keep(new AvroSchema(kind, 0, symbols, new AvroSchema[0]));
                }
                case "record" -> {
                    int fields = number();
                    // A field may be of the record itself, so it is kept before they are read.
                    AvroSchema found = keep(new AvroSchema(kind, 0, new String[fields], new AvroSchema[fields]));
                    for (int i = 0; i < fields; i++) {
                        found.names[i] = words.nextToken();
                        found.parts[i] = type();
                    }
                    yield found;
                }
                case UNION -> {
                    AvroSchema[] branches = new AvroSchema[number()];
                    for (int i = 0; i < branches.length; i++) {
                        branches[i] = type();
                    }
                    yield new AvroSchema(kind, 0, NO_NAMES, branches);
                }
                case "decimal" -> new AvroSchema(kind, number(), NO_NAMES, new AvroSchema[] {type()});
                case "array", "map", "s", "ms", "us", "ns" -> new AvroSchema(kind, 0, NO_NAMES, new AvroSchema[] {type()});
                default -> new AvroSchema(kind, 0, NO_NAMES, new AvroSchema[0]);
            };
        }

        private AvroSchema keep(AvroSchema found) {
            named.add(found);
            return found;
        }

        private int number() {
            return Integer.parseInt(words.nextToken());
        }
    }
}
