package featlang.kernel;

import java.util.Arrays;

/** Reads, one after another, the parts of a value that {@link Canonical} wrote; which parts it has, its {@link Structure} says. */
public final class PartsReader {
    private final byte[] bytes;
    private int at;

    /** Of a value of a list, map, struct or decimal, as an event holds it. */
    public PartsReader(byte[] value) {
        this(value, 0);
    }

    PartsReader(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /** Where the next part begins. */
    int position() {
        return at;
    }

    /** Whether a list has one more item, or a map one more entry. */
    public boolean more() {
        return bytes[at++] != 0;
    }

    /** Whether the next part is null; where it is not, its value is read next. */
    public boolean isNull() {
        return bytes[at++] == 0;
    }

    /** A value that is held as 64 bits. */
    public long bits(Type type) {
        if (type == Type.BOOL) {
            return bytes[at++];
        }
        long sortable = Canonical.getLong(bytes, at);
        at += Long.BYTES;
        return type == Type.FLOAT && sortable >= 0 ? ~sortable : sortable ^ Long.MIN_VALUE;
    }

    /** A value that is held as bytes. */
    public byte[] bytes(Structure structure) {
        int start = at;
        if (structure.type().hasParts()) {
            skipValue(structure);
            return Arrays.copyOfRange(bytes, start, at);
        }
        int length = 0;
        int zeros = 0;
        for (; bytes[at] != 0 || bytes[at + 1] != 0; at++) {
            if (bytes[at] == 0) {
                at++; // the 0xFF that stands behind every 0 of a value
                zeros++;
            }
            length++;
        }
        at += 2;
        if (zeros == 0) {
            return Arrays.copyOfRange(bytes, start, start + length);
        }
        byte[] value = new byte[length];
        int from = start;
        for (int i = 0; i < length; i++) {
            value[i] = bytes[from];
            from += bytes[from] == 0 ? 2 : 1;
        }
        return value;
    }

    /** Passes over a part, null or not. */
    public void skip(Structure structure) {
        if (!isNull()) {
            skipValue(structure);
        }
    }

    private void skipValue(Structure structure) {
        switch (structure.type()) {
            case BOOL -> at++;
            case INT, FLOAT, TIMESTAMP, DURATION, DATE -> at += Long.BYTES;
            case DECIMAL -> at += Decimals.LENGTH;
            case STRING, BYTES -> {
                while (bytes[at] != 0 || bytes[at + 1] != 0) {
                    at += bytes[at] == 0 ? 2 : 1;
                }
                at += 2;
            }
            case LIST, MAP -> {
                while (more()) {
                    for (Structure part : structure.parts()) {
                        skip(part);
                    }
                }
            }
            case STRUCT -> {
                for (Structure part : structure.parts()) {
                    skip(part);
                }
            }
        }
    }
}
