package featlang.spark;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.util.TaskCompletionListener;

import scala.Tuple2;

import featlang.files.EffectiveTimes;
import featlang.files.RefusedRecords;
import featlang.kernel.Records;
import featlang.kernel.Routed;
import featlang.kernel.Source;
import featlang.kernel.SourceReader;

/** The events of what a task reads, made as they are pulled: a file is never held as a whole. */
final class SourceRows implements Iterator<Tuple2<Integer, UnsafeRow>>, SourceReader.Output {
    /** After so many records it is seen whether the task was killed: nothing else stops one that reads what is then filtered out. */
    private static final int OFTEN = 1024;

    private final int number;
    private final Counters counters;
    private final Partitions partitions;
    private final long since;
    private final long until;
    private final SourceReader reader;
    private final Records records;
    private final Outputs outputs;
    private final Outputs.Rows rejects;
    private final Outputs.Rows late;
    private final Outputs.Rows quarantine;
    /** The streams whose rows visit no stage; the outputs are null where rows are not written. */
    private final String[] streams;
    private final Outputs.Rows[] rows;
    private final long[] written;
    private final Map<String, Long> refused = new TreeMap<>();
    private final SourceReader.Partition partition = new SourceReader.Partition();
    private final ArrayDeque<Tuple2<Integer, UnsafeRow>> ready = new ArrayDeque<>();
    private long asked;
    private boolean ended;

    /** @param number the partition's */
    SourceRows(SourceHost.Settings settings, int number, Task task, Counters counters) {
        this.number = number;
        this.counters = counters;
        partitions = settings.partitions();
        since = settings.since();
        until = settings.until();
        Source source = Classes.make(settings.className(), Source.class);
        reader = new SourceReader(source, settings.format(), settings.options(), settings.now());
        reader.range(settings.from(), until);
        reader.countOnly(since, until);
        reader.only(settings.names());
        reader.history(settings.history());
        if (settings.exclude() != null) {
            reader.exclude(RefusedRecords.in(settings.exclude()));
        }
        if (settings.effective() != null) {
            reader.effective(EffectiveTimes.in(settings.effective()));
        }
        records = task.open(reader);
        outputs = new Outputs(settings.out(), "source-" + settings.source(), number, 3);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> records.close());
        rejects = outputs.refused("_rejects/" + settings.source(), true);
        late = outputs.refused("_late/" + settings.source(), true);
        quarantine = outputs.refused("_quarantine/" + settings.source(), true);
        streams = source.streams();
        rows = new Outputs.Rows[streams.length];
        written = new long[streams.length];
        for (int s = 0; s < streams.length; s++) {
            boolean wanted = settings.rows() && settings.names().contains(streams[s]);
            rows[s] = wanted ? outputs.rows(streams[s], source.streamColumns(s)) : null;
        }
    }

    @Override
    public boolean hasNext() {
        while (ready.isEmpty() && !ended) {
            if (++asked % OFTEN == 0) {
                TaskContext.get().killTaskIfInterrupted();
            }
            if (!records.read(partition, this)) {
                ended = true;
                end();
            }
        }
        return !ready.isEmpty();
    }

    @Override
    public Tuple2<Integer, UnsafeRow> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.poll();
    }

    @Override
    public void routed(Routed event) {
        ready.add(RoutedRows.of(event, partitions));
    }

    @Override
    public void row(int stream, Object[] values) {
        long time = (Long) values[0];
        if (time < since || time >= until) {
            return;
        }
        written[stream]++;
        if (rows[stream] != null) {
            rows[stream].write(values);
        }
    }

    @Override
    public void rejected(byte[] raw, String code, String text) {
        refuse(rejects, "rejected." + code, raw, code, text);
    }

    @Override
    public void late(byte[] raw, String code, String text) {
        refuse(late, "late", raw, code, text);
    }

    @Override
    public void quarantined(byte[] raw, String code, String text) {
        refuse(quarantine, "quarantined", raw, code, text);
    }

    @Override
    public String path() {
        return records.path();
    }

    @Override
    public long record() {
        return records.record();
    }

    private void refuse(Outputs.Rows output, String count, byte[] raw, String code, String text) {
        output.write(raw, path(), record(), code, text);
        refused.merge(count, 1L, Long::sum);
    }

    private void end() {
        outputs.commit();
        Map<String, Long> counts = new TreeMap<>(refused);
        counts.put("read", reader.read);
        counts.put("accepted", reader.accepted);
        String[] names = reader.counterNames();
        long[] values = reader.counters();
        for (int i = 0; i < names.length; i++) {
            counts.merge("kernel." + names[i], values[i], Long::sum);
        }
        for (int s = 0; s < streams.length; s++) {
            counts.merge("written." + streams[s], written[s], Long::sum);
        }
        counts.put("read.ended", System.currentTimeMillis());
        counters.add(new Counters.Report("source " + number, counts));
    }
}
