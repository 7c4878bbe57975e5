package featlang.kernel;

import java.util.HashMap;
import java.util.Map;

/** Takes over a key's state that was written under another layout: parts that still mean the same are kept, others dropped. */
final class Migration {
    private Migration() {
    }

    private record OldRing(int position, long[] cells, byte[] head) {
    }

    /** {@code in} stands behind the layout of the old head. The old closed tiles are removed or rewritten. */
    static void takeOver(byte[] oldLayout, Reader in, Stage stage) {
        Reader layout = new Reader().reset(oldLayout);
        long[] oldGroups = longs(layout);
        Map<Long, Integer> groups = new HashMap<>();
        for (int g = 0; g < stage.groupIdentities().length; g++) {
            groups.put(stage.groupIdentities()[g], g);
        }
        int oldRings = Math.toIntExact(layout.readVarint());
        long[] identities = new long[oldRings];
        long[][] cells = new long[oldRings][];
        for (int i = 0; i < oldRings; i++) {
            identities[i] = layout.readLong();
            cells[i] = longs(layout);
        }
        for (long group : oldGroups) {
            Integer g = groups.get(group);
            if (g != null) {
                stage.readLast(in, g);
            } else if (in.readByte() == 1) {
                in.readZigzag();
                in.readVarint();
            }
        }
        Map<Long, OldRing> rings = new HashMap<>();
        Map<Long, byte[]> tiles = new HashMap<>();
        for (int i = 0; i < oldRings; i++) {
            byte[] head = in.readBytes();
            rings.put(identities[i], new OldRing(i, cells[i], head));
            Ring.takeTiles(stage.tiles(), i, head, tiles);
        }
        for (Ring ring : stage.rings) {
            OldRing old = rings.get(ring.identity);
            if (old == null) {
                ring.reset();
            } else {
                ring.migrate(new Reader().reset(old.head), old.cells.length, kept(ring.cellIdentities, old.cells),
                        sequence -> tiles.get(Ring.id(old.position, sequence)));
            }
        }
    }

    private static int[] kept(long[] now, long[] old) {
        int[] positions = new int[now.length];
        for (int i = 0; i < now.length; i++) {
            positions[i] = -1;
            for (int j = 0; j < old.length; j++) {
                if (old[j] == now[i]) {
                    positions[i] = j;
                }
            }
        }
        return positions;
    }

    private static long[] longs(Reader in) {
        long[] values = new long[Math.toIntExact(in.readVarint())];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readLong();
        }
        return values;
    }
}
