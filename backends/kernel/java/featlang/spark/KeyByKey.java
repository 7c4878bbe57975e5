package featlang.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The rows of a partition, one key after another; those of a key in order, of all stages. The rows that come are sorted by half of the hash of
 * keys: where keys share that, the rows of all but one are put aside, and come after that one's. A row is valid until the next is asked for.
 */
final class KeyByKey implements Iterator<UnsafeRow> {
    private final Iterator<UnsafeRow> byHash;
    private byte[] key;
    private int hash;
    /** What was put aside of the present hash; null for nothing. */
    private Sorter aside;
    /** What was put aside of the hash before; null where that is done. */
    private Iterator<UnsafeRow> sorted;
    /** The first row of the present hash, while those of the one before still come. */
    private UnsafeRow first;
    private UnsafeRow next;

    /** @param byHash as {@link InOrder} gives them */
    KeyByKey(Iterator<UnsafeRow> byHash) {
        this.byHash = byHash;
    }

    @Override
    public boolean hasNext() {
        while (next == null) {
            if (sorted != null) {
                next = sorted.hasNext() ? sorted.next() : null;
                sorted = next == null ? null : sorted;
            } else if (first != null) {
                next = first;
                first = null;
            } else if (byHash.hasNext()) {
                take(byHash.next());
            } else if (aside != null) {
                comeBack();
            } else {
                return false;
            }
        }
        return true;
    }

    @Override
    public UnsafeRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        UnsafeRow row = next;
        next = null;
        return row;
    }

    private void take(UnsafeRow row) {
        int of = Sorter.halfHash(row);
        if (key == null || of != hash) {
            hash = of;
            key = RoutedBytes.key(row.getBaseObject(), row.getBaseOffset());
            first = row;
            if (aside != null) {
                comeBack();
            }
        } else if (RoutedBytes.hasKey(row.getBaseObject(), row.getBaseOffset(), key)) {
            next = row;
        } else {
            putAside(row);
        }
    }

    private void putAside(UnsafeRow row) {
        if (aside == null) {
            aside = Sorter.byKey();
        }
        aside.insert(row);
    }

    private void comeBack() {
        sorted = aside.sorted();
        aside = null;
    }
}
