package featlang.flink;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;

import featlang.files.OpenFile;
import featlang.kernel.Column;

/**
 * Reads the files of a split one after another, in the task's own thread. A checkpoint holds the file and the place in it.
 *
 * <p>For a savepoint it pauses: once so many records were read, or all, it gives no more and does not end.
 */
final class FileReader implements SourceReader<RawRecord, FileSplit> {
    private final String format;
    private final List<String> files;
    private final Supplier<Column[]> columns;
    private final SourceReaderContext context;
    private final Pause pause;
    private CompletableFuture<Void> available = new CompletableFuture<>();
    private long read;
    private boolean noMoreSplits;
    private FileSplit split;
    private OpenFile open;

    /**
     * @param files what the source reads, in order; a restored split goes on in them
     * @param pause null where there is none
     */
    FileReader(String format, List<String> files, Supplier<Column[]> columns, SourceReaderContext context, Pause pause) {
        this.format = format;
        this.files = files;
        this.columns = columns;
        this.context = context;
        this.pause = pause;
    }

    @Override
    public void start() {
        if (split == null) {
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RawRecord> output) {
        if (split == null) {
            return noMoreSplits ? end() : InputStatus.NOTHING_AVAILABLE;
        }
        while (split.file() < split.files().size()) {
            if (open == null) {
                open = OpenFile.at(format, split.files().get(split.file()), split.record(), split.offset(), columns);
            }
            if (pause != null && read >= pause.records()) {
                return end();
            }
            if (open.next()) {
                long record = open.isHeader() ? RawRecord.HEADER : open.record();
                read += open.isHeader() ? 0 : 1;
                output.collect(new RawRecord(split.name(), split.files().get(split.file()), record, open.bytes(), open.event()));
                return InputStatus.MORE_AVAILABLE;
            }
            if (pause != null && split.file() == files.size() - 1) {
                return end(); // at the end of what there is so far: the savepoint's next run may find more here
            }
            close();
            split = split.at(split.file() + 1, 0, 0);
        }
        return end();
    }

    private InputStatus end() {
        if (pause == null) {
            return InputStatus.END_OF_INPUT;
        }
        pause.reached(context.getIndexOfSubtask());
        available = new CompletableFuture<>(); // never completed
        return InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public List<FileSplit> snapshotState(long checkpoint) {
        if (open != null) {
            split = split.at(split.file(), open.record(), open.offset());
        }
        return split == null ? List.of() : List.of(split);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<FileSplit> splits) {
        split = splits.get(0).in(files);
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        available.complete(null);
    }

    @Override
    public void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
