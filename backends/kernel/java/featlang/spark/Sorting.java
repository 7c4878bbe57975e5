package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import org.apache.spark.SparkEnv;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.UnsafeExternalRowSorter;
import org.apache.spark.util.collection.unsafe.sort.PrefixComparators;
import org.apache.spark.util.collection.unsafe.sort.RecordComparator;

import scala.jdk.javaapi.CollectionConverters;

/**
 * Sorts with Spark's sorter, in memory, and on disk where that is full. The rows are those of {@link RoutedRows}, after a shuffle. What it
 * gives is valid until the next row is asked for.
 */
final class Sorting {
    private static final int SIGNIFICANT = 26;

    private Sorting() {}

    /** A partition by {@link #prefix} alone, which the sorter keeps beside its pointers: it looks at no row for that, and compares nothing. */
    static Iterator<InternalRow> byPrefix(Iterator<InternalRow> rows) {
        UnsafeExternalRowSorter sorter = sorter(Sorting::prefix, AllEqual::new, true);
        try {
            while (rows.hasNext()) {
                sorter.insertRow((UnsafeRow) rows.next());
            }
            return CollectionConverters.asJava(sorter.sort());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** A sorter by order. */
    static UnsafeExternalRowSorter byOrder() {
        return sorter(row -> RoutedBytes.place(row.getBaseObject(), RoutedBytes.in(row)), ByOrder::new, false);
    }

    /** A sorter by key, then in order. */
    static UnsafeExternalRowSorter byKey() {
        return sorter(row -> RoutedBytes.hash(row.getBaseObject(), RoutedBytes.in(row)), ByKey::new, false);
    }

    private static UnsafeExternalRowSorter sorter(ToLongFunction<UnsafeRow> prefix, Supplier<RecordComparator> ofEqualOnes, boolean byPrefixAlone) {
        try {
            return UnsafeExternalRowSorter.createWithRecordComparator(
                    RoutedRows.COLUMNS, ofEqualOnes, PrefixComparators.BINARY, new Prefixes(prefix), SparkEnv.get().memoryManager().pageSizeBytes(), byPrefixAlone);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Half of the hash that a row's key begins with: few keys of a partition share it. */
    static int hash(UnsafeRow row) {
        return (int) (RoutedBytes.hash(row.getBaseObject(), RoutedBytes.in(row)) >>> Integer.SIZE);
    }

    /** Half of the hash, and what an order begins with (a time, or a rank) in as many bits. */
    static long prefix(UnsafeRow row) {
        long place = RoutedBytes.place(row.getBaseObject(), RoutedBytes.in(row)) ^ Long.MIN_VALUE;
        return (long) hash(row) << Integer.SIZE | Integer.toUnsignedLong(shortened(place));
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

    private static final class Prefixes extends UnsafeExternalRowSorter.PrefixComputer {
        private final ToLongFunction<UnsafeRow> of;
        private final Prefix prefix = new Prefix();

        Prefixes(ToLongFunction<UnsafeRow> of) {
            this.of = of;
        }

        @Override
        public Prefix computePrefix(InternalRow row) {
            prefix.value = of.applyAsLong((UnsafeRow) row);
            return prefix;
        }
    }

    private static final class AllEqual extends RecordComparator {
        @Override
        public int compare(Object left, long atLeft, int leftLength, Object right, long atRight, int rightLength) {
            return 0;
        }
    }

    private static final class ByOrder extends RecordComparator {
        @Override
        public int compare(Object left, long atLeft, int leftLength, Object right, long atRight, int rightLength) {
            return RoutedBytes.compareOrders(left, RoutedBytes.in(left, atLeft), right, RoutedBytes.in(right, atRight));
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
