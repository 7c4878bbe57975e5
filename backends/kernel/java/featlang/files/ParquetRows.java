package featlang.files;

import static org.apache.parquet.schema.LogicalTypeAnnotation.dateType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.decimalType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.listType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.mapType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;

import featlang.kernel.Column;
import featlang.kernel.Decimals;
import featlang.kernel.PartsReader;
import featlang.kernel.Structure;
import featlang.kernel.Type;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/** Rows as Parquet records, in whatever form a host has them. Times are INT64 µs UTC. */
public abstract class ParquetRows<R> extends WriteSupport<R> {
    private static final String LIST = "list";
    private static final String ITEM = "element";
    private static final String ENTRIES = "key_value";
    private static final String KEY = "key";
    private static final String VALUE = "value";

    private final Column[] columns;
    private RecordConsumer consumer;

    protected ParquetRows(Column[] columns) {
        this.columns = columns;
    }

    /** A value of the row, as {@link featlang.kernel.Stage#columns} says, or null. */
    protected abstract Object value(R row, int column);

    @Override
    public final WriteContext init(Configuration configuration) {
        return new WriteContext(schema(), Map.of());
    }

    @Override
    public final WriteContext init(ParquetConfiguration configuration) {
        return new WriteContext(schema(), Map.of());
    }

    @Override
    public final void prepareForWrite(RecordConsumer recordConsumer) {
        consumer = recordConsumer;
    }

    @Override
    public final void write(R row) {
        consumer.startMessage();
        for (int i = 0; i < columns.length; i++) {
            Object value = value(row, i);
            if (value != null) {
                consumer.startField(columns[i].name(), i);
                write(columns[i].structure(), value);
                consumer.endField(columns[i].name(), i);
            }
        }
        consumer.endMessage();
    }

    private void write(Structure type, Object value) {
        switch (type.type()) {
            case BOOL -> consumer.addBoolean((Boolean) value);
            case FLOAT -> consumer.addDouble((Double) value);
            case STRING -> consumer.addBinary(Binary.fromString((String) value));
            case BYTES -> consumer.addBinary(Binary.fromConstantByteArray((byte[]) value));
            case DATE -> consumer.addInteger(Math.toIntExact((Long) value));
            case INT, TIMESTAMP, DURATION -> consumer.addLong((Long) value);
            case DECIMAL, LIST, MAP, STRUCT -> write(type, new PartsReader((byte[]) value));
        }
    }

    /** A value that is not null, from its encoding. */
    private void write(Structure type, PartsReader in) {
        switch (type.type()) {
            case BOOL -> consumer.addBoolean(in.bits(Type.BOOL) != 0);
            case FLOAT -> consumer.addDouble(Double.longBitsToDouble(in.bits(Type.FLOAT)));
            case STRING, BYTES -> consumer.addBinary(Binary.fromConstantByteArray(in.bytes(type)));
            case DATE -> consumer.addInteger(Math.toIntExact(in.bits(Type.DATE)));
            case INT, TIMESTAMP, DURATION -> consumer.addLong(in.bits(type.type()));
            case DECIMAL -> {
                byte[] number = in.bytes(type);
                number[0] ^= (byte) 0x80;
                consumer.addBinary(Binary.fromConstantByteArray(number));
            }
            case LIST -> repeated(type, in, LIST, ITEM);
            case MAP -> repeated(type, in, ENTRIES, KEY, VALUE);
            case STRUCT -> {
                consumer.startGroup();
                parts(type, in, type.names());
                consumer.endGroup();
            }
        }
    }

    /** The items of a list or the entries of a map: a group of so many groups. */
    private void repeated(Structure type, PartsReader in, String name, String... parts) {
        consumer.startGroup();
        boolean any = false;
        while (in.more()) {
            if (!any) {
                consumer.startField(name, 0);
                any = true;
            }
            consumer.startGroup();
            parts(type, in, parts);
            consumer.endGroup();
        }
        if (any) {
            consumer.endField(name, 0);
        }
        consumer.endGroup();
    }

    private void parts(Structure type, PartsReader in, String... names) {
        for (int i = 0; i < names.length; i++) {
            if (!in.isNull()) {
                consumer.startField(names[i], i);
                write(type.parts()[i], in);
                consumer.endField(names[i], i);
            }
        }
    }

    private MessageType schema() {
        Types.MessageTypeBuilder message = Types.buildMessage();
        for (Column column : columns) {
            Repetition repetition = column.nullable() ? Repetition.OPTIONAL : Repetition.REQUIRED;
            message.addField(field(column.structure(), repetition, column.name()));
        }
        return message.named("row");
    }

    /** What is within another may be null whatever its type says: a float that was not finite is. A map's keys never are. */
    private static org.apache.parquet.schema.Type field(Structure type, Repetition repetition, String name) {
        return switch (type.type()) {
            case BOOL -> Types.primitive(PrimitiveTypeName.BOOLEAN, repetition).named(name);
            case FLOAT -> Types.primitive(PrimitiveTypeName.DOUBLE, repetition).named(name);
            case STRING -> Types.primitive(PrimitiveTypeName.BINARY, repetition).as(stringType()).named(name);
            case BYTES -> Types.primitive(PrimitiveTypeName.BINARY, repetition).named(name);
            case DATE -> Types.primitive(PrimitiveTypeName.INT32, repetition).as(dateType()).named(name);
            case INT, DURATION -> Types.primitive(PrimitiveTypeName.INT64, repetition).named(name);
            case TIMESTAMP -> Types.primitive(PrimitiveTypeName.INT64, repetition).as(timestampType(true, TimeUnit.MICROS)).named(name);
            case DECIMAL -> Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
                .length(Decimals.LENGTH).as(decimalType(type.scale(), type.precision())).named(name);
            case LIST -> Types.buildGroup(repetition).as(listType())
                .addField(Types.repeatedGroup().addField(field(type.last(), Repetition.OPTIONAL, ITEM)).named(LIST))
                .named(name);
            case MAP -> Types.buildGroup(repetition).as(mapType())
                .addField(Types.repeatedGroup()
                    .addField(field(type.parts()[0], Repetition.REQUIRED, KEY))
                    .addField(field(type.last(), Repetition.OPTIONAL, VALUE))
                    .named(ENTRIES))
                .named(name);
            case STRUCT -> {
                Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition);
                for (int i = 0; i < type.parts().length; i++) {
                    group.addField(field(type.parts()[i], Repetition.OPTIONAL, type.names()[i]));
                }
                yield group.named(name);
            }
        };
    }
}
