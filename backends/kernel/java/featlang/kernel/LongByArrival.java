package featlang.kernel;

/** The first or the last value in the order of arrival. Its event's number is kept, so that tiles can be merged in any order. */
public final class LongByArrival extends LongHeld<LongByArrival> {
    private final boolean last;
    private long number;

    /** @param last whether the last value is kept, else the first */
    public LongByArrival(boolean last) {
        this.last = last;
    }

    /** @param arrived the event's number among those of its key, in the order of arrival */
    public void add(long next, long arrived) {
        if (!held || (last ? arrived > number : arrived < number)) {
            hold(next);
            number = arrived;
        }
    }

    @Override
    public void merge(LongByArrival later) {
        if (later.held) {
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
        if (held) {
            out.writeVarint(number);
        }
    }

    @Override
    public void read(Reader in) {
        super.read(in);
        number = held ? in.readVarint() : 0;
    }
}
