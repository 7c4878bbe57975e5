package featlang.flink;

import org.apache.flink.api.java.functions.KeySelector;

import featlang.kernel.Routed;

/** Partitions the input of a stage by the key of its events. */
public final class RoutedKey implements KeySelector<Routed, Key> {
    private static final long serialVersionUID = 1;

    @Override
    public Key getKey(Routed routed) {
        return new Key(routed.key());
    }
}
