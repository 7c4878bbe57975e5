package featlang.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Fills an event from a record, or says why it cannot: the checks of docs/decoding.md in their order. Used by one thread. */
abstract class Decoder {
    private static final int LONGEST_EXCERPT = 40;

    /** Why a record is no event. */
    record Reject(String code, String text) {
        static Reject malformed(String text) {
            return new Reject("malformed", text);
        }
    }

    final Column[] columns;
    final int time;
    final Numbers numbers = new Numbers();
    final Instants instants = new Instants();
    /** The columns whose NaN or infinity became null in the event decoded last: the first {@code notFiniteCount}. */
    final int[] notFinite;
    int notFiniteCount;

    Decoder(Source source) {
        columns = source.columns();
        time = source.time();
        notFinite = new int[columns.length];
    }

    /** Takes a file's header. */
    void header(byte[] record) {
        throw new IllegalStateException("records of this format have no header");
    }

    /** Fills the event, or tells why the record is none; then the event holds anything. */
    abstract Reject decode(byte[] record, Event event);

    /** Fills a slot with null, or refuses it. */
    final Reject nothing(int slot, Event event) {
        event.isNull[slot] = true;
        event.bytes[slot] = null;
        return columns[slot].nullable() ? null : nullValue(slot);
    }

    /** Fills a slot with a float: one that is not finite as null and counted, -0.0 as 0.0. */
    final void decimal(int slot, double value, Event event) {
        if (Math.abs(value) <= Double.MAX_VALUE) {
            event.bits[slot] = Double.doubleToRawLongBits(value + 0.0);
        } else {
            event.isNull[slot] = true;
            notFinite[notFiniteCount++] = slot;
        }
    }

    /** Fills a slot with 64 bits, if they were read. */
    static Reading fill(Event event, int slot, Reading reading, long bits) {
        event.bits[slot] = bits;
        return reading;
    }

    /** Fills a slot with bytes, if there are any. */
    static Reading fill(Event event, int slot, byte[] bytes) {
        event.bytes[slot] = bytes;
        return bytes == null ? Reading.TYPE : Reading.VALUE;
    }

    /** The last check: an event has a time. */
    final Reject checkTime(Event event) {
        return event.isNull[time] ? nullValue(time) : null;
    }

    final Reject refused(Reading reading, int slot, String found, String expected) {
        String what = "column `" + columns[slot].name() + "` is " + found;
        if (reading == Reading.RANGE) {
            String type = columns[slot].type().name().toLowerCase(Locale.ROOT);
            return new Reject("range", what + ", out of the range of " + type);
        }
        return new Reject("type", what + ", expected " + expected);
    }

    /** The beginning of a text, for people. The bytes are valid UTF-8, or are shown as far as they are. */
    static String excerpt(byte[] text, int from, int to) {
        if (to - from <= LONGEST_EXCERPT) {
            return new String(text, from, to - from, StandardCharsets.UTF_8);
        }
        int end = from + LONGEST_EXCERPT;
        while (end > from && (text[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(text, from, end - from, StandardCharsets.UTF_8) + "…";
    }

    private Reject nullValue(int slot) {
        return new Reject("null_value", "column `" + columns[slot].name() + "` is null");
    }
}
