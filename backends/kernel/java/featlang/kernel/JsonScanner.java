package featlang.kernel;

import java.util.Arrays;

/** One pass over a JSON record: checks all of it by RFC 8259, and keeps where the values of the declared columns stand. */
final class JsonScanner {
    /** What stands in a declared column's place; NULL also where it is absent. INTEGER is a number of only digits and a sign. */
    enum Kind {
        NULL, FALSE, TRUE, INTEGER, NUMBER, STRING, CONTAINER
    }

    /** A record that is no JSON object as the language wants it. Thrown once a record, so without a stack trace. */
    static final class NotJson extends Exception {
        private static final long serialVersionUID = 1;

        NotJson(String message) {
            super(message, null, false, false);
        }
    }

    private static final int DEEPEST = 100;
    private static final int REMEMBERED = 256;
    private static final long SPACES = ' ' * Bytes.ONES;
    private static final long QUOTES = '"' * Bytes.ONES;
    private static final long BACKSLASHES = '\\' * Bytes.ONES;
    private static final byte[] NULL = Text.utf8("null");
    private static final byte[] TRUE = Text.utf8("true");
    private static final byte[] FALSE = Text.utf8("false");

    private final Column[] columns;
    private final JsonKeys keys;
    /** Each column's name as it stands in a record without escapes, with its closing quote; null where it cannot. */
    private final byte[][] plainKeys;
    private final Kind[] kinds;
    private final boolean[] escaped;
    private final int[] from;
    private final int[] to;
    /** The column of each member of the record before: most records have the same order. */
    private final int[] expected = new int[REMEMBERED];
    private byte[] data;
    /** What {@link #value} and {@link #string} saw last. */
    private Kind kind;
    private boolean isEscaped;

    JsonScanner(Column[] columns) {
        this.columns = columns;
        keys = new JsonKeys(columns);
        plainKeys = new byte[columns.length][];
        for (int i = 0; i < columns.length; i++) {
            boolean plain = columns[i].name().chars().allMatch(c -> c >= ' ' && c != '"' && c != '\\');
            plainKeys[i] = plain ? Text.utf8(columns[i].name() + '"') : null;
        }
        kinds = new Kind[columns.length];
        escaped = new boolean[columns.length];
        from = new int[columns.length];
        to = new int[columns.length];
        Arrays.fill(expected, -1);
    }

    /** Reads a record; what the other methods give is of this record. */
    void scan(byte[] record) throws NotJson {
        data = record;
        keys.clear();
        Arrays.fill(kinds, null);
        int at = afterSpace(0);
        if (peek(at) != '{') {
            throw unexpected(at, "an object");
        }
        at = afterSpace(record(at + 1));
        if (at < data.length) {
            throw unexpected(at, "nothing more");
        }
    }

    /** Takes the members of the object that begins there, in a record that was scanned whole, in place of the record's own. */
    void members(byte[] record, int at) {
        data = record;
        keys.clear();
        Arrays.fill(kinds, null);
        try {
            record(at + 1);
        } catch (NotJson error) {
            throw scannedBefore(error);
        }
    }

    /** Takes the value that begins there as a column's; 0, where no value of a member begins, for none. */
    void place(int column, int at) {
        kinds[column] = null;
        if (at > 0) {
            to[column] = look(at);
            from[column] = at;
            kinds[column] = kind;
            escaped[column] = isEscaped;
        }
    }

    /** Takes a column as true. */
    void placeTrue(int column) {
        kinds[column] = Kind.TRUE;
    }

    Kind kind(int column) {
        return kinds[column] == null ? Kind.NULL : kinds[column];
    }

    /** Where the value begins: of a string, its quote. */
    int from(int column) {
        return from[column];
    }

    int to(int column) {
        return to[column];
    }

    /** Whether the string has escapes. */
    boolean isEscaped(int column) {
        return escaped[column];
    }

    /** Looks at the value that begins there, in a record that was scanned; gives where it ends. What it is, {@link #seen} tells. */
    int look(int at) {
        try {
            return value(at, 1);
        } catch (NotJson error) {
            throw scannedBefore(error);
        }
    }

    private static IllegalStateException scannedBefore(NotJson error) {
        return new IllegalStateException("the record was scanned before", error);
    }

    Kind seen() {
        return kind;
    }

    boolean seenEscaped() {
        return isEscaped;
    }

