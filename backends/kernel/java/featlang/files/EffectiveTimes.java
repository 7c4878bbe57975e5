package featlang.files;

import featlang.kernel.Event;
import featlang.kernel.SourceReader;
import featlang.kernel.Text;
import java.util.HashMap;
import java.util.Map;

/** The log of a gate: from when on the rows of a table counted. */
public final class EffectiveTimes {
    private EffectiveTimes() {
    }

    /** @param file of Parquet, with the columns of {@link SourceReader#EFFECTIVE} */
    public static Map<SourceReader.Position, Long> in(String file) {
        Map<SourceReader.Position, Long> found = new HashMap<>();
        Event row = new Event(SourceReader.EFFECTIVE.length);
        try (ParquetEvents rows = new ParquetEvents(file, SourceReader.EFFECTIVE)) {
            while (rows.next(row)) {
                found.put(new SourceReader.Position(Text.string(row.bytes[0]), row.bits[1]), row.bits[2]);
            }
        }
        return found;
    }
}
