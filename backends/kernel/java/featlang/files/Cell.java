package featlang.files;

import featlang.kernel.Decimals;
import featlang.kernel.Event;
import featlang.kernel.Structure;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.BsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** How one physical type of Parquet fills a slot of an event (the table of docs/decoding.md). */
interface Cell {
    /** The Julian day of 1970-01-01. */
    long EPOCH_JULIAN_DAY = 2_440_588;
    long MICROS_A_DAY = 86_400_000_000L;

    /** Fills the slot with the reader's current value, which is not null. */
    void read(ColumnReader reader, Event into, int slot);

    /** How a column of the file is read as a declared type without parts, or as a decimal; null where it cannot be. */
    static Cell of(Structure structure, Type field) {
        featlang.kernel.Type wanted = structure.type();
        if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) {
            return null;
        }
        PrimitiveTypeName physical = field.asPrimitiveType().getPrimitiveTypeName();
        LogicalTypeAnnotation logical = field.getLogicalTypeAnnotation();
        return switch (wanted) {
            case BOOL -> physical == PrimitiveTypeName.BOOLEAN ? Cell::bool : null;
            case INT -> integer(physical, logical);
            case FLOAT -> decimal(physical, logical);
            case STRING -> physical == PrimitiveTypeName.BINARY && logical instanceof StringLogicalTypeAnnotation ? Cell::bytes : null;
            case BYTES -> isBytes(physical, logical) ? Cell::bytes : null;
            case TIMESTAMP -> timestamp(physical, logical);
            case DURATION -> physical == PrimitiveTypeName.INT64 ? integer(physical, logical) : null;
            case DATE -> physical == PrimitiveTypeName.INT32 && logical instanceof DateLogicalTypeAnnotation ? Cell::int32 : null;
            case DECIMAL -> digits(structure, physical, logical);
            case LIST, MAP, STRUCT -> null;
        };
    }

    private static Cell integer(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        boolean signed = logical == null || logical instanceof IntLogicalTypeAnnotation annotation && annotation.isSigned();
        if (!signed) {
            return null;
        }
        return physical == PrimitiveTypeName.INT32 ? Cell::int32 : physical == PrimitiveTypeName.INT64 ? Cell::int64 : null;
    }

    /** Whole numbers, and decimals with at most as many digits behind the point as the declared type has. */
    private static Cell digits(Structure structure, PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        int scale = 0;
        if (logical instanceof DecimalLogicalTypeAnnotation annotation) {
            scale = annotation.getScale();
        } else if (integer(physical, logical) == null) {
            return null;
        }
        if (scale > structure.scale()) {
            return null;
        }
        BigInteger factor = BigInteger.TEN.pow(structure.scale() - scale);
        return switch (physical) {
            case INT32 -> (reader, into, slot) -> into.bytes[slot] =
                Decimals.encoded(BigInteger.valueOf(reader.getInteger()).multiply(factor));
            case INT64 -> (reader, into, slot) -> into.bytes[slot] = Decimals.encoded(BigInteger.valueOf(reader.getLong()).multiply(factor));
            case BINARY, FIXED_LEN_BYTE_ARRAY -> (reader, into, slot) -> into.bytes[slot] =
                Decimals.encoded(new BigInteger(reader.getBinary().getBytes()).multiply(factor));
            default -> null;
        };
    }

    private static Cell decimal(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        return switch (physical) {
            case DOUBLE -> (reader, into, slot) -> into.bits[slot] = Double.doubleToRawLongBits(reader.getDouble());
            case FLOAT -> (reader, into, slot) -> into.bits[slot] = Double.doubleToRawLongBits(reader.getFloat());
            case INT32 -> integer(physical, logical) == null
                ? null
                : (reader, into, slot) -> into.bits[slot] = Double.doubleToRawLongBits(reader.getInteger());
            case INT64 -> integer(physical, logical) == null
                ? null
                : (reader, into, slot) -> into.bits[slot] = Double.doubleToRawLongBits(reader.getLong());
            default -> null;
        };
    }

    private static boolean isBytes(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        if (physical == PrimitiveTypeName.BINARY) {
            return logical == null || logical instanceof EnumLogicalTypeAnnotation || logical instanceof JsonLogicalTypeAnnotation
                || logical instanceof BsonLogicalTypeAnnotation;
        }
        return physical == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY && (logical == null || logical instanceof UUIDLogicalTypeAnnotation);
    }

    private static Cell timestamp(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        if (physical == PrimitiveTypeName.INT96) {
            return Cell::int96;
        }
        if (physical != PrimitiveTypeName.INT64 || !(logical instanceof TimestampLogicalTypeAnnotation annotation)) {
            return null;
        }
        return switch (annotation.getUnit()) {
            case MILLIS -> (reader, into, slot) -> into.bits[slot] = productOrNearest(reader.getLong(), 1_000);
            case MICROS -> Cell::int64;
            case NANOS -> (reader, into, slot) -> into.bits[slot] = Math.floorDiv(reader.getLong(), 1_000);
        };
    }

    private static void bool(ColumnReader reader, Event into, int slot) {
        into.bits[slot] = reader.getBoolean() ? 1 : 0;
    }

    private static void bytes(ColumnReader reader, Event into, int slot) {
        into.bytes[slot] = reader.getBinary().getBytes();
    }

    private static void int32(ColumnReader reader, Event into, int slot) {
        into.bits[slot] = reader.getInteger();
    }

    private static void int64(ColumnReader reader, Event into, int slot) {
        into.bits[slot] = reader.getLong();
    }

    /** Nanoseconds of the day, then the Julian day. */
    private static void int96(ColumnReader reader, Event into, int slot) {
        ByteBuffer value = reader.getBinary().toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        long ofDay = Math.floorDiv(value.getLong(value.position()), 1_000);
        long days = value.getInt(value.position() + Long.BYTES) - EPOCH_JULIAN_DAY;
        long micros = productOrNearest(days, MICROS_A_DAY);
        long sum = micros + ofDay;
        boolean overflowed = ((micros ^ sum) & (ofDay ^ sum)) < 0;
        into.bits[slot] = overflowed ? micros < 0 ? Long.MIN_VALUE : Long.MAX_VALUE : sum;
    }

    /** The product with a positive factor; where it does not fit, the nearest int64, which is no instant either. */
    private static long productOrNearest(long value, long factor) {
        long product = value * factor;
        return Math.multiplyHigh(value, factor) == product >> 63 ? product : value < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
