package featlang.spark;

import java.nio.ByteOrder;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;

import featlang.kernel.Routed;

/**
 * A {@link Routed} event as a row of Spark's. The row has no columns, its bytes are all ours, which takes less of a shuffle and of a task's
 * memory: 4 bytes each, in the machine's order, for the stage and for how many bytes key, order, origin (-1: there is none) and payload are,
 * then those, and zeros up to a multiple of 8. They are read where they lie, {@code at} in {@code base}.
 */
final class RoutedBytes {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final int KEY_LENGTH = 4;
    private static final int ORDER_LENGTH = 8;
    private static final int ORIGIN_LENGTH = 12;
    private static final int PAYLOAD_LENGTH = 16;
    private static final int KEY = 20;

    private RoutedBytes() {}

    static UnsafeRow row(Routed event) {
        byte[] origin = event.origin();
        long length = (long) KEY + event.key().length + event.order().length + event.payload().length + (origin == null ? 0 : origin.length);
        byte[] bytes = new byte[Math.toIntExact((length + Long.BYTES - 1) / Long.BYTES * Long.BYTES)];
        long start = Platform.BYTE_ARRAY_OFFSET;
        Platform.putInt(bytes, start, event.stage());
        Platform.putInt(bytes, start + KEY_LENGTH, event.key().length);
        Platform.putInt(bytes, start + ORDER_LENGTH, event.order().length);
        Platform.putInt(bytes, start + ORIGIN_LENGTH, origin == null ? -1 : origin.length);
        Platform.putInt(bytes, start + PAYLOAD_LENGTH, event.payload().length);
        int at = put(event.key(), bytes, KEY);
        at = put(event.order(), bytes, at);
        at = origin == null ? at : put(origin, bytes, at);
        put(event.payload(), bytes, at);
        UnsafeRow row = new UnsafeRow(RoutedRows.COLUMNS.length());
        row.pointTo(bytes, bytes.length);
        return row;
    }

    private static int put(byte[] part, byte[] bytes, int at) {
        System.arraycopy(part, 0, bytes, at, part.length);
        return at + part.length;
    }

    static int stage(Object base, long at) {
        return Platform.getInt(base, at);
    }

    static byte[] key(Object base, long at) {
        return copy(base, at + KEY, keyLength(base, at));
    }

    static byte[] order(Object base, long at) {
        return copy(base, orderAt(base, at), orderLength(base, at));
    }

    /** Null where there is none. */
    static byte[] origin(Object base, long at) {
        int length = Platform.getInt(base, at + ORIGIN_LENGTH);
        return length < 0 ? null : copy(base, originAt(base, at), length);
    }

    static byte[] payload(Object base, long at) {
        long start = originAt(base, at) + Math.max(0, Platform.getInt(base, at + ORIGIN_LENGTH));
        return copy(base, start, Platform.getInt(base, at + PAYLOAD_LENGTH));
    }

    /** The hash that a key begins with. */
    static long hash(Object base, long at) {
        return bigEndian(base, at + KEY);
    }

    /** What an order begins with, as an unsigned number. */
    static long place(Object base, long at) {
        return bigEndian(base, orderAt(base, at));
    }

    static boolean hasKey(Object base, long at, byte[] key) {
        return compare(base, at + KEY, keyLength(base, at), key, Platform.BYTE_ARRAY_OFFSET, key.length) == 0;
    }

    static int compareKeys(Object left, long inLeft, Object right, long inRight) {
        return compare(left, inLeft + KEY, keyLength(left, inLeft), right, inRight + KEY, keyLength(right, inRight));
    }

    static int compareOrders(Object left, long inLeft, Object right, long inRight) {
        return compare(
                left, orderAt(left, inLeft), orderLength(left, inLeft), right, orderAt(right, inRight), orderLength(right, inRight));
    }

    /** As unsigned bytes; what another begins with comes before it. */
    private static int compare(Object left, long inLeft, int leftLength, Object right, long inRight, int rightLength) {
        int shared = Math.min(leftLength, rightLength);
        int at = 0;
        for (; at <= shared - Long.BYTES; at += Long.BYTES) {
            long one = bigEndian(left, inLeft + at);
            long other = bigEndian(right, inRight + at);
            if (one != other) {
                return Long.compareUnsigned(one, other);
            }
        }
        for (; at < shared; at++) {
            int difference = (Platform.getByte(left, inLeft + at) & 0xff) - (Platform.getByte(right, inRight + at) & 0xff);
            if (difference != 0) {
                return difference;
            }
        }
        return leftLength - rightLength;
    }

    private static int keyLength(Object base, long at) {
        return Platform.getInt(base, at + KEY_LENGTH);
    }

    private static long orderAt(Object base, long at) {
        return at + KEY + keyLength(base, at);
    }

    private static int orderLength(Object base, long at) {
        return Platform.getInt(base, at + ORDER_LENGTH);
    }

    private static long originAt(Object base, long at) {
        return orderAt(base, at) + orderLength(base, at);
    }

    private static byte[] copy(Object base, long from, int length) {
        byte[] bytes = new byte[length];
        Platform.copyMemory(base, from, bytes, Platform.BYTE_ARRAY_OFFSET, length);
        return bytes;
    }

    private static long bigEndian(Object base, long at) {
        long value = Platform.getLong(base, at);
        return LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
    }
}
