package featlang.flink;

import org.apache.flink.types.Row;

import featlang.files.ParquetRows;

/** Flink's rows as Parquet records. */
final class RowWriteSupport extends ParquetRows<Row> {
    RowWriteSupport(RowShape shape) {
        super(shape.columns());
    }

    @Override
    protected Object value(Row row, int column) {
        return row.getField(column);
    }
}
