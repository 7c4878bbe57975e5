package featlang.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The canonical encoding of values (docs/decoding.md): compared as unsigned bytes it gives the order of the values, null first.
 * A growing buffer, reused from event to event.
 */
public final class Canonical {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] buffer = new byte[256];
    private int size;

    public void clear() {
        size = 0;
    }

    public int size() {
        return size;
    }

    /** The bytes in [0, {@link #size}), valid until the next value is written. */
    public byte[] buffer() {
        return buffer;
    }

    /** Writes what an event holds in one slot. */
    public void write(Type type, Event event, int slot) {
        if (event.isNull[slot]) {
            writeNull();
        } else if (type.hasParts()) {
            writeParts(event.bytes[slot]);
        } else if (type.isBytes()) {
            writeBytes(event.bytes[slot]);
        } else {
            writeBits(type, event.bits[slot]);
        }
    }

    /** Writes a decimal, list, map or struct, as an event holds it. */
    public void writeParts(byte[] value) {
        reserve(value.length + 1);
        buffer[size++] = 1;
        copy(value, 0, value.length);
    }

    /** Writes what stands before each item of a list, and before each entry of a map. */
    public void more() {
        reserve(1);
        buffer[size++] = 1;
    }

    /** Writes the end of a list or a map. */
    public void end() {
        reserve(1);
        buffer[size++] = 0;
    }

    /** Writes what is encoded already. */
    public void copy(byte[] source) {
        copy(source, 0, source.length);
    }

    /** Writes a part of what is encoded already. */
    public void copy(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, buffer, size, to - from);
        size += to - from;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(buffer, size);
    }

    /** Whether all that was written is what stands there. */
    boolean holds(byte[] source, int from, int to) {
        return Arrays.equals(buffer, 0, size, source, from, to);
    }

    public void writeNull() {
        reserve(1);
        buffer[size++] = 0;
    }

    /** Writes a value that is held as 64 bits, as {@link Type} says. */
    public void writeBits(Type type, long bits) {
        reserve(9);
        buffer[size++] = 1;
        if (type == Type.BOOL) {
            buffer[size++] = (byte) bits;
            return;
        }
        long sortable = type == Type.FLOAT && bits < 0 ? ~bits : bits ^ Long.MIN_VALUE;
        LONG.set(buffer, size, sortable);
        size += 8;
    }

    /** Writes a string (its UTF-8) or bytes. */
    public void writeBytes(byte[] value) {
        reserve(2 * value.length + 3);
        byte[] target = buffer;
        int at = size;
        target[at++] = 1;
        for (byte next : value) {
            target[at++] = next;
            if (next == 0) {
                target[at++] = (byte) 0xFF;
            }
        }
        target[at++] = 0;
        target[at++] = 0;
        size = at;
    }

    /** 8 bytes, big-endian, with the sign bit flipped, without a tag. */
    public static void putSortable(byte[] target, int at, long value) {
        LONG.set(target, at, value ^ Long.MIN_VALUE);
    }

    /** What {@link #putSortable} put. */
    public static long getSortable(byte[] source, int at) {
        return (long) LONG.get(source, at) ^ Long.MIN_VALUE;
    }

    /**
     * Fills an event's slot from what {@link #write} wrote at {@code at}; gives where it ends.
     *
     * @throws IndexOutOfBoundsException where the bytes end too early
     */
    static int read(Type type, byte[] source, int at, Event into, int slot) {
        into.isNull[slot] = source[at] == 0;
        if (into.isNull[slot]) {
            into.bytes[slot] = null;
            return at + 1;
        }
        if (type.isBytes()) {
            return readBytes(source, at + 1, into, slot);
        }
        if (type == Type.BOOL) {
            into.bits[slot] = source[at + 1];
            return at + 2;
        }
        long sortable = (long) LONG.get(source, at + 1);
        into.bits[slot] = type == Type.FLOAT && sortable >= 0 ? ~sortable : sortable ^ Long.MIN_VALUE;
        return at + 9;
    }

    private static int readBytes(byte[] source, int start, Event into, int slot) {
        byte[] value = new byte[source.length - start];
        int length = 0;
        int at = start;
        for (; source[at] != 0 || source[at + 1] != 0; at++) {
            value[length++] = source[at];
            if (source[at] == 0) {
                at++; // the 0xFF that stands behind every 0 of a value
            }
        }
        into.bytes[slot] = Arrays.copyOf(value, length);
        return at + 2;
    }

    /** 8 bytes, big-endian. */
    static long getLong(byte[] source, int at) {
        return (long) LONG.get(source, at);
    }

    /** 8 bytes, big-endian. */
    static void putLong(byte[] target, int at, long value) {
        LONG.set(target, at, value);
    }

    private void reserve(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, Math.addExact(size, more)));
        }
    }
}
