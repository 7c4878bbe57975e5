package featlang.kernel;

/** How many. Invertible. */
public final class Count extends Accumulator<Count> {
    private long count;

    public void add() {
        count++;
    }

    public long value() {
        return count;
    }

    @Override
    public void clear() {
        count = 0;
    }

    @Override
    public void merge(Count later) {
        count += later.count;
    }

    @Override
    public void subtract(Count earliest) {
        count -= earliest.count;
    }

    @Override
    public void write(Writer out) {
        out.writeVarint(count);
    }

    @Override
    public void read(Reader in) {
        count = in.readVarint();
    }
}
