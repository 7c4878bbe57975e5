package featlang.kernel;

import java.util.Arrays;

/** Reads what {@link Writer} wrote. Truncated or foreign bytes give an {@link IllegalStateException}. */
public final class Reader {
    private byte[] buffer;
    private int position;
    private int limit;
    private Reader block;

    public Reader reset(byte[] source) {
        buffer = source;
        position = 0;
        limit = source.length;
        return this;
    }

    public boolean atEnd() {
        return position == limit;
    }

    public int readByte() {
        need(1);
        return buffer[position++] & 0xFF;
    }

    public long readLong() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | buffer[position++] & 0xFF;
        }
        return value;
    }

    public long readVarint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new IllegalStateException("a varint of more than 10 bytes");
    }

    public long readZigzag() {
        long value = readVarint();
        return value >>> 1 ^ -(value & 1);
    }

    public byte[] readBytes() {
        return readRaw(Math.toIntExact(readVarint()));
    }

    public byte[] readRaw(int length) {
        need(length);
        position += length;
        return Arrays.copyOfRange(buffer, position - length, position);
    }

    public byte[] readRest() {
        return readRaw(limit - position);
    }

    /** A reader of the next block only, valid until the next call; this reader goes on behind the block. */
    public Reader block() {
        int length = Math.toIntExact(readVarint());
        need(length);
        if (block == null) {
            block = new Reader();
        }
        block.buffer = buffer;
        block.position = position;
        position += length;
        block.limit = position;
        return block;
    }

    private void need(int count) {
        if (count < 0 || limit - position < count) {
            throw new IllegalStateException("the encoded state ends too early");
        }
    }
}
