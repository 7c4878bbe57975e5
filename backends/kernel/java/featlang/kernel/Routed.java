package featlang.kernel;

/**
 * What crosses an engine's shuffle: one event on its way to one stage.
 *
 * @param stage the stage's position among the stages of its source
 * @param key xxHash64 (8 bytes, seed 0) of the key columns' canonical encoding, then that encoding: equal iff the keys are equal
 * @param order the event's place in the declared order, compared as unsigned bytes; its first 8 bytes are the time
 * @param payload the columns that the stage needs, see {@link Payload}
 */
public record Routed(int stage, byte[] key, byte[] order, byte[] payload) {
    /** The event time of an {@code order}, µs UTC. */
    public static long time(byte[] order) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | order[i] & 0xFF;
        }
        return value ^ Long.MIN_VALUE;
    }
}
