package featlang.flink;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;

import featlang.kernel.Column;

/** Reads the files of a split one after another, in the task's own thread. A checkpoint holds the file and the place in it. */
final class FileReader implements SourceReader<RawRecord, FileSplit> {
    private final String format;
    private final Supplier<Column[]> columns;
    private final SourceReaderContext context;
    private final CompletableFuture<Void> available = new CompletableFuture<>();
    private boolean noMoreSplits;
    private FileSplit split;
    private OpenFile open;

    FileReader(String format, Supplier<Column[]> columns, SourceReaderContext context) {
        this.format = format;
        this.columns = columns;
        this.context = context;
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
            return noMoreSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }
        while (split.file() < split.files().size()) {
            if (open == null) {
                open = OpenFile.of(format, split, columns);
            }
            RawRecord record = open.next();
            if (record != null) {
                output.collect(record);
                return InputStatus.MORE_AVAILABLE;
            }
            close();
            split = split.at(split.file() + 1, 0, 0);
        }
        return InputStatus.END_OF_INPUT;
    }

    @Override
    public List<FileSplit> snapshotState(long checkpoint) {
        if (open != null) {
            split = split.at(split.file(), Math.max(0, open.record()), open.offset());
        }
        return split == null ? List.of() : List.of(split);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<FileSplit> splits) {
        split = splits.get(0);
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
