package featlang.spark;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

import scala.Function1;
import scala.runtime.AbstractFunction1;

import featlang.kernel.Canonical;
import featlang.kernel.Routed;

/** Where in the shuffles what goes to a stage and a key comes: each level of folds has the same number of partitions, side by side. */
public final class Partitions implements Serializable {
    private static final long serialVersionUID = 1;

    private final HashMap<Integer, Integer> levels;
    private final int ofLevel;

    /**
     * @param levels by the stages' numbers
     * @param ofLevel how many each has
     */
    public Partitions(Map<Integer, Integer> levels, int ofLevel) {
        this.levels = new HashMap<>(levels);
        this.ofLevel = ofLevel;
    }

    int of(Routed event) {
        long hash = Canonical.getSortable(event.key(), 0);
        return levels.get(event.stage()) * ofLevel + (int) Math.floorMod(hash, (long) ofLevel);
    }

    /** How many there are. */
    int count() {
        return ofLevel * levels.values().stream().mapToInt(level -> level + 1).max().orElse(1);
    }

    /** Whether a partition is one of a level. */
    Function1<Object, Object> areOf(int level) {
        return new InLevel(level, ofLevel);
    }

    private static final class InLevel extends AbstractFunction1<Object, Object> implements Serializable {
        private static final long serialVersionUID = 1;

        private final int level;
        private final int ofLevel;

        InLevel(int level, int ofLevel) {
            this.level = level;
            this.ofLevel = ofLevel;
        }

        @Override
        public Object apply(Object partition) {
            return (Integer) partition / ofLevel == level;
        }
    }
}
