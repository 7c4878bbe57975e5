package featlang.flink;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

import featlang.topics.MessageCells;
import featlang.topics.TopicPart;
import featlang.topics.TopicRecords;

/**
 * A topic as a source of raw records with their partition and offset, by Flink's own connector, whose readers say besides which
 * partitions they have: what is awaited of them holds the watermark back from the beginning.
 *
 * <p>Partitions that a topic gets later are read from the next start on.
 */
public final class TopicSource implements Source<RawRecord, TopicSplit, KafkaSourceEnumState> {
    private static final long serialVersionUID = 1;

    private final KafkaSource<RawRecord> topic;
    private final boolean tells;

    private TopicSource(KafkaSource<RawRecord> topic, boolean tells) {
        this.topic = topic;
        this.tells = tells;
    }

    /**
     * @param sourceClass the generated class of what is read
     * @param properties of Kafka's consumer
     * @param start the first offset of each partition, by its number as a text; those that it lacks begin at their beginning
     * @param end the offset before which each ends; null where it goes on
     * @param tells whether the readers tell which partitions they have: not of a table, of which nothing is late
     */
    public static TopicSource of(
            String sourceClass, String topic, Map<String, String> properties, Map<String, Number> start, Map<String, Number> end,
            boolean tells) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.putAll(properties);
        settings.put(KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(), "-1");
        KafkaSourceBuilder<RawRecord> builder = KafkaSource.<RawRecord>builder()
                .setTopics(topic)
                .setProperties(settings)
                .setStartingOffsets(new Begin(offsets(topic, start)))
                .setDeserializer(new Raw(sourceClass));
        if (end != null) {
            builder.setBounded(new Begin(offsets(topic, end)));
        }
        return new TopicSource(builder.build(), tells);
    }

    private static HashMap<TopicPartition, Long> offsets(String topic, Map<String, Number> given) {
        HashMap<TopicPartition, Long> offsets = new HashMap<>();
        given.forEach((partition, offset) -> offsets.put(new TopicPartition(topic, Integer.parseInt(partition)), offset.longValue()));
        return offsets;
    }

    @Override
    public Boundedness getBoundedness() {
        return topic.getBoundedness();
    }

    @Override
    public SourceReader<RawRecord, TopicSplit> createReader(SourceReaderContext context) throws Exception {
        return new TopicReader(topic.createReader(context), tells);
    }

    @Override
    public SplitEnumerator<TopicSplit, KafkaSourceEnumState> createEnumerator(SplitEnumeratorContext<TopicSplit> context) {
        return new TopicSplits(topic.createEnumerator(new TopicSplits.Context(context)));
    }

    @Override
    public SplitEnumerator<TopicSplit, KafkaSourceEnumState> restoreEnumerator(
            SplitEnumeratorContext<TopicSplit> context, KafkaSourceEnumState checkpoint) throws Exception {
        return new TopicSplits(topic.restoreEnumerator(new TopicSplits.Context(context), checkpoint));
    }

    @Override
    public SimpleVersionedSerializer<TopicSplit> getSplitSerializer() {
        return new TopicSplit.Serializer();
    }

    @Override
    public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
        return topic.getEnumeratorCheckpointSerializer();
    }

    /** Offsets as given, else the beginning. An offset that is gone from the topic ends the job: nothing is skipped in silence. */
    private record Begin(HashMap<TopicPartition, Long> given) implements OffsetsInitializer {
        private static final long serialVersionUID = 1;

        @Override
        public Map<TopicPartition, Long> getPartitionOffsets(
                Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
            List<TopicPartition> others = partitions.stream().filter(each -> !given.containsKey(each)).toList();
            Map<TopicPartition, Long> offsets = new HashMap<>(others.isEmpty() ? Map.of() : retriever.beginningOffsets(others));
            partitions.stream().filter(given::containsKey).forEach(each -> offsets.put(each, given.get(each)));
            return offsets;
        }

        @Override
        public OffsetResetStrategy getAutoOffsetResetStrategy() {
            return OffsetResetStrategy.NONE;
        }
    }

    /** The bytes of a record's value with its position, and what columns take from the record besides. */
    private static final class Raw implements KafkaRecordDeserializationSchema<RawRecord> {
        private static final long serialVersionUID = 1;

        private final String sourceClass;
        private transient MessageCells cells;
        /** Of the partition of the record before, which the next one is mostly of too. */
        private transient String path;
        private transient int partition;

        Raw(String sourceClass) {
            this.sourceClass = sourceClass;
        }

        @Override
        public void open(DeserializationSchema.InitializationContext context) {
            ClassLoader loader = context.getUserCodeClassLoader().asClassLoader();
            cells = new MessageCells(Classes.create(loader, sourceClass, featlang.kernel.Source.class));
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RawRecord> out) {
            if (path == null || partition != record.partition()) {
                partition = record.partition();
                path = TopicPart.path(record.topic(), partition);
            }
            byte[] value = record.value() == null ? TopicRecords.NO_VALUE : record.value();
            out.collect(new RawRecord(
                    path, path, record.offset(), value, cells.of(record), TopicRecords.sent(record), TopicRecords.isStamped(record), null));
        }

        @Override
        public TypeInformation<RawRecord> getProducedType() {
            return ValueType.RAW_RECORD;
        }
    }
}
