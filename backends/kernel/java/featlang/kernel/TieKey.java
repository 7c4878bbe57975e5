package featlang.kernel;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The tie key of an event: the first 128 bits of SHA-256 over the canonical encoding of all its declared columns. */
final class TieKey {
    static final int LENGTH = 16;

    private final MessageDigest digest;
    private final byte[] whole = new byte[32];

    TieKey() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Writes the key of {@code data[0, size)} to {@code target} at {@code at}. */
    void put(byte[] data, int size, byte[] target, int at) {
        digest.update(data, 0, size);
        try {
            digest.digest(whole, 0, whole.length);
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-256 has 32 bytes", e);
        }
        System.arraycopy(whole, 0, target, at, LENGTH);
    }
}
