package featlang.topics;

import java.io.Serializable;

/**
 * A range of one partition of a topic.
 *
 * @param from the offset of the first record that is read
 * @param until the offset before which reading ends
 */
public record TopicPart(String topic, int partition, long from, long until) implements Serializable {
    /** The partition as positions of records name it. */
    public String path() {
        return path(topic, partition);
    }

    /** A partition as positions of records name it. */
    public static String path(String topic, int partition) {
        return topic + "/" + partition;
    }
}
