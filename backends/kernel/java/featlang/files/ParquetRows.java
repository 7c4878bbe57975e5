package featlang.files;

import static org.apache.parquet.schema.LogicalTypeAnnotation.dateType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;

import featlang.kernel.Column;
import featlang.kernel.Type;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/** Rows as Parquet records, in whatever form a host has them. Times are INT64 µs UTC. */
public abstract class ParquetRows<R> extends WriteSupport<R> {
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
                write(columns[i].type(), value);
                consumer.endField(columns[i].name(), i);
            }
        }
        consumer.endMessage();
    }

    private void write(Type type, Object value) {
        switch (type) {
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
        for (Column column : columns) {
            Repetition repetition = column.nullable() ? Repetition.OPTIONAL : Repetition.REQUIRED;
            message.addField(switch (column.type()) {
                case BOOL -> Types.primitive(PrimitiveTypeName.BOOLEAN, repetition).named(column.name());
                case FLOAT -> Types.primitive(PrimitiveTypeName.DOUBLE, repetition).named(column.name());
                case STRING -> Types.primitive(PrimitiveTypeName.BINARY, repetition).as(stringType()).named(column.name());
                case BYTES -> Types.primitive(PrimitiveTypeName.BINARY, repetition).named(column.name());
                case DATE -> Types.primitive(PrimitiveTypeName.INT32, repetition).as(dateType()).named(column.name());
                case INT, DURATION -> Types.primitive(PrimitiveTypeName.INT64, repetition).named(column.name());
                case TIMESTAMP -> Types.primitive(PrimitiveTypeName.INT64, repetition)
                    .as(timestampType(true, TimeUnit.MICROS)).named(column.name());
            });
        }
        return message.named("row");
    }
}
