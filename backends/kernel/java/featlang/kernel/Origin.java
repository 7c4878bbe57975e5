package featlang.kernel;

import java.nio.charset.StandardCharsets;

/**
 * The record that an event comes from, for the late output.
 *
 * <p>Encoded as the record's number as a varint, the path's UTF-8 with its length as a varint before it, the raw record.
 */
public record Origin(String path, long record, byte[] raw) {
    static byte[] encode(String path, long record, byte[] raw) {
        Writer out = new Writer();
        out.writeVarint(record);
        out.writeBytes(path.getBytes(StandardCharsets.UTF_8));
        out.writeRaw(raw, 0, raw.length);
        return out.toBytes();
    }

    /** What the origin of a {@link Routed} says. */
    public static Origin decode(byte[] origin) {
        Reader in = new Reader().reset(origin);
        long record = in.readVarint();
        String path = new String(in.readBytes(), StandardCharsets.UTF_8);
        return new Origin(path, record, in.readRest());
    }
}
