package featlang.kernel;

import java.util.Map;

/** The closed tiles of the key at hand, in a map that the host gives for each key. */
public final class HeapTiles implements Stage.Tiles {
    private Map<Long, byte[]> tiles;

    public HeapTiles(Map<Long, byte[]> tiles) {
        this.tiles = tiles;
    }

    /** Goes on with another key's tiles. */
    public void use(Map<Long, byte[]> others) {
        tiles = others;
    }

    public int size() {
        return tiles.size();
    }

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
}
