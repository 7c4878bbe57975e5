package featlang.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** CSV records: the fields are matched to the declared columns by the names of the file's header. */
final class CsvDecoder extends Decoder {
    private static final byte[][] TRUE = {Text.utf8("true"), Text.utf8("True"), Text.utf8("TRUE")};
    private static final byte[][] FALSE = {Text.utf8("false"), Text.utf8("False"), Text.utf8("FALSE")};

    private final CsvFields fields = new CsvFields();
    private final byte[] nullText;
    /** For each column, the field that holds it. */
    private final int[] fieldOf;
    private int fieldsOfHeader;

    CsvDecoder(Source source, Map<String, String> options) {
        super(source);
        nullText = Text.utf8(options.getOrDefault("null", ""));
        fieldOf = new int[columns.length];
    }

    @Override
    void header(byte[] record) {
        String problem = fields.split(record);
        if (problem != null) {
            throw new HeaderException("the header cannot be read: " + problem);
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            names.add(Text.string(fields.text(i)));
        }
        List<String> problems = new ArrayList<>();
        for (int slot = 0; slot < columns.length; slot++) {
            String name = columns[slot].name();
            int times = Collections.frequency(names, name);
            if (times != 1) {
                problems.add(times == 0 ? "lacks column `" + name + "`" : "names column `" + name + "` " + times + " times");
            }
            fieldOf[slot] = names.indexOf(name);
        }
        if (!problems.isEmpty()) {
            throw new HeaderException("the header " + String.join(", ", problems) + "; it has " + String.join(", ", names));
        }
        fieldsOfHeader = fields.size();
    }

    @Override
    Reject decode(byte[] record, Event event) {
        if (fieldsOfHeader == 0) {
            throw new IllegalStateException("a CSV record before any header");
        }
        notFiniteCount = 0;
        String problem = fields.split(record);
        if (problem != null) {
            return Reject.malformed(problem);
        }
        if (fields.size() != fieldsOfHeader) {
            String code = fields.size() < fieldsOfHeader ? "short" : "long";
            return new Reject(code, fields.size() + " fields, the header has " + fieldsOfHeader);
        }
        for (int slot = 0; slot < columns.length; slot++) {
            int field = fieldOf[slot];
            if (isNull(record, field)) {
                Reject reject = nothing(slot, event);
                if (reject != null) {
                    return reject;
                }
                continue;
            }
            event.isNull[slot] = false;
            Reading reading = read(record, slot, field, event);
            if (reading != Reading.VALUE) {
                byte[] text = fields.text(field);
                return refused(wrong(reading, columns[slot].structure(), "`" + excerpt(text, 0, text.length) + "`"), slot);
            }
        }
        return null;
    }

    private boolean isNull(byte[] record, int field) {
        int from = fields.from(field);
        int to = fields.to(field);
        return !fields.isQuoted(field) && (from == to || Bytes.equal(record, from, to, nullText));
    }

    private Reading read(byte[] record, int slot, int field, Event event) {
        Column column = columns[slot];
        if (column.type() == Type.STRING) {
            return fill(event, slot, fields.text(field));
        }
        byte[] text = record;
        int from = fields.from(field);
        int to = fields.to(field);
        if (fields.isDoubled(field)) {
            text = fields.text(field);
            from = 0;
            to = text.length;
        }
        switch (column.type()) {
            case BOOL:
                boolean truth = isOneOf(TRUE, text, from, to);
                return fill(event, slot, truth || isOneOf(FALSE, text, from, to) ? Reading.VALUE : Reading.TYPE, truth ? 1 : 0);
            case BYTES:
                return fill(event, slot, Base64Text.decode(text, from, to));
            case DATE:
                return fill(event, slot, instants.date(text, from, to), instants.value);
            default:
                break;
        }
        while (from < to && text[from] == ' ') {
            from++;
        }
        while (from < to && text[to - 1] == ' ') {
            to--;
        }
        if (column.type() == Type.DECIMAL) {
            return decimal(Arrays.copyOfRange(text, from, to), event, slot, column.structure());
        }
        if (column.type() == Type.FLOAT) {
            return decimal(text, from, to, slot, event);
        }
        if (column.type() == Type.TIMESTAMP && column.unit() == null) {
            return fill(event, slot, instants.instant(text, from, to, column.zoneUtc()), instants.value);
        }
        Reading reading = numbers.integer(text, from, to);
        if (reading != Reading.VALUE || column.type() == Type.INT) {
            return fill(event, slot, reading, numbers.integer);
        }
        reading = column.type() == Type.TIMESTAMP
            ? instants.instant(numbers.integer, column.unit())
            : instants.micros(numbers.integer, column.unit());
        return fill(event, slot, reading, instants.value);
    }

    private Reading decimal(byte[] text, int from, int to, int slot, Event event) {
        Reading reading = numbers.decimal(text, from, to);
        if (reading == Reading.VALUE) {
            decimal(slot, numbers.decimal, event);
        } else if (Numbers.isNotFinite(text, from, to)) {
            decimal(slot, Double.NaN, event);
            return Reading.VALUE;
        }
        return reading;
    }

    private static boolean isOneOf(byte[][] names, byte[] text, int from, int to) {
        for (byte[] name : names) {
            if (Bytes.equal(text, from, to, name)) {
                return true;
            }
        }
        return false;
    }

    @Override
    String expected(Column column, Structure type) {
        return switch (type.type()) {
            case BOOL -> "true or false";
            case INT, DURATION -> "an integer";
            case FLOAT -> "a number";
            case STRING -> "text";
            case BYTES -> "base64";
            case DATE -> "YYYY-MM-DD";
            case DECIMAL -> "a number";
            case LIST, MAP, STRUCT -> throw new IllegalStateException("a CSV holds no " + type);
            case TIMESTAMP -> column.unit() != null
                ? "an integer"
                : "YYYY-MM-DDTHH:MM:SS" + (column.zoneUtc() ? "" : " with its offset from UTC");
        };
    }
}
