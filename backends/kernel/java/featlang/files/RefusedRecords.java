package featlang.files;

import featlang.kernel.Column;
import featlang.kernel.Event;
import featlang.kernel.SourceReader;
import featlang.kernel.Stage;
import featlang.kernel.Text;
import featlang.kernel.Type;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Records that were late, or quarantined, before: in which place, and why. Not those that were out of sequence: that is decided again, as
 * a record may be in sequence in another stage.
 */
public final class RefusedRecords {
    private static final Column[] COLUMNS = {
        new Column("path", Type.STRING, false),
        new Column("record", Type.INT, false),
        new Column("code", Type.STRING, false),
        new Column("text", Type.STRING, false),
    };

    private RefusedRecords() {
    }

    /** @param folder of Parquet files, as a run leaves it for each source */
    public static Map<SourceReader.Position, SourceReader.Excluded> in(String folder) {
        Map<SourceReader.Position, SourceReader.Excluded> found = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(folder), "[!._]*.parquet")) {
            for (Path file : files) {
                read(file.toString(), found);
            }
        } catch (IOException error) {
            throw new FileException(folder, " cannot be read: " + error.getMessage(), error);
        }
        return found;
    }

    private static void read(String file, Map<SourceReader.Position, SourceReader.Excluded> found) {
        Event row = new Event(COLUMNS.length);
        try (ParquetEvents rows = new ParquetEvents(file, COLUMNS)) {
            while (rows.next(row)) {
                String code = Text.string(row.bytes[2]);
                if (!code.equals(Stage.OUT_OF_SEQUENCE)) {
                    found.put(
                        new SourceReader.Position(Text.string(row.bytes[0]), row.bits[1]),
                        new SourceReader.Excluded(code, Text.string(row.bytes[3])));
                }
            }
        }
    }
}
