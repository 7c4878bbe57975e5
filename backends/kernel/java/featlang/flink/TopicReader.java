package featlang.flink;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

import featlang.topics.TopicPart;

/**
 * A reader of a topic that says first which partitions it was given, or that it gets none. Without a partition it does not end while
 * others go on: of a task that has ended no checkpoint could keep how far the partitions had come.
 */
final class TopicReader implements SourceReader<RawRecord, KafkaPartitionSplit> {
    private final SourceReader<RawRecord, KafkaPartitionSplit> reader;
    private final boolean bounded;
    private final Queue<RawRecord> news = new ArrayDeque<>();
    private CompletableFuture<Void> newsAvailable = new CompletableFuture<>();
    private boolean ended;

    TopicReader(SourceReader<RawRecord, KafkaPartitionSplit> reader, Boundedness boundedness) {
        this.reader = reader;
        bounded = boundedness == Boundedness.BOUNDED;
    }

    @Override
    public void start() {
        reader.start();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RawRecord> output) throws Exception {
        while (!news.isEmpty()) { // all at once: between them there is no checkpoint
            output.collect(news.poll());
        }
        if (ended) {
            return InputStatus.NOTHING_AVAILABLE;
        }
        if (newsAvailable.isDone()) {
            newsAvailable = new CompletableFuture<>();
        }
        InputStatus status = reader.pollNext(output);
        if (status != InputStatus.END_OF_INPUT || bounded) {
            return status;
        }
        ended = true;
        newsAvailable = new CompletableFuture<>(); // never completed
        output.collect(RawRecord.nothing());
        return InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        if (ended) {
            return newsAvailable;
        }
        CompletableFuture<Void> records = reader.isAvailable();
        return records.isDone() || newsAvailable.isDone()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.anyOf(records, newsAvailable).thenAccept(any -> { });
    }

    @Override
    public void addSplits(List<KafkaPartitionSplit> splits) {
        splits.forEach(split -> news.add(RawRecord.assigned(TopicPart.path(split.getTopic(), split.getPartition()))));
        reader.addSplits(splits);
        newsAvailable.complete(null);
    }

    @Override
    public List<KafkaPartitionSplit> snapshotState(long checkpoint) {
        return reader.snapshotState(checkpoint);
    }

    @Override
    public void notifyNoMoreSplits() {
        reader.notifyNoMoreSplits();
        newsAvailable.complete(null);
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) throws Exception {
        reader.notifyCheckpointComplete(checkpoint);
    }

    @Override
    public void notifyCheckpointAborted(long checkpoint) throws Exception {
        reader.notifyCheckpointAborted(checkpoint);
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        reader.handleSourceEvents(event);
    }

    @Override
    public void pauseOrResumeSplits(Collection<String> toPause, Collection<String> toResume) {
        reader.pauseOrResumeSplits(toPause, toResume);
    }

    @Override
    public void close() throws Exception {
        reader.close();
    }
}
