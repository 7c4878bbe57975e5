package featlang.kernel;

import java.util.Arrays;

/** JSON records: first the whole record is checked and the declared fields' places kept, then the fields are read in declared order. */
class JsonDecoder extends Decoder {
    final JsonScanner scanner;
    /** A scalar within a list, map or struct. */
    private final Event scalar = new Event(1);
    /** Where the part ends that was read last. */
    private int end;

    JsonDecoder(Source source) {
        super(source);
        scanner = new JsonScanner(columns);
    }

    /** Checks the record, and finds where the columns' values stand; or tells why it has none. */
    Reject find(byte[] record) throws JsonScanner.NotJson {
        scanner.scan(record);
        return null;
    }

    @Override
    final Reject decode(byte[] record, Event event) {
        notFiniteCount = 0;
        try {
            Reject reject = find(record);
            if (reject != null) {
                return reject;
            }
        } catch (JsonScanner.NotJson error) {
            return Reject.malformed("not JSON: " + error.getMessage());
        }
        for (int slot : slots) {
            JsonScanner.Kind kind = scanner.kind(slot);
            if (kind == JsonScanner.Kind.NULL) {
                Reject reject = nothing(slot, event);
                if (reject != null) {
                    return reject;
                }
                continue;
            }
            event.isNull[slot] = false;
            Structure type = columns[slot].structure();
            int from = scanner.from(slot);
            int to = scanner.to(slot);
            if (type.type().hasParts() && type.type() != Type.DECIMAL) {
                Reading reading = ended(event, slot, value(record, from, columns[slot], type, begun()));
                if (reading != Reading.VALUE) {
                    return refused(reading, slot);
                }
                continue;
            }
            Reading reading = read(record, slot, kind, from, to, scanner.isEscaped(slot), columns[slot], type, event);
            if (reading != Reading.VALUE) {
                return refused(wrong(reading, type, excerpt(record, from, to)), slot);
            }
        }
        return null;
    }

    /** Writes the value that begins there, which is not null; {@link #end} is then where it ends. */
    private Reading value(byte[] record, int from, Column column, Structure type, Canonical out) {
        switch (type.type()) {
            case LIST:
                return list(record, from, column, type, out);
            case MAP:
                return map(record, from, column, type, out);
            case STRUCT:
                return struct(record, from, column, type, out);
            default:
                break;
        }
        int to = scanner.look(from);
        end = to;
        scalar.isNull[0] = false;
        boolean wasFinite = isFinite;
        Reading reading = read(record, 0, scanner.seen(), from, to, scanner.seenEscaped(), column, type, scalar);
        if (reading != Reading.VALUE) {
            return wrong(reading, type, excerpt(record, from, to));
        }
        isFinite = wasFinite && !scalar.isNull[0];
        out.write(type.type(), scalar, 0);
        return Reading.VALUE;
    }

    /** Writes what begins there, null or not. */
    private Reading part(byte[] record, int from, Column column, Structure type, boolean nullable, Canonical out) {
        if (record[from] == 'n') {
            out.writeNull();
            end = from + 4;
            return nullable ? Reading.VALUE : Reading.NULL;
        }
        return value(record, from, column, type, out);
    }

    private Reading list(byte[] record, int from, Column column, Structure type, Canonical out) {
        if (record[from] != '[') {
            return wrong(Reading.TYPE, type, excerpt(record, from, scanner.look(from)));
        }
        out.more(); // that it is not null
        int at = scanner.afterSpace(from + 1);
        for (int i = 0; record[at] != ']'; i++) {
            out.more();
            Reading reading = part(record, at, column, type.last(), type.lastNullable(), out);
            if (reading != Reading.VALUE) {
                return within("[" + i + "]", reading);
            }
            at = afterComma(record, end);
        }
        out.end();
        end = at + 1;
        return Reading.VALUE;
    }

    private Reading map(byte[] record, int from, Column column, Structure type, Canonical out) {
        if (record[from] != '{') {
            return wrong(Reading.TYPE, type, excerpt(record, from, scanner.look(from)));
        }
        out.more();
        Entries entries = new Entries();
        int at = scanner.afterSpace(from + 1);
        while (record[at] != '}') {
            Canonical key = new Canonical();
            int behind = scanner.look(at);
            byte[] text = text(record, at, behind, scanner.seenEscaped());
            Reading reading = key(type.parts()[0].type(), text, key);
            if (reading != Reading.VALUE) {
                return ofKey(wrong(reading, type.parts()[0], quoted(text)));
            }
            Canonical value = new Canonical();
            reading = part(record, afterColon(behind), column, type.last(), type.lastNullable(), value);
            if (reading != Reading.VALUE) {
                return within(entry(type.parts()[0].type(), text), reading);
            }
            entries.add(key.toBytes(), value.toBytes());
            at = afterComma(record, end);
        }
        end = at + 1;
        return entries.write(out) ? Reading.VALUE : Reading.REPEATED;
    }

    /** The key of a map as a text: an int as its digits, so that no int has two. */
    private Reading key(Type type, byte[] text, Canonical out) {
        if (type == Type.STRING) {
            out.writeBytes(text);
            return Reading.VALUE;
        }
        boolean signed = text.length > 0 && text[0] == '-';
        int first = signed ? 1 : 0;
        if (text.length == first || text[0] == '+' || text[first] == '0' && (signed || text.length > 1)) {
            return Reading.TYPE;
        }
        Reading reading = numbers.integer(text, 0, text.length);
        out.writeBits(Type.INT, numbers.integer);
        return reading;
    }

