package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.UnsafeExternalRowSorter;

import scala.jdk.javaapi.CollectionConverters;

/**
 * The rows of a partition, one key after another; those of a key in order, of all stages. The rows that come are sorted by the hash of keys:
 * where keys share it, the rows of all but one are put aside, and come after that one's. A row is valid until the next is asked for.
 */
final class KeyByKey implements Iterator<InternalRow> {
    private final Iterator<InternalRow> byHash;
    private byte[] key;
    private int hash;
    /** What was put aside of the present hash; null for nothing. */
    private UnsafeExternalRowSorter aside;
    /** What was put aside of the hash before; null where that is done. */
    private Iterator<InternalRow> sorted;
    /** The first row of the present hash, while those of the one before still come. */
    private UnsafeRow first;
    private UnsafeRow next;

    /** @param byHash as {@link InOrder} gives them */
    KeyByKey(Iterator<InternalRow> byHash) {
        this.byHash = byHash;
    }

    @Override
    public boolean hasNext() {
        while (next == null) {
            if (sorted != null) {
                next = sorted.hasNext() ? (UnsafeRow) sorted.next() : null;
                sorted = next == null ? null : sorted;
            } else if (first != null) {
                next = first;
                first = null;
            } else if (byHash.hasNext()) {
                take((UnsafeRow) byHash.next());
            } else if (aside != null) {
                comeBack();
            } else {
                return false;
            }
        }
        return true;
    }

    @Override
    public InternalRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        InternalRow row = next;
        next = null;
        return row;
    }

    private void take(UnsafeRow row) {
        int of = Sorting.hash(row);
        if (key == null || of != hash) {
            hash = of;
            key = RoutedBytes.key(row.getBaseObject(), RoutedBytes.in(row));
            first = row;
            if (aside != null) {
                comeBack();
            }
        } else if (RoutedBytes.hasKey(row.getBaseObject(), RoutedBytes.in(row), key)) {
            next = row;
        } else {
            putAside(row);
        }
    }

    private void putAside(UnsafeRow row) {
        if (aside == null) {
            aside = Sorting.byKey();
        }
        try {
            aside.insertRow(row);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void comeBack() {
        try {
            sorted = CollectionConverters.asJava(aside.sort());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        aside = null;
    }
}
