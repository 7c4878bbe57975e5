package featlang.kernel;

import java.util.Arrays;

/** The fields of one CSV record: RFC 4180, separator {@code ,}, quote {@code "} (docs/decoding.md). Reused from record to record. */
final class CsvFields {
    private byte[] data;
    private int[] from = new int[16];
    private int[] to = new int[16];
    private boolean[] quoted = new boolean[16];
    private boolean[] doubled = new boolean[16];
    private int size;

    /** Splits a record; returns null, or why it is malformed. */
    String split(byte[] record) {
        data = record;
        size = 0;
        int invalid = Utf8.invalid(record, 0, record.length);
        if (invalid < record.length) {
            return "not UTF-8 at byte " + (invalid + 1);
        }
        int at = 0;
        for (;;) {
            if (size == from.length) {
                grow();
            }
            doubled[size] = false;
            quoted[size] = at < record.length && record[at] == '"';
            from[size] = at;
            if (!quoted[size]) {
                at = Bytes.find(record, at, record.length, ',');
                to[size++] = at;
            } else {
                at = closingQuote(at + 1);
                if (at == record.length) {
                    return "the quote of field " + (size + 1) + " is never closed";
                }
                from[size]++;
                to[size++] = at++;
                if (at < record.length && record[at] != ',') {
                    return "field " + size + " goes on after its closing quote";
                }
            }
            if (at == record.length) {
                return null;
            }
            at++;
        }
    }

    /** How many fields the record has: at least one. */
    int size() {
        return size;
    }

    boolean isQuoted(int field) {
        return quoted[field];
    }

    /** Where the field begins, its quote not included. */
    int from(int field) {
        return from[field];
    }

    int to(int field) {
        return to[field];
    }

    /** Whether quotes stand doubled in the field, so that only {@link #text} gives what it means. */
    boolean isDoubled(int field) {
        return doubled[field];
    }

    byte[] text(int field) {
        if (!doubled[field]) {
            return Arrays.copyOfRange(data, from[field], to[field]);
        }
        byte[] text = new byte[to[field] - from[field]];
        int length = 0;
        for (int at = from[field]; at < to[field]; at++) {
            text[length++] = data[at];
            if (data[at] == '"') {
                at++;
            }
        }
        return Arrays.copyOf(text, length);
    }

    private int closingQuote(int start) {
        int at = start;
        for (;;) {
            at = Bytes.find(data, at, data.length, '"');
            if (at + 1 >= data.length || data[at + 1] != '"') {
                return at;
            }
            doubled[size] = true;
            at += 2;
        }
    }

    private void grow() {
        from = Arrays.copyOf(from, 2 * size);
        to = Arrays.copyOf(to, 2 * size);
        quoted = Arrays.copyOf(quoted, 2 * size);
        doubled = Arrays.copyOf(doubled, 2 * size);
    }
}
