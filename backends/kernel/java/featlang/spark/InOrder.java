package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.UnsafeExternalRowSorter;

import scala.jdk.javaapi.CollectionConverters;

/**
 * The rows of a partition by the hash of keys, those of one hash in order. The rows that come are sorted by {@link Sorting#prefix}: most
 * have one of their own, and few share one. Where many do (events of one time), Spark's sorter takes them again, and goes to disk where it
 * must. A row is valid until the next is asked for.
 */
final class InOrder implements Iterator<InternalRow> {
    /** So many bytes of rows with one prefix are sorted on the heap. */
    private static final long MOST = 4 << 20;
    private static final Comparator<UnsafeRow> BY_ORDER = (left, right) -> RoutedBytes.compareOrders(
            left.getBaseObject(), RoutedBytes.in(left), right.getBaseObject(), RoutedBytes.in(right));

    private final Iterator<InternalRow> byPrefix;
    /** The rows of the present prefix, of which {@code at} were given; none where they are {@code many}. */
    private final ArrayList<UnsafeRow> few = new ArrayList<>();
    private int at;
    private Iterator<InternalRow> many = Collections.emptyIterator();
    /** The first row of the next prefix; null at the end. */
    private UnsafeRow ahead;

    /** @param byPrefix as {@link Sorting#byPrefix} gives them */
    InOrder(Iterator<InternalRow> byPrefix) {
        this.byPrefix = byPrefix;
        ahead = byPrefix.hasNext() ? ((UnsafeRow) byPrefix.next()).copy() : null;
    }

    @Override
    public boolean hasNext() {
        return at < few.size() || many.hasNext() || ahead != null;
    }

    @Override
    public InternalRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        if (at == few.size() && !many.hasNext()) {
            try {
                take();
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
        return at < few.size() ? few.get(at++) : many.next();
    }

    private void take() throws IOException {
        long prefix = Sorting.prefix(ahead);
        few.clear();
        few.add(ahead);
        at = 0;
        ahead = null;
        long held = 0;
        UnsafeExternalRowSorter sorter = null;
        while (ahead == null && byPrefix.hasNext()) {
            UnsafeRow row = (UnsafeRow) byPrefix.next();
            if (Sorting.prefix(row) != prefix) {
                ahead = row.copy();
            } else if (sorter != null) {
                sorter.insertRow(row);
            } else {
                few.add(row.copy());
                held += row.getSizeInBytes();
                sorter = held > MOST ? handedOver() : null;
            }
        }
        if (sorter != null) {
            many = CollectionConverters.asJava(sorter.sort());
        } else if (few.size() > 1) {
            few.sort(BY_ORDER);
        }
    }

    private UnsafeExternalRowSorter handedOver() throws IOException {
        UnsafeExternalRowSorter sorter = Sorting.byOrder();
        for (UnsafeRow row : few) {
            sorter.insertRow(row);
        }
        few.clear();
        few.trimToSize();
        return sorter;
    }
}
