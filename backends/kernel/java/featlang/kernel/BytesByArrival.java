package featlang.kernel;

/** The first or the last value in the order of arrival. Its event's number is kept, so that tiles can be merged in any order. */
public final class BytesByArrival extends BytesHeld<BytesByArrival> {
    private final boolean last;
    private long number;

    /** @param last whether the last value is kept, else the first */
    public BytesByArrival(boolean last) {
        this.last = last;
    }

    /** @param arrived the event's number among those of its key, in the order of arrival */
    public void add(byte[] next, long arrived) {
        if (value == null || (last ? arrived > number : arrived < number)) {
            value = next;
            number = arrived;
        }
    }

    @Override
    public void merge(BytesByArrival later) {
        if (later.value != null) {
            add(later.value, later.number);
        }
    }

    @Override
    void renumber(long before) {
        number += before;
    }

    @Override
    public void write(Writer out) {
        super.write(out);
        if (value != null) {
            out.writeVarint(number);
        }
    }

    @Override
    public void read(Reader in) {
        super.read(in);
        number = value != null ? in.readVarint() : 0;
    }
}