    private Reading struct(byte[] record, int from, Column column, Structure type, Canonical out) {
        if (record[from] != '{') {
            return wrong(Reading.TYPE, type, excerpt(record, from, scanner.look(from)));
        }
        out.more();
        int[] places = new int[type.names().length];
        int at = scanner.afterSpace(from + 1);
        while (record[at] != '}') {
            int behind = scanner.look(at);
            String name = Text.string(text(record, at, behind, scanner.seenEscaped()));
            int value = afterColon(behind);
            for (int i = 0; i < places.length; i++) {
                if (type.names()[i].equals(name)) {
                    places[i] = value;
                }
            }
            at = afterComma(record, scanner.look(value));
        }
        int behind = at + 1;
        for (int i = 0; i < places.length; i++) {
            if (places[i] == 0) {
                out.writeNull();
                if (!type.nullable()[i]) {
                    return within("." + type.names()[i], Reading.NULL);
                }
                continue;
            }
            Reading reading = part(record, places[i], column, type.parts()[i], type.nullable()[i], out);
            if (reading != Reading.VALUE) {
                return within("." + type.names()[i], reading);
            }
        }
        end = behind;
        return Reading.VALUE;
    }

    /** Where the value of an object's member begins; 0 where it has none of that name, or no object begins there. */
    final int member(byte[] record, int from, String name) {
        if (record[from] != '{') {
            return 0;
        }
        int at = scanner.afterSpace(from + 1);
        while (record[at] != '}') {
            int behind = scanner.look(at);
            byte[] key = text(record, at, behind, scanner.seenEscaped());
            int value = afterColon(behind);
            if (Text.string(key).equals(name)) {
                return value;
            }
            at = afterComma(record, scanner.look(value));
        }
        return 0;
    }

    static byte[] text(byte[] record, int from, int to, boolean escaped) {
        return escaped ? JsonText.unescape(record, from + 1, to - 1) : Arrays.copyOfRange(record, from + 1, to - 1);
    }

    private int afterColon(int at) {
        return scanner.afterSpace(scanner.afterSpace(at) + 1);
    }

    private int afterComma(byte[] record, int behind) {
        int at = scanner.afterSpace(behind);
        return record[at] == ',' ? scanner.afterSpace(at + 1) : at;
    }

    /** Fills a slot with a scalar or a decimal. */
    private Reading read(
            byte[] record, int slot, JsonScanner.Kind kind, int from, int to, boolean escaped, Column column, Structure type, Event event) {
        switch (type.type()) {
            case BOOL:
                boolean truth = kind == JsonScanner.Kind.TRUE;
                return fill(event, slot, truth || kind == JsonScanner.Kind.FALSE ? Reading.VALUE : Reading.TYPE, truth ? 1 : 0);
            case INT:
                return fill(event, slot, integer(record, kind, from, to), numbers.integer);
            case DURATION:
                Reading count = integer(record, kind, from, to);
                return count != Reading.VALUE ? count : fill(event, slot, instants.micros(numbers.integer, column.unit()), instants.value);
            case FLOAT:
                if (!isNumber(kind)) {
                    return Reading.TYPE;
                }
                numbers.decimal(record, from, to);
                real(slot, numbers.decimal, event);
                return Reading.VALUE;
            case DECIMAL:
                if (!isNumber(kind) && kind != JsonScanner.Kind.STRING) {
                    return Reading.TYPE;
                }
                byte[] number = isNumber(kind) ? Arrays.copyOfRange(record, from, to) : text(record, from, to, escaped);
                return decimal(number, event, slot, type);
            case TIMESTAMP:
                if (column.unit() != null) {
                    Reading since = integer(record, kind, from, to);
                    return since != Reading.VALUE
                        ? since
                        : fill(event, slot, instants.instant(numbers.integer, column.unit()), instants.value);
                }
                break;
            default:
                break;
        }
        if (kind != JsonScanner.Kind.STRING) {
            return Reading.TYPE;
        }
        if (type.type() == Type.STRING) {
            return fill(event, slot, text(record, from, to, escaped));
        }
        byte[] text = escaped ? text(record, from, to, true) : record;
        int begin = escaped ? 0 : from + 1;
        int behind = escaped ? text.length : to - 1;
        return switch (type.type()) {
            case BYTES -> fill(event, slot, Base64Text.decode(text, begin, behind));
            case DATE -> fill(event, slot, instants.date(text, begin, behind), instants.value);
            default -> fill(event, slot, instants.instant(text, begin, behind, column.zoneUtc()), instants.value);
        };
    }

    /** Fills a slot with a float; within a list, map or struct, one that is not finite is null. */
    private void real(int slot, double value, Event event) {
        if (event != scalar) {
            decimal(slot, value, event);
            return;
        }
        event.isNull[slot] = !(Math.abs(value) <= Double.MAX_VALUE);
        event.bits[slot] = Double.doubleToRawLongBits(value + 0.0);
    }

    private static boolean isNumber(JsonScanner.Kind kind) {
        return kind == JsonScanner.Kind.INTEGER || kind == JsonScanner.Kind.NUMBER;
    }

    private Reading integer(byte[] record, JsonScanner.Kind kind, int from, int to) {
        return kind == JsonScanner.Kind.INTEGER ? numbers.integer(record, from, to) : Reading.TYPE;
    }

    @Override
    String expected(Column column, Structure type) {
        return switch (type.type()) {
            case BOOL -> "true or false";
            case INT, DURATION -> "an integer";
            case FLOAT -> "a number";
            case STRING -> "a string";
            case BYTES -> "a string of base64";
            case DATE -> "a string YYYY-MM-DD";
            case DECIMAL -> "a number, or a string of one";
            case LIST -> "an array";
            case MAP, STRUCT -> "an object";
            case TIMESTAMP -> column.unit() != null
                ? "an integer"
                : "a string YYYY-MM-DDTHH:MM:SS" + (column.zoneUtc() ? "" : " with its offset from UTC");
        };
    }
}
