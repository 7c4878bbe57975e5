package featlang.flink;

import java.io.IOException;
import java.util.List;

import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

import featlang.kernel.SourceReader;
import featlang.topics.TopicPart;

/**
 * A partition of a topic with how far it is read, and what the kernel remembers of it, which so is always where the partition is read.
 *
 * @param seen changed by who reads the records; of a split from a checkpoint as it was then
 */
public record TopicSplit(KafkaPartitionSplit split, SourceReader.Partition seen) implements SourceSplit {
    /** A partition of which nothing was read. */
    static TopicSplit unread(KafkaPartitionSplit split) {
        return new TopicSplit(split, new SourceReader.Partition());
    }

    @Override
    public String splitId() {
        return split.splitId();
    }

    /** The partition as positions of records name it. */
    String path() {
        return TopicPart.path(split.getTopic(), split.getPartition());
    }

    /** Reads and writes splits in checkpoints. */
    static final class Serializer implements SimpleVersionedSerializer<TopicSplit> {
        private final KafkaPartitionSplitSerializer splits = new KafkaPartitionSplitSerializer();

        @Override
        public int getVersion() {
            return 2;
        }

        @Override
        public byte[] serialize(TopicSplit topic) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(256);
            out.writeInt(splits.getVersion());
            ValueSerializer.writeBytes(splits.serialize(topic.split), out);
            out.writeLong(topic.seen.greatest);
            out.writeBoolean(topic.seen.any);
            out.writeLong(topic.seen.position);
            out.writeLong(topic.seen.released);
            List<byte[]> ids = topic.seen.savedIds();
            out.writeInt(ids.size());
            for (byte[] part : ids) {
                ValueSerializer.writeBytes(part, out);
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public TopicSplit deserialize(int version, byte[] serialized) throws IOException {
            DataInputDeserializer in = new DataInputDeserializer(serialized);
            int splitVersion = in.readInt();
            TopicSplit topic = unread(splits.deserialize(splitVersion, ValueSerializer.readBytes(in)));
            topic.seen.greatest = in.readLong();
            topic.seen.any = in.readBoolean();
            topic.seen.position = in.readLong();
            topic.seen.released = version > 1 ? in.readLong() : Long.MIN_VALUE;
            for (int parts = in.readInt(); parts > 0; parts--) {
                topic.seen.restoreIds(ValueSerializer.readBytes(in));
            }
            return topic;
        }
    }
}
