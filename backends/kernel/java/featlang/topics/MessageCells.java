package featlang.topics;

import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

import featlang.kernel.Event;
import featlang.kernel.Source;

/** What a source's columns take from messages besides their values: {@code @message} and {@code @header}. */
public final class MessageCells {
    private final int[] slots;
    private final String[] parts;
    private final String[] headers;
    private final Event cells;

    public MessageCells(Source source) {
        slots = source.slots(true);
        parts = source.message();
        headers = source.header();
        cells = slots.length == 0 ? null : new Event(parts.length);
    }

    /** Those of a message, used again for the next one; null where no column takes any. */
    public Event of(ConsumerRecord<byte[], byte[]> message) {
        for (int slot : slots) {
            cells.isNull[slot] = false;
            if (headers[slot] != null) {
                Header last = message.headers().lastHeader(headers[slot]);
                fill(slot, last == null ? null : last.value());
                continue;
            }
            switch (parts[slot]) {
                case "key" -> fill(slot, message.key());
                case "partition" -> cells.bits[slot] = message.partition();
                case "offset" -> cells.bits[slot] = message.offset();
                case "timestamp" -> cells.bits[slot] = TimeUnit.MILLISECONDS.toMicros(message.timestamp());
                default -> throw new IllegalStateException("a message has no " + parts[slot]);
            }
        }
        return cells;
    }

    private void fill(int slot, byte[] bytes) {
        cells.isNull[slot] = bytes == null;
        cells.bytes[slot] = bytes;
    }
}
