package featlang.kernel;

/** The scalar types. All but STRING and BYTES are held as 64 bits: BOOL 0 or 1, FLOAT its raw bits, times in µs, dates in days. */
public enum Type {
    BOOL, INT, FLOAT, STRING, TIMESTAMP, DURATION, DATE, BYTES;

    /** Whether values are held as bytes (a string as its UTF-8) instead of 64 bits. */
    public boolean isBytes() {
        return this == STRING || this == BYTES;
    }
}
