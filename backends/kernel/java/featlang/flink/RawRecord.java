package featlang.flink;

import featlang.kernel.Event;

/**
 * A record as it was found, on its way from a source to the operator that reads it.
 *
 * @param partition the partition whose greatest time decides what is late
 * @param path the file
 * @param record its number in the file, from 1; 0 for the header of a CSV file
 * @param bytes the record; of a Parquet row null
 * @param event the decoded row of a Parquet file, which is used again for the next one; else null
 */
public record RawRecord(String partition, String path, long record, byte[] bytes, Event event) {
    /** The number that stands for a header. */
    static final long HEADER = 0;

    /** Whether this is the header of a CSV file. */
    boolean isHeader() {
        return record == HEADER;
    }
}
