package featlang.kernel;

/** The header of a CSV file is wrong, so none of its records can be read. The message names the columns, not the file. */
public final class HeaderException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public HeaderException(String message) {
        super(message);
    }
}
