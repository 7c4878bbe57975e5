package featlang.kernel;

/** JSON records: first the whole record is checked and the declared fields' places kept, then the fields are read in declared order. */
final class JsonDecoder extends Decoder {
    private final JsonScanner scanner;

    JsonDecoder(Source source) {
        super(source);
        scanner = new JsonScanner(columns);
    }

    @Override
    Reject decode(byte[] record, Event event) {
        notFiniteCount = 0;
        try {
            scanner.scan(record);
        } catch (JsonScanner.NotJson error) {
            return Reject.malformed("not JSON: " + error.getMessage());
        }
        for (int slot = 0; slot < columns.length; slot++) {
            JsonScanner.Kind kind = scanner.kind(slot);
            if (kind == JsonScanner.Kind.NULL) {
                Reject reject = nothing(slot, event);
                if (reject != null) {
                    return reject;
                }
                continue;
            }
            event.isNull[slot] = false;
            Reading reading = read(record, slot, kind, event);
            if (reading != Reading.VALUE) {
                return refused(reading, slot, excerpt(record, scanner.from(slot), scanner.to(slot)), expected(columns[slot]));
            }
        }
        return checkTime(event);
    }

    private Reading read(byte[] record, int slot, JsonScanner.Kind kind, Event event) {
        Column column = columns[slot];
        switch (column.type()) {
            case BOOL:
                boolean truth = kind == JsonScanner.Kind.TRUE;
                return fill(event, slot, truth || kind == JsonScanner.Kind.FALSE ? Reading.VALUE : Reading.TYPE, truth ? 1 : 0);
            case INT:
                return fill(event, slot, integer(record, slot, kind), numbers.integer);
            case DURATION:
                Reading count = integer(record, slot, kind);
                return count != Reading.VALUE ? count : fill(event, slot, instants.micros(numbers.integer, column.unit()), instants.value);
            case FLOAT:
                if (kind != JsonScanner.Kind.INTEGER && kind != JsonScanner.Kind.NUMBER) {
                    return Reading.TYPE;
                }
                numbers.decimal(record, scanner.from(slot), scanner.to(slot));
                decimal(slot, numbers.decimal, event);
                return Reading.VALUE;
            case TIMESTAMP:
                if (column.unit() != null) {
                    Reading since = integer(record, slot, kind);
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
        boolean escaped = scanner.isEscaped(slot);
        byte[] text = escaped || column.type() == Type.STRING ? scanner.text(slot) : record;
        int from = text == record ? scanner.from(slot) + 1 : 0;
        int to = text == record ? scanner.to(slot) - 1 : text.length;
        return switch (column.type()) {
            case STRING -> fill(event, slot, text);
            case BYTES -> fill(event, slot, Base64Text.decode(text, from, to));
            case DATE -> fill(event, slot, instants.date(text, from, to), instants.value);
            default -> fill(event, slot, instants.instant(text, from, to, column.zoneUtc()), instants.value);
        };
    }

    private Reading integer(byte[] record, int slot, JsonScanner.Kind kind) {
        return kind == JsonScanner.Kind.INTEGER ? numbers.integer(record, scanner.from(slot), scanner.to(slot)) : Reading.TYPE;
    }

    private static String expected(Column column) {
        return switch (column.type()) {
            case BOOL -> "true or false";
            case INT, DURATION -> "an integer";
            case FLOAT -> "a number";
            case STRING -> "a string";
            case BYTES -> "a string of base64";
            case DATE -> "a string YYYY-MM-DD";
            case TIMESTAMP -> column.unit() != null
                ? "an integer"
                : "a string YYYY-MM-DDTHH:MM:SS" + (column.zoneUtc() ? "" : " with its offset from UTC");
        };
    }
}
