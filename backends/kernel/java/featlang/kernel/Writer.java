package featlang.kernel;

import java.util.Arrays;

/** A growing byte buffer with the primitives of the state's encoding. Big-endian; varints are LEB128. */
public final class Writer {
    private byte[] buffer = new byte[256];
    private int size;

    public void clear() {
        size = 0;
    }

    public int size() {
        return size;
    }

    /** The bytes in [0, {@link #size}), valid until the next write. */
    byte[] buffer() {
        return buffer;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(buffer, size);
    }

    public void writeByte(int value) {
        reserve(1);
        buffer[size++] = (byte) value;
    }

    public void writeLong(long value) {
        reserve(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buffer[size++] = (byte) (value >>> shift);
        }
    }

    /** An unsigned varint: 1 byte below 128, at most 10. */
    public void writeVarint(long value) {
        reserve(10);
        while ((value & ~0x7FL) != 0) {
            buffer[size++] = (byte) (value | 0x80);
            value >>>= 7;
        }
        buffer[size++] = (byte) value;
    }

    /** A signed varint: small magnitudes of either sign are short. */
    public void writeZigzag(long value) {
        writeVarint((value << 1) ^ (value >> 63));
    }

    /** The length as a varint, then the bytes. */
    public void writeBytes(byte[] value) {
        writeVarint(value.length);
        writeRaw(value, 0, value.length);
    }

    public void writeRaw(byte[] source, int from, int length) {
        reserve(length);
        System.arraycopy(source, from, buffer, size, length);
        size += length;
    }

    /** Starts a block, whose length will stand before it; returns what {@link #endBlock} takes. */
    public int beginBlock() {
        writeByte(0);
        return size;
    }

    public void endBlock(int start) {
        int length = size - start;
        int more = 0;
        for (int rest = length >>> 7; rest != 0; rest >>>= 7) {
            more++;
        }
        if (more > 0) {
            reserve(more);
            System.arraycopy(buffer, start, buffer, start + more, length);
        }
        size = start - 1;
        writeVarint(length);
        size += length;
    }

    private void reserve(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
