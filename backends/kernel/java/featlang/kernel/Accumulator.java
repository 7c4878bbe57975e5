package featlang.kernel;

/**
 * A part of an aggregate's state. Each also has its own {@code add} methods, which the generated code calls directly.
 *
 * <p>{@code merge(later)} folds in the state of events that all come after this one's. An invertible accumulator also takes
 * {@code subtract(earliest)}, which undoes the merge of its earliest part exactly. In the order of arrival there is no before and
 * after: each accumulator that is used there gives the same whatever is merged into what.
 */
public abstract class Accumulator<A extends Accumulator<A>> {
    /** Back to the state of no events. */
    public abstract void clear();

    public abstract void merge(A later);

    /** Only where the accumulator's class is invertible. */
    public void subtract(A earliest) {
        throw new UnsupportedOperationException(getClass().getName() + " is not invertible");
    }

    /** Folds in other events of the tile that this accumulator holds. */
    public void mergeInTile(A same) {
        merge(same);
    }

    /** Folds in a closed tile, where the open one's events are here already. */
    public void mergeClosed(A tile) {
        merge(tile);
    }

    /** Where a window's open tile is closed, called on the running accumulator that was fed the same values. */
    public void closeTile() {
        // Most need not know.
    }

    /** Whether what it takes in memory depends on what was added. */
    boolean grows() {
        return false;
    }

    /** What it takes in memory beyond a small object, in bytes, about; only where it {@link #grows}. */
    long grown() {
        return 0;
    }

    /** In the order of arrival, where values are held with their event's number: so many events came before all of them. */
    void renumber(long before) {
        // Most hold no numbers.
    }

    public abstract void write(Writer out);

    /** Replaces this state by what {@link #write} wrote. */
    public abstract void read(Reader in);
}
