package featlang.flink;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;

import featlang.files.FileException;
import featlang.files.ParquetEvents;
import featlang.kernel.Column;
import featlang.kernel.Event;
import featlang.kernel.RecordSplitter;

/** The file that a source is reading: its raw records from a given place on. What goes wrong is a {@link FileException}. */
abstract class OpenFile implements Closeable {
    /** The next record, or null at the end. A CSV file's header comes first, wherever reading goes on then. */
    abstract RawRecord next();

    /** The number of the last record that was given. */
    abstract long record();

    /** The offset of the byte behind it; 0 in a Parquet file. */
    abstract long offset();

    @Override
    public abstract void close();

    /**
     * Opens the file where the split is.
     *
     * @param columns of the source; asked for only where the file's format has columns
     */
    static OpenFile of(String format, FileSplit split, Supplier<Column[]> columns) {
        String path = split.files().get(split.file());
        if (format.equals("parquet")) {
            return new Rows(split, path, columns.get());
        }
        try {
            return new Records(format, split, path);
        } catch (IOException error) {
            throw unreadable(path, error);
        }
    }

    private static FileException unreadable(String path, IOException error) {
        String why = error instanceof NoSuchFileException ? "there is no such file" : String.valueOf(error.getMessage());
        return new FileException(path, " cannot be read: " + why, error);
    }

    /** A file of records in bytes. */
    private static final class Records extends OpenFile {
        private final String partition;
        private final String path;
        private byte[] header;
        private RecordSplitter splitter;

        Records(String format, FileSplit split, String path) throws IOException {
            partition = split.name();
            this.path = path;
            splitter = RecordSplitter.of(format, Files.newInputStream(Path.of(path)));
            if (format.equals("csv")) {
                header = splitter.next();
            }
            if (split.offset() > 0) {
                splitter.close();
                InputStream rest = Files.newInputStream(Path.of(path));
                rest.skipNBytes(split.offset());
                splitter = RecordSplitter.resume(format, rest, split.record(), split.offset());
            }
        }

        @Override
        RawRecord next() {
            if (header != null) {
                RawRecord first = new RawRecord(partition, path, 0, header, null);
                header = null;
                return first;
            }
            try {
                byte[] bytes = splitter.next();
                return bytes == null ? null : new RawRecord(partition, path, splitter.record(), bytes, null);
            } catch (IOException error) {
                throw unreadable(path, error);
            }
        }

        @Override
        long record() {
            return splitter.record();
        }

        @Override
        long offset() {
            return splitter.offset();
        }

        @Override
        public void close() {
            try {
                splitter.close();
            } catch (IOException error) {
                throw unreadable(path, error);
            }
        }
    }

    /** A Parquet file. One event serves for all its rows. */
    private static final class Rows extends OpenFile {
        private final String partition;
        private final String path;
        private final ParquetEvents rows;
        private final Event event;

        Rows(FileSplit split, String path, Column[] columns) {
            partition = split.name();
            this.path = path;
            rows = new ParquetEvents(path, columns);
            rows.skip(split.record());
            event = new Event(columns.length);
        }

        @Override
        RawRecord next() {
            return rows.next(event) ? new RawRecord(partition, path, rows.record(), null, event) : null;
        }

        @Override
        long record() {
            return rows.record();
        }

        @Override
        long offset() {
            return 0;
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
