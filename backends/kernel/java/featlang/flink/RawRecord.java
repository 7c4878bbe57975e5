package featlang.flink;

import featlang.kernel.Event;
import featlang.kernel.SourceReader;

/**
 * A record as it was found, on its way from a source to the operator that reads it.
 *
 * @param partition the partition whose greatest time decides what is late
 * @param path the file, or the topic and its partition
 * @param record its number in the file, from 1, or its offset; below 0 where it is no record, but news of the source
 * @param bytes the record; of a Parquet row null
 * @param event the decoded row of a Parquet file, or what columns take from a message besides its value, which is used again for the next
 *     one; else null
 * @param sent when a message was sent, as {@link SourceReader#sent} is told; {@link SourceReader#NOT_SENT} of any other record
 * @param stamped whether the broker says so
 * @param seen what is remembered of a partition that was assigned: the very object, shared with the reader; else null
 */
public record RawRecord(String partition, String path, long record, byte[] bytes, Event event, long sent, boolean stamped, SourceReader.Partition seen) {
    /** The number that stands for the header of a CSV file. */
    static final long HEADER = -1;
    private static final long ASSIGNED = -2;

    /** A record of a file. */
    public RawRecord(String partition, String path, long record, byte[] bytes, Event event) {
        this(partition, path, record, bytes, event, SourceReader.NOT_SENT, false, null);
    }

    /** That a task reads a partition from now on, of which {@code seen} is remembered. */
    static RawRecord assigned(String partition, SourceReader.Partition seen) {
        return new RawRecord(partition, partition, ASSIGNED, new byte[0], null, SourceReader.NOT_SENT, false, seen);
    }

    boolean isHeader() {
        return record == HEADER;
    }

    boolean isAssignment() {
        return record == ASSIGNED;
    }
}
