package featlang.kernel;

/**
 * How many different values, up to a bound: a multiset of the values of closed tiles, and one of the values added since, the open
 * tile's. Invertible.
 *
 * <p>A tile alone over the bound <em>overflows</em>: it forgets its values, since every window that holds it is over the bound
 * anyway. Both sides of a window see the same adds and the same end of the tile ({@link #closeTile}, for the running side), so
 * both overflow at the same value; the running one counts overflowed tiles, and {@link #subtract} of such a tile takes one off.
 * So the value depends on the window's values only, and the memory is bounded: by the bound for one tile (and for a window that
 * never closes one), by the bound times the tiles for a window.
 *
 * <p>Encoded as twice the number of closed overflowed tiles, plus one if the open tile has overflowed; the closed tiles' values;
 * the open one's.
 */
public abstract class Distinct<A extends Distinct<A, C>, C extends Multiset<C>> extends Accumulator<A> {
    final C closed;
    final C open;
    private final int bound;
    private long overflowedTiles;
    private boolean openOverflowed;
    /** How many values are in both multisets. */
    private int shared;

    Distinct(C closed, C open, int bound) {
        this.closed = closed;
        this.open = open;
        this.bound = bound;
    }

    /** Whether there are more different values than the bound. */
    public final boolean isOverBound() {
        return openOverflowed || overflowedTiles > 0 || closed.size() + open.size() - shared > bound;
    }

    /** The number of different values, where it is not over the bound. */
    public final long value() {
        return closed.size() + open.size() - shared;
    }

    /** Whether the open tile still keeps its values. */
    final boolean keeps() {
        return !openOverflowed;
    }

    /** After a value that was new in the open tile. */
    final void added(boolean inClosed) {
        if (open.size() > bound) {
            open.clear();
            shared = 0;
            openOverflowed = true;
        } else if (inClosed) {
            shared++;
        }
    }

    /** What was added so far is of closed tiles: what is added next begins another tile. */
    @Override
    public final void closeTile() {
        closed.addAll(open);
        open.clear();
        shared = 0;
        if (openOverflowed) {
            overflowedTiles++;
            openOverflowed = false;
        }
    }

    @Override
    public final void clear() {
        closed.clear();
        open.clear();
        overflowedTiles = 0;
        openOverflowed = false;
        shared = 0;
    }

    /** The later one's open tile becomes the open one, after the open tile here is closed. */
    @Override
    public final void merge(A later) {
        closeTile();
        Distinct<A, C> other = later;
        closed.addAll(other.closed);
        open.addAll(other.open);
        overflowedTiles += other.overflowedTiles;
        openOverflowed = other.openOverflowed;
        shared = open.shared(closed);
    }

    @Override
    public final void mergeInTile(A same) {
        Distinct<A, C> other = same;
        if (openOverflowed) {
            return;
        }
        open.addAll(other.open);
        openOverflowed = other.openOverflowed || open.size() > bound;
        if (openOverflowed) {
            open.clear();
        }
        shared = open.shared(closed);
    }

    @Override
    public final void mergeClosed(A tile) {
        Distinct<A, C> other = tile;
        closed.addAll(other.closed);
        closed.addAll(other.open);
        overflowedTiles += other.overflowedTiles + (other.openOverflowed ? 1 : 0);
        shared = open.shared(closed);
    }

    /** Takes off the tiles of {@code earliest}, which must be closed ones here. */
    @Override
    public final void subtract(A earliest) {
        Distinct<A, C> other = earliest;
        closed.subtractAll(other.closed);
        closed.subtractAll(other.open);
        overflowedTiles -= other.overflowedTiles + (other.openOverflowed ? 1 : 0);
        shared = open.shared(closed);
    }

    @Override
    final boolean grows() {
        return true;
    }

    @Override
    final long grown() {
        return closed.memory() + open.memory();
    }

    @Override
    public final void write(Writer out) {
        out.writeVarint(overflowedTiles << 1 | (openOverflowed ? 1 : 0));
        closed.write(out);
        open.write(out);
    }

    @Override
    public final void read(Reader in) {
        long overflows = in.readVarint();
        overflowedTiles = overflows >>> 1;
        openOverflowed = (overflows & 1) != 0;
        closed.read(in);
        open.read(in);
        shared = open.shared(closed);
    }
}
