package featlang.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.function.Supplier;

import org.apache.spark.SparkEnv;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.UnsafeExternalRowSorter;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.collection.unsafe.sort.PrefixComparators;
import org.apache.spark.util.collection.unsafe.sort.RecordComparator;

import scala.jdk.javaapi.CollectionConverters;

/**
 * Sorts a partition with Spark's sorter, in memory, and on disk where that is full. Most comparisons need only eight bytes that the sorter
 * keeps beside its pointers, half of the key's hash and half of the time; the rest compares bytes where they lie. (A {@code sort} of a table
 * would copy both of them each time.)
 */
final class Sorting {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    /** Of a row with up to 64 columns: which of them are null. */
    private static final long NULLS = Long.BYTES;
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
        return (int) (bigEndian(row.getBaseObject(), bytes(row, RoutedRows.KEY)) >>> Integer.SIZE);
    }

    /** Whether a row's key consists of these bytes. */
    static boolean hasKey(UnsafeRow row, byte[] key) {
        int length = (int) row.getLong(RoutedRows.KEY);
        return compare(row.getBaseObject(), bytes(row, RoutedRows.KEY), length, key, Platform.BYTE_ARRAY_OFFSET, key.length) == 0;
    }

    /** Half of the hash, and what an order begins with (a time, or a rank) in as many bits. */
    private static final class HashAndTime extends UnsafeExternalRowSorter.PrefixComputer {
        private final Prefix prefix = new Prefix();

        @Override
        public Prefix computePrefix(InternalRow each) {
            UnsafeRow row = (UnsafeRow) each;
            long first = bigEndian(row.getBaseObject(), bytes(row, RoutedRows.ORDER)) ^ Long.MIN_VALUE;
            prefix.value = (long) hash(row) << Integer.SIZE | Integer.toUnsignedLong(shortened(first));
            return prefix;
        }
    }

    private static final class WholeHash extends UnsafeExternalRowSorter.PrefixComputer {
        private final Prefix prefix = new Prefix();

        @Override
        public Prefix computePrefix(InternalRow each) {
            UnsafeRow row = (UnsafeRow) each;
            prefix.value = bigEndian(row.getBaseObject(), bytes(row, RoutedRows.KEY));
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
            int byHash = Integer.compareUnsigned(
                    (int) (bigEndian(left, bytes(left, atLeft, RoutedRows.KEY)) >>> Integer.SIZE),
                    (int) (bigEndian(right, bytes(right, atRight, RoutedRows.KEY)) >>> Integer.SIZE));
            return byHash != 0 ? byHash : compareColumn(left, atLeft, right, atRight, RoutedRows.ORDER);
        }
    }

    private static final class ByKey extends RecordComparator {
        @Override
        public int compare(Object left, long atLeft, int leftLength, Object right, long atRight, int rightLength) {
            int byKey = compareColumn(left, atLeft, right, atRight, RoutedRows.KEY);
            return byKey != 0 ? byKey : compareColumn(left, atLeft, right, atRight, RoutedRows.ORDER);
        }
    }

    private static int compareColumn(Object left, long atLeft, Object right, long atRight, int column) {
        int leftLength = (int) Platform.getLong(left, column(atLeft, column));
        int rightLength = (int) Platform.getLong(right, column(atRight, column));
        return compare(left, bytes(left, atLeft, column), leftLength, right, bytes(right, atRight, column), rightLength);
    }

    /** As unsigned bytes; what another begins with comes before it. */
    private static int compare(Object left, long inLeft, int leftLength, Object right, long inRight, int rightLength) {
        int shared = Math.min(leftLength, rightLength);
        int at = 0;
        for (; at <= shared - Long.BYTES; at += Long.BYTES) {
            long one = bigEndian(left, inLeft + at);
            long other = bigEndian(right, inRight + at);
            if (one != other) {
                return Long.compareUnsigned(one, other);
            }
        }
        for (; at < shared; at++) {
            int difference = (Platform.getByte(left, inLeft + at) & 0xff) - (Platform.getByte(right, inRight + at) & 0xff);
            if (difference != 0) {
                return difference;
            }
        }
        return leftLength - rightLength;
    }

    /** Where the bytes of a column begin. */
    private static long bytes(UnsafeRow row, int column) {
        return row.getBaseOffset() + (row.getLong(column) >>> Integer.SIZE);
    }

    private static long bytes(Object base, long row, int column) {
        return row + (Platform.getLong(base, column(row, column)) >>> Integer.SIZE);
    }

    /** Where the fixed part of a column lies: for bytes, where in the row they begin (upper half) and how many they are. */
    private static long column(long row, int column) {
        return row + NULLS + (long) Long.BYTES * column;
    }

    private static long bigEndian(Object base, long at) {
        long value = Platform.getLong(base, at);
        return LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
    }
}
