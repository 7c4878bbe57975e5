package featlang.kernel;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

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
    private final int time;
    /** The columns that are read, ascending: all, or those that stand in the value of a message, or beside it. */
    int[] slots;
    final Numbers numbers = new Numbers();
    final Instants instants = new Instants();
    /** The columns whose NaN or infinity became null in the event decoded last: the first {@code notFiniteCount}. */
    final int[] notFinite;
    int notFiniteCount;
    /** Whether no float so far was NaN or infinite in the list, map or struct that is read. */
    boolean isFinite;

    private final Canonical parts = new Canonical();
    /** What could not be read: its type and what stands there, and how it is reached from its column, as {@code [2].city}. */
    private Structure wrongType;
    private String found;
    private String steps = "";
    private boolean isKey;

    Decoder(Source source) {
        columns = source.columns();
        time = source.time();
        slots = IntStream.range(0, columns.length).toArray();
        notFinite = new int[columns.length];
    }

    /** Takes a file's header. */
    void header(byte[] record) {
        throw new IllegalStateException("records of this format have no header");
    }

    /** Whether the record says nothing, and is not to be counted: no event and no reject. */
    boolean isNothing(byte[] record) {
        return false;
    }

    /** Fills the columns of the event that are read, or tells why the record is none; then the event holds anything. */
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

    /** The last check, of the whole event: it has a time. */
    final Reject checkTime(Event event) {
        return time >= 0 && event.isNull[time] ? nullValue(time) : null;
    }

    /** Keeps what could not be read, and why; gives why. */
    final Reading wrong(Reading why, Structure type, String there) {
        wrongType = type;
        found = there;
        return why;
    }

    /** Says that it is a key of a map that could not be read. */
    final Reading ofKey(Reading why) {
        isKey = true;
        return why;
    }

    /** Goes one step outwards from what could not be read. */
    final Reading within(String step, Reading why) {
        steps = step + steps;
        return why;
    }

    /** How a map's value is reached: {@code ["key"]}, or {@code [7]}. */
    static String entry(Type key, byte[] text) {
        return "[" + (key == Type.STRING ? quoted(text) : Text.string(text)) + "]";
    }

    /** The beginning of a text in quotes, for people. */
    static String quoted(byte[] text) {
        StringBuilder shown = new StringBuilder();
        PartsText.quote(excerpt(text, 0, text.length), shown);
        return shown.toString();
    }

    /** What values of a type look like in records of this format, for people. */
    abstract String expected(Column column, Structure type);

    /** Tells why the record is none, of what {@link #wrong} keeps. */
    final Reject refused(Reading why, int slot) {
        String name = (isKey ? "a key of " : "") + (steps.isEmpty() ? "column `" : "`") + columns[slot].name() + steps + "`";
        steps = "";
        isKey = false;
        return switch (why) {
            case NULL -> new Reject("null_value", name + " is null");
            case REPEATED -> Reject.malformed(name + " has a key twice");
            case RANGE -> new Reject("range", name + " is " + found + ", out of the range of " + wrongType);
            case TYPE -> new Reject("type", name + " is " + found + ", expected " + expected(columns[slot], wrongType));
            case VALUE -> throw new IllegalStateException("nothing is wrong");
        };
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
