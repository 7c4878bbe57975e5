package featlang.kernel;

/**
 * Cells of a columnar file: an event whose slots hold what the file holds gives one whose slots hold what the language holds.
 *
 * <p>As the file holds it: a float any double; a string any bytes; a timestamp in µs, the nearest int64 where it is none; a duration in
 * the column's unit; bool, int, date, bytes and decimal as in any event; a list, map or struct as in any event, but of such parts, and a
 * map's entries in any order.
 */
class CellDecoder extends Decoder {
    CellDecoder(Source source) {
        super(source);
    }

    @Override
    Reject decode(byte[] record, Event event) {
        throw new IllegalStateException("records of a columnar file are no bytes");
    }

    /** Fills the event from the cells. */
    final Reject decode(Event cells, Event event) {
        notFiniteCount = 0;
        for (int slot : slots) {
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
            if (reading != Reading.VALUE) {
                return refused(reading, slot);
            }
        }
        return null;
    }

    @Override
    String expected(Column column, Structure type) {
        return "text in UTF-8"; // all else is checked when the file is opened
    }

    private Reading read(int slot, Event event) {
        long bits = event.bits[slot];
        Structure type = columns[slot].structure();
        switch (type.type()) {
            case FLOAT:
                decimal(slot, Double.longBitsToDouble(bits), event);
                return Reading.VALUE;
            case STRING:
                return text(event.bytes[slot], type);
            case TIMESTAMP:
                return number(instants.instant(bits), type, bits);
            case DURATION:
                Reading reading = instants.micros(bits, columns[slot].unit());
                return number(fill(event, slot, reading, instants.value), type, bits);
            case DATE:
                return number(instants.day(bits), type, bits);
            case DECIMAL:
                return decimal(event.bytes[slot], type);
            case LIST, MAP, STRUCT:
                PartsReader in = new PartsReader(event.bytes[slot]);
                return ended(event, slot, value(in, columns[slot], type, begun()));
            default:
                return Reading.VALUE;
        }
    }

    private Reading text(byte[] text, Structure type) {
        return Utf8.invalid(text, 0, text.length) == text.length ? Reading.VALUE : wrong(Reading.TYPE, type, "not UTF-8");
    }

    private Reading decimal(byte[] decimal, Structure type) {
        return Decimals.fits(type, Decimals.unscaled(decimal)) ? Reading.VALUE : wrong(Reading.RANGE, type, "a number");
    }

    private Reading number(Reading reading, Structure type, long bits) {
        return reading == Reading.VALUE ? reading : wrong(reading, type, Long.toString(bits));
    }

    private Reading part(PartsReader in, Column column, Structure type, boolean nullable, Canonical out) {
        if (in.isNull()) {
            out.writeNull();
            return nullable ? Reading.VALUE : Reading.NULL;
        }
        return value(in, column, type, out);
    }

    /** Writes a value that is not null. */
    private Reading value(PartsReader in, Column column, Structure type, Canonical out) {
        switch (type.type()) {
            case LIST:
                out.more(); // that it is not null
                for (int i = 0; in.more(); i++) {
                    out.more();
                    Reading reading = part(in, column, type.last(), type.lastNullable(), out);
                    if (reading != Reading.VALUE) {
                        return within("[" + i + "]", reading);
                    }
                }
                out.end();
                return Reading.VALUE;
            case STRUCT:
                out.more();
                for (int i = 0; i < type.parts().length; i++) {
                    Reading reading = part(in, column, type.parts()[i], type.nullable()[i], out);
                    if (reading != Reading.VALUE) {
                        return within("." + type.names()[i], reading);
                    }
                }
                return Reading.VALUE;
            case MAP:
                out.more();
                return map(in, column, type, out);
            case STRING:
                byte[] text = in.bytes(type);
                out.writeBytes(text);
                return text(text, type);
            case BYTES:
                out.writeBytes(in.bytes(type));
                return Reading.VALUE;
            case DECIMAL:
                byte[] decimal = in.bytes(type);
                out.writeParts(decimal);
                return decimal(decimal, type);
            default:
                long bits = in.bits(type.type());
                return number(scalar(bits, column, type.type(), out), type, bits);
        }
    }

    private Reading map(PartsReader in, Column column, Structure type, Canonical out) {
        Entries entries = new Entries();
        while (in.more()) {
            Canonical key = new Canonical();
            Canonical value = new Canonical();
            Reading reading = part(in, column, type.parts()[0], false, key);
            if (reading != Reading.VALUE) {
                return ofKey(reading);
            }
            reading = part(in, column, type.last(), type.lastNullable(), value);
            if (reading != Reading.VALUE) {
                return within(entry(type.parts()[0], key.toBytes()), reading);
            }
            entries.add(key.toBytes(), value.toBytes());
        }
        return entries.write(out) ? Reading.VALUE : Reading.REPEATED;
    }

    private static String entry(Structure type, byte[] encoded) {
        PartsReader key = new PartsReader(encoded);
        key.isNull(); // it never is
        return entry(type.type(), type.type() == Type.STRING ? key.bytes(type) : Text.utf8(Long.toString(key.bits(type.type()))));
    }

    private Reading scalar(long bits, Column column, Type type, Canonical out) {
        switch (type) {
            case FLOAT:
                double number = Double.longBitsToDouble(bits);
                if (Math.abs(number) <= Double.MAX_VALUE) {
                    out.writeBits(type, Double.doubleToRawLongBits(number + 0.0));
                } else {
                    isFinite = false;
                    out.writeNull();
                }
                return Reading.VALUE;
            case TIMESTAMP:
                out.writeBits(type, bits);
                return instants.instant(bits);
            case DURATION:
                Reading reading = instants.micros(bits, column.unit());
                out.writeBits(type, instants.value);
                return reading;
            case DATE:
                out.writeBits(type, bits);
                return instants.day(bits);
            default:
                out.writeBits(type, bits);
                return Reading.VALUE;
        }
    }
}
