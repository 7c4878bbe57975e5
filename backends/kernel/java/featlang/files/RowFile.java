package featlang.files;

import featlang.kernel.Column;
import featlang.kernel.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;

/**
 * A Parquet file of rows, which stands in its folder only once it is complete: until then its name begins with a dot, and readers
 * pass it over. Whoever writes the file again, as a task that is repeated does, replaces it. Times are INT64 µs UTC.
 */
public final class RowFile {
    /** What the rows of all files that a task has open may take in memory, about, and what part of the heap all tasks; those of one file at least. */
    private static final long MEMORY = 128L << 20;
    private static final long PART = 8;
    private static final long LEAST = 1L << 20;

    private final Path target;
    private final Path unfinished;
    private ParquetWriter<Object[]> writer;

    /**
     * @param folder made if it is missing
     * @param name of the file, without an ending
     * @param attempt tells apart those who may write the same file at a time
     * @param columns of the rows
     * @param rowGroup how many bytes of rows are held in memory, about
     */
    public RowFile(String folder, String name, String attempt, Column[] columns, long rowGroup) {
        target = Path.of(folder, name + ".parquet");
        unfinished = Path.of(folder, "." + name + "." + attempt);
        try {
            Files.createDirectories(target.getParent());
            Builder builder = new Builder(new LocalOutputFile(unfinished), columns)
                .withConf(new PlainParquetConfiguration())
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .withRowGroupSize(rowGroup);
            for (Column column : columns) {
                if (column.type() == Type.FLOAT || column.type() == Type.TIMESTAMP) {
                    // Mostly distinct: a dictionary would be built, and then given up.
                    builder.withDictionaryEncoding(column.name(), false);
                }
            }
            writer = builder.build();
        } catch (IOException error) {
            throw failure(error);
        }
    }

    /** The size of a row group where a task has so many files open at a time, and so many tasks run in this JVM. */
    public static long rowGroup(int files, int tasks) {
        long memory = Math.min(MEMORY, Runtime.getRuntime().maxMemory() / PART / Math.max(tasks, 1));
        return Math.max(memory / Math.max(files, 1), LEAST);
    }

    /** Takes a row, whose values are those of {@link featlang.kernel.Stage#columns}. */
    public void write(Object[] row) {
        try {
            writer.write(row);
        } catch (IOException error) {
            throw failure(error);
        }
    }

    /** Puts the file into its place. */
    public void commit() {
        try {
            writer.close();
            writer = null;
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException error) {
            throw failure(error);
        }
    }

    /** Leaves nothing behind of a file that was not put into its place. What fails meanwhile is of no interest: the task has failed. */
    public void discard() {
        if (writer == null) {
            return;
        }
        try (ParquetWriter<Object[]> open = writer) {
            writer = null;
        } catch (IOException | RuntimeException failure) {
            // Where a task is killed, its files are closed under it.
        } finally {
            unfinished.toFile().delete();
        }
    }

    private FileException failure(IOException cause) {
        return new FileException(target.toString(), " cannot be written: " + cause.getMessage(), cause);
    }

    private static final class Builder extends ParquetWriter.Builder<Object[], Builder> {
        private final Column[] columns;

        Builder(OutputFile file, Column[] columns) {
            super(file);
            this.columns = columns;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<Object[]> getWriteSupport(Configuration configuration) {
            return new Rows(columns);
        }

        @Override
        protected WriteSupport<Object[]> getWriteSupport(ParquetConfiguration configuration) {
            return new Rows(columns);
        }
    }

    private static final class Rows extends ParquetRows<Object[]> {
        Rows(Column[] columns) {
            super(columns);
        }

        @Override
        protected Object value(Object[] row, int column) {
            return row[column];
        }
    }
}
