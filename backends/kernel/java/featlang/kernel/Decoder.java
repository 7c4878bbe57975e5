package featlang.kernel;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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
    /** Whether no float so far was NaN or infinite in the list, map or struct that is read. */
    boolean isFinite;

    private final Canonical parts = new Canonical();

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

    /** Where the list, map or struct is written that is read next; {@link #ended} puts it into its slot. */
    final Canonical begun() {
        isFinite = true;
        parts.clear();
        return parts;
    }

    /** Fills a slot with what was written since {@link #begun}; counts once that floats in it were not finite. */
    final Reading ended(Event event, int slot, Reading reading) {
        if (!isFinite) {
            notFinite[notFiniteCount++] = slot;
        }
        event.bytes[slot] = Arrays.copyOfRange(parts.buffer(), 1, Math.max(parts.size(), 1)); // without that it is not null
        return reading;
    }

    /** Fills a slot with the decimal that a text is: {@code TYPE} for one that is no number, {@code RANGE} for one out of its type. */
    static Reading decimal(byte[] text, Event event, int slot, Structure type) {
        String written = new String(text, StandardCharsets.ISO_8859_1);
        if (!NumberText.isNumber(written)) {
            return Reading.TYPE;
        }
        BigDecimal number = Decimals.parsed(written);
        if (number == null || number.signum() != 0 && number.stripTrailingZeros().scale() > type.scale()) {
            return Reading.RANGE;
        }
        event.bytes[slot] = Decimals.nearest(type, number);
        return event.bytes[slot] == null ? Reading.RANGE : Reading.VALUE;
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
        String name = "column `" + columns[slot].name() + "`";
        if (reading == Reading.NULL) {
            return new Reject("null_value", name + " holds a null where `" + columns[slot].structure() + "` has none");
        }
        if (reading == Reading.REPEATED) {
            return Reject.malformed(name + " has a key twice");
        }
        String what = name + " is " + found;
        if (reading == Reading.RANGE) {
            return new Reject("range", what + ", out of the range of " + columns[slot].structure());
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
