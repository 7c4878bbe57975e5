package featlang.spark;

import java.util.HashMap;
import java.util.Map;

import featlang.kernel.Stage;

/** The closed tiles of the key at hand: a batch job meets a key's events in one go, so nothing outlives them. */
final class HeapTiles implements Stage.Tiles {
    private Map<Long, byte[]> tiles = new HashMap<>();

    @Override
    public byte[] get(long id) {
        return tiles.get(id);
    }

    @Override
    public void put(long id, byte[] tile) {
        tiles.put(id, tile);
    }

    @Override
    public void remove(long id) {
        tiles.remove(id);
    }

    /** A new map, not an emptied one: emptying costs the table's size, and one great key would make every later key pay. */
    void clear() {
        if (!tiles.isEmpty()) {
            tiles = new HashMap<>();
        }
    }
}
