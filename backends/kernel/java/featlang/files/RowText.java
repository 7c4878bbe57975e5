package featlang.files;

import featlang.kernel.Column;
import featlang.kernel.Event;
import featlang.kernel.PartsText;
import featlang.kernel.Text;
import java.util.Base64;

/** A row as one line of JSON, for people who look at a reject: times as µs, dates as days, bytes as base64. */
public final class RowText {
    private RowText() {
    }

    public static byte[] json(Column[] columns, Event row) {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < columns.length; i++) {
            text.append(i == 0 ? "" : ",");
            PartsText.quote(columns[i].name(), text);
            text.append(':');
            if (row.isNull[i]) {
                text.append("null");
            } else {
                value(columns[i], row, i, text);
            }
        }
        return Text.utf8(text.append('}').toString());
    }

    private static void value(Column column, Event row, int slot, StringBuilder text) {
        switch (column.type()) {
            case BOOL -> text.append(row.bits[slot] != 0);
            case INT, TIMESTAMP, DURATION, DATE -> text.append(row.bits[slot]);
            case FLOAT -> PartsText.real(Double.longBitsToDouble(row.bits[slot]), text);
            case STRING -> PartsText.string(row.bytes[slot], text);
            case BYTES -> PartsText.quote(Base64.getEncoder().encodeToString(row.bytes[slot]), text);
            case DECIMAL, LIST, MAP, STRUCT -> text.append(PartsText.json(column.structure(), row.bytes[slot]));
        }
    }
}
