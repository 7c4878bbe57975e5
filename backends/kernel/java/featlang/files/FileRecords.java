package featlang.files;

import featlang.kernel.HeaderException;
import featlang.kernel.Records;
import featlang.kernel.SourceReader;

/**
 * The records of a source's files, one file after another, given to a {@link SourceReader}: the loop of Spark and of the host
 * without an engine. The files are one partition. A file that cannot be read gives a {@link FileException}.
 */
public final class FileRecords implements Records {
    private final SourceReader reader;
    private final String format;
    private final FilePart[] files;
    private int file = -1;
    private OpenFile open;

    /**
     * @param reader made for the same format
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param files in the order of reading
     */
    public FileRecords(SourceReader reader, String format, FilePart... files) {
        this.reader = reader;
        this.format = format;
        this.files = files.clone();
    }

    @Override
    public boolean read(SourceReader.Partition partition, SourceReader.Output output) {
        for (;;) {
            if (open != null && open.next()) {
                take(reader, partition, path(), open, output);
                if (!open.isHeader()) {
                    return true;
                }
            } else if (!openNext(partition)) {
                return false;
            }
        }
    }

    /** Has a reader take the record, or the header, that a file was moved to. */
    public static void take(
        SourceReader reader, SourceReader.Partition partition, String path, OpenFile open, SourceReader.Output output) {
        if (open.isHeader()) {
            takeHeader(reader, path, open.bytes());
        } else if (open.event() != null) {
            reader.read(partition, open.event(), () -> RowText.json(reader.columns(), open.event()), output);
        } else {
            reader.read(partition, open.bytes(), output);
        }
    }

    /** Has a reader take the header of a CSV file. */
    public static void takeHeader(SourceReader reader, String path, byte[] header) {
        try {
            reader.header(header);
        } catch (HeaderException wrong) {
            throw new FileException(path, ": " + wrong.getMessage(), wrong);
        }
    }

    @Override
    public String path() {
        return files[file].path();
    }

    @Override
    public long record() {
        return open == null ? 0 : open.record();
    }

    private boolean openNext(SourceReader.Partition partition) {
        if (file + 1 >= files.length) {
            return false;
        }
        close();
        file++;
        open = OpenFile.of(format, files[file], reader::columns);
        if (files[file].position() >= 0) {
            partition.position = files[file].position();
        }
        return true;
    }

    @Override
    public void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
