package featlang.kernel;

import java.io.Closeable;

/** The records of one partition of a source, given to a {@link SourceReader} one after another. */
public interface Records extends Closeable {
    /** Reads one record; false at the end. What becomes of the record goes to the output before this returns. */
    boolean read(SourceReader.Partition partition, SourceReader.Output output);

    /** Where the record read last stands: its file, or its partition of a topic. */
    String path();

    /** The number of the record read last: from 1 in each file; its offset in a topic. */
    long record();

    @Override
    void close();
}
