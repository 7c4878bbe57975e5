package featlang.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Searches in bytes, eight at a time. */
final class Bytes {
    static final long ONES = 0x0101010101010101L;
    static final long HIGH_BITS = 0x8080808080808080L;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {
    }

    /** Eight bytes, the first of them lowest. */
    static long eight(byte[] data, int at) {
        return (long) LONG.get(data, at);
    }

    /** The first position in [from, to) of a byte, which is ASCII; {@code to} where there is none. */
    static int find(byte[] data, int from, int to, int wanted) {
        int at = from;
        for (long pattern = wanted * ONES; to - at >= 8; at += 8) {
            long difference = eight(data, at) ^ pattern;
            long hits = difference - ONES & ~difference & HIGH_BITS;
            if (hits != 0) {
                return at + (Long.numberOfTrailingZeros(hits) >> 3);
            }
        }
        while (at < to && data[at] != wanted) {
            at++;
        }
        return at;
    }

    /** The first position in [from, to) of either of two bytes, which are ASCII; {@code to} where there is none. */
    static int find(byte[] data, int from, int to, int one, int other) {
        int at = from;
        long onePattern = one * ONES;
        long otherPattern = other * ONES;
        for (; to - at >= 8; at += 8) {
            long eight = eight(data, at);
            long first = eight ^ onePattern;
            long second = eight ^ otherPattern;
            long hits = (first - ONES & ~first | second - ONES & ~second) & HIGH_BITS;
            if (hits != 0) {
                return at + (Long.numberOfTrailingZeros(hits) >> 3);
            }
        }
        while (at < to && data[at] != one && data[at] != other) {
            at++;
        }
        return at;
    }

    static boolean equal(byte[] data, int from, int to, byte[] wanted) {
        return to - from == wanted.length && Arrays.equals(data, from, to, wanted, 0, wanted.length);
    }
}
