package featlang.flink;

import featlang.kernel.Event;

/**
 * A record as it was found, on its way from a source to the operator that reads it.
 *
 * @param partition the partition whose greatest time decides what is late
 * @param path the file, or the topic and its partition
 * @param record its number in the file, from 1, or its offset; below 0 where it is no record, but news of the source
 * @param bytes the record; of a Parquet row null
 * @param event the decoded row of a Parquet file, which is used again for the next one; else null
 */
public record RawRecord(String partition, String path, long record, byte[] bytes, Event event) {
    /** The number that stands for the header of a CSV file. */
    static final long HEADER = -1;
    private static final long ASSIGNED = -2;
    private static final long NOTHING = -3;

    /** That a task reads a partition from now on. */
    static RawRecord assigned(String partition) {
        return new RawRecord(partition, "", ASSIGNED, new byte[0], null);
    }

    /** That a task has nothing to read, and will have nothing. */
    static RawRecord nothing() {
        return new RawRecord("", "", NOTHING, new byte[0], null);
    }

    boolean isHeader() {
        return record == HEADER;
    }

    boolean isAssignment() {
        return record == ASSIGNED;
    }

    boolean isNothing() {
        return record == NOTHING;
    }
}
