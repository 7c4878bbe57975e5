package featlang.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How a stage's payloads are to be read, as one of the {@link Layouts}: what its groups filter by, its order and its columns. A payload
 * that was kept over an edit of the definitions is translated: it goes to the groups whose filter it has passed, columns go by name, to the
 * same type or a wider one. One that waits in another order cannot be put into this one.
 */
final class PayloadLayout {
    private static final int PAYLOAD = 'Q';

    private final Layouts layouts;
    private final int number;
    private final long[] filters;
    private final long order;
    private final int[] columns;
    private final Column[] source;
    private final Map<Integer, Old> olds = new HashMap<>();

    /**
     * An old layout, and where each of its parts is now.
     *
     * @param groups for each group of old those whose filter is the same now, as bits
     * @param slots for each column of old its slot in {@code event}: one of this layout, or one behind all of the source's
     * @param types the types of the event's slots
     */
    private record Old(long[] groups, int[] slots, Column[] types, Event event) {
    }

    /**
     * @param filters for each group, what it filters by
     * @param order what the events are ordered by
     * @param columns the positions of the columns that are sent
     */
    PayloadLayout(Layouts layouts, long[] filters, long order, int[] columns, Column[] source) {
        this.layouts = layouts;
        this.filters = filters;
        this.order = order;
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
            mask |= old.groups[Long.numberOfTrailingZeros(rest)];
        }
        return Payload.encode(mask, columns, source, old.event);
    }

    private byte[] encoded() {
        Writer out = new Writer();
        out.writeByte(PAYLOAD);
        out.writeVarint(filters.length);
        for (long filter : filters) {
            out.writeLong(filter);
        }
        out.writeLong(order);
        out.writeVarint(columns.length);
        for (int slot : columns) {
            out.writeBytes(source[slot].name().getBytes(StandardCharsets.UTF_8));
            out.writeBytes(typeText(source[slot].structure()).getBytes(StandardCharsets.UTF_8));
        }
        return out.toBytes();
    }

    private Old old(int from) {
        Reader in = new Reader().reset(layouts.layout(from));
        if (in.readByte() != PAYLOAD) {
            throw new IllegalStateException("the layout of a payload is another thing's");
        }
        long[] groups = new long[Math.toIntExact(in.readVarint())];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = withFilter(in.readLong());
        }
        if (in.readLong() != order) {
            throw new IllegalStateException("events wait in the savepoint in the order of other columns than `time` and `order` name now; "
                    + "undo that edit, or begin without the savepoint");
        }
        int[] slots = new int[Math.toIntExact(in.readVarint())];
        Column[] types = Arrays.copyOf(source, source.length + slots.length);
        for (int i = 0; i < slots.length; i++) {
            String name = new String(in.readBytes(), StandardCharsets.UTF_8);
            Structure type = type(new String(in.readBytes(), StandardCharsets.UTF_8));
            slots[i] = slot(name, type);
            if (slots[i] < 0) {
                slots[i] = source.length + i;
                types[slots[i]] = new Column(name, type, true, null, false);
            }
        }
        return new Old(groups, slots, types, new Event(types.length));
    }

    private long withFilter(long filter) {
        long groups = 0;
        for (int i = 0; i < filters.length; i++) {
            groups |= filters[i] == filter ? 1L << i : 0;
        }
        return groups;
    }

    private static String typeText(Structure type) {
        return type.type().hasParts() ? type.text() : type.type().name();
    }

    private static Structure type(String text) {
        return text.endsWith(">") ? Structure.of(text) : Structure.of(Type.valueOf(text));
    }

    private int slot(String name, Structure type) {
        for (int slot : columns) {
            if (source[slot].name().equals(name) && source[slot].structure().takes(type)) {
                return slot;
            }
        }
        return -1;
    }
}
