package featlang.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

import featlang.files.RowFile;
import featlang.kernel.Column;
import featlang.kernel.SourceReader;

/**
 * The Parquet files that a task writes below OUT, one in each folder. They appear when all of its rows are there; a task that fails before
 * leaves nothing, and one that is repeated replaces what it wrote before.
 */
final class Outputs {
    private final String out;
    private final String name;
    private final String attempt;
    private final boolean first;
    private final long rowGroup;
    private final List<RowFile> files = new ArrayList<>();
    private final Map<String, Rows> rows = new HashMap<>();

    /**
     * @param kind of task, which the files are named after
     * @param partition the position of what the task computes among all of that kind
     * @param most folders that are written to
     */
    Outputs(String out, String kind, int partition, int most) {
        TaskContext task = TaskContext.get();
        this.out = out;
        name = "%s-%05d".formatted(kind, partition);
        attempt = Long.toString(task.taskAttemptId());
        first = partition == 0;
        rowGroup = RowFile.rowGroup(most, tasksAtATime());
        task.addTaskCompletionListener((TaskCompletionListener) context -> files.forEach(RowFile::discard));
    }

    /** Rows into a folder, to which several may write. There is a file also without rows, in one task, so that readers find the columns. */
    Rows rows(String folder, Column[] columns) {
        return rows.computeIfAbsent(folder, each -> new Rows(each, columns, first));
    }

    /** Records that are in no row, into a folder; with a file in any case if {@code always}. */
    Rows refused(String folder, boolean always) {
        return new Rows(folder, SourceReader.REFUSED, first && always);
    }

    private static int tasksAtATime() {
        SparkConf conf = SparkEnv.get().conf();
        int cores = conf.getInt("spark.executor.cores", Runtime.getRuntime().availableProcessors());
        return Math.max(cores / conf.getInt("spark.task.cpus", 1), 1);
    }

    /** Puts the files into their places. */
    void commit() {
        TaskContext.get().killTaskIfInterrupted();
        files.forEach(RowFile::commit);
    }

    /** What is written to one folder; a file is begun with its first row. */
    final class Rows {
        private final String folder;
        private final Column[] columns;
        private RowFile file;

        private Rows(String folder, Column[] columns, boolean now) {
            this.folder = folder;
            this.columns = columns;
            if (now) {
                open();
            }
        }

        void write(Object... row) {
            if (file == null) {
                open();
            }
            file.write(row);
        }

        private void open() {
            file = new RowFile(out + "/" + folder, name, attempt, columns, rowGroup);
            files.add(file);
        }
    }
}
