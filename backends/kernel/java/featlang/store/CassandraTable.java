package featlang.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.metadata.schema.ColumnMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;

import featlang.kernel.Column;
import featlang.kernel.Type;

/**
 * What a table of Cassandra must be for the rows of a block. int, duration and timestamp (µs UTC; Cassandra's own times are of ms) are
 * bigint, bool is boolean, float double, string text, bytes blob, date date, decimal decimal; lists, maps and structs are text, in JSON.
 */
final class CassandraTable {
    private static final String COMMENT = "comment";
    private static final String SEE = "; `feat plan-ddl` shows what differs, `feat apply-ddl` adds what is missing";

    private final CqlIdentifier keyspace;
    private final CqlIdentifier name;
    private final List<Column> columns;
    private final Set<String> meanings;
    private final int keys;

    /**
     * @param columns of the rows: keys, {@code as_of}, {@code _written}, features
     * @param meanings words that the table's comment must have: they say what each feature means
     */
    CassandraTable(String keyspace, String name, Column[] columns, String meanings) {
        this.keyspace = CqlIdentifier.fromInternal(keyspace);
        this.name = CqlIdentifier.fromInternal(name);
        this.columns = List.of(columns);
        this.meanings = words(meanings);
        int written = 0;
        while (!columns[written].name().equals("_written")) {
            written++;
        }
        keys = written - 1;
    }

    String keyspace() {
        return keyspace.asInternal();
    }

    /** How many of the columns are keys: the first ones. */
    int keys() {
        return keys;
    }

    /** As it is written in a {@code .feat} file. */
    @Override
    public String toString() {
        return keyspace.asInternal() + "." + name.asInternal();
    }

    /** The statement that writes a row: its values by position, then the write timestamp, then the seconds that it is kept. */
    String insert(boolean ttl) {
        List<String> names = columns.stream().map(column -> identifier(column).asCql(false)).toList();
        return "INSERT INTO " + keyspace.asCql(false) + "." + name.asCql(false) + " (" + String.join(", ", names) + ") VALUES ("
                + String.join(", ", Collections.nCopies(names.size(), "?")) + ") USING TIMESTAMP ?" + (ttl ? " AND TTL ?" : "");
    }

    /** Throws where the table, as the session knows it, is not what the rows need. */
    void check(CqlSession session) throws IOException {
        TableMetadata found = session.getMetadata().getKeyspace(keyspace).flatMap(each -> each.getTable(name)).orElse(null);
        if (found == null) {
            throw new IOException("Cassandra has no table " + this + SEE);
        }
        List<String> missing = new ArrayList<>();
        for (Column column : columns) {
            Optional<ColumnMetadata> there = found.getColumn(identifier(column));
            String wanted = column.name() + " " + cqlType(column.type());
            if (there.isEmpty()) {
                missing.add(wanted);
            } else if (!there.get().getType().asCql(false, false).equals(cqlType(column.type()))) {
                throw new IOException(
                        "table " + this + " of Cassandra has " + column.name() + " " + there.get().getType().asCql(false, false)
                                + ", the features have " + wanted + SEE);
            }
        }
        if (!missing.isEmpty()) {
            throw new IOException("table " + this + " of Cassandra lacks the columns " + String.join(", ", missing) + SEE);
        }
        List<CqlIdentifier> key = found.getPartitionKey().stream().map(ColumnMetadata::getName).toList();
        if (!key.equals(columns.subList(0, keys).stream().map(CassandraTable::identifier).toList())
                || !found.getClusteringColumns().isEmpty()) {
            throw new IOException("table " + this + " of Cassandra has another primary key than the features" + SEE);
        }
        Object comment = found.getOptions().get(CqlIdentifier.fromInternal(COMMENT));
        Set<String> lacking = new LinkedHashSet<>(meanings);
        lacking.removeAll(words(String.valueOf(comment)));
        if (!lacking.isEmpty()) {
            throw new IOException(
                    "the rows of table " + this + " of Cassandra were made by other definitions of "
                            + String.join(", ", lacking.stream().map(word -> word.substring(0, word.indexOf('='))).toList()) + SEE);
        }
    }

    private static CqlIdentifier identifier(Column column) {
        return CqlIdentifier.fromInternal(column.name());
    }

    private static Set<String> words(String text) {
        return new LinkedHashSet<>(Arrays.asList(text.split("\\s+")));
    }

    private static String cqlType(Type type) {
        return switch (type) {
            case INT, TIMESTAMP, DURATION -> "bigint";
            case BOOL -> "boolean";
            case FLOAT -> "double";
            case STRING, LIST, MAP, STRUCT -> "text";
            case BYTES -> "blob";
            case DATE -> "date";
            case DECIMAL -> "decimal";
        };
    }
}
