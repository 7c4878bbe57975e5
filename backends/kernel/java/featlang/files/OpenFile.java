package featlang.files;

import featlang.kernel.Column;
import featlang.kernel.Event;
import featlang.kernel.RecordSplitter;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** A file that is being read: its raw records from a given place on. What goes wrong is a {@link FileException}. */
public abstract class OpenFile implements Closeable {
    /** Moves to the next record; false at the end. A CSV file's header comes first, wherever reading goes on then. */
    public abstract boolean next();

    /** Whether that is a CSV file's header. */
    public abstract boolean isHeader();

    /** The number of the last record that is none, from 1; 0 before the first. */
    public abstract long record();

    /** The offset of the byte behind it; 0 in a Parquet file. */
    public abstract long offset();

    /** The record; of a Parquet row null. */
    public abstract byte[] bytes();

    /** The row of a Parquet file, which is used again for the next one; else null. */
    public abstract Event event();

    @Override
    public abstract void close();

    /**
     * Opens a file to go on behind a record of it.
     *
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param record the number of that record, 0 to begin
     * @param offset of the byte behind it
     * @param columns of the source; asked for only where the file's format has columns
     */
    public static OpenFile at(String format, String path, long record, long offset, Supplier<Column[]> columns) {
        if (format.equals("parquet")) {
            Rows rows = new Rows(path, columns.get());
            rows.file.skip(record);
            return rows;
        }
        return new Records(format, path, record, offset);
    }

    /** Opens a part of a file. */
    public static OpenFile of(String format, FilePart part, Supplier<Column[]> columns) {
        if (format.equals("parquet") && part.position() >= 0) {
            Rows rows = new Rows(part.path(), columns.get());
            rows.file.only(part.first(), part.end());
            return rows;
        }
        return at(format, part.path(), 0, 0, columns);
    }

    /** A file of records in bytes. */
    private static final class Records extends OpenFile {
        private final String path;
        private RecordSplitter splitter;
        private byte[] header;
        private boolean isHeader;
        private byte[] record;

        Records(String format, String path, long record, long offset) {
            this.path = path;
            try {
                splitter = RecordSplitter.of(format, Files.newInputStream(Path.of(path)));
                if (format.equals("csv")) {
                    header = splitter.next();
                }
                if (offset > 0) {
                    splitter.close();
                    InputStream rest = Files.newInputStream(Path.of(path));
                    splitter = RecordSplitter.resume(format, rest, record, offset);
                    rest.skipNBytes(offset);
                }
            } catch (IOException error) {
                throw unreadable(error);
            }
        }

        @Override
        public boolean next() {
            isHeader = header != null;
            if (isHeader) {
                record = header;
                header = null;
                return true;
            }
            try {
                record = splitter.next();
            } catch (IOException error) {
                throw unreadable(error);
            }
            return record != null;
        }

        @Override
        public boolean isHeader() {
            return isHeader;
        }

        @Override
        public long record() {
            return Math.max(0, splitter.record());
        }

        @Override
        public long offset() {
            return splitter.offset();
        }

        @Override
        public byte[] bytes() {
            return record;
        }

        @Override
        public Event event() {
            return null;
        }

        @Override
        public void close() {
            try {
                splitter.close();
            } catch (IOException error) {
                throw unreadable(error);
            }
        }

        private FileException unreadable(IOException error) {
            String why = error instanceof NoSuchFileException ? "there is no such file" : String.valueOf(error.getMessage());
            return new FileException(path, " cannot be read: " + why, error);
        }
    }

    /** A Parquet file. */
    private static final class Rows extends OpenFile {
        private final ParquetEvents file;
        private final Event event;

        Rows(String path, Column[] columns) {
            file = new ParquetEvents(path, columns);
            event = new Event(columns.length);
        }

        @Override
        public boolean next() {
            return file.next(event);
        }

        @Override
        public boolean isHeader() {
            return false;
        }

        @Override
        public long record() {
            return file.record();
        }

        @Override
        public long offset() {
            return 0;
        }

        @Override
        public byte[] bytes() {
            return null;
        }

        @Override
        public Event event() {
            return event;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
