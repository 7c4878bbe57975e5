package featlang.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import featlang.files.FilePart;
import featlang.files.FileRecords;
import featlang.kernel.Records;
import featlang.kernel.SourceReader;
import featlang.topics.TopicPart;
import featlang.topics.TopicRecords;

/** What one task reads of a source: some of its files, or a range of a topic's partition. */
interface Task extends Serializable {
    /** For each partition of the shuffle so many tasks, at most: more than one, so that the last to end is short. */
    int FOR_EACH_PARTITION = 4;

    /** Gives its records to a reader. */
    Records open(SourceReader reader);

    /** @param parts in the order in which they are read */
    record OfFiles(String format, ArrayList<FilePart> parts) implements Task {
        @Override
        public Records open(SourceReader reader) {
            return new FileRecords(reader, format, parts.toArray(FilePart[]::new));
        }
    }

    /** @param properties of Kafka's consumer */
    record OfTopic(HashMap<String, String> properties, TopicPart part) implements Task {
        @Override
        public Records open(SourceReader reader) {
            return new TopicRecords(reader, properties, part);
        }
    }

    /**
     * The tasks that read files. A stream is read in one, because late is a matter of its order; a history, which has no late events, in
     * as many as there are files (and row groups of Parquet files).
     *
     * @param files in the order in which they are read
     * @param parallelism partitions of the shuffle that follows
     */
    static List<Task> ofFiles(String format, List<String> files, boolean history, int parallelism) {
        List<ArrayList<FilePart>> tasks = history
                ? FilePart.runs(FilePart.all(format, files), FOR_EACH_PARTITION * parallelism)
                : List.of(new ArrayList<>(files.stream().map(FilePart::whole).toList()));
        return tasks.stream().<Task>map(parts -> new OfFiles(format, parts)).toList();
    }

    /** The tasks that read a topic: one for each partition, because late is a matter of its order. Offsets go by the partition's number. */
    static List<Task> ofTopic(String topic, Map<String, String> properties, Map<String, Number> start, Map<String, Number> end) {
        HashMap<String, String> settings = new HashMap<>(properties);
        return end.entrySet().stream().<Task>map(each -> {
            long from = start.get(each.getKey()).longValue();
            return new OfTopic(settings, new TopicPart(topic, Integer.parseInt(each.getKey()), from, each.getValue().longValue()));
        }).toList();
    }
}
