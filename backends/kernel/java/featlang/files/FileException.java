package featlang.files;

/** A file that cannot be read as what it is said to be. The message names the file, and the column where it is about one. */
public final class FileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public FileException(String path, String problem, Throwable cause) {
        super(path + problem, cause);
    }
}
