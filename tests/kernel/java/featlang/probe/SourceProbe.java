package featlang.probe;

import featlang.files.FileException;
import featlang.files.FileRecords;
import featlang.files.OpenFile;
import featlang.kernel.Column;
import featlang.kernel.Event;
import featlang.kernel.Payload;
import featlang.kernel.Routed;
import featlang.kernel.SourceReader;
import featlang.kernel.Structure;
import featlang.kernel.Text;
import featlang.kernel.Type;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Reads files as the commands on the standard input say, and prints what became of each record. A command is one line of words:
 *
 * <p>{@code column NAME TYPE nullable unit zoneUtc ENVELOPE MESSAGE HEADER} (texts in hex, {@code -} for none) declares the
 * next column; {@code stage mask keys} the next stage; {@code source time ties lateness maxAhead deleted} the rest. {@code only GROUPS}
 * and {@code range from until} restrict it. {@code read format NAME=VALUE,… now restart FILES}, with options of reading, reads the files
 * and forgets all declarations, as does {@code take format NAME=VALUE,… now MESSAGES}, whose messages are hex, the time of sending in ms (below
 * 0 for none) and whether the broker stamped it, behind an {@code @} each, and what stands beside it, behind a colon each: bytes in hex behind an {@code x}, or a number;
 * with {@code restart} greater than 0 everything but the position and the partition is made anew after so many records. Lists have
 * commas, {@code -} is the empty one; texts and paths are hex.
 */
public final class SourceProbe {
    private static final HexFormat HEX = HexFormat.of();

    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final List<Column> columns = new ArrayList<>();
    /** Where columns stand in envelopes, in messages, in their headers. */
    private final List<List<String>> places = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<int[]> keys = new ArrayList<>();
    private final List<Long> masks = new ArrayList<>();
    private String[] source;
    private List<String> only;
    private long from = Long.MIN_VALUE;
    private long until = Long.MAX_VALUE;

