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

/** Sorts {@link RoutedBytes} with Spark's sorter, in memory, and on disk where that is full; what it takes is freed when the task ends. */
final class Sorter {
    private static final int SIGNIFICANT = 26;

    private final UnsafeExternalRowSorter rows;

    private Sorter(ToLongFunction<UnsafeRow> prefix, Supplier<RecordComparator> ofEqualOnes, boolean byPrefixAlone) {
        long page = SparkEnv.get().memoryManager().pageSizeBytes();
        try {
            rows = UnsafeExternalRowSorter.createWithRecordComparator(
                    RoutedRows.COLUMNS, ofEqualOnes, PrefixComparators.BINARY, new Prefixes(prefix), page, byPrefixAlone);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** By {@link #prefix} alone, which the sorter keeps beside its pointers: it looks at no row for that, and compares nothing. */
    static Sorter byPrefix() {
        return new Sorter(Sorter::prefix, AllEqual::new, true);
    }

    /** By order. */
    static Sorter byOrder() {
        return new Sorter(row -> RoutedBytes.place(row.getBaseObject(), row.getBaseOffset()), ByOrder::new, false);
    }

    /** By key, then by order. */
    static Sorter byKey() {
        return new Sorter(row -> RoutedBytes.hash(row.getBaseObject(), row.getBaseOffset()), ByKey::new, false);
    }

    void insert(UnsafeRow row) {
        try {
            rows.insertRow(row);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    Sorter with(Iterator<UnsafeRow> more) {
        more.forEachRemaining(this::insert);
        return this;
    }

    /** All of them; each is valid until the next is asked for. */
    @SuppressWarnings("unchecked")
    Iterator<UnsafeRow> sorted() {
        try {
            return (Iterator<UnsafeRow>) (Iterator<? extends InternalRow>) CollectionConverters.asJava(rows.sort());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Half of the hash that a row's key begins with: few keys of a partition share it. */
    static int halfHash(UnsafeRow row) {
        return (int) (RoutedBytes.hash(row.getBaseObject(), row.getBaseOffset()) >>> Integer.SIZE);
    }

    /** Half of the hash, and what an order begins with (a time, or a rank) in as many bits. */
    static long prefix(UnsafeRow row) {
        long place = RoutedBytes.place(row.getBaseObject(), row.getBaseOffset()) ^ Long.MIN_VALUE;
        return (long) halfHash(row) << Integer.SIZE | Integer.toUnsignedLong(shortened(place));
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
            return RoutedBytes.compareOrders(left, atLeft, right, atRight);
        }
    }

    private static final class ByKey extends RecordComparator {
        @Override
        public int compare(Object left, long atLeft, int leftLength, Object right, long atRight, int rightLength) {
            int byKey = RoutedBytes.compareKeys(left, atLeft, right, atRight);
            return byKey != 0 ? byKey : RoutedBytes.compareOrders(left, atLeft, right, atRight);
        }
    }
}
