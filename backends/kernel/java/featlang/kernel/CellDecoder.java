package featlang.kernel;

/**
 * Cells of a columnar file: an event whose slots hold what the file holds gives one whose slots hold what the language holds.
 *
 * <p>As the file holds it: a float any double; a string any bytes; a timestamp in µs, the nearest int64 where it is none; a duration in
 * the column's unit; bool, int, date and bytes as in any event.
 */
final class CellDecoder extends Decoder {
    CellDecoder(Source source) {
        super(source);
    }

    @Override
    Reject decode(byte[] record, Event event) {
        throw new IllegalStateException("records of a columnar file are no bytes");
    }

    /** Fills the event from the cells. */
    Reject decode(Event cells, Event event) {
        notFiniteCount = 0;
        for (int slot = 0; slot < columns.length; slot++) {
            if (cells.isNull[slot]) {
                Reject reject = nothing(slot, event);
                if (reject != null) {
                    return reject;
                }
                continue;
            }
            event.isNull[slot] = false;
            event.bits[slot] = cells.bits[slot];
            event.bytes[slot] = cells.bytes[slot];
            Reading reading = read(slot, event);
            if (reading == Reading.TYPE) {
                return refused(reading, slot, "not UTF-8", "text in UTF-8");
            }
            if (reading == Reading.RANGE) {
                return refused(reading, slot, Long.toString(cells.bits[slot]), "");
            }
        }
        return checkTime(event);
    }

    private Reading read(int slot, Event event) {
        long bits = event.bits[slot];
        switch (columns[slot].type()) {
            case FLOAT:
                decimal(slot, Double.longBitsToDouble(bits), event);
                return Reading.VALUE;
            case STRING:
                byte[] text = event.bytes[slot];
                return Utf8.invalid(text, 0, text.length) == text.length ? Reading.VALUE : Reading.TYPE;
            case TIMESTAMP:
                return instants.instant(bits);
            case DURATION:
                Reading reading = instants.micros(bits, columns[slot].unit());
                return reading == Reading.VALUE ? fill(event, slot, reading, instants.value) : reading;
            case DATE:
                return instants.day(bits);
            default:
                return Reading.VALUE;
        }
    }
}
