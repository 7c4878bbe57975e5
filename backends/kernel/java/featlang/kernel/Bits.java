package featlang.kernel;

/** Doubles as 64 bits whose order as signed longs is the doubles' own. The doubles are finite and never -0.0. */
public final class Bits {
    private Bits() {
    }

    public static long sortable(double value) {
        long bits = Double.doubleToRawLongBits(value);
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /** The double of which {@code sortable} was made. */
    public static double fromSortable(long sortable) {
        return Double.longBitsToDouble(sortable ^ sortable >> 63 & Long.MAX_VALUE);
    }
}
