package featlang.kernel;

import featlang.kernel.AvroInput.NotAvro;
import java.math.BigInteger;
import java.util.Arrays;

/** Records in Avro's binary encoding, all of one schema: its fields become cells, which are read as those of a columnar file. */
final class AvroDecoder extends CellDecoder {
    private final AvroInput in = new AvroInput();
    private final AvroSchema record;
    private final boolean framed;
    /** For each field of the record, the column that it is; -1 for none. */
    private final int[] slotOf;
    private final Event cells;
    /** A scalar within a list, map or struct. */
    private final Event scalar = new Event(1);

    /** @param schema as {@link AvroSchema} reads it, checked against the columns by the compiler */
    AvroDecoder(Source source, String schema, boolean framed) {
        super(source);
        this.framed = framed;
        record = AvroSchema.of(schema);
        String[] names = new String[columns.length];
        for (int slot : source.slots(false)) { // Avro stands in topics alone
            names[slot] = columns[slot].name();
        }
        slotOf = places(record.names(), names);
        cells = new Event(columns.length);
    }

    @Override
    Reject decode(byte[] bytes, Event event) {
        Arrays.fill(cells.isNull, true);
        try {
            in.reset(bytes, framed);
            in.enter();
            for (int field = 0; field < slotOf.length; field++) {
                int slot = slotOf[field];
                AvroSchema held = slot < 0 ? null : held(record.parts()[field]);
                if (slot < 0) {
                    skip(record.parts()[field]);
                } else if (held != null) {
                    cells.isNull[slot] = false;
                    fill(held, columns[slot].structure(), cells, slot);
                }
            }
            in.end();
        } catch (NotAvro error) {
            return Reject.malformed("not Avro: " + error.getMessage());
        }
        return decode(cells, event);
    }

    /** For each field, where its name stands among others; -1 where it does not. */
    private static int[] places(String[] fields, String[] names) {
        return Arrays.stream(fields).mapToInt(Arrays.asList(names)::indexOf).toArray();
    }

    /** Of what follows the schema, once the branch of a union was read; null where that is null. */
    private AvroSchema held(AvroSchema schema) throws NotAvro {
        AvroSchema held = schema;
        if (schema.kind().equals(AvroSchema.UNION)) {
            held = schema.parts()[in.choice(schema.parts().length, "branch")];
        }
        return held.kind().equals(AvroSchema.NULL) ? null : held;
    }

    /** Fills a slot with what follows, which is not null. */
    private void fill(AvroSchema schema, Structure type, Event into, int slot) throws NotAvro {
        switch (type.type()) {
            case BOOL:
                into.bits[slot] = in.bool();
                break;
            case INT, DURATION, DATE:
                into.bits[slot] = integer(schema);
                break;
            case TIMESTAMP:
                into.bits[slot] = instants.nearest(integer(schema.parts()[0]), schema.kind());
                break;
            case FLOAT:
                into.bits[slot] = Double.doubleToRawLongBits(number(schema));
                break;
            case STRING, BYTES:
                into.bytes[slot] = bytes(schema);
                break;
            case DECIMAL:
                into.bytes[slot] = decimal(schema, type);
                break;
            default:
                Canonical parts = new Canonical();
                write(schema, type, parts);
                into.bytes[slot] = Arrays.copyOfRange(parts.buffer(), 1, parts.size()); // without that it is not null
        }
    }

    private long integer(AvroSchema schema) throws NotAvro {
        return schema.kind().equals("int") ? in.int32() : in.int64();
    }

    private double number(AvroSchema schema) throws NotAvro {
        return switch (schema.kind()) {
            case "float" -> in.float32();
            case "double" -> in.float64();
            default -> integer(schema);
        };
    }

    private byte[] bytes(AvroSchema schema) throws NotAvro {
        return switch (schema.kind()) {
            case "fixed" -> in.fixed(schema.size());
            case "enum" -> Text.utf8(schema.names()[in.choice(schema.names().length, "symbol")]);
            default -> in.bytes();
        };
    }

    private byte[] decimal(AvroSchema schema, Structure type) throws NotAvro {
        boolean isDecimal = schema.kind().equals("decimal");
        byte[] unscaled = isDecimal ? bytes(schema.parts()[0]) : null;
        BigInteger digits = !isDecimal
            ? BigInteger.valueOf(integer(schema))
            : unscaled.length == 0 ? BigInteger.ZERO : new BigInteger(unscaled);
        int scale = isDecimal ? schema.size() : 0;
        return Decimals.encoded(digits.multiply(BigInteger.TEN.pow(type.scale() - scale)));
    }

    /** Writes what follows, null or not. */
    private void part(AvroSchema schema, Structure type, Canonical out) throws NotAvro {
        AvroSchema held = held(schema);
        if (held == null) {
            out.writeNull();
        } else {
            write(held, type, out);
        }
    }

    /** Writes what follows, which is not null. */
    private void write(AvroSchema schema, Structure type, Canonical out) throws NotAvro {
        switch (type.type()) {
            case LIST, MAP -> items(schema, type, out);
            case STRUCT -> struct(schema, type, out);
            default -> {
                fill(schema, type, scalar, 0);
                scalar.isNull[0] = false;
                out.write(type.type(), scalar, 0);
            }
        }
    }

    private void items(AvroSchema schema, Structure type, Canonical out) throws NotAvro {
        in.enter();
        out.more(); // that it is not null
        for (int count = in.block(); count > 0; count = in.block()) {
            for (int i = 0; i < count; i++) {
                out.more();
                if (type.type() == Type.MAP) {
                    out.writeBytes(in.bytes());
                }
                part(schema.parts()[0], type.last(), out);
            }
        }
        out.end();
        in.leave();
    }

    /** The fields come in the schema's order, and are written in the type's. */
    private void struct(AvroSchema schema, Structure type, Canonical out) throws NotAvro {
        in.enter();
        Canonical[] fields = new Canonical[type.parts().length];
        int[] places = places(schema.names(), type.names());
        for (int field = 0; field < places.length; field++) {
            int place = places[field];
            if (place < 0) {
                skip(schema.parts()[field]);
            } else {
                fields[place] = new Canonical();
                part(schema.parts()[field], type.parts()[place], fields[place]);
            }
        }
        out.more();
        for (Canonical field : fields) {
            if (field == null) {
                out.writeNull();
            } else {
                out.copy(field.buffer(), 0, field.size());
            }
        }
        in.leave();
    }

    private void skip(AvroSchema schema) throws NotAvro {
        switch (schema.kind()) {
            case "null" -> { }
            case "boolean" -> in.bool();
            case "int" -> in.int32();
            case "long" -> in.int64();
            case "float" -> in.float32();
            case "double" -> in.float64();
            case "bytes", "string" -> in.skipBytes();
            case "fixed" -> in.skip(schema.size());
            case "enum" -> in.choice(schema.names().length, "symbol");
            case "union" -> skip(schema.parts()[in.choice(schema.parts().length, "branch")]);
            case "record" -> {
                in.enter();
                for (AvroSchema field : schema.parts()) {
                    skip(field);
                }
                in.leave();
            }
            case "array", "map" -> {
                in.enter();
                for (int count = in.block(); count > 0; count = in.block()) {
                    for (int i = 0; i < count; i++) {
                        if (schema.kind().equals("map")) {
                            in.skipBytes();
                        }
                        skip(schema.parts()[0]);
                    }
                }
                in.leave();
            }
            default -> throw new IllegalStateException("no type " + schema.kind());
        }
    }
}
