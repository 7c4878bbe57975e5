package featlang.kernel;

/** How the last operator or aggregate ended: with a value, or null and why. One for each thread of work, reused. */
public final class Outcome {
    public static final int DECLARED = 0;
    public static final int OVERFLOW = 1;
    public static final int NOT_FINITE = 2;
    public static final int DIVISION_BY_ZERO = 3;
    public static final int BOUND = 4;
    public static final int UNDEFINED = 5;
    /** The names of the reasons in {@code run.json} and in metrics, by number. */
    public static final String[] REASONS = {"null", "overflow", "not_finite", "division_by_zero", "bound", "undefined"};

    /** The names of all counters: each base with each reason. */
    public static String[] counterNames(String[] bases) {
        String[] names = new String[bases.length * REASONS.length];
        for (int i = 0; i < names.length; i++) {
            names[i] = bases[i / REASONS.length] + "." + REASONS[i % REASONS.length];
        }
        return names;
    }

    public boolean isNull;
    public int reason;

    public long value(long value) {
        isNull = false;
        return value;
    }

    public double value(double value) {
        isNull = false;
        return value;
    }

    public byte[] value(byte[] value) {
        isNull = false;
        return value;
    }

    /** Null for a reason, where bytes are given; returns null for the caller to return. */
    public byte[] noBytes(int why) {
        nothing(why);
        return null;
    }

    /** Null for a reason; returns 0 for the caller to return. */
    public long nothing(int why) {
        isNull = true;
        reason = why;
        return 0;
    }
}
