package featlang.kernel;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The records of a {@code jsonl} or {@code csv} file, in their order (docs/decoding.md). A CSV file's first record is its header, of
 * number 0. Of a record that is longer than {@link SourceReader#LONGEST_RECORD} one byte more than that is given, and no more is held.
 */
public final class RecordSplitter implements Closeable {
    private static final int CHUNK = 1 << 17;
    /** The longest record with the {@code \r} before its end, and the byte that shows that it is longer. */
    private static final int LONGEST_HELD = SourceReader.LONGEST_RECORD + 2;

    private final InputStream input;
    private final boolean csv;
    private byte[] buffer = new byte[CHUNK];
    /** The file's offset of the buffer's first byte. */
    private long base;
    /** The buffer's bytes of the file: [0, limit). */
    private int limit;
    private boolean ended;
    /** Where the record begins, or, after some of it was dropped, what is left of it. */
    private int start;
    private int position;
    private long record;
    /** The beginning of a record that is too long, of which the rest is dropped; else null. */
    private byte[] beginning;
    private boolean droppedOnlySpace;

    private RecordSplitter(boolean csv, InputStream input, long record, long offset) {
        this.csv = csv;
        this.input = input;
        this.record = record;
        base = offset;
    }

    /** From a file's first byte on. */
    public static RecordSplitter of(String format, InputStream input) throws IOException {
        boolean csv = isCsv(format);
        RecordSplitter splitter = new RecordSplitter(csv, input, csv ? -1 : 0, 0);
        if (csv) {
            splitter.skipByteOrderMark();
        }
        return splitter;
    }

    /** From a record's first byte on: {@code input} stands where {@link #offset} was after the record of that number. */
    public static RecordSplitter resume(String format, InputStream input, long record, long offset) {
        return new RecordSplitter(isCsv(format), input, record, offset);
    }

    /** The next record, without its line end and never an empty one (but a header may be); null at the end. */
    public byte[] next() throws IOException {
        for (;;) {
            start = position;
            beginning = null;
            droppedOnlySpace = true;
            int end = csv ? csvEnd() : lineEnd();
            if (end == start && end == limit) {
                position = end;
                return null;
            }
            record++;
            boolean terminated = end < limit;
            position = terminated ? end + 1 : end;
            int to = terminated && end > start && buffer[end - 1] == '\r' ? end - 1 : end;
            if (!isEmpty(to)) {
                return beginning != null ? beginning : Arrays.copyOfRange(buffer, start, start + Math.min(to - start, LONGEST_HELD - 1));
            }
        }
    }

    /** The number of the record given last: from 1 in each file, empty ones counted. */
    public long record() {
        return record;
    }

    /** The file's offset of the first byte behind the record given last. */
    public long offset() {
        return base + position;
    }

    @Override
    public void close() throws IOException {
        input.close();
    }

    private static boolean isCsv(String format) {
        if (!format.equals("csv") && !format.equals("jsonl")) {
            throw new IllegalArgumentException("no format of records in bytes: " + format);
        }
        return format.equals("csv");
    }

    private boolean isEmpty(int to) {
        if (csv) {
            return record > 0 && beginning == null && to == start;
        }
        return droppedOnlySpace && isSpace(start, to);
    }

    private boolean isSpace(int from, int to) {
        int at = from;
        while (at < to && (buffer[at] == ' ' || buffer[at] == '\t')) {
            at++;
        }
        return at == to;
    }

    /** The position of the record's {@code \n}, or the limit at the end of the file. */
    private int lineEnd() throws IOException {
        int at = start;
        for (;;) {
            at = Bytes.find(buffer, at, limit, '\n');
            if (at < limit || ended) {
                return at;
            }
            at = more(at);
        }
    }

    /** As {@link #lineEnd}, outside quotes. */
    private int csvEnd() throws IOException {
        int at = start;
        boolean inQuotes = false;
        // A quote opens a quoted field as a field's first byte, or directly behind the quote that closed one: it was a doubled one.
        boolean mayOpen = true;
        for (;;) {
            int found = inQuotes ? Bytes.find(buffer, at, limit, '"') : Bytes.find(buffer, at, limit, '\n', '"');
            if (found > at) {
                mayOpen = buffer[found - 1] == ',';
            }
            at = found;
            if (at == limit) {
                if (ended) {
                    return at;
                }
                at = more(at);
            } else if (inQuotes) {
                inQuotes = false;
                mayOpen = true;
                at++;
            } else if (buffer[at] == '\n') {
                return at;
            } else {
                inQuotes = mayOpen;
                mayOpen = false;
                at++;
            }
        }
    }

    /** Reads on; returns where the position {@code at} of the same byte is now. Keeps the record, or of a too long one its last byte. */
    private int more(int at) throws IOException {
        if (beginning == null && limit - start > LONGEST_HELD) {
            beginning = Arrays.copyOfRange(buffer, start, start + LONGEST_HELD - 1);
        }
        if (beginning != null && limit > start) {
            droppedOnlySpace = droppedOnlySpace && isSpace(start, limit - 1);
            start = limit - 1;
        }
        int shift = start;
        System.arraycopy(buffer, shift, buffer, 0, limit - shift);
        base += shift;
        limit -= shift;
        start = 0;
        if (limit == buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(2 * limit, LONGEST_HELD + CHUNK));
        }
        int count = input.read(buffer, limit, buffer.length - limit);
        ended = count < 0;
        limit += Math.max(count, 0);
        return at - shift;
    }

    private void skipByteOrderMark() throws IOException {
        while (limit < 3 && !ended) {
            more(0);
        }
        if (limit >= 3 && (buffer[0] & 0xFF) == 0xEF && (buffer[1] & 0xFF) == 0xBB && (buffer[2] & 0xFF) == 0xBF) {
            position = 3;
        }
    }
}
