package featlang.flink;

import java.util.Arrays;

/** The key of an event as Flink partitions by it: {@link featlang.kernel.Routed#key}, whose first 8 bytes are its hash. */
public final class Key {
    final byte[] bytes;

    public Key(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public int hashCode() {
        return bytes[0] << 24 | (bytes[1] & 0xFF) << 16 | (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public String toString() {
        return java.util.HexFormat.of().formatHex(bytes);
    }
}
