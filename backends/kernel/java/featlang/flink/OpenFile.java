package featlang.flink;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import featlang.kernel.RecordSplitter;

/** The records of one file after another, of any of the formats. */
final class OpenFile implements Closeable {
    private final String format;
    private final String sourceClass;
    private final ClassLoader loader;
    private String partition;
    private String path;
    private RecordSplitter splitter;
    private byte[] header;

    OpenFile(String format, String sourceClass, ClassLoader loader) {
        this.format = format;
        this.sourceClass = sourceClass;
        this.loader = loader;
    }

    boolean isOpen() {
        return splitter != null;
    }

    /** A CSV file's header is the first record given, wherever reading then goes on. */
    void open(String ofPartition, String file, long alreadyRead) throws IOException {
        partition = ofPartition;
        path = file;
        splitter = RecordSplitter.of(format, Files.newInputStream(Path.of(file)));
        header = format.equals("csv") ? splitter.next() : null;
        for (long i = 0; i < alreadyRead; i++) {
            splitter.next();
        }
    }

    /** The next record, or null at the file's end. */
    RawRecord next() throws IOException {
        if (header != null) {
            RawRecord first = new RawRecord(partition, path, 0, header, null);
            header = null;
            return first;
        }
        byte[] bytes = splitter.next();
        return bytes == null ? null : new RawRecord(partition, path, splitter.record(), bytes, null);
    }

    @Override
    public void close() throws IOException {
        if (splitter != null) {
            splitter.close();
            splitter = null;
        }
    }
}
