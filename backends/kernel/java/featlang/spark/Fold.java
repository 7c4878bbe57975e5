package featlang.spark;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

import scala.Tuple2;

import featlang.kernel.Stage;

/** Folds one partition, event by event, as the rows that go on are pulled: neither a partition nor a key is ever held as a whole. */
final class Fold implements Iterator<Tuple2<Integer, UnsafeRow>> {
    private final String name;
    private final Iterator<UnsafeRow> byKey;
    private final Counters counters;
    private final Outputs outputs;
    private final Map<Integer, StageFold> stages = new HashMap<>();
    private final RowQueue ready = new RowQueue();
    private byte[] key;
    /** Those that events of the key came to. */
    private final Map<Integer, StageFold> open = new HashMap<>();
    private boolean ended;
    private long nanoseconds;

    Fold(StageHost.Settings settings, int partition, Iterator<UnsafeRow> byKey, Counters counters) {
        name = "fold " + settings.level() + " " + partition;
        this.byKey = byKey;
        this.counters = counters;
        String kind = settings.level() == 0 ? "part" : "part-" + settings.level();
        outputs = new Outputs(settings.out(), kind, partition, Math.max(1, settings.names().size()));
        Map<String, Outputs.Rows> late = new HashMap<>();
        settings.stages().forEach((at, className) -> {
            String source = settings.sources().get(at);
            Outputs.Rows ofSource = late.computeIfAbsent(source, each -> outputs.refused("_late/" + each, false));
            stages.put(at, new StageFold(Classes.make(className, Stage.class), source, settings, outputs, ofSource, ready));
        });
    }

    @Override
    public boolean hasNext() {
        if (ready.isEmpty() && !ended) {
            long began = System.nanoTime();
            while (ready.isEmpty() && !ended) {
                step();
            }
            nanoseconds += System.nanoTime() - began;
            if (ended) {
                finish();
            }
        }
        return !ready.isEmpty();
    }

    @Override
    public Tuple2<Integer, UnsafeRow> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.take();
    }

    private void step() {
        if (!byKey.hasNext()) {
            endKey();
            ended = true;
            return;
        }
        UnsafeRow row = byKey.next();
        Object base = row.getBaseObject();
        long at = row.getBaseOffset();
        if (key == null || !RoutedBytes.hasKey(base, at, key)) {
            endKey();
            key = RoutedBytes.key(base, at);
        }
        int number = RoutedBytes.stage(base, at);
        StageFold stage = open.get(number);
        if (stage == null) {
            stage = stages.get(number);
            stage.beginKey(key);
            open.put(number, stage);
        }
        stage.apply(RoutedBytes.order(base, at), RoutedBytes.payload(base, at), RoutedBytes.origin(base, at));
    }

    private void endKey() {
        open.values().forEach(StageFold::endKey);
        open.clear();
    }

    private void finish() {
        long began = System.nanoTime();
        stages.values().forEach(StageFold::flush);
        outputs.commit();
        long finishing = System.nanoTime() - began;
        Map<String, Long> counts = new TreeMap<>();
        counts.put("nanoseconds.fold", nanoseconds + finishing);
        counts.put("nanoseconds.write", finishing);
        stages.values().forEach(each -> each.count(counts));
        counters.add(new Counters.Report(name, counts));
    }
}
