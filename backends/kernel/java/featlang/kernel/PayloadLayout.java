package featlang.kernel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a stage's payloads are to be read, as one of the {@link Layouts}: what its groups filter by, its order and its columns, its visits
 * and the columns of each. A payload that was kept over an edit of the definitions is translated: it goes to the groups whose filter it has
 * passed and to the visit that it was sent to, columns go by name, to the same type or a wider one. One that waits in another order cannot
 * be put into this one.
 */
final class PayloadLayout {
    private static final int PAYLOAD = 'Q';

    private final Layouts layouts;
    private final int number;
    private final long[] filters;
    private final long order;
    private final int[] columns;
    private final Column[] source;
    private final Visits visits;
    private final Map<Integer, Old> olds = new HashMap<>();

    /**
     * An old layout, and where each of its parts is now.
     *
     * @param own for each group and visit of old those that are the same now, as bits
     * @param groups how many of them are groups
     * @param events for each column of old its slot in {@code event}: one of this layout, or one behind all of the source's
     * @param visits the same for each visit of old; null for one that comes with its event
     * @param types the types of the event's slots
     */
    private record Old(long[] own, int groups, int[] events, int[][] visits, Column[] types, Event event) {
        int[] slots(long mask) {
            int first = mask == 0 ? 0 : Long.numberOfTrailingZeros(mask);
            int[] visitor = first < groups ? null : visits[first - groups];
            return visitor == null ? events : visitor;
        }
    }

    /**
     * @param filters for each group, what it filters by
     * @param order what the events are ordered by
     * @param columns the positions of the columns that are sent
     * @param source the columns of the source, and behind them those that visitors bring
     */
    PayloadLayout(Layouts layouts, long[] filters, long order, int[] columns, Column[] source, Visits visits) {
        this.layouts = layouts;
        this.filters = filters;
        this.order = order;
        this.columns = columns;
        this.source = source;
        this.visits = visits;
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
        Arrays.fill(old.event.isNull, true);
        long oldMask = Payload.mask(payload);
        Payload.decode(payload, old.slots(visiting(oldMask, old.groups)), old.types, old.event);
        long mask = 0;
        for (long rest = oldMask; rest != 0; rest &= rest - 1) {
            mask |= old.own[Long.numberOfTrailingZeros(rest)];
        }
        long visiting = visiting(mask, filters.length);
        int[] visitor = visiting == 0 ? null : visits.slots()[Long.numberOfTrailingZeros(visiting) - filters.length];
        return Payload.encode(mask, visitor == null ? columns : visitor, source, old.event);
    }

    /** The visits of a mask; 0 where there is none. */
    private static long visiting(long mask, int groups) {
        return groups == Long.SIZE ? 0 : mask >>> groups << groups;
    }

    private byte[] encoded() {
        Writer out = new Writer();
        out.writeByte(PAYLOAD);
        out.writeVarint(filters.length);
        for (long filter : filters) {
            out.writeLong(filter);
        }
        out.writeLong(order);
        writeColumns(columns, out);
        for (int v = 0; v < visits.identities().length; v++) {
            out.writeLong(visits.identities()[v]);
            out.writeByte(visits.slots()[v] == null ? 0 : 1);
            if (visits.slots()[v] != null) {
                writeColumns(visits.slots()[v], out);
            }
        }
        return out.toBytes();
    }

    private void writeColumns(int[] slots, Writer out) {
        out.writeVarint(slots.length);
        for (int slot : slots) {
            out.writeBytes(source[slot].name().getBytes(StandardCharsets.UTF_8));
            out.writeBytes(typeText(source[slot].structure()).getBytes(StandardCharsets.UTF_8));
        }
    }

    private Old old(int from) {
        Reader in = new Reader().reset(layouts.layout(from));
        if (in.readByte() != PAYLOAD) {
            throw new IllegalStateException("the layout of a payload is another thing's");
        }
        List<Long> own = new ArrayList<>();
        int groups = Math.toIntExact(in.readVarint());
        for (int i = 0; i < groups; i++) {
            own.add(withFilter(in.readLong()));
        }
        if (in.readLong() != order) {
            throw new IllegalStateException("events wait in the savepoint in the order of other columns than `time` and `order` name now; "
                    + "undo that edit, or begin without the savepoint");
        }
        List<Column> types = new ArrayList<>(Arrays.asList(source));
        int[] events = readColumns(in, types, columns);
        List<int[]> ofVisits = new ArrayList<>();
        while (!in.atEnd()) {
            long visit = withIdentity(in.readLong());
            own.add(visit);
            int[] sought = visit == 0 ? columns : visits.slots()[Long.numberOfTrailingZeros(visit) - filters.length];
            ofVisits.add(in.readByte() == 0 ? null : readColumns(in, types, sought == null ? columns : sought));
        }
        Column[] all = types.toArray(Column[]::new);
        return new Old(
                own.stream().mapToLong(Long::longValue).toArray(), groups, events, ofVisits.toArray(int[][]::new), all, new Event(all.length));
    }

    /** The slots of columns of old: those of {@code now} with their names and types, others behind all, which are added. */
    private int[] readColumns(Reader in, List<Column> types, int[] now) {
        int[] slots = new int[Math.toIntExact(in.readVarint())];
        for (int i = 0; i < slots.length; i++) {
            String name = new String(in.readBytes(), StandardCharsets.UTF_8);
            Structure type = type(new String(in.readBytes(), StandardCharsets.UTF_8));
            slots[i] = slot(name, type, now);
            if (slots[i] < 0) {
                slots[i] = types.size();
                types.add(new Column(name, type, true, null, false));
            }
        }
        return slots;
    }

    private long withIdentity(long identity) {
        long found = 0;
        for (int v = 0; v < visits.identities().length; v++) {
            found |= visits.identities()[v] == identity ? 1L << filters.length + v : 0;
        }
        return found;
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

    private int slot(String name, Structure type, int[] now) {
        for (int slot : now) {
            if (source[slot].name().equals(name) && source[slot].structure().takes(type)) {
                return slot;
            }
        }
        return -1;
    }
}
