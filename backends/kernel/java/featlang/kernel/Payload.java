package featlang.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What an event carries to a stage: the mask of the groups and visits that take it (a varint), a bitmap of the columns that are null, then the
 * other columns, each as its type is held: BOOL a byte; INT, DURATION and DATE a zigzag varint; TIMESTAMP and FLOAT 8 bytes; others
 * their length as a varint and their bytes. Of an event that waits it stands in savepoints, under the number of its
 * {@link PayloadLayout}.
 */
public final class Payload {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int LONGEST_VARINT = 10;

    private Payload() {
    }

    /** Writes the mask, and of the event's slots those in {@code columns}, whose types {@code types} holds by slot. */
    public static byte[] encode(long mask, int[] columns, Column[] types, Event event) {
        byte[] target = new byte[bound(columns, types, event)];
        int at = putVarint(target, 0, mask);
        int bitmap = at;
        at += columns.length + 7 >> 3;
        for (int i = 0; i < columns.length; i++) {
            int slot = columns[i];
            if (event.isNull[slot]) {
                target[bitmap + (i >> 3)] |= (byte) (1 << (i & 7));
                continue;
            }
            switch (types[slot].type()) {
                case BOOL -> target[at++] = (byte) event.bits[slot];
                case INT, DURATION, DATE -> at = putVarint(target, at, event.bits[slot] << 1 ^ event.bits[slot] >> 63);
                case TIMESTAMP, FLOAT -> {
                    LONG.set(target, at, event.bits[slot]);
                    at += 8;
                }
                case STRING, BYTES, DECIMAL, LIST, MAP, STRUCT -> {
                    byte[] value = event.bytes[slot];
                    at = putVarint(target, at, value.length);
                    System.arraycopy(value, 0, target, at, value.length);
                    at += value.length;
                }
            }
        }
        return Arrays.copyOf(target, at);
    }

    /** The mask of a payload. */
    static long mask(byte[] payload) {
        return varint(payload, 0);
    }

    /** Fills the slots in {@code columns} of the event from what {@link #encode} wrote; returns the mask. */
    public static long decode(byte[] payload, int[] columns, Column[] types, Event into) {
        long mask = varint(payload, 0);
        int bitmap = afterVarint(payload, 0);
        int at = bitmap + (columns.length + 7 >> 3);
        for (int i = 0; i < columns.length; i++) {
            int slot = columns[i];
            boolean isNull = (payload[bitmap + (i >> 3)] >> (i & 7) & 1) != 0;
            into.isNull[slot] = isNull;
            if (isNull) {
                into.bytes[slot] = null;
                continue;
            }
            switch (types[slot].type()) {
                case BOOL -> into.bits[slot] = payload[at++];
                case INT, DURATION, DATE -> {
                    long value = varint(payload, at);
                    into.bits[slot] = value >>> 1 ^ -(value & 1);
                    at = afterVarint(payload, at);
                }
                case TIMESTAMP, FLOAT -> {
                    into.bits[slot] = (long) LONG.get(payload, at);
                    at += 8;
                }
                case STRING, BYTES, DECIMAL, LIST, MAP, STRUCT -> {
                    int length = (int) varint(payload, at);
                    at = afterVarint(payload, at);
                    into.bytes[slot] = Arrays.copyOfRange(payload, at, at + length);
                    at += length;
                }
            }
        }
        return mask;
    }

    private static int bound(int[] columns, Column[] types, Event event) {
        int bound = LONGEST_VARINT + (columns.length + 7 >> 3) + LONGEST_VARINT * columns.length;
        for (int slot : columns) {
            if (types[slot].type().isBytes() && !event.isNull[slot]) {
                bound = Math.addExact(bound, event.bytes[slot].length);
            }
        }
        return bound;
    }

    private static int putVarint(byte[] target, int at, long value) {
        while ((value & ~0x7FL) != 0) {
            target[at++] = (byte) (value | 0x80);
            value >>>= 7;
        }
        target[at++] = (byte) value;
        return at;
    }

    private static long varint(byte[] source, int at) {
        long value = 0;
        int shift = 0;
        while (source[at] < 0) {
            value |= (long) (source[at++] & 0x7F) << shift;
            shift += 7;
        }
        return value | (long) source[at] << shift;
    }

    private static int afterVarint(byte[] source, int at) {
        while (source[at] < 0) {
            at++;
        }
        return at + 1;
    }
}
