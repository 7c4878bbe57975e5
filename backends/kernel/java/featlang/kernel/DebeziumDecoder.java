package featlang.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * Debezium's envelopes: JSON that says how a row changed. The columns stand in {@code after}, of a deletion in {@code before}; some
 * stand in the envelope itself.
 */
final class DebeziumDecoder extends JsonDecoder {
    private static final int PAYLOAD = 0;
    private static final int OPERATION = 1;
    private static final int BEFORE = 2;
    private static final int AFTER = 3;
    private static final List<String> MEMBERS = List.of("payload", "op", "before", "after");

    private final JsonScanner envelope;
    private final List<String> members = new ArrayList<>(MEMBERS);
    /** For each column, its place in the envelope; null of one in the row. */
    private final String[][] paths;
    private final int deleted;

    DebeziumDecoder(Source source) {
        super(source);
        deleted = source.deleted();
        paths = new String[columns.length][];
        String[] declared = source.envelope();
        for (int slot = 0; slot < paths.length; slot++) {
            if (declared[slot] != null) {
                paths[slot] = declared[slot].split("\\.");
                if (!members.contains(paths[slot][0])) {
                    members.add(paths[slot][0]);
                }
            }
        }
        envelope = new JsonScanner(members.stream().map(name -> new Column(name, Type.STRING, true)).toArray(Column[]::new));
    }

    /** What a topic holds behind a deletion, so that it may forget the row. */
    @Override
    boolean isNothing(byte[] record) {
        return record == null || record.length == 0;
    }

    @Override
    Reject find(byte[] record) throws JsonScanner.NotJson {
        envelope.scan(record);
        if (envelope.kind(PAYLOAD) != JsonScanner.Kind.NULL) {
            if (!isObject(record, PAYLOAD)) {
                return unexpected(record, PAYLOAD, "an object");
            }
            envelope.members(record, envelope.from(PAYLOAD));
        }
        String operation = operation(record);
        int row = switch (operation) {
            case "c", "u", "r" -> AFTER;
            case "d" -> BEFORE;
            default -> OPERATION;
        };
        if (row == OPERATION) {
            return unexpected(record, OPERATION, "\"c\", \"u\", \"r\" or \"d\"");
        }
        if (!isObject(record, row)) {
            return unexpected(record, row, "an object");
        }
        scanner.members(record, envelope.from(row));
        for (int slot = 0; slot < paths.length; slot++) {
            if (paths[slot] != null) {
                scanner.place(slot, at(record, paths[slot]));
            }
        }
        if (row == BEFORE && deleted >= 0) {
            scanner.placeTrue(deleted);
        }
        return null;
    }

    /** The operation's text; an empty one where it is none. */
    private String operation(byte[] record) {
        if (envelope.kind(OPERATION) != JsonScanner.Kind.STRING) {
            return "";
        }
        return Text.string(text(record, envelope.from(OPERATION), envelope.to(OPERATION), envelope.isEscaped(OPERATION)));
    }

    /** Where a path leads to; 0 where it leads to nothing. */
    private int at(byte[] record, String[] path) {
        int member = members.indexOf(path[0]);
        int at = envelope.kind(member) == JsonScanner.Kind.NULL ? 0 : envelope.from(member);
        for (int step = 1; step < path.length && at > 0; step++) {
            at = member(record, at, path[step]);
        }
        return at;
    }

    private boolean isObject(byte[] record, int member) {
        return envelope.kind(member) == JsonScanner.Kind.CONTAINER && record[envelope.from(member)] == '{';
    }

    private Reject unexpected(byte[] record, int member, String wanted) {
        boolean isThere = envelope.kind(member) != JsonScanner.Kind.NULL;
        String found = isThere ? excerpt(record, envelope.from(member), envelope.to(member)) : "null";
        return new Reject("envelope", "`" + members.get(member) + "` is " + found + ", expected " + wanted);
    }
}
