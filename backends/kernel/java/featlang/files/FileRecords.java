package featlang.files;

import featlang.kernel.Event;
import featlang.kernel.HeaderException;
import featlang.kernel.RecordSplitter;
import featlang.kernel.SourceReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The records of a source's files, one file after another, given to a {@link SourceReader}: the loop of Spark and of the host
 * without an engine. The files are one partition. A file that cannot be read gives a {@link FileException}.
 */
public final class FileRecords implements Closeable {
    private final SourceReader reader;
    private final String format;
    private final FilePart[] files;
    private final Event cells;
    private int file = -1;
    private RecordSplitter splitter;
    private ParquetEvents rows;

    /**
     * How far was read.
     *
     * @param file the position of the file among the files; -1 before the first
     * @param record the number of the last record that was read of it
     * @param offset the offset of the byte behind that record; 0 in a Parquet file
     */
    public record Position(int file, long record, long offset) {
    }

    /**
     * @param reader made for the same format
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param files paths, in the order of reading
     */
    public FileRecords(SourceReader reader, String format, List<String> files) {
        this(reader, format, files.stream().map(FilePart::whole).toArray(FilePart[]::new));
    }

    /** Of files that are read in parts. */
    public FileRecords(SourceReader reader, String format, FilePart... parts) {
        this.reader = reader;
        this.format = format;
        this.files = parts.clone();
        cells = new Event(reader.columns().length);
    }

    /** Reads one record; false at the end of the last file. What becomes of the record goes to the output before this returns. */
    public boolean read(SourceReader.Partition partition, SourceReader.Output output) {
        for (;;) {
            if (rows != null && rows.next(cells)) {
                reader.read(partition, cells, () -> rows.raw(cells), output);
                return true;
            }
            byte[] record = splitter == null ? null : nextBytes();
            if (record != null) {
                reader.read(partition, record, output);
                return true;
            }
            if (file + 1 >= files.length) {
                return false;
            }
            close();
            file++;
            open();
            if (files[file].position() >= 0) {
                partition.position = files[file].position();
            }
        }
    }

    /** The file of the record read last. */
    public String path() {
        return files[file].path();
    }

    /** The number of the record read last: from 1 in each file. */
    public long record() {
        return rows != null ? rows.record() : splitter != null ? splitter.record() : 0;
    }

    /** Where to go on after the record read last. */
    public Position position() {
        return new Position(file, record(), splitter != null ? splitter.offset() : 0);
    }

    /** Goes on where {@link #position} was. */
    public void seek(Position position) {
        close();
        file = position.file();
        if (file < 0) {
            return;
        }
        open();
        if (rows != null) {
            rows.skip(position.record());
        } else {
            resume(position);
        }
    }

    @Override
    public void close() {
        if (rows != null) {
            rows.close();
            rows = null;
        }
        if (splitter != null) {
            try {
                splitter.close();
            } catch (IOException e) {
                throw unreadable(e);
            }
            splitter = null;
        }
    }

    private void open() {
        if (format.equals("parquet")) {
            rows = new ParquetEvents(path(), reader.columns());
            if (files[file].position() >= 0) {
                rows.only(files[file].first(), files[file].end());
            }
            return;
        }
        try {
            splitter = RecordSplitter.of(format, Files.newInputStream(Path.of(path())));
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (format.equals("csv")) {
            byte[] header = nextBytes();
            try {
                reader.header(header);
            } catch (HeaderException e) {
                throw new FileException(path(), ": " + e.getMessage(), e);
            }
        }
    }

    private void resume(Position position) {
        try {
            splitter.close();
            InputStream input = Files.newInputStream(Path.of(path()));
            splitter = RecordSplitter.resume(format, input, position.record(), position.offset());
            input.skipNBytes(position.offset());
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private byte[] nextBytes() {
        try {
            return splitter.next();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private FileException unreadable(IOException cause) {
        String why = cause instanceof NoSuchFileException ? "there is no such file" : String.valueOf(cause.getMessage());
        return new FileException(path(), " cannot be read: " + why, cause);
    }
}
