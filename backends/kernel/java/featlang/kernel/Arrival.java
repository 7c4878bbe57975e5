package featlang.kernel;

import java.nio.charset.StandardCharsets;

/**
 * The order of arrival of one key: which events are in sequence, and the greatest time so far, τ.
 *
 * <p>An event is in sequence iff its column is greater than that of the last one in sequence, or if its time is {@code ttl} or more
 * after τ, with which the sequence starts anew.
 */
final class Arrival {
    private final Column column;
    private final long ttl;
    private boolean any;
    private long last;
    private long tau;
    private long number;

    /** @param ttl µs, -1 for none */
    Arrival(Column column, long ttl) {
        this.column = column;
        this.ttl = ttl;
    }

    /** What the sequence is of: a hash, not 0, of the column's name and type. */
    long identity() {
        byte[] text = (column.name() + " " + column.type()).getBytes(StandardCharsets.UTF_8);
        return XxHash64.hash(text, 0, text.length);
    }

    /** Whether the event is in sequence; if so, it is counted, and moves τ. */
    boolean take(long value, long time) {
        if (any && value <= last && !isSilent(time)) {
            return false;
        }
        tau = any ? Math.max(tau, time) : time;
        number++;
        last = value;
        any = true;
        return true;
    }

    /** Why the last event was not taken, for people. */
    String refusal(long value) {
        return "`" + column.name() + "` " + shown(value) + " is not after " + shown(last) + ", which its key has applied";
    }

    /** µs. */
    long tau() {
        return tau;
    }

    /** How many events were in sequence. */
    long number() {
        return number;
    }

    /** The time from which on nothing of this decides anything, µs; {@code Long.MAX_VALUE} for never. */
    long dropTime() {
        if (!any) {
            return Long.MIN_VALUE;
        }
        return ttl < 0 || tau > Long.MAX_VALUE - ttl ? Long.MAX_VALUE : tau + ttl;
    }

    /** Whether it is kept however long its key is silent. */
    boolean isEndless() {
        return ttl < 0;
    }

    /** Takes in a later part. Its events are in sequence after these: its last one's column is greater, or there was a silence. */
    void merge(Arrival later) {
        if (!later.any) {
            return;
        }
        if (any && later.last <= last && !isSilent(later.tau)) {
            throw new IllegalStateException("a part that is out of sequence cannot be merged: " + refusal(later.last));
        }
        tau = any ? Math.max(tau, later.tau) : later.tau;
        number += later.number;
        last = later.last;
        any = true;
    }

    void clear() {
        any = false;
        last = 0;
        tau = 0;
        number = 0;
    }

    void write(Writer out) {
        out.writeVarint(number);
        if (any) {
            out.writeZigzag(last);
            out.writeZigzag(tau);
        }
    }

    void read(Reader in) {
        clear();
        number = in.readVarint();
        any = number > 0;
        if (any) {
            last = in.readZigzag();
            tau = in.readZigzag();
        }
    }

    private boolean isSilent(long time) {
        return ttl >= 0 && tau <= Long.MAX_VALUE - ttl && time >= tau + ttl;
    }

    private String shown(long value) {
        return column.type() == Type.TIMESTAMP ? SourceReader.shown(value) : Long.toString(value);
    }
}
