package featlang.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Serialisable copies of collections that came from Python. */
final class Copies {
    private Copies() {}

    static <T> List<T> list(List<T> values) {
        return new ArrayList<>(values);
    }

    static <K, V> Map<K, V> map(Map<K, V> values) {
        return new HashMap<>(values);
    }

    static Map<String, List<Map<String, Object>>> stores(Map<String, List<Map<String, Object>>> stores) {
        Map<String, List<Map<String, Object>>> copies = new HashMap<>();
        stores.forEach((group, settings) -> copies.put(group, list(settings.stream().map(Copies::map).toList())));
        return copies;
    }
}
