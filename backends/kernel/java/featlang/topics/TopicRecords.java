package featlang.topics;

import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import featlang.kernel.Records;
import featlang.kernel.SourceReader;

/** Has the kernel read the records of a range of a topic's partition, in the order of their offsets. */
public final class TopicRecords implements Records {
    private static final Duration WAIT = Duration.ofSeconds(1);
    /** So long a broker is waited for that gives nothing of what is there; whoever runs the task may try it again. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** What a record without a value is read as, as it stands in no other record. */
    public static final byte[] NO_VALUE = {};

    private final TopicPart part;
    private final SourceReader reader;
    private final MessageCells cells;
    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private Iterator<ConsumerRecord<byte[], byte[]>> fetched = Collections.emptyIterator();
    private long offset;

    /** @param properties of Kafka's consumer */
    public TopicRecords(SourceReader reader, Map<String, String> properties, TopicPart part) {
        this.part = part;
        this.reader = reader;
        reader.messages();
        cells = new MessageCells(reader.source());
        partition = new TopicPartition(part.topic(), part.partition());
        Properties settings = new Properties();
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.putAll(properties);
        // What is gone is no end of the range: it is told, not skipped.
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seek(partition, part.from());
    }

    @Override
    public boolean read(SourceReader.Partition state, SourceReader.Output output) {
        long reached = Long.MIN_VALUE;
        long since = 0;
        while (!fetched.hasNext()) {
            // Where the last records are marks of transactions, no record ends the range, but the position does.
            long position = consumer.position(partition);
            if (position >= part.until()) {
                return false;
            }
            if (position > reached) {
                reached = position;
                since = System.nanoTime();
            } else if (System.nanoTime() - since > PATIENCE.toNanos()) {
                throw new IllegalStateException(
                        "no record came from " + part.path() + " for " + PATIENCE.toSeconds() + " s, where " + (part.until() - position)
                                + " are awaited");
            }
            fetched = consumer.poll(WAIT).records(partition).iterator();
        }
        ConsumerRecord<byte[], byte[]> record = fetched.next();
        if (record.offset() >= part.until()) {
            return false;
        }
        offset = record.offset();
        reader.sent(sent(record), isStamped(record));
        reader.read(state, record.value() == null ? NO_VALUE : record.value(), cells.of(record), output);
        return true;
    }

    /** When a message was sent, µs, as {@link SourceReader#sent} is told. */
    public static long sent(ConsumerRecord<?, ?> record) {
        return record.timestamp() < 0 ? SourceReader.NOT_SENT : TimeUnit.MILLISECONDS.toMicros(record.timestamp());
    }

    /** Whether that is the broker's word. */
    public static boolean isStamped(ConsumerRecord<?, ?> record) {
        return record.timestampType() == TimestampType.LOG_APPEND_TIME;
    }

    @Override
    public String path() {
        return part.path();
    }

    @Override
    public long record() {
        return offset;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
