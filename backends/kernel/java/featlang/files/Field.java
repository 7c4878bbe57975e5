package featlang.files;

import featlang.kernel.Canonical;
import featlang.kernel.Event;
import featlang.kernel.Structure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/**
 * A column of a Parquet file, or a part of one. What it holds is spread over the readers of its leaves; the levels of a leaf tell how
 * much of the way down to it is there, and which list goes on (Melnik and others, Dremel, 2010).
 */
final class Field {
    private final Structure type;
    /** The level from which the field is not null. */
    private final int present;
    /** Of a list or a map: the level from which it has an item, and the level at which the next one repeats. */
    private final int any;
    private final int repeats;
    private final Cell cell;
    private final List<Field> parts = new ArrayList<>();
    private final String[] path;
    private final Event scalar = new Event(1);
    private ColumnReader reader;

    private Field(Structure type, String[] path, int present, int any, int repeats, Cell cell) {
        this.type = type;
        this.path = path;
        this.present = present;
        this.any = any;
        this.repeats = repeats;
        this.cell = cell;
    }

    /** How a column of the file is read as a declared type; null where it cannot be. */
    static Field of(Structure wanted, Type column) {
        return of(wanted, column, new String[0], 0, 0);
    }

    private static Field of(Structure wanted, Type field, String[] above, int level, int repeated) {
        String[] path = with(above, field.getName());
        if (field.isRepetition(Type.Repetition.REPEATED)) {
            return null;
        }
        int present = level + (field.isRepetition(Type.Repetition.OPTIONAL) ? 1 : 0);
        return switch (wanted.type()) {
            case LIST -> repeated(wanted, field, path, present, repeated, 1);
            case MAP -> repeated(wanted, field, path, present, repeated, 2);
            case STRUCT -> struct(wanted, field, path, present, repeated);
            default -> {
                Cell cell = Cell.of(wanted, field);
                yield cell == null ? null : new Field(wanted, path, present, 0, 0, cell);
            }
        };
    }

    private static Field repeated(Structure wanted, Type field, String[] path, int present, int repeated, int parts) {
        boolean annotated = parts == 1
            ? field.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation
            : field.getLogicalTypeAnnotation() instanceof MapLogicalTypeAnnotation;
        if (field.isPrimitive() || !annotated || field.asGroupType().getFieldCount() != 1) {
            return null;
        }
        Type entries = field.asGroupType().getType(0);
        if (!entries.isRepetition(Type.Repetition.REPEATED) || entries.isPrimitive() || entries.asGroupType().getFieldCount() != parts) {
            return null;
        }
        Field found = new Field(wanted, path, present, present + 1, repeated + 1, null);
        for (int i = 0; i < parts; i++) {
            Type part = entries.asGroupType().getType(i);
            if (!found.add(of(wanted.parts()[i], part, with(path, entries.getName()), present + 1, repeated + 1))) {
                return null;
            }
        }
        return found;
    }

    private static Field struct(Structure wanted, Type field, String[] path, int present, int repeated) {
        if (field.isPrimitive() || field.getLogicalTypeAnnotation() != null) {
            return null;
        }
        GroupType group = field.asGroupType();
        Field found = new Field(wanted, path, present, 0, 0, null);
        for (int i = 0; i < wanted.parts().length; i++) {
            String name = wanted.names()[i];
            if (!group.containsField(name) || !found.add(of(wanted.parts()[i], group.getType(name), path, present, repeated))) {
                return null;
            }
        }
        return found;
    }

    private boolean add(Field part) {
        return part != null && parts.add(part);
    }

    private static String[] with(String[] path, String name) {
        String[] longer = java.util.Arrays.copyOf(path, path.length + 1);
        longer[path.length] = name;
        return longer;
    }

    /** Takes the readers of the leaves in a row group. */
    void open(Function<String[], ColumnReader> readers) {
        if (parts.isEmpty()) {
            reader = readers.apply(path);
        }
        for (Field part : parts) {
            part.open(readers);
        }
    }

    /** Fills a slot with the next row's value, as {@link featlang.kernel.SourceReader} takes cells. */
    void read(Event into, int slot) {
        into.bytes[slot] = null;
        into.isNull[slot] = leaf().getCurrentDefinitionLevel() < present;
        if (into.isNull[slot]) {
            skip();
        } else if (parts.isEmpty()) {
            cell.read(reader, into, slot);
            reader.consume();
        } else {
            Canonical out = new Canonical();
            value(out);
            into.bytes[slot] = out.toBytes();
        }
    }

    /** Writes the next value, null or not. */
    private void part(Canonical out) {
        if (leaf().getCurrentDefinitionLevel() < present) {
            out.writeNull();
            skip();
        } else if (parts.isEmpty()) {
            scalar.isNull[0] = false;
            cell.read(reader, scalar, 0);
            out.write(type.type(), scalar, 0);
            reader.consume();
        } else {
            out.more(); // that it is not null
            value(out);
        }
    }

    private void value(Canonical out) {
        if (type.type() == featlang.kernel.Type.STRUCT) {
            for (Field part : parts) {
                part.part(out);
            }
            return;
        }
        if (leaf().getCurrentDefinitionLevel() < any) {
            skip();
        } else {
            do {
                out.more();
                for (Field part : parts) {
                    part.part(out);
                }
            } while (leaf().getCurrentRepetitionLevel() == repeats);
        }
        out.end();
    }

    /** Passes over what stands in the leaves for a null, or for no items. */
    private void skip() {
        if (parts.isEmpty()) {
            reader.consume();
        }
        for (Field part : parts) {
            part.skip();
        }
    }

    private ColumnReader leaf() {
        return parts.isEmpty() ? reader : parts.get(0).leaf();
    }
}
