package featlang.files;

import featlang.kernel.Column;
import featlang.kernel.Event;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * The rows of a Parquet file of the local file system, one after another; only the declared columns are read. Anything wrong with the
 * file as a whole gives a {@link FileException}.
 */
public final class ParquetEvents implements Closeable {
    private final String path;
    private final Column[] columns;
    private final ParquetFileReader file;
    private final MessageType schema;
    private final Field[] fields;
    private long leftInGroup;
    private int groupsLeft = Integer.MAX_VALUE;
    private long record;

    /** A run of rows that a file keeps together: so many, in so many bytes. */
    public record Group(long rows, long bytes) {
    }

    /** The row groups of a file, which can be read one without the other. */
    public static List<Group> groups(String path) {
        try (ParquetEvents file = new ParquetEvents(path, new Column[0])) {
            return file.file.getRowGroups().stream().map(group -> new Group(group.getRowCount(), group.getCompressedSize())).toList();
        }
    }

    public ParquetEvents(String path, Column[] columns) {
        this.path = path;
        this.columns = columns;
        if (!Files.exists(Path.of(path))) {
            throw new FileException(path, " cannot be read: there is no such file", null);
        }
        ParquetReadOptions options = ParquetReadOptions.builder(new PlainParquetConfiguration()).usePageChecksumVerification(true).build();
        try {
            file = ParquetFileReader.open(new LocalInputFile(Path.of(path)), options);
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
        fields = new Field[columns.length];
        try {
            schema = project(file.getFileMetaData());
            file.setRequestedSchema(schema);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Fills the event with the next row, as the file holds it; false at the end. */
    public boolean next(Event into) {
        try {
            while (leftInGroup == 0) {
                if (groupsLeft == 0 || !openGroup(file.readNextRowGroup())) {
                    return false;
                }
                groupsLeft--;
            }
            for (int i = 0; i < fields.length; i++) {
                fields[i].read(into, i);
            }
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
        leftInGroup--;
        record++;
        return true;
    }

    /** Only these row groups are read; the first is counted from 0, and rows keep their numbers. Called before anything else. */
    public void only(int first, int end) {
        for (int group = 0; group < first; group++) {
            skipGroup(group);
        }
        groupsLeft = end - first;
    }

    private long skipGroup(int group) {
        long rows = file.getRowGroups().get(group).getRowCount();
        record += rows;
        file.skipNextRowGroup();
        return rows;
    }

    /** Passes over so many rows. */
    public void skip(long rows) {
        Event passed = new Event(columns.length);
        long left = rows;
        for (int group = 0; group < file.getRowGroups().size() && file.getRowGroups().get(group).getRowCount() <= left; group++) {
            left -= skipGroup(group);
        }
        for (; left > 0 && next(passed); left--) {
            // Only the position counts.
        }
    }

    /** The number of the row read last: from 1. */
    public long record() {
        return record;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private boolean openGroup(PageReadStore pages) {
        if (pages == null) {
            return false;
        }
        leftInGroup = pages.getRowCount();
        ColumnReadStoreImpl store = new ColumnReadStoreImpl(pages, new NoConverter(schema), schema, file.getFileMetaData().getCreatedBy());
        for (Field field : fields) {
            field.open(path -> store.getColumnReader(schema.getColumnDescription(path)));
        }
        return true;
    }

    /** The declared columns of the file's schema; chooses how each is read. */
    private MessageType project(FileMetaData metadata) {
        MessageType found = metadata.getSchema();
        List<Type> wanted = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            String name = columns[i].name();
            List<Type> named = found.getFields().stream().filter(field -> field.getName().equals(name)).toList();
            if (named.size() != 1) {
                List<String> names = found.getFields().stream().map(Type::getName).toList();
                String how = named.isEmpty() ? " has no column `" : " has more than one column `";
                throw new FileException(path, how + name + "`; it has " + String.join(", ", names), null);
            }
            Type field = named.get(0);
            fields[i] = Field.of(columns[i].structure(), field);
            if (fields[i] == null) {
                String type = columns[i].structure().text();
                throw new FileException(path, ": column `" + name + "` is `" + field + "`, which cannot be read as " + type, null);
            }
            wanted.add(field);
        }
        return new MessageType(found.getName(), wanted);
    }

    private FileException unreadable(Exception cause) {
        return cause instanceof FileException known
            ? known
            : new FileException(path, " cannot be read as Parquet: " + cause.getMessage(), cause);
    }

    /** Values are taken from the column readers directly, so nothing is converted. */
    private static final class NoConverter extends GroupConverter {
        private static final Converter NONE = new PrimitiveConverter() {
        };

        private final GroupType group;

        NoConverter(GroupType group) {
            this.group = group;
        }

        @Override
        public Converter getConverter(int field) {
            Type type = group.getType(field);
            return type.isPrimitive() ? NONE : new NoConverter(type.asGroupType());
        }

        @Override
        public void start() {
            // Records are not assembled.
        }

        @Override
        public void end() {
            // Records are not assembled.
        }
    }
}
