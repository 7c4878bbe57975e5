package featlang.flink;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;

/** Reads the files of a split one after another, in the task's own thread. A checkpoint holds the file and the record. */
final class FileReader implements SourceReader<RawRecord, FileSplit> {
    private final OpenFile records;
    private final SourceReaderContext context;
    private CompletableFuture<Void> available = new CompletableFuture<>();
    private boolean noMoreSplits;
    private FileSplit split;
    private int file;
    private long read;

    FileReader(OpenFile records, SourceReaderContext context) {
        this.records = records;
        this.context = context;
    }

    @Override
    public void start() {
        if (split == null) {
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RawRecord> output) throws IOException {
        if (split == null) {
            return noMoreSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }
        while (file < split.files().size()) {
            if (!records.isOpen()) {
                records.open(split.name(), split.files().get(file), read);
            }
            RawRecord record = records.next();
            if (record != null) {
                if (!record.isHeader()) {
                    read++;
                }
                output.collect(record);
                return InputStatus.MORE_AVAILABLE;
            }
            records.close();
            file++;
            read = 0;
        }
        return InputStatus.END_OF_INPUT;
    }

    @Override
    public List<FileSplit> snapshotState(long checkpoint) {
        return split == null ? List.of() : List.of(new FileSplit(split.name(), split.files(), file, read));
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<FileSplit> splits) {
        for (FileSplit given : splits) {
            split = given;
            file = given.file();
            read = given.records();
        }
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        available.complete(null);
    }

    @Override
    public void close() throws IOException {
        records.close();
    }
}
