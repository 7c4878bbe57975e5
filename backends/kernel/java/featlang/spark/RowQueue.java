package featlang.spark;

import java.util.ArrayDeque;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

import scala.Tuple2;

/**
 * Rows on their way to stages that wait to be pulled, in order. Equal ones that follow each other are held once: events that are equal in all
 * columns give theirs all at one time, and there may be millions of them.
 */
final class RowQueue {
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    boolean isEmpty() {
        return entries.isEmpty();
    }

    void add(Tuple2<Integer, UnsafeRow> row) {
        Entry last = entries.peekLast();
        if (last != null && last.row.equals(row)) {
            last.times++;
        } else {
            entries.add(new Entry(row));
        }
    }

    /** The first row, which is taken out; there must be one. */
    Tuple2<Integer, UnsafeRow> take() {
        Entry first = entries.getFirst();
        if (--first.times == 0) {
            entries.removeFirst();
        }
        return first.row;
    }

    private static final class Entry {
        final Tuple2<Integer, UnsafeRow> row;
        long times = 1;

        Entry(Tuple2<Integer, UnsafeRow> row) {
            this.row = row;
        }
    }
}
