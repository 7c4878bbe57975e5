package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.function.Supplier;

import org.apache.spark.SparkEnv;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.UnsafeExternalRowSorter;
import org.apache.spark.util.collection.unsafe.sort.PrefixComparators;
import org.apache.spark.util.collection.unsafe.sort.RecordComparator;

import scala.jdk.javaapi.CollectionConverters;

/**
 * Sorts a partition with Spark's sorter, in memory, and on disk where that is full. Most comparisons need only eight bytes that the sorter
 * keeps beside its pointers, half of the key's hash and half of the time; the rest compares bytes where they lie. (A {@code sort} of a table
 * would copy both of them each time.)
 */
final class Sorting {
    private static final int SIGNIFICANT = 26;

    private Sorting() {}

    /** A partition by {@link #hash}, then in order. The rows are those of {@link RoutedRows}, after a shuffle; each is valid until the next. */
    static Iterator<InternalRow> byHash(Iterator<InternalRow> rows) {
        UnsafeExternalRowSorter sorter = sorter(ByHash::new, new HashAndTime());
        try {
            while (rows.hasNext()) {
                sorter.insertRow((UnsafeRow) rows.next());
            }
            return CollectionConverters.asJava(sorter.sort());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** A sorter by key, then in order. */
    static UnsafeExternalRowSorter byKey() {
        return sorter(ByKey::new, new WholeHash());
    }

    private static UnsafeExternalRowSorter sorter(Supplier<RecordComparator> order, UnsafeExternalRowSorter.PrefixComputer prefixes) {
        try {
            return UnsafeExternalRowSorter.createWithRecordComparator(
                    RoutedRows.COLUMNS, order, PrefixComparators.BINARY, prefixes, SparkEnv.get().memoryManager().pageSizeBytes(), false);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Half of the hash that a row's key begins with: few keys of a partition share it. */
    static int hash(UnsafeRow row) {
        return hash(row.getBaseObject(), RoutedBytes.in(row));
    }

    private static int hash(Object base, long at) {
        return (int) (RoutedBytes.hash(base, at) >>> Integer.SIZE);
    }

    /** Half of the hash, and what an order begins with (a time, or a rank) in as many bits. */
    private static final class HashAndTime extends UnsafeExternalRowSorter.PrefixComputer {
        private final Prefix prefix = new Prefix();

        @Override
        public Prefix computePrefix(InternalRow each) {
            UnsafeRow row = (UnsafeRow) each;
            Object base = row.getBaseObject();
            long at = RoutedBytes.in(row);
            long first = RoutedBytes.place(base, at) ^ Long.MIN_VALUE;
            prefix.value = (long) hash(base, at) << Integer.SIZE | Integer.toUnsignedLong(shortened(first));
            return prefix;
        }
    }

    private static final class WholeHash extends UnsafeExternalRowSorter.PrefixComputer {
        private final Prefix prefix = new Prefix();

        @Override
        public Prefix computePrefix(InternalRow each) {
            UnsafeRow row = (UnsafeRow) each;
            prefix.value = RoutedBytes.hash(row.getBaseObject(), RoutedBytes.in(row));
            return prefix;
        }
    }

    /**
     * A number in 32 bits that, compared as unsigned ones, never turn the order of two numbers round: sign, length and the first
     * {@value #SIGNIFICANT} bits of it.
     */
    static int shortened(long value) {
        if (value < 0) {
            return ~shortened(~value);
        }
        int length = Long.SIZE - Long.numberOfLeadingZeros(value);
        long significant = length > SIGNIFICANT ? value >>> length - SIGNIFICANT : value << SIGNIFICANT - length;
        // The first of those bits is always set, but in 0, and tells nothing.
        return 1 << Integer.SIZE - 1 | length << SIGNIFICANT - 1 | (int) significant & (1 << SIGNIFICANT - 1) - 1;
    }

    private static final class ByHash extends RecordComparator {
        @Override
        public int compare(Object left, long atLeft, int leftLength, Object right, long atRight, int rightLength) {
            long inLeft = RoutedBytes.in(left, atLeft);
            long inRight = RoutedBytes.in(right, atRight);
            int byHash = Integer.compareUnsigned(hash(left, inLeft), hash(right, inRight));
            return byHash != 0 ? byHash : RoutedBytes.compareOrders(left, inLeft, right, inRight);
        }
    }

    private static final class ByKey extends RecordComparator {
        @Override
        public int compare(Object left, long atLeft, int leftLength, Object right, long atRight, int rightLength) {
            long inLeft = RoutedBytes.in(left, atLeft);
            long inRight = RoutedBytes.in(right, atRight);
            int byKey = RoutedBytes.compareKeys(left, inLeft, right, inRight);
            return byKey != 0 ? byKey : RoutedBytes.compareOrders(left, inLeft, right, inRight);
        }
    }
}
