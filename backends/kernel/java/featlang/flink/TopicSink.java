package featlang.flink;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;

import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.types.Row;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import featlang.kernel.Column;
import featlang.kernel.SourceReader;
import featlang.kernel.Text;
import featlang.topics.RowJson;

/** Rows, and refused records, into topics. */
public final class TopicSink {
    private static final Logger LOG = LoggerFactory.getLogger(TopicSink.class);
    /** How long a request may be, and so a message that is not compressed yet, unless the producer is told otherwise: bytes. */
    private static final String LONGEST_REQUEST = "1048576";
    /** More than a message takes beside its key and value, or the record and the values of its headers. */
    private static final int BESIDE = 1_024;

    private TopicSink() {
    }

    private static int longest(Map<String, String> properties) {
        return Integer.parseInt(properties.getOrDefault("max.request.size", LONGEST_REQUEST)) - BESIDE;
    }

    /**
     * Rows as JSON objects. The message's key is one too, of the columns that are named: equal for equal rows, however often they are
     * written. A row that is too long for a message is left out, which is logged: no row ends a job.
     *
     * @param properties of Kafka's producer
     * @param transactions what the names of transactions begin with, where each row is to be there exactly once; null where it may be there
     *     more than once after a failure
     */
    public static KafkaSink<Row> rows(String topic, Map<String, String> properties, List<String> key, String transactions, RowShape shape) {
        return sink(properties, transactions, new Rows(topic, longest(properties), shape, key.stream().mapToInt(shape::position).toArray()));
    }

    /**
     * Records as they were found; of which source, where, and why they were refused, is said in headers. Of one that is too long for a message its
     * beginning, and its {@code length}: no record ends a job.
     */
    public static KafkaSink<Row> refused(String topic, String source, Map<String, String> properties) {
        return sink(properties, null, new Refused(topic, source, properties));
    }

    /** From when on the rows of a gated table count: of equal positions the last message holds. */
    public static KafkaSink<Row> log(String topic, Map<String, String> properties) {
        return rows(topic, properties, List.of("path", "record"), null, RowShape.EFFECTIVE);
    }

    private static KafkaSink<Row> sink(
            Map<String, String> properties, String transactions, KafkaRecordSerializationSchema<Row> serializer) {
        Properties settings = new Properties();
        settings.putAll(properties);
        KafkaSinkBuilder<Row> builder = KafkaSink.<Row>builder()
                .setBootstrapServers(settings.getProperty("bootstrap.servers"))
                .setKafkaProducerConfig(settings)
                .setRecordSerializer(serializer)
                .setDeliveryGuarantee(transactions == null ? DeliveryGuarantee.AT_LEAST_ONCE : DeliveryGuarantee.EXACTLY_ONCE);
        return (transactions == null ? builder : builder.setTransactionalIdPrefix(transactions)).build();
    }

    private static final class Rows implements KafkaRecordSerializationSchema<Row> {
        private static final long serialVersionUID = 1;

        private final String topic;
        private final int longest;
        private final RowShape shape;
        private final int[] key;
        private transient Column[] columns;
        private transient int[] all;
        private transient boolean told;

        Rows(String topic, int longest, RowShape shape, int[] key) {
            this.topic = topic;
            this.longest = longest;
            this.shape = shape;
            this.key = key;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(Row row, KafkaSinkContext context, Long timestamp) {
            if (columns == null) {
                columns = shape.columns();
                all = IntStream.range(0, columns.length).toArray();
            }
            Object[] values = new Object[row.getArity()];
            for (int i = 0; i < values.length; i++) {
                values[i] = row.getField(i);
            }
            byte[] named = RowJson.of(columns, key, values);
            byte[] value = RowJson.of(columns, all, values);
            if ((long) named.length + value.length > longest) {
                tell(named.length + value.length);
                return null; // no message
            }
            return new ProducerRecord<>(topic, named, value);
        }

        private void tell(int length) {
            if (!told) {
                told = true;
                LOG.warn("topic {} takes not every row: one of {} bytes is left out, max.request.size is shorter", topic, length);
            }
        }
    }

    static final class Refused implements KafkaRecordSerializationSchema<Row> {
        private static final long serialVersionUID = 1;

        private final String topic;
        private final byte[] source;
        private final int longest;

        Refused(String topic, String source, Map<String, String> properties) {
            this.topic = topic;
            this.source = Text.utf8(source);
            longest = longest(properties);
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(Row row, KafkaSinkContext context, Long timestamp) {
            Headers headers = new RecordHeaders();
            headers.add("source", source);
            int room = longest - source.length;
            for (String name : List.of("path", "record", "code", "text")) {
                byte[] value = Text.utf8(String.valueOf(row.getField(RowShape.REFUSED.position(name))));
                headers.add(name, value);
                room -= value.length;
            }
            byte[] raw = (byte[]) row.getField(RowShape.REFUSED.position("raw"));
            if (raw.length > room) {
                headers.add("length", Text.utf8(Integer.toString(raw.length)));
                raw = Arrays.copyOf(raw, Math.max(0, Math.min(room, SourceReader.LONGEST_RAW)));
            }
            return new ProducerRecord<>(topic, null, null, null, raw, headers);
        }
    }
}