    /** From behind the record's opening brace to behind its closing one. */
    private int record(int start) throws NotJson {
        int at = afterSpace(start);
        if (peek(at) == '}') {
            return at + 1;
        }
        for (int member = 0;; member++) {
            if (peek(at) != '"') {
                throw unexpected(at, "a key");
            }
            int column = member < expected.length ? expected[member] : -1;
            if (column >= 0 && startsWith(at + 1, plainKeys[column])) {
                at += 1 + plainKeys[column].length;
            } else {
                int end = string(at + 1);
                column = isEscaped ? columnOfEscaped(at + 1, end - 1) : keys.columnOrKeep(data, at + 1, end - 1);
                expect(member, column);
                at = end;
            }
            int begin = afterColon(at);
            at = value(begin, 1);
            if (column >= 0) {
                if (kinds[column] != null) {
                    throw repeated(columns[column].name());
                }
                kinds[column] = kind;
                escaped[column] = isEscaped;
                from[column] = begin;
                to[column] = at;
            }
            at = afterSpace(at);
            int next = peek(at);
            if (next == '}') {
                endObject(0);
                return at + 1;
            }
            if (next != ',') {
                throw unexpected(at, "`,` or `}`");
            }
            at = afterSpace(at + 1);
        }
    }

    private int columnOfEscaped(int begin, int end) {
        byte[] key = JsonText.unescape(data, begin, end);
        return keys.columnOrKeep(key, 0, key.length);
    }

    private void expect(int member, int column) {
        if (member < expected.length) {
            expected[member] = column >= 0 && plainKeys[column] != null ? column : -1;
        }
    }

    /** From the first byte of a value to behind its last. */
    private int value(int at, int depth) throws NotJson {
        switch (peek(at)) {
            case '"':
                kind = Kind.STRING;
                return string(at + 1);
            case '{':
                return object(at + 1, deeper(at, depth));
            case '[':
                return array(at + 1, deeper(at, depth));
            case 't':
                return literal(at, TRUE, Kind.TRUE);
            case 'f':
                return literal(at, FALSE, Kind.FALSE);
            case 'n':
                return literal(at, NULL, Kind.NULL);
            default:
                return number(at);
        }
    }

    private static int deeper(int at, int depth) throws NotJson {
        if (depth == DEEPEST) {
            throw new NotJson("nested deeper than " + DEEPEST + " at byte " + (at + 1));
        }
        return depth + 1;
    }

    private int object(int start, int depth) throws NotJson {
        int mark = keys.mark();
        int at = afterSpace(start);
        if (peek(at) == '}') {
            kind = Kind.CONTAINER;
            return at + 1;
        }
        for (;;) {
            if (peek(at) != '"') {
                throw unexpected(at, "a key");
            }
            int end = string(at + 1);
            if (isEscaped) {
                byte[] key = JsonText.unescape(data, at + 1, end - 1);
                keys.keep(key, 0, key.length);
            } else {
                keys.keep(data, at + 1, end - 1);
            }
            at = afterSpace(value(afterColon(end), depth));
            int next = peek(at);
            if (next == '}') {
                endObject(mark);
                kind = Kind.CONTAINER;
                return at + 1;
            }
            if (next != ',') {
                throw unexpected(at, "`,` or `}`");
            }
            at = afterSpace(at + 1);
        }
    }

    private int array(int start, int depth) throws NotJson {
        int at = afterSpace(start);
        if (peek(at) == ']') {
            kind = Kind.CONTAINER;
            return at + 1;
        }
        for (;;) {
            at = afterSpace(value(at, depth));
            int next = peek(at);
            if (next == ']') {
                kind = Kind.CONTAINER;
                return at + 1;
            }
            if (next != ',') {
                throw unexpected(at, "`,` or `]`");
            }
            at = afterSpace(at + 1);
        }
    }

    private void endObject(int mark) throws NotJson {
        String repeated = keys.end(mark);
        if (repeated != null) {
            throw repeated(repeated);
        }
    }

    private static NotJson repeated(String key) {
        return new NotJson("key \"" + key + "\" occurs twice in one object");
    }

    private int literal(int at, byte[] text, Kind what) throws NotJson {
        if (!startsWith(at, text)) {
            throw unexpected(at, "a value");
        }
        kind = what;
        return at + text.length;
    }

