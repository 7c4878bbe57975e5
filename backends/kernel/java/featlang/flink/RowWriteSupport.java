package featlang.flink;

import static org.apache.parquet.schema.LogicalTypeAnnotation.dateType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;

import java.util.Map;

import org.apache.flink.types.Row;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/** A row as a Parquet record. */
final class RowWriteSupport extends WriteSupport<Row> {
    private final RowShape shape;
    private RecordConsumer consumer;

    RowWriteSupport(RowShape shape) {
        this.shape = shape;
    }

    @Override
    public WriteContext init(Configuration configuration) {
        return new WriteContext(schema(), Map.of());
    }

    @Override
    public WriteContext init(ParquetConfiguration configuration) {
        return new WriteContext(schema(), Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
        consumer = recordConsumer;
    }

    @Override
    public void write(Row row) {
        consumer.startMessage();
        for (int i = 0; i < shape.names().length; i++) {
            Object value = row.getField(i);
            if (value != null) {
                consumer.startField(shape.names()[i], i);
                writeValue(i, value);
                consumer.endField(shape.names()[i], i);
            }
        }
        consumer.endMessage();
    }

    private void writeValue(int column, Object value) {
        switch (shape.types()[column]) {
            case BOOL -> consumer.addBoolean((Boolean) value);
            case FLOAT -> consumer.addDouble((Double) value);
            case STRING -> consumer.addBinary(Binary.fromString((String) value));
            case BYTES -> consumer.addBinary(Binary.fromConstantByteArray((byte[]) value));
            case DATE -> consumer.addInteger(Math.toIntExact((Long) value));
            case INT, TIMESTAMP, DURATION -> consumer.addLong((Long) value);
        }
    }

    private MessageType schema() {
        Types.MessageTypeBuilder message = Types.buildMessage();
        for (int i = 0; i < shape.names().length; i++) {
            PrimitiveTypeName primitive = switch (shape.types()[i]) {
                case BOOL -> PrimitiveTypeName.BOOLEAN;
                case FLOAT -> PrimitiveTypeName.DOUBLE;
                case STRING, BYTES -> PrimitiveTypeName.BINARY;
                case DATE -> PrimitiveTypeName.INT32;
                case INT, TIMESTAMP, DURATION -> PrimitiveTypeName.INT64;
            };
            LogicalTypeAnnotation meaning = switch (shape.types()[i]) {
                case STRING -> stringType();
                case DATE -> dateType();
                case TIMESTAMP -> timestampType(true, LogicalTypeAnnotation.TimeUnit.MICROS);
                default -> null;
            };
            Repetition repetition = shape.nullable()[i] ? Repetition.OPTIONAL : Repetition.REQUIRED;
            message.addField(Types.primitive(primitive, repetition).as(meaning).named(shape.names()[i]));
        }
        return message.named("row");
    }
}
