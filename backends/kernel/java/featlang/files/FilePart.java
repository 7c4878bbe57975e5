package featlang.files;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file, or some row groups of a Parquet file, that can be read without the rest.
 *
 * @param path of the file
 * @param first the first row group that is read, from 0
 * @param end the row group at which reading ends
 * @param position of the record before the part's first, if the part is read alone; -1 if it goes on after the part before it
 * @param bytes how large it is, about
 */
public record FilePart(String path, int first, int end, long position, long bytes) implements Serializable {
    private static final int RECORD_BITS = 40;

    /** A whole file, to be read after the one before it. */
    public static FilePart whole(String path) {
        return new FilePart(path, 0, Integer.MAX_VALUE, -1, 0);
    }

    /**
     * The files of a history in parts: for each part a task can be started. Positions are those of reading all parts one after
     * another: the file, then the record.
     *
     * @param format {@code jsonl}, {@code csv} or {@code parquet}, which alone is parted within a file
     */
    public static List<FilePart> all(String format, List<String> files) {
        List<FilePart> parts = new ArrayList<>();
        for (int file = 0; file < files.size(); file++) {
            String path = files.get(file);
            long position = (long) file << RECORD_BITS;
            if (!format.equals("parquet")) {
                parts.add(new FilePart(path, 0, Integer.MAX_VALUE, position, size(path)));
                continue;
            }
            List<ParquetEvents.Group> groups = ParquetEvents.groups(path);
            if (groups.isEmpty()) {
                parts.add(new FilePart(path, 0, 0, position, 0));
            }
            for (int group = 0; group < groups.size(); group++) {
                parts.add(new FilePart(path, group, group + 1, position, groups.get(group).bytes()));
                position += groups.get(group).rows();
            }
        }
        return parts;
    }

    /** The parts in at most so many runs of about the same size, each of neighbours. */
    public static List<ArrayList<FilePart>> runs(List<FilePart> parts, int most) {
        long total = parts.stream().mapToLong(FilePart::bytes).sum();
        List<ArrayList<FilePart>> runs = new ArrayList<>();
        long before = 0;
        long run = -1;
        for (FilePart part : parts) {
            long wanted = (long) ((double) before / Math.max(total, 1) * most);
            if (wanted != run) {
                runs.add(new ArrayList<>());
                run = wanted;
            }
            runs.get(runs.size() - 1).add(part);
            before += part.bytes();
        }
        return runs;
    }

    private static long size(String path) {
        try {
            return Files.size(Path.of(path));
        } catch (IOException error) {
            return 0; // reading it will say what is wrong
        }
    }
}
