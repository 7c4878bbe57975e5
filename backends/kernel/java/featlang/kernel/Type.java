package featlang.kernel;

/**
 * The kinds of types. BOOL is held as 0 or 1, FLOAT as its raw bits, times in µs, dates in days, all of them as 64 bits; the others as
 * bytes: STRING as its UTF-8, DECIMAL as {@link Decimals} says, LIST, MAP and STRUCT as {@link Structure} says.
 */
public enum Type {
    BOOL, INT, FLOAT, STRING, TIMESTAMP, DURATION, DATE, BYTES, DECIMAL, LIST, MAP, STRUCT;

    /** Whether values are held as bytes instead of 64 bits. */
    public boolean isBytes() {
        return this == STRING || this == BYTES || hasParts();
    }

    /** Whether values are bytes that tell by themselves where they end. */
    public boolean hasParts() {
        return this == DECIMAL || this == LIST || this == MAP || this == STRUCT;
    }
}
