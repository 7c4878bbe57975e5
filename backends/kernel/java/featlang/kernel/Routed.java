package featlang.kernel;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What crosses an engine's shuffle: one event on its way to one stage.
 *
 * @param stage the stage's number in its job
 * @param key xxHash64 (8 bytes, seed 0) of the key columns' canonical encoding, then that encoding: equal iff the keys are equal
 * @param order the event's place in the declared order, compared as unsigned bytes. In the order of time it begins with the time, which in
 *     that of a union one byte follows that says of which input it is; in that of arrival it is {@link #ARRIVAL_LENGTH} bytes: rank, column, time, position, 8 bytes each. The rank is the position in a
 *     stream, the column in a history
 * @param payload the columns that the stage needs, see {@link Payload}
 * @param origin the record that the event comes from, see {@link Origin}; null in the order of time. Of a stream's row that comes on its
 *     own, the order of the event that it is of
 */
public record Routed(int stage, byte[] key, byte[] order, byte[] payload, byte[] origin) {
    /** How long an {@code order} of arrival is. */
    public static final int ARRIVAL_LENGTH = 32;
    private static final int ARRIVAL_COLUMN = 8;
    private static final int ARRIVAL_TIME = 16;

    /** The event time of an {@code order} of time, µs UTC. */
    public static long time(byte[] order) {
        return sortable(order, 0);
    }

    /** The event time of an {@code order} of arrival, µs UTC. */
    public static long arrivalTime(byte[] order) {
        return sortable(order, ARRIVAL_TIME);
    }

    /** What the column of arrival holds, in an {@code order} of arrival. */
    static long arrivalColumn(byte[] order) {
        return sortable(order, ARRIVAL_COLUMN);
    }

    /** Which event of its time one is, by its {@code order} of time: its tie key, as hexadecimal digits. */
    public static byte[] eventName(byte[] order) {
        return hexadecimal(order, order.length - TieKey.LENGTH, order.length);
    }

    /** The place of an event in the order of a union: by time, then by the input that it comes from, then as in its source. */
    public static byte[] united(byte[] order, int input) {
        byte[] united = new byte[order.length + 1];
        System.arraycopy(order, 0, united, 0, Long.BYTES);
        united[Long.BYTES] = (byte) input;
        System.arraycopy(order, Long.BYTES, united, Long.BYTES + 1, order.length - Long.BYTES);
        return united;
    }

    /** Which event of its time one is, by its order in a union: its input, and its tie key, as hexadecimal digits. */
    public static byte[] unitedName(byte[] order) {
        byte[] name = new byte[1 + TieKey.LENGTH];
        name[0] = order[Long.BYTES];
        System.arraycopy(order, order.length - TieKey.LENGTH, name, 1, TieKey.LENGTH);
        return hexadecimal(name, 0, name.length);
    }

    /** Which event one is, by its {@code order} of arrival: its column, as hexadecimal digits. */
    public static byte[] arrivalName(byte[] order) {
        return hexadecimal(order, ARRIVAL_COLUMN, ARRIVAL_TIME);
    }

    private static byte[] hexadecimal(byte[] bytes, int from, int to) {
        return HexFormat.of().formatHex(bytes, from, to).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] arrivalOrder(long rank, long column, long time, long position) {
        byte[] order = new byte[ARRIVAL_LENGTH];
        Canonical.putSortable(order, 0, rank);
        Canonical.putSortable(order, ARRIVAL_COLUMN, column);
        Canonical.putSortable(order, ARRIVAL_TIME, time);
        Canonical.putSortable(order, 24, position);
        return order;
    }

    private static long sortable(byte[] order, int at) {
        return Canonical.getSortable(order, at);
    }
}
