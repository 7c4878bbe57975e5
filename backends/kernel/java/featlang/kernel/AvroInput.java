package featlang.kernel;

import java.util.Arrays;

/** A record in Avro's binary encoding: what stands next in it. Each method leaves the place behind what it read. */
final class AvroInput {
    /** A record that is not what its schema says. Thrown once a record, so without a stack trace. */
    static final class NotAvro extends Exception {
        private static final long serialVersionUID = 1;

        NotAvro(String message) {
            super(message, null, false, false);
        }
    }

    private static final int DEEPEST = 100;
    private static final int HEADER = 5;

    private byte[] data;
    private int at;
    private int items;
    private int depth;

    /** Begins a record; one that is {@code framed} has five bytes before it, the first of which is 0. */
    void reset(byte[] record, boolean framed) throws NotAvro {
        data = record;
        at = framed ? HEADER : 0;
        items = 0;
        depth = 0;
        if (framed && (record.length < HEADER || record[0] != 0)) {
            throw new NotAvro("it does not begin with a 0 and the number of a schema");
        }
    }

    /** Nothing more may stand in the record. */
    void end() throws NotAvro {
        if (at < data.length) {
            throw new NotAvro(data.length - at + " bytes stand behind it");
        }
    }

    /** Begins a record, a list or a map within another. */
    void enter() throws NotAvro {
        if (++depth > DEEPEST) {
            throw new NotAvro("nested deeper than " + DEEPEST);
        }
    }

    void leave() {
        depth--;
    }

    long bool() throws NotAvro {
        need(1);
        if (data[at] != 0 && data[at] != 1) {
            throw new NotAvro("neither false nor true at byte " + (at + 1));
        }
        return data[at++];
    }

    long int32() throws NotAvro {
        int start = at;
        long value = int64();
        if (value != (int) value) {
            throw new NotAvro("an int beyond 32 bits at byte " + (start + 1));
        }
        return value;
    }

    long int64() throws NotAvro {
        int start = at;
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            need(1);
            int next = data[at++];
            if (shift == Long.SIZE - 1 && next != 0 && next != 1) {
                break;
            }
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw new NotAvro("a long beyond 64 bits at byte " + (start + 1));
    }

    float float32() throws NotAvro {
        return Float.intBitsToFloat((int) littleEndian(Float.BYTES));
    }

    double float64() throws NotAvro {
        return Double.longBitsToDouble(littleEndian(Double.BYTES));
    }

    byte[] fixed(int length) throws NotAvro {
        need(length);
        at += length;
        return Arrays.copyOfRange(data, at - length, at);
    }

    byte[] bytes() throws NotAvro {
        return fixed(length());
    }

    void skipBytes() throws NotAvro {
        skip(length());
    }

    void skip(int length) throws NotAvro {
        need(length);
        at += length;
    }

    /** The number of a branch, or of a symbol, of which there are so many. */
    int choice(int count, String what) throws NotAvro {
        int start = at;
        long choice = int64();
        if (choice < 0 || choice >= count) {
            throw new NotAvro(what + " " + choice + " of " + count + " at byte " + (start + 1));
        }
        return (int) choice;
    }

    /** How many items of a list or a map follow; 0 at its end. Some take no bytes, so their number needs a limit of its own. */
    int block() throws NotAvro {
        long count = int64();
        if (count < 0) {
            int64(); // how many bytes they take
            count = -count;
        }
        if (count < 0 || count > data.length - items) {
            throw new NotAvro("more items than bytes");
        }
        items += (int) count;
        return (int) count;
    }

    private int length() throws NotAvro {
        int start = at;
        long length = int64();
        if (length < 0) {
            throw new NotAvro("a length of " + length + " at byte " + (start + 1));
        }
        return (int) Math.min(length, Integer.MAX_VALUE);
    }

    private long littleEndian(int length) throws NotAvro {
        need(length);
        long bits = 0;
        for (int i = 0; i < length; i++) {
            bits |= (data[at++] & 0xFFL) << Byte.SIZE * i;
        }
        return bits;
    }

    private void need(int length) throws NotAvro {
        if (data.length - at < length) {
            throw new NotAvro("it ends too early");
        }
    }
}
