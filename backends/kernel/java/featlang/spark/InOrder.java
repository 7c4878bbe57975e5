package featlang.spark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The rows of a partition by half of the hash of keys, those with the same half in order. The rows that come are sorted by
 * {@link Sorter#prefix}: most have one of their own, and few share one. Where many do (events of one time), a sorter takes them again, which
 * goes to disk where it must. A row is valid until the next is asked for.
 */
final class InOrder implements Iterator<UnsafeRow> {
    /** So many bytes of rows with one prefix are sorted on the heap. */
    private static final long MOST = 1 << 20;
    private static final Comparator<UnsafeRow> BY_ORDER = (left, right) -> RoutedBytes.compareOrders(
            left.getBaseObject(), left.getBaseOffset(), right.getBaseObject(), right.getBaseOffset());

    private final Iterator<UnsafeRow> byPrefix;
    /** The rows of the present prefix, of which {@code at} were given; none where they are {@code many}. */
    private final ArrayList<UnsafeRow> few = new ArrayList<>();
    private int at;
    private Iterator<UnsafeRow> many = Collections.emptyIterator();
    /** The first row of the next prefix; null at the end. */
    private UnsafeRow ahead;

    /** @param byPrefix as {@link Sorter#byPrefix} gives them */
    InOrder(Iterator<UnsafeRow> byPrefix) {
        this.byPrefix = byPrefix;
        ahead = byPrefix.hasNext() ? byPrefix.next().copy() : null;
    }

    @Override
    public boolean hasNext() {
        return at < few.size() || many.hasNext() || ahead != null;
    }

    @Override
    public UnsafeRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        if (at == few.size() && !many.hasNext()) {
            take();
        }
        return at < few.size() ? few.get(at++) : many.next();
    }

    private void take() {
        long prefix = Sorter.prefix(ahead);
        few.clear();
        few.add(ahead);
        at = 0;
        ahead = null;
        long held = 0;
        Sorter sorter = null;
        while (ahead == null && byPrefix.hasNext()) {
            UnsafeRow row = byPrefix.next();
            if (Sorter.prefix(row) != prefix) {
                ahead = row.copy();
            } else if (sorter != null) {
                sorter.insert(row);
            } else {
                few.add(row.copy());
                held += row.getSizeInBytes();
                if (held > MOST) {
                    sorter = Sorter.byOrder().with(few.iterator());
                    few.clear();
                    few.trimToSize();
                }
            }
        }
        if (sorter != null) {
            many = sorter.sorted();
        } else if (few.size() > 1) {
            few.sort(BY_ORDER);
        }
    }
}
