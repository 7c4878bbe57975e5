package featlang.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

import featlang.files.FileException;

/**
 * The one partition of a file source: its files in order, and how far they have been read.
 *
 * @param name the source's
 * @param files all of them, in the order of reading
 * @param file the position of the file being read
 * @param record the number of the last record that was read of it, 0 before the first
 * @param offset the offset of the byte behind that record; 0 in a Parquet file
 */
public record FileSplit(String name, List<String> files, int file, long record, long offset) implements SourceSplit {
    @Override
    public String splitId() {
        return name;
    }

    /** The same files, read so far. */
    FileSplit at(int ofFile, long ofRecord, long ofOffset) {
        return new FileSplit(name, files, ofFile, ofRecord, ofOffset);
    }

    /** The same place in files that may have become more since it was saved; others than these throw a {@link FileException}. */
    FileSplit in(List<String> now) {
        int common = Math.min(files.size(), now.size());
        if (now.size() < files.size() || !files.equals(now.subList(0, common))) {
            throw new FileException(name, ": the savepoint was taken of other files: it began with " + files + ", and now there are " + now
                    + "; files may only be added behind those", null);
        }
        return new FileSplit(name, now, file, record, offset);
    }

    /** Reads and writes splits in checkpoints. */
    static final class Serializer implements SimpleVersionedSerializer<FileSplit> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(FileSplit split) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(256);
            out.writeUTF(split.name);
            out.writeInt(split.file);
            out.writeLong(split.record);
            out.writeLong(split.offset);
            out.writeInt(split.files.size());
            for (String file : split.files) {
                out.writeUTF(file);
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public FileSplit deserialize(int version, byte[] serialized) throws IOException {
            DataInputDeserializer in = new DataInputDeserializer(serialized);
            String name = in.readUTF();
            int file = in.readInt();
            long record = in.readLong();
            long offset = in.readLong();
            int count = in.readInt();
            List<String> files = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                files.add(in.readUTF());
            }
            return new FileSplit(name, files, file, record, offset);
        }
    }
}
