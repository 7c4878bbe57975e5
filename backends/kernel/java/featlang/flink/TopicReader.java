package featlang.flink;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * The connector's own reader, which says first which partitions it was given, with what the kernel is to remember of each. A checkpoint
 * takes both from here.
 */
final class TopicReader implements SourceReader<RawRecord, TopicSplit> {
    private final SourceReader<RawRecord, KafkaPartitionSplit> reader;
    private final Map<String, TopicSplit> given = new HashMap<>();
    private final Queue<TopicSplit> news = new ArrayDeque<>();
    private final boolean tells;
    private CompletableFuture<Void> newsAvailable = new CompletableFuture<>();

    TopicReader(SourceReader<RawRecord, KafkaPartitionSplit> reader, boolean tells) {
        this.reader = reader;
        this.tells = tells;
    }

    @Override
    public void start() {
        reader.start();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RawRecord> output) throws Exception {
        while (!news.isEmpty()) {
            TopicSplit split = news.poll();
            output.collect(RawRecord.assigned(split.path(), split.seen()));
        }
        if (newsAvailable.isDone()) {
            newsAvailable = new CompletableFuture<>();
        }
        return reader.pollNext(output);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        CompletableFuture<Void> records = reader.isAvailable();
        return records.isDone() || newsAvailable.isDone()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.anyOf(records, newsAvailable).thenAccept(any -> { });
    }

    @Override
    public void addSplits(List<TopicSplit> splits) {
        splits.forEach(split -> given.put(split.splitId(), split));
        if (tells) {
            news.addAll(splits);
        }
        reader.addSplits(splits.stream().map(TopicSplit::split).toList());
        newsAvailable.complete(null);
    }

    @Override
    public List<TopicSplit> snapshotState(long checkpoint) {
        return reader.snapshotState(checkpoint).stream().map(split -> new TopicSplit(split, given.get(split.splitId()).seen())).toList();
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
