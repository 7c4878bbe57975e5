package featlang.flink;

import java.io.IOException;
import java.net.URI;
import java.util.UUID;

import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.types.Row;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

import featlang.files.RowFile;
import featlang.kernel.Type;

/** Rows into Parquet files: times are INT64 µs UTC, so that every reader gives them back exactly. */
public final class ParquetFiles {
    private static final String SUFFIX = ".parquet";

    private ParquetFiles() {
    }

    /**
     * A sink of one folder of files, each visible only when it is complete.
     *
     * @param blocks whose rows are written: each has a file open in each task
     */
    public static Sink<Row> sink(String folder, RowShape shape, int blocks) {
        URI place = path(folder).toUri();
        Path root = new Path(place.getScheme(), place.getAuthority(), "/");
        return FileSink.forBulkFormat(root, new Factory(shape, RowFile.rowGroup(blocks, 1)))
                .withBucketAssigner(new OneFolder(place.getPath().substring(1)))
                .withRollingPolicy(OnCheckpointRollingPolicy.build())
                .withOutputFileConfig(OutputFileConfig.builder().withPartSuffix(SUFFIX).build())
                .build();
    }

    /** Writes a file without rows where a finished run wrote none, so that readers find the columns. */
    public static void ensureAny(String folder, RowShape shape) throws IOException {
        Path path = path(folder);
        FileSystem files = path.getFileSystem();
        if (files.exists(path)) {
            for (FileStatus status : files.listStatus(path)) {
                if (status.getPath().getName().endsWith(SUFFIX)) {
                    return;
                }
            }
        }
        files.mkdirs(path);
        Path file = new Path(path, "part-" + UUID.randomUUID() + SUFFIX);
        try (FSDataOutputStream stream = files.create(file, FileSystem.WriteMode.NO_OVERWRITE)) {
            new Factory(shape, RowFile.rowGroup(1, 1)).create(stream).finish();
        }
    }

    /** A path as it stands, of whatever characters, or an address with a scheme. */
    private static Path path(String folder) {
        return new Path(folder.contains("://") ? URI.create(folder) : java.nio.file.Path.of(folder).toUri());
    }

    /** One bucket for all rows, which bears the folder's path: a job that is restored with another folder goes on in that. */
    private record OneFolder(String path) implements BucketAssigner<Row, String> {
        @Override
        public String getBucketId(Row row, Context context) {
            return path;
        }

        @Override
        public SimpleVersionedSerializer<String> getSerializer() {
            return SimpleVersionedStringSerializer.INSTANCE;
        }
    }

    private static final class Factory implements BulkWriter.Factory<Row> {
        private static final long serialVersionUID = 1;

        private final RowShape shape;
        private final long rowGroup;

        Factory(RowShape shape, long rowGroup) {
            this.shape = shape;
            this.rowGroup = rowGroup;
        }

        @Override
        public BulkWriter<Row> create(FSDataOutputStream stream) throws IOException {
            Builder builder = new Builder(new Out(stream), shape)
                    .withConf(new PlainParquetConfiguration())
                    .withCompressionCodec(CompressionCodecName.SNAPPY)
                    .withRowGroupSize(rowGroup);
            for (int i = 0; i < shape.types().length; i++) {
                if (shape.types()[i].type() == Type.FLOAT || shape.types()[i].type() == Type.TIMESTAMP) {
                    // Mostly distinct: a dictionary would be built, and then given up.
                    builder.withDictionaryEncoding(shape.names()[i], false);
                }
            }
            return new Writer(builder.build(), stream);
        }
    }

    private record Writer(ParquetWriter<Row> writer, FSDataOutputStream stream) implements BulkWriter<Row> {
        @Override
        public void addElement(Row row) throws IOException {
            writer.write(row);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }

        @Override
        public void finish() throws IOException {
            writer.close();
        }
    }

    private static final class Builder extends ParquetWriter.Builder<Row, Builder> {
        private final RowShape shape;

        Builder(OutputFile file, RowShape shape) {
            super(file);
            this.shape = shape;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<Row> getWriteSupport(Configuration configuration) {
            return new RowWriteSupport(shape);
        }

        @Override
        protected WriteSupport<Row> getWriteSupport(ParquetConfiguration configuration) {
            return new RowWriteSupport(shape);
        }
    }

    /** Flink's stream as the file that Parquet writes. Flink closes it. */
    private record Out(FSDataOutputStream stream) implements OutputFile {
        @Override
        public PositionOutputStream create(long blockSize) {
            return new PositionStream(stream);
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSize) {
            return create(blockSize);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }

    private static final class PositionStream extends PositionOutputStream {
        private final FSDataOutputStream stream;

        PositionStream(FSDataOutputStream stream) {
            this.stream = stream;
        }

        @Override
        public long getPos() throws IOException {
            return stream.getPos();
        }

        @Override
        public void write(int value) throws IOException {
            stream.write(value);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            stream.write(bytes, from, length);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }
    }
}
