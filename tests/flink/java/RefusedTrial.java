package featlang.flink;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

import org.apache.flink.types.Row;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** The messages of refused records of some lengths, as tests/flink/test_parts.py expects them. */
public final class RefusedTrial {
    private RefusedTrial() {
    }

    public static void main(String[] arguments) {
        message(Map.of(), 1_000_000);
        message(Map.of(), 1_048_000);
        message(Map.of("max.request.size", "2097152"), 1_048_000);
        message(Map.of("max.request.size", "10000"), 20_000);
    }

    private static void message(Map<String, String> properties, int length) {
        byte[] raw = new byte[length];
        Arrays.fill(raw, (byte) 7);
        Row row = Row.of(raw, "web.clicks/0", 5L, "malformed", "no JSON");
        ProducerRecord<byte[], byte[]> sent = new TopicSink.Refused("t.rejects", "clicks", properties).serialize(row, null, null);
        Map<String, String> headers = new TreeMap<>();
        for (Header header : sent.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        System.out.println(sent.value().length + " " + headers);
    }
}
