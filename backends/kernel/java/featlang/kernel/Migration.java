package featlang.kernel;

import java.util.HashMap;
import java.util.Map;

/** Takes over a key's state that was written under another layout: parts that still mean the same are kept, others dropped. */
final class Migration {
    private static final int HEAD = 'H';

    private Migration() {
    }

    private record OldRing(int position, long[] cells, byte[] head) {
    }

    /** What each part of a head computes: the groups, the order of arrival (0 for that of time), each ring with its cells. */
    static byte[] layout(long[] groups, Arrival arrival, Ring[] rings) {
        Writer out = new Writer();
        out.writeByte(HEAD);
        writeLongs(out, groups);
        out.writeLong(arrival == null ? 0 : arrival.identity());
        out.writeVarint(rings.length);
        for (Ring ring : rings) {
            out.writeLong(ring.identity);
            writeLongs(out, ring.cellIdentities);
        }
        return out.toBytes();
    }

    /** {@code in} stands where the head's state begins. The stage is clear; the old closed tiles are removed or rewritten. Gives how many there were. */
    static long takeOver(byte[] oldLayout, Reader in, Stage stage) {
        Reader layout = new Reader().reset(oldLayout);
        if (layout.readByte() != HEAD) {
            throw new IllegalStateException("the layout of a head is another thing's");
        }
        long[] oldGroups = readLongs(layout);
        boolean sameOrder = readArrival(layout.readLong(), in, stage);
        Map<Long, Integer> groups = new HashMap<>();
        for (int g = 0; g < stage.groupIdentities().length; g++) {
            groups.put(stage.groupIdentities()[g], g);
        }
        for (long group : oldGroups) {
            Integer g = groups.get(group);
            GroupState into = g == null ? new GroupState() : stage.group(g);
            into.read(in);
            if (!sameOrder) {
                into.clearRow();
            }
        }
        Map<Long, OldRing> rings = new HashMap<>();
        Map<Long, byte[]> tiles = new HashMap<>();
        long oldTiles = 0;
        int oldRings = Math.toIntExact(layout.readVarint());
        for (int i = 0; i < oldRings; i++) {
            long identity = layout.readLong();
            byte[] head = in.readBytes();
            rings.put(identity, new OldRing(i, readLongs(layout), head));
            oldTiles += Ring.takeTiles(stage.tiles(), i, head, tiles);
        }
        for (Ring ring : stage.rings) {
            OldRing old = rings.get(ring.identity);
            if (old != null && sameOrder) {
                ring.migrate(new Reader().reset(old.head), old.cells.length, kept(ring.cellIdentities, old.cells),
                        sequence -> tiles.get(TileQueue.id(old.position, sequence)));
            }
        }
        return oldTiles;
    }

    /** Whether the order is the one that the state was written in; what was computed in another one says nothing in this one. */
    private static boolean readArrival(long old, Reader in, Stage stage) {
        Arrival arrival = stage.arrival();
        boolean same = old == (arrival == null ? 0 : arrival.identity());
        if (old != 0) {
            (same ? arrival : new Arrival(null, -1)).read(in);
        }
        return same;
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

    private static void writeLongs(Writer out, long[] values) {
        out.writeVarint(values.length);
        for (long value : values) {
            out.writeLong(value);
        }
    }

    private static long[] readLongs(Reader in) {
        long[] values = new long[Math.toIntExact(in.readVarint())];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readLong();
        }
        return values;
    }
}
