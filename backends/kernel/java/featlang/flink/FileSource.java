package featlang.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Files as a bounded source of raw records with their positions. All files together are one partition, read in the given order by
 * one task, because what is late depends on everything read before: the source runs with parallelism 1.
 */
public final class FileSource implements Source<RawRecord, FileSplit, List<FileSplit>> {
    private static final long serialVersionUID = 1;

    private final String name;
    private final String sourceClass;
    private final String format;
    private final ArrayList<String> files;
    private final Pause pause;

    /**
     * @param name the source's
     * @param sourceClass the generated class of the source, which says what columns a Parquet file must have
     * @param format {@code jsonl}, {@code csv} or {@code parquet}
     * @param files paths, in the order of reading
     * @param pause where reading pauses for a savepoint; null where it goes on to the end
     */
    public FileSource(String name, String sourceClass, String format, List<String> files, Pause pause) {
        this.name = name;
        this.sourceClass = sourceClass;
        this.format = format;
        this.files = new ArrayList<>(files);
        this.pause = pause;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<RawRecord, FileSplit> createReader(SourceReaderContext context) {
        ClassLoader loader = context.getUserCodeClassLoader().asClassLoader();
        return new FileReader(format, files, () -> Classes.create(loader, sourceClass, featlang.kernel.Source.class).columns(), context, pause);
    }

    @Override
    public SplitEnumerator<FileSplit, List<FileSplit>> createEnumerator(SplitEnumeratorContext<FileSplit> context) {
        return restoreEnumerator(context, List.of(new FileSplit(name, files, 0, 0, 0)));
    }

    @Override
    public SplitEnumerator<FileSplit, List<FileSplit>> restoreEnumerator(
            SplitEnumeratorContext<FileSplit> context, List<FileSplit> waiting) {
        return new Enumerator(context, waiting);
    }

    @Override
    public SimpleVersionedSerializer<FileSplit> getSplitSerializer() {
        return new FileSplit.Serializer();
    }

    @Override
    public SimpleVersionedSerializer<List<FileSplit>> getEnumeratorCheckpointSerializer() {
        return new WaitingSerializer();
    }

    /** Gives the one split to the first reader that asks. */
    private static final class Enumerator implements SplitEnumerator<FileSplit, List<FileSplit>> {
        private final SplitEnumeratorContext<FileSplit> context;
        private final List<FileSplit> waiting;

        Enumerator(SplitEnumeratorContext<FileSplit> context, List<FileSplit> waiting) {
            this.context = context;
            this.waiting = new ArrayList<>(waiting);
        }

        @Override
        public void start() {
            // Readers ask when they are ready.
        }

        @Override
        public void handleSplitRequest(int subtask, String host) {
            waiting.forEach(split -> context.assignSplit(split, subtask));
            waiting.clear();
            context.signalNoMoreSplits(subtask);
        }

        @Override
        public void addSplitsBack(List<FileSplit> splits, int subtask) {
            waiting.addAll(splits);
        }

        @Override
        public void addReader(int subtask) {
            // A reader asks for its split itself.
        }

        @Override
        public List<FileSplit> snapshotState(long checkpoint) {
            return List.copyOf(waiting);
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private static final class WaitingSerializer implements SimpleVersionedSerializer<List<FileSplit>> {
        private final FileSplit.Serializer splits = new FileSplit.Serializer();

        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(List<FileSplit> waiting) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(256);
            out.writeInt(waiting.size());
            for (FileSplit split : waiting) {
                ValueSerializer.writeBytes(splits.serialize(split), out);
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public List<FileSplit> deserialize(int version, byte[] serialized) throws IOException {
            DataInputDeserializer in = new DataInputDeserializer(serialized);
            int count = in.readInt();
            List<FileSplit> waiting = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                waiting.add(splits.deserialize(version, ValueSerializer.readBytes(in)));
            }
            return waiting;
        }
    }
}
