package featlang.spark;

import java.time.Instant;
import java.time.LocalDate;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

import featlang.kernel.Column;
import featlang.kernel.Type;

/** A group's rows as Spark sees them: the schema, and the values in the classes that its encoder takes. */
final class RowShape {
    private static final int MICROS = 1_000_000;

    private final Column[] columns;

    RowShape(Column[] columns) {
        this.columns = columns;
    }

    StructType schema() {
        StructField[] fields = new StructField[columns.length];
        for (int i = 0; i < columns.length; i++) {
            fields[i] = DataTypes.createStructField(columns[i].name(), dataType(columns[i].type()), columns[i].nullable());
        }
        return DataTypes.createStructType(fields);
    }

    /** Of the values that {@link featlang.kernel.Stage.Rows} gives; the array itself is left as it is. */
    Row row(Object[] values) {
        Object[] converted = values.clone();
        for (int i = 0; i < columns.length; i++) {
            if (converted[i] != null) {
                if (columns[i].type() == Type.TIMESTAMP) {
                    converted[i] = instant((Long) converted[i]);
                } else if (columns[i].type() == Type.DATE) {
                    converted[i] = LocalDate.ofEpochDay((Long) converted[i]);
                }
            }
        }
        return RowFactory.create(converted);
    }

    private static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, MICROS), Math.floorMod(micros, MICROS) * 1_000L);
    }

    private static DataType dataType(Type type) {
        return switch (type) {
            case BOOL -> DataTypes.BooleanType;
            case INT, DURATION -> DataTypes.LongType;
            case FLOAT -> DataTypes.DoubleType;
            case STRING -> DataTypes.StringType;
            case BYTES -> DataTypes.BinaryType;
            case TIMESTAMP -> DataTypes.TimestampType;
            case DATE -> DataTypes.DateType;
        };
    }
}