    public static void main(String[] arguments) throws IOException {
        SourceProbe probe = new SourceProbe();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            probe.run(line.split(" "));
        }
    }

    private void run(String[] words) {
        switch (words[0]) {
            case "column" -> {
                columns.add(new Column(text(words[1]), type(text(words[2])), Boolean.parseBoolean(words[3]),
                    words[4].equals("-") ? null : words[4], Boolean.parseBoolean(words[5])));
                for (int place = 0; place < places.size(); place++) {
                    String word = words[6 + place];
                    places.get(place).add(word.equals("-") ? null : text(word));
                }
            }
            case "stage" -> {
                masks.add(Long.parseLong(words[1]));
                keys.add(ints(words[2]));
            }
            case "source" -> source = words;
            case "only" -> only = List.of(words[1].split(","));
            case "range" -> {
                from = Long.parseLong(words[1]);
                until = Long.parseLong(words[2]);
            }
            case "read", "take" -> {
                try {
                    if (words[0].equals("take")) {
                        take(words[1], words[2], Long.parseLong(words[3]), words[4]);
                    } else {
                        read(words[1], words[2], Long.parseLong(words[3]), Integer.parseInt(words[4]), words[5]);
                    }
                } catch (FileException e) {
                    out.println("! " + e.getMessage().replace("\n", "\\n"));
                }
                out.println("end");
                out.flush();
                columns.clear();
                places.forEach(List::clear);
                keys.clear();
                masks.clear();
                only = null;
                from = Long.MIN_VALUE;
                until = Long.MAX_VALUE;
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private ProbeSource made(Column[] declared) {
        return new ProbeSource(declared, Integer.parseInt(source[1]), ints(source[2]), keys.toArray(new int[0][]),
            masks.stream().mapToLong(Long::longValue).toArray(), Long.parseLong(source[3]), Long.parseLong(source[4]),
            places.stream().map(each -> each.toArray(new String[0])).toArray(String[][]::new), Integer.parseInt(source[5]));
    }

    private void take(String format, String options, long now, String messages) {
        Column[] declared = columns.toArray(new Column[0]);
        ProbeSource made = made(declared);
        SourceReader reader = new SourceReader(made, format, options(options), now);
        reader.messages();
        SourceReader.Partition partition = new SourceReader.Partition();
        int[] beside = made.slots(true);
        for (String message : messages.split(",")) {
            String[] parts = message.split(":");
            String[] sent = parts[0].split("@");
            byte[] bytes = sent[0].equals("-") ? new byte[0] : HEX.parseHex(sent[0]);
            long millis = Long.parseLong(sent[1]);
            reader.sent(millis < 0 ? SourceReader.NOT_SENT : TimeUnit.MILLISECONDS.toMicros(millis), sent[2].equals("True"));
            Event cells = new Event(declared.length);
            for (int i = 0; i < beside.length; i++) {
                fill(cells, beside[i], parts[i + 1]);
            }
            reader.read(partition, bytes, cells, new Printer("messages/0", () -> partition.position - 1, declared));
        }
        print(reader);
        out.println("total " + reader.read + " " + reader.accepted);
    }

    private static void fill(Event cells, int slot, String word) {
        cells.isNull[slot] = word.equals("-");
        if (word.startsWith("x")) {
            cells.bytes[slot] = HEX.parseHex(word.substring(1));
        } else if (!cells.isNull[slot]) {
            cells.bits[slot] = Long.parseLong(word);
        }
    }

    private static Map<String, String> options(String words) {
        Map<String, String> found = new HashMap<>();
        for (String word : words.split(",")) {
            String[] named = word.split("=");
            found.put(named[0], text(named[1]));
        }
        return found;
    }

    private void print(SourceReader reader) {
        String[] names = reader.counterNames();
        for (int i = 0; i < names.length; i++) {
            if (reader.counters()[i] > 0) {
                out.println("counter " + HEX.formatHex(Text.utf8(names[i])) + " " + reader.counters()[i]);
            }
        }
    }

    private void read(String format, String option, long now, int restart, String files) {
        Column[] declared = columns.toArray(new Column[0]);
        ProbeSource made = made(declared);
        List<String> paths = files.equals("-") ? List.of() : Arrays.stream(files.split(",")).map(SourceProbe::text).toList();
        SourceReader.Partition partition = new SourceReader.Partition();
        int file = 0;
        long record = 0;
        long offset = 0;
        long read = 0;
        long accepted = 0;
        do {
            SourceReader reader = new SourceReader(made, format, options(option), now);
            reader.range(from, until);
            if (only != null) {
                reader.only(only);
            }
            int left = restart == 0 ? Integer.MAX_VALUE : restart;
            while (file < paths.size() && left > 0) {
                String path = paths.get(file);
                try (OpenFile open = OpenFile.at(format, path, record, offset, () -> declared)) {
                    Printer printer = new Printer(path, open::record, declared);
                    while (left > 0 && open.next()) {
                        left -= open.isHeader() ? 0 : 1;
                        FileRecords.take(reader, partition, path, open, printer);
                    }
                    boolean ended = left > 0;
                    file += ended ? 1 : 0;
                    record = ended ? 0 : open.record();
                    offset = ended ? 0 : open.offset();
                }
            }
            read += reader.read;
            accepted += reader.accepted;
            print(reader);
        } while (file < paths.size());
        out.println("total " + read + " " + accepted);
    }

    private final class Printer implements SourceReader.Output {
        private final String path;
        private final LongSupplier number;
        private final Column[] declared;
        private final int[] all;

        Printer(String path, LongSupplier number, Column[] declared) {
            this.path = path;
            this.number = number;
            this.declared = declared;
            all = new int[declared.length];
            Arrays.setAll(all, i -> i);
        }

        @Override
        public void routed(Routed routed) {
            Event event = new Event(declared.length);
            long mask = Payload.decode(routed.payload(), all, declared, event);
            out.print("routed " + position() + " " + routed.stage() + " " + HEX.formatHex(routed.key()) + " "
                + HEX.formatHex(routed.order()) + " " + mask);
            for (int i = 0; i < declared.length; i++) {
                boolean isBytes = declared[i].type().isBytes();
                out.print(' ');
                out.print(event.isNull[i] ? "null" : isBytes ? "x" + HEX.formatHex(event.bytes[i]) : Long.toString(event.bits[i]));
            }
            out.println();
        }

        @Override
        public void row(int stream, Object[] values) {
            throw new IllegalStateException("no stream is read");
        }

        @Override
        public void rejected(byte[] raw, String code, String text) {
            outside("rejected", raw, code, text);
        }

        @Override
        public void late(byte[] raw, String code, String text) {
            outside("late", raw, code, text);
        }

        @Override
        public void quarantined(byte[] raw, String code, String text) {
            outside("quarantined", raw, code, text);
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public long record() {
            return number.getAsLong();
        }

        private void outside(String where, byte[] raw, String code, String text) {
            out.println(where + " " + position() + " " + code + " x" + HEX.formatHex(raw) + " " + HEX.formatHex(Text.utf8(text)));
        }

        private String position() {
            return HEX.formatHex(Text.utf8(path)) + " " + record();
        }
    }

    private static Structure type(String text) {
        return text.endsWith(">") ? Structure.of(text) : Structure.of(Type.valueOf(text.toUpperCase(java.util.Locale.ROOT)));
    }

    private static String text(String hex) {
        return hex.equals("-") ? "" : Text.string(HEX.parseHex(hex));
    }

    private static int[] ints(String list) {
        return list.equals("-") ? new int[0] : Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
    }
}
