package featlang.kernel;

/** Hashes of values, as {@code stdlib/functions/hashes.py} declares them. */
public final class HashFunctions {
    private HashFunctions() {
    }

    public static long hash64(boolean value, Outcome outcome) {
        return outcome.value(hash(new byte[] {(byte) (value ? 1 : 0)}));
    }

    public static long hash64(long value, Outcome outcome) {
        return outcome.value(hash(sortable(value ^ Long.MIN_VALUE)));
    }

    public static long hash64(double value, Outcome outcome) {
        long bits = Double.doubleToRawLongBits(value);
        return outcome.value(hash(sortable(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE)));
    }

    public static long hash64(byte[] value, Outcome outcome) {
        return outcome.value(hash(value));
    }

    /** Of values with parts. */
    public static long hash64(Structure type, byte[] value, Outcome outcome) {
        return outcome.value(hash(value));
    }

    public static long hashBucket(boolean value, long buckets, Outcome outcome) {
        return outcome.value(Math.floorMod(hash64(value, outcome), buckets));
    }

    public static long hashBucket(long value, long buckets, Outcome outcome) {
        return outcome.value(Math.floorMod(hash64(value, outcome), buckets));
    }

    public static long hashBucket(double value, long buckets, Outcome outcome) {
        return outcome.value(Math.floorMod(hash64(value, outcome), buckets));
    }

    public static long hashBucket(byte[] value, long buckets, Outcome outcome) {
        return outcome.value(Math.floorMod(hash64(value, outcome), buckets));
    }

    /** Of values with parts. */
    public static long hashBucket(Structure type, byte[] value, long buckets, Outcome outcome) {
        return outcome.value(Math.floorMod(hash(value), buckets));
    }

    private static byte[] sortable(long bits) {
        byte[] bytes = new byte[Long.BYTES];
        Canonical.putLong(bytes, 0, bits);
        return bytes;
    }

    private static long hash(byte[] bytes) {
        return XxHash64.hash(bytes, 0, bytes.length);
    }
}
