package featlang.kernel;

/**
 * The kinds of types. BOOL is held as 0 or 1, FLOAT as its raw bits, times in µs, dates in days, all of them as 64 bits; the others as
 * bytes: STRING as its UTF-8, DECIMAL as {@link Decimals} says, LIST, MAP and STRUCT as {@link Structure} says.
 */
public enum Type {
    BOOL(false, false), INT(false, false), FLOAT(false, false), STRING(true, false), TIMESTAMP(false, false), DURATION(false, false),
    DATE(false, false), BYTES(true, false), DECIMAL(true, true), LIST(true, true), MAP(true, true), STRUCT(true, true);

    private final boolean isBytes;
    private final boolean hasParts;

    Type(boolean isBytes, boolean hasParts) {
        this.isBytes = isBytes;
        this.hasParts = hasParts;
    }

    /** Whether values are held as bytes instead of 64 bits. */
    public boolean isBytes() {
        return isBytes;
    }

    /** Whether values are bytes that tell by themselves where they end. */
    public boolean hasParts() {
        return hasParts;
    }
}
