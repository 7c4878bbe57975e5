package featlang.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.types.Row;

/**
 * Takes the rows behind the last operator and counts how long their events took since they were due, in whole µs. When a task ends it
 * writes its counts: a line for each number of µs, and how many rows took that long; and, in a file of its own, when the first and the
 * last of them came, in ns of one clock.
 */
public final class Latencies extends RichFilterFunction<Row> {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_MICROS = 10_000_000;

    private final String folder;
    private final int column;
    private final long from;
    private transient int[] counts;
    private transient long first;
    private transient long last;

    /**
     * @param column the place of the event's number in a row
     * @param from the first event that counts: those before it warm the job up
     */
    public Latencies(String folder, int column, long from) {
        this.folder = folder;
        this.column = column;
        this.from = from;
    }

    @Override
    public void open(OpenContext context) {
        counts = new int[LONGEST_MICROS + 1];
    }

    @Override
    public boolean filter(Row row) {
        long number = (Long) row.getField(column);
        if (number >= from) {
            last = System.nanoTime();
            if (first == 0) {
                first = last;
            }
            long micros = (last - PacedClicks.DUE.get(PacedClicks.slot(number))) / 1000;
            counts[(int) Math.max(0, Math.min(micros, LONGEST_MICROS))]++;
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int micros = 0; micros < counts.length; micros++) {
            if (counts[micros] > 0) {
                lines.add(micros + " " + counts[micros]);
            }
        }
        Files.createDirectories(Path.of(folder));
        int task = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        Files.write(Path.of(folder, "task-" + task + ".txt"), lines);
        Files.writeString(Path.of(folder, "span-" + task + ".txt"), first + " " + last);
    }
}
