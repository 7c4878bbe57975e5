package featlang.kernel;

import java.nio.charset.StandardCharsets;

/** 128 bits of a row's features: two hashes of their canonical form, each value behind a tag of its type, 0 for null. */
final class Fingerprint {
    private static final long ANOTHER_SEED = 0x9E3779B97F4A7C15L;

    private final Writer writer = new Writer();
    private final long names;

    /** The features' names are hashed too: a value says nothing of another feature's. */
    Fingerprint(Column[] columns, int from) {
        for (int i = from; i < columns.length; i++) {
            writer.writeBytes(columns[i].name().getBytes(StandardCharsets.UTF_8));
        }
        names = XxHash64.hash(writer.buffer(), 0, writer.size());
    }

    /** Takes the features of a row, from that position on; then {@link #hash} and {@link #otherHash} are theirs. */
    void take(Object[] row, int from) {
        writer.clear();
        writer.writeLong(names);
        for (int i = from; i < row.length; i++) {
            write(row[i]);
        }
    }

    long hash() {
        return XxHash64.hash(writer.buffer(), 0, writer.size());
    }

    long otherHash() {
        return XxHash64.hash(writer.buffer(), 0, writer.size(), ANOTHER_SEED);
    }

    private void write(Object value) {
        if (value == null) {
            writer.writeByte(0);
        } else if (value instanceof Boolean truth) {
            writer.writeByte(truth ? 2 : 1);
        } else if (value instanceof Long number) {
            writer.writeByte(3);
            writer.writeLong(number);
        } else if (value instanceof Double number) {
            writer.writeByte(4);
            writer.writeLong(Double.doubleToRawLongBits(number));
        } else if (value instanceof String text) {
            writer.writeByte(5);
            writer.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        } else {
            writer.writeByte(6);
            writer.writeBytes((byte[]) value);
        }
    }
}
