package featlang.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How a stage's payloads are to be read, as one of the {@link Layouts}: what its groups and columns are. A payload that was kept
 * over an edit of the definitions is translated: groups by identity, columns by name and type.
 */
final class PayloadLayout {
    private static final int PAYLOAD = 'P';

    private final Layouts layouts;
    private final int number;
    private final long[] groups;
    private final int[] columns;
    private final Column[] source;
    private final Map<Integer, Old> olds = new HashMap<>();

    /**
     * An old layout, and where each of its parts is now.
     *
     * @param groups for each group of old its position now, or -1
     * @param slots for each column of old its slot in {@code event}: one of this layout, or one behind all of the source's
     * @param types the types of the event's slots
     */
    private record Old(int[] groups, int[] slots, Column[] types, Event event) {
    }

    /** @param columns the positions of the columns that are sent */
    PayloadLayout(Layouts layouts, long[] groups, int[] columns, Column[] source) {
        this.layouts = layouts;
        this.groups = groups;
        this.columns = columns;
        this.source = source;
        number = layouts.number(encoded());
    }

    int number() {
        return number;
    }

    /** A payload of the layout of that number, in this one: what it lacks is null. */
    byte[] translate(int from, byte[] payload) {
        if (from == number) {
            return payload;
        }
        Old old = olds.computeIfAbsent(from, this::old);
        for (int slot : columns) {
            old.event.isNull[slot] = true;
        }
        long oldMask = Payload.decode(payload, old.slots, old.types, old.event);
        long mask = 0;
        for (long rest = oldMask; rest != 0; rest &= rest - 1) {
            int now = old.groups[Long.numberOfTrailingZeros(rest)];
            mask |= now < 0 ? 0 : 1L << now;
        }
        return Payload.encode(mask, columns, source, old.event);
    }

    private byte[] encoded() {
        Writer out = new Writer();
        out.writeByte(PAYLOAD);
        out.writeVarint(groups.length);
        for (long group : groups) {
            out.writeLong(group);
        }
        out.writeVarint(columns.length);
        for (int slot : columns) {
            out.writeBytes(source[slot].name().getBytes(StandardCharsets.UTF_8));
            out.writeBytes(source[slot].type().name().getBytes(StandardCharsets.UTF_8));
        }
        return out.toBytes();
    }

    private Old old(int from) {
        Reader in = new Reader().reset(layouts.layout(from));
        if (in.readByte() != PAYLOAD) {
            throw new IllegalStateException("the layout of a payload is another thing's");
        }
        int[] positions = new int[Math.toIntExact(in.readVarint())];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = position(in.readLong());
        }
        int[] slots = new int[Math.toIntExact(in.readVarint())];
        Column[] types = Arrays.copyOf(source, source.length + slots.length);
        for (int i = 0; i < slots.length; i++) {
            String name = new String(in.readBytes(), StandardCharsets.UTF_8);
            Type type = Type.valueOf(new String(in.readBytes(), StandardCharsets.UTF_8));
            slots[i] = slot(name, type);
            if (slots[i] < 0) {
                slots[i] = source.length + i;
                types[slots[i]] = new Column(name, type, true);
            }
        }
        return new Old(positions, slots, types, new Event(types.length));
    }

    private int position(long group) {
        for (int i = 0; i < groups.length; i++) {
            if (groups[i] == group) {
                return i;
            }
        }
        return -1;
    }

    private int slot(String name, Type type) {
        for (int slot : columns) {
            if (source[slot].name().equals(name) && source[slot].type() == type) {
                return slot;
            }
        }
        return -1;
    }
}
