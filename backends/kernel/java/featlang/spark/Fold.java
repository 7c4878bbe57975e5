package featlang.spark;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;

import featlang.kernel.Stage;

/** Folds one partition, event by event: neither a partition nor a key is ever held as a whole. */
final class Fold {
    private final Counters counters;
    private final Outputs outputs;
    private final StageFold[] stages;

    Fold(StageHost.Settings settings, Counters counters) {
        this.counters = counters;
        outputs = new Outputs(settings.out(), "part", settings.groups().size());
        Outputs.Rows late = outputs.refused("_late/" + settings.source(), false);
        stages = new StageFold[settings.stages().size()];
        for (int i = 0; i < stages.length; i++) {
            Stage stage = Classes.make(settings.stages().get(i), Stage.class);
            if (Arrays.stream(stage.groups()).anyMatch(settings.groups()::contains)) {
                stages[i] = new StageFold(stage, settings, outputs, late);
            }
        }
    }

    void run(Iterator<InternalRow> sorted) {
        long began = System.nanoTime();
        byte[] key = null;
        StageFold stage = null;
        while (sorted.hasNext()) {
            InternalRow event = sorted.next();
            byte[] next = event.getBinary(SourceHost.KEY);
            StageFold of = stages[event.getInt(SourceHost.STAGE)];
            if (of != stage || !Arrays.equals(next, key)) {
                if (stage != null) {
                    stage.endKey();
                }
                key = next;
                stage = of;
                stage.beginKey(key);
            }
            stage.apply(
                    event.getBinary(SourceHost.ORDER),
                    event.getBinary(SourceHost.PAYLOAD),
                    event.isNullAt(SourceHost.ORIGIN) ? null : event.getBinary(SourceHost.ORIGIN));
        }
        if (stage != null) {
            stage.endKey();
        }
        long folded = System.nanoTime();
        finish();
        report(System.nanoTime() - began, System.nanoTime() - folded);
    }

    private void finish() {
        for (StageFold stage : stages) {
            if (stage != null) {
                stage.flush();
            }
        }
        outputs.commit();
    }

    private void report(long nanoseconds, long finishing) {
        Map<String, Long> counts = new TreeMap<>();
        counts.put("nanoseconds.fold", nanoseconds);
        counts.put("nanoseconds.write", finishing);
        for (StageFold stage : stages) {
            if (stage != null) {
                stage.count(counts);
            }
        }
        counters.add(new Counters.Report("fold " + TaskContext.getPartitionId(), counts));
    }
}
