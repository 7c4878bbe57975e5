package featlang.topics;

import java.util.Base64;

import featlang.kernel.Column;
import featlang.kernel.PartsText;
import featlang.kernel.Text;

/**
 * A row as a JSON object, as a source of such columns reads it: times and dates as texts by ISO 8601, durations as µs, bytes as base64,
 * decimals as texts, lists as such, maps and structs as objects.
 */
public final class RowJson {
    private RowJson() {
    }

    /** Some columns of a row, by their positions. */
    public static byte[] of(Column[] columns, int[] positions, Object[] row) {
        StringBuilder text = new StringBuilder("{");
        for (int position : positions) {
            text.append(text.length() == 1 ? "" : ",");
            PartsText.quote(columns[position].name(), text);
            text.append(':');
            if (row[position] == null) {
                text.append("null");
            } else {
                value(columns[position], row[position], text);
            }
        }
        return Text.utf8(text.append('}').toString());
    }

    private static void value(Column column, Object value, StringBuilder text) {
        switch (column.type()) {
            case BOOL, INT, DURATION -> text.append(value);
            case TIMESTAMP -> PartsText.quote(PartsText.instant((Long) value), text);
            case DATE -> PartsText.quote(PartsText.date((Long) value), text);
            case FLOAT -> PartsText.real((Double) value, text);
            case STRING -> PartsText.quote((String) value, text);
            case BYTES -> PartsText.quote(Base64.getEncoder().encodeToString((byte[]) value), text);
            case DECIMAL, LIST, MAP, STRUCT -> text.append(PartsText.json(column.structure(), (byte[]) value, true));
        }
    }
}