    private int number(int start) throws NotJson {
        int at = peek(start) == '-' ? start + 1 : start;
        int first = peek(at);
        if (first < '0' || first > '9') {
            throw unexpected(at, at == start ? "a value" : "a digit");
        }
        at = first == '0' ? at + 1 : digits(at);
        kind = Kind.INTEGER;
        if (peek(at) == '.') {
            kind = Kind.NUMBER;
            at = digits(at + 1);
        }
        if ((peek(at) | 0x20) == 'e') {
            kind = Kind.NUMBER;
            int sign = peek(at + 1);
            at = digits(sign == '+' || sign == '-' ? at + 2 : at + 1);
        }
        return at;
    }

    private int digits(int start) throws NotJson {
        int at = start;
        while (at < data.length && data[at] >= '0' && data[at] <= '9') {
            at++;
        }
        if (at == start) {
            throw unexpected(at, "a digit");
        }
        return at;
    }

    /** From behind a string's opening quote to behind its closing one. */
    private int string(int start) throws NotJson {
        isEscaped = false;
        int at = start;
        for (;;) {
            at = afterPlain(at);
            int next = peek(at);
            if (next == '"') {
                return at + 1;
            }
            if (next == '\\') {
                isEscaped = true;
                at = escape(at);
            } else if (next < 0) {
                int length = Utf8.length(data, at, data.length);
                if (length == 0) {
                    throw new NotJson("not UTF-8 at byte " + (at + 1));
                }
                at += length;
            } else if (next < ' ') {
                throw at < data.length ? new NotJson("a control character in a string at byte " + (at + 1)) : unexpected(at, "`\"`");
            } else {
                at++;
            }
        }
    }

    /** The first position from {@code at} on of a quote, a backslash, a control character or what is not ASCII. */
    private int afterPlain(int start) {
        int at = start;
        for (; data.length - at >= 8; at += 8) {
            long eight = Bytes.eight(data, at);
            // A byte's high bit shows up below where the byte is special; above the first such byte it may also show up by a borrow.
            long stops = (eight | eight - SPACES | (eight ^ QUOTES) - Bytes.ONES | (eight ^ BACKSLASHES) - Bytes.ONES) & Bytes.HIGH_BITS;
            if (stops != 0) {
                return at + (Long.numberOfTrailingZeros(stops) >> 3);
            }
        }
        return at;
    }

    /** From a backslash to behind its escape. */
    private int escape(int at) throws NotJson {
        switch (peek(at + 1)) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
                return at + 2;
            case 'u':
                int unit = hex(at + 2);
                if (!Character.isSurrogate((char) unit)) {
                    return at + 6;
                }
                boolean paired = Character.isHighSurrogate((char) unit) && peek(at + 6) == '\\' && peek(at + 7) == 'u'
                    && Character.isLowSurrogate((char) hex(at + 8));
                if (!paired) {
                    throw new NotJson("a lone surrogate at byte " + (at + 1));
                }
                return at + 12;
            default:
                throw new NotJson("no escape at byte " + (at + 1));
        }
    }

    private int hex(int at) throws NotJson {
        int unit = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = peek(i) < 0 ? -1 : Character.digit(peek(i), 16);
            if (digit < 0) {
                throw unexpected(i, "a hexadecimal digit");
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    private int afterColon(int start) throws NotJson {
        int at = afterSpace(start);
        if (peek(at) != ':') {
            throw unexpected(at, "`:`");
        }
        return afterSpace(at + 1);
    }

    int afterSpace(int start) {
        int at = start;
        while (at < data.length && (data[at] == ' ' || data[at] == '\t' || data[at] == '\n' || data[at] == '\r')) {
            at++;
        }
        return at;
    }

    /** The byte there; 0, which stands nowhere in JSON, at the end. */
    private int peek(int at) {
        return at < data.length ? data[at] : 0;
    }

    private boolean startsWith(int at, byte[] text) {
        if (data.length - at < text.length) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            if (data[at + i] != text[i]) {
                return false;
            }
        }
        return true;
    }

    private NotJson unexpected(int at, String wanted) {
        if (at >= data.length) {
            return new NotJson("it ends where " + wanted + " should stand");
        }
        int length = data[at] < 0 ? Utf8.length(data, at, data.length) : data[at] < ' ' ? 0 : 1;
        String found = length == 0
            ? "byte " + (data[at] & 0xFF)
            : "`" + Text.string(Arrays.copyOfRange(data, at, at + length)) + "`";
        return new NotJson(found + " at byte " + (at + 1) + " where " + wanted + " should stand");
    }
}
