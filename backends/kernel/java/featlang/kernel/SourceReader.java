package featlang.kernel;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A source's records to events on their way to the stages: decoding, the late rule, filters and keys, order and payload
 * (docs/decoding.md). One for each task that reads; used by one thread.
 */
public final class SourceReader {
    /** In the place of a message's time where there is none. */
    public static final long NOT_SENT = Long.MIN_VALUE;
    /** The code of what is too far ahead of the clock. */
    public static final String MAX_AHEAD = "max_ahead";
    /** The longest record that is read, in bytes. Of a longer one the beginning is enough: it is a reject in any case. */
    public static final int LONGEST_RECORD = 16 << 20;
    /** How many bytes of a record that is too long its reject keeps. */
    public static final int LONGEST_RAW = 64 << 10;

    /** The columns of outputs of records that are not in any row: the record whole, where it stands, why. */
    public static final Column[] REFUSED = {
        new Column("raw", Type.BYTES, false),
        new Column("path", Type.STRING, false),
        new Column("record", Type.INT, false),
        new Column("code", Type.STRING, false),
        new Column("text", Type.STRING, false),
    };

    /** The columns of a gate's log: from when on each row of a table counted, µs. */
    public static final Column[] EFFECTIVE = {
        new Column("path", Type.STRING, false), new Column("record", Type.INT, false), new Column("effective", Type.INT, false),
    };

    /** Where events and refused records go. */
    public interface Output {
        /** An accepted event for one stage. Its {@code order} array may be shared with its events for other stages. */
        void routed(Routed event);

        /** A row of a stream that visits no stage, by its position among {@link Source#streams}. */
        void row(int stream, Object[] values);

        /** A record that is no event, or has a null key in the block that {@code text} names. */
        void rejected(byte[] raw, String code, String text);

        /** A record whose event is late. */
        void late(byte[] raw, String code, String text);

        /** A record whose event is further ahead of the clock than {@code max_ahead}. */
        void quarantined(byte[] raw, String code, String text);

        /** From when on the row of a table counts that the record at hand is, µs; only told of a table with a {@link #gate}. */
        default void effective(long at) {
            throw new IllegalStateException("no gate was asked for");
        }

        /** The file of the record at hand. Only asked of a source in the order of arrival, or where records are excluded. */
        String path();

        /** The number of the record at hand in its file; asked as {@link #path} is. */
        long record();
    }

    /** What is remembered of a partition. A host keeps it with its place in the partition. */
    public static final class Partition {
        /** Above all times: nobody has read the partition yet. */
        public static final long UNREAD = Long.MAX_VALUE;

        /** The greatest time so far, µs; 0 before the first. */
        public long greatest;
        /** Whether there was one. */
        public boolean any;
        /** How many records were read of it: the next one's position. */
        public long position;
        /** What {@link Frontier#released} is where it is read, or was where it was read last, µs; {@link #UNREAD} at first. */
        public long released = UNREAD;
        private final SeenIds ids = new SeenIds();

        /** The ids of accepted events that are remembered, in parts. */
        public List<byte[]> savedIds() {
            return ids.save();
        }

        /** Remembers also the ids of a part that {@link #savedIds} gave. */
        public void restoreIds(byte[] part) {
            ids.restore(part);
        }
    }

    /** Where a record stands. */
    public record Position(String path, long record) {
    }

    /** Why a record was late, or quarantined, in an earlier run. */
    public record Excluded(String code, String text) {
    }

    /** How many records were read: accepted, late, quarantined or rejected (not empty lines). */
    public long read;
    /** How many events were accepted. */
    public long accepted;
    /**
     * How many events were accepted, repeat an accepted one, or are behind what others let go: their partition is not silent, and once it has
     * caught up it is accepted again. What is refused otherwise moves no time, however often it comes.
     */
    public long heard;

    private final Source source;
    private final Column[] columns;
    private final Decoder decoder;
    /** Reads the columns beside the values of messages; null where there are none. */
    private CellDecoder beside;
    private final long[] notFinite;
    private final int time;
    private final int known;
    private final int[] ties;
    private final int[] dedup;
    private final long dedupWithin;
    private final long lateness;
    private final long maxAhead;
    private final long now;
    /** Kafka's time of the message at hand, µs; {@link #NOT_SENT} of a record that is none, or has none. */
    private long sent = NOT_SENT;
    /** Whether that is the broker's, which cannot be wrong as a sender's can. */
    private boolean stamped;
    private final int arrival;
    private final int[][] keys;
    private final boolean[] isKey;
    private final int[][] payloads;
    private final String[][] groups;
    private final int[] numbers;
    private final long[] fused;
    private final long[] reporting;
    private final Hop[] hops;
    private final boolean[] hopWanted;
    private final Feed[] feeds;
    private final boolean[] feedWanted;
    private final boolean[] streamWanted;
    /** For each stage, the groups that are wanted. */
    private final long[] wanted;
    private final Event event;
    private final Canonical canonical = new Canonical();
    /** Where the canonical encoding of each column ends; the first slot is 0. */
    private final int[] ends;
    private final TieKey tieKey = new TieKey();
    private final Canonical keyless = new Canonical();
    /** That of the event at hand in the order of its source; null before it is asked for. */
    private byte[] place;
    private long from = Long.MIN_VALUE;
    private long until = Long.MAX_VALUE;
    private long countedFrom = Long.MIN_VALUE;
    private long countedUntil = Long.MAX_VALUE;
    private boolean history;
    private Map<Position, Excluded> excluded = Map.of();
    private Frontier frontier;
    private boolean gated;
    /** No row of a table counts before it. */
    private long gate = Long.MIN_VALUE;
    private Map<Position, Long> effective = Map.of();

    /**
     * @param format {@code jsonl}, {@code csv}, {@code parquet} or {@code avro}
     * @param options {@code null}: the text of a CSV null; {@code format}: {@code json} or {@code debezium}, of JSON lines; of Avro
     *     {@code schema}, as {@link AvroSchema} reads it, and {@code framing}, which may be {@code confluent}
     * @param nowMicros the clock of {@code max_ahead} where messages do not bring theirs, µs; {@code Long.MIN_VALUE} for the machine's
     */
    public SourceReader(Source source, String format, Map<String, String> options, long nowMicros) {
        this.source = source;
        history = source.isTable();
        columns = source.columns();
        decoder = switch (format) {
            case "jsonl" -> "debezium".equals(options.get("format")) ? new DebeziumDecoder(source) : new JsonDecoder(source);
            case "csv" -> new CsvDecoder(source, options);
            case "parquet" -> new CellDecoder(source);
            case "avro" -> new AvroDecoder(source, options.get("schema"), "confluent".equals(options.get("framing")));
            default -> throw new IllegalArgumentException("no format " + format);
        };
        notFinite = new long[columns.length];
        time = source.time();
        known = source.known();
        ties = source.ties();
        dedup = source.dedup();
        dedupWithin = source.dedupWithin();
        lateness = source.lateness();
        maxAhead = source.maxAhead();
        now = nowMicros;
        arrival = source.arrival();
        keys = source.keys();
        isKey = new boolean[columns.length];
        for (int[] slots : keys) {
            for (int slot : slots) {
                isKey[slot] = true;
            }
        }
        payloads = source.payloads();
        groups = source.groups();
        wanted = new long[groups.length];
        Arrays.fill(wanted, -1);
        numbers = source.numbers();
        fused = source.fused();
        reporting = source.reporting();
        hops = source.hops();
        hopWanted = new boolean[hops.length];
        Arrays.fill(hopWanted, true);
        feeds = source.feeds();
        feedWanted = new boolean[feeds.length];
        Arrays.fill(feedWanted, true);
        streamWanted = new boolean[source.streams().length];
        Arrays.fill(streamWanted, true);
        event = new Event(columns.length);
        ends = new int[columns.length + 1];
    }

    /**
     * Routes only events with {@code from <= time < until}, in µs. What is late or accepted does not depend on it. In the order of
     * arrival all are routed: which rows an event is in depends on the events before it.
     */
    public void range(long fromMicros, long untilMicros) {
        from = fromMicros;
        until = untilMicros;
    }

    /** Counts nulls only of events with {@code from <= time < until}, in µs; numbers that are not finite of all. */
    public void countOnly(long fromMicros, long untilMicros) {
        countedFrom = fromMicros;
        countedUntil = untilMicros;
    }

    /** Takes only these into account (the names of {@code features} blocks and streams); others get no event and no reject. */
    public void only(Collection<String> names) {
        for (int hop = 0; hop < hops.length; hop++) {
            hopWanted[hop] = names.contains(source.travellers()[hop]);
        }
        for (int feed = 0; feed < feeds.length; feed++) {
            feedWanted[feed] = names.contains(source.fed()[feed]);
        }
        for (int stream = 0; stream < streamWanted.length; stream++) {
            streamWanted[stream] = names.contains(source.streams()[stream]);
        }
        for (int stage = 0; stage < groups.length; stage++) {
            wanted[stage] = 0;
            for (int g = 0; g < groups[stage].length; g++) {
                wanted[stage] |= names.contains(groups[stage][g]) ? 1L << g : 0;
            }
        }
    }

    /** Whether the records are a history, of which none is late; the order of arrival is then that of its column. */
    public void history(boolean isHistory) {
        history = isHistory || source.isTable();
    }

    /** From now on the records are the values of messages of a topic: what columns stand beside them is given with each. */
    public void messages() {
        int[] slots = source.slots(true);
        if (slots.length > 0) {
            decoder.slots = source.slots(false);
            beside = new CellDecoder(source);
            beside.slots = slots;
        }
    }

    /**
     * Says of the next record when it was sent to its topic: so whoever reads it, and however often, measures {@code max_ahead} by the same
     * clock.
     *
     * @param micros Kafka's time of it, µs; {@link #NOT_SENT} where it has none
     * @param byBroker whether the broker stamped it ({@code LogAppendTime}); a sender may have been wrong, and what it says is believed as
     *     far as it is not in the future
     */
    public void sent(long micros, boolean byBroker) {
        sent = micros;
        stamped = byBroker;
    }

    /** Takes records as late, or quarantined, that were so in an earlier run. */
    public void exclude(Map<Position, Excluded> positions) {
        excluded = new HashMap<>(positions);
    }

    /** Takes events as late, with the code {@code idle}, that are behind the frontier that others of its partitions let go. */
    public void frontier(Frontier shared) {
        frontier = shared;
    }

    /**
     * From now on the rows of a table count from this time on, µs, or from their own, if that is later. {@link Output#effective} is told from
     * when on each does.
     */
    public void gate(long micros) {
        gated = true;
        gate = micros;
    }

    /** From when on the rows of a table counted where a gate decided it; others count from their own time on. */
    public void effective(Map<Position, Long> times) {
        effective = new HashMap<>(times);
    }

    /** The streams whose rows {@link Output#row} gets. */
    public String[] streams() {
        return source.streams();
    }

    /** The source. */
    public Source source() {
        return source;
    }

    /** The declared columns of the source. */
    public Column[] columns() {
        return columns;
    }

    /** Takes a CSV file's header; null of a file that has none. Throws {@link HeaderException}. */
    public void header(byte[] record) {
        if (record != null) {
            decoder.header(record);
        }
    }

    /** Takes one record of bytes. */
    public void read(Partition partition, byte[] record, Output output) {
        read(partition, record, null, output);
    }

    /**
     * Takes one record of bytes.
     *
     * @param cells of the value of a message what stands beside it, in the slots of such columns, as a columnar file would hold it; null
     *     where there are none
     */
    public void read(Partition partition, byte[] record, Event cells, Output output) {
        partition.position++;
        if (decoder.isNothing(record)) {
            return;
        }
        read++;
        if (record.length > LONGEST_RECORD) {
            output.rejected(Arrays.copyOf(record, LONGEST_RAW), "malformed", "longer than " + LONGEST_RECORD + " bytes");
            return;
        }
        Decoder.Reject reject = decoder.decode(record, event);
        if (reject == null && beside != null) {
            reject = beside.decode(cells, event);
        }
        take(partition, reject, () -> record, output);
    }

    /**
     * Takes one record whose cells were already read.
     *
     * @param cells what the file holds: a float any double, a string any bytes, a timestamp in µs (the nearest int64 where it is none),
     *     a duration in the column's unit, anything else as in any event
     * @param raw the record as its reject shows it
     */
    public void read(Partition partition, Event cells, Supplier<byte[]> raw, Output output) {
        read++;
        partition.position++;
        take(partition, ((CellDecoder) decoder).decode(cells, event), raw, output);
    }

    /** The names of {@link #counters}: those of the source's filters, then {@code SOURCE.COLUMN.not_finite} for each column. */
    public String[] counterNames() {
        String[] ofFilters = source.counterNames();
        String[] names = Arrays.copyOf(ofFilters, ofFilters.length + columns.length);
        for (int i = 0; i < columns.length; i++) {
            names[ofFilters.length + i] = source.name() + "." + columns[i].name() + ".not_finite";
        }
        return names;
    }

    /** The counts so far, by the position of their name: a copy. */
    public long[] counters() {
        long[] ofFilters = source.counters();
        long[] counts = Arrays.copyOf(ofFilters, ofFilters.length + columns.length);
        System.arraycopy(notFinite, 0, counts, ofFilters.length, columns.length);
        return counts;
    }

    /** @param found why the record is no event, as far as it was read; else null */
    private void take(Partition partition, Decoder.Reject found, Supplier<byte[]> raw, Output output) {
        Decoder.Reject reject = found == null ? decoder.checkTime(event) : found;
        if (reject != null) {
            output.rejected(raw.get(), reject.code(), reject.text());
            return;
        }
        for (int i = 0; i < decoder.notFiniteCount; i++) {
            notFinite[decoder.notFinite[i]]++;
        }
        if (!effective.isEmpty()) {
            gate = effective.getOrDefault(new Position(output.path(), output.record()), Long.MIN_VALUE);
        }
        long at = at();
        if (maxAhead >= 0 && isAhead(at, clock(), raw, output) || isExcluded(raw, output) || !history && isLate(partition, at, raw, output)) {
            return;
        }
        long reached = partition.any ? Math.max(partition.greatest, at) : at;
        if (dedup.length > 0 && !history && isDuplicate(partition.ids, at, reached, raw, output)) {
            return;
        }
        partition.greatest = reached;
        partition.any = true;
        accepted++;
        heard++;
        if (gated) {
            output.effective(at);
        }
        if (arrival >= 0 || at >= from && at < until) {
            source.counting(countedFrom <= at && at < countedUntil);
            route(partition, raw, output);
        }
    }

    /** The event's time; of a table's row, from when on it counts. */
    private long at() {
        long own = time < 0 ? Long.MIN_VALUE : known < 0 ? event.bits[time] : Math.max(event.bits[time], event.bits[known]);
        return Math.max(own, gate);
    }

    private boolean isExcluded(Supplier<byte[]> raw, Output output) {
        Excluded why = excluded.isEmpty() ? null : excluded.get(new Position(output.path(), output.record()));
        if (why == null) {
            return false;
        }
        if (why.code().equals(MAX_AHEAD)) {
            output.quarantined(raw.get(), why.code(), why.text());
        } else {
            output.late(raw.get(), why.code(), why.text());
        }
        return true;
    }

    private boolean isAhead(long at, long clock, Supplier<byte[]> raw, Output output) {
        if (at <= sumOrGreatest(clock, maxAhead)) {
            return false;
        }
        output.quarantined(raw.get(), MAX_AHEAD, describe(at) + " is more than " + maxAhead + " µs ahead of the clock, " + shown(clock));
        return true;
    }

    private boolean isLate(Partition partition, long at, Supplier<byte[]> raw, Output output) {
        if (partition.any && at < differenceOrLeast(partition.greatest, lateness)) {
            String text = describe(at) + " is more than " + lateness + " µs before " + shown(partition.greatest);
            output.late(raw.get(), "late", text);
            return true;
        }
        if (frontier != null && at < frontier.released()) {
            String text = describe(at) + " is before " + shown(frontier.released()) + ", until when others went on";
            output.late(raw.get(), "idle", text);
            heard++;
            return true;
        }
        return false;
    }

    /** Says whether the event repeats one; if not, remembers it. {@code reached} is the greatest time with it. */
    private boolean isDuplicate(SeenIds ids, long at, long reached, Supplier<byte[]> raw, Output output) {
        byte[] id = id();
        if (id == null) {
            return false;
        }
        long from = differenceOrLeast(reached, dedupWithin);
        long first = ids.timeOf(id, Long.MIN_VALUE);
        if (first != Long.MIN_VALUE && first >= from) {
            String names = Arrays.stream(dedup).mapToObj(slot -> "`" + columns[slot].name() + "`").collect(Collectors.joining(", "));
            heard++;
            output.rejected(raw.get(), "duplicate", "an event of " + shown(first) + " had the same " + names);
            return true;
        }
        ids.forget(from);
        if (at >= from) {
            ids.add(id, at);
        }
        return false;
    }

    /** The columns that name the event, encoded; null where one of them is null. */
    private byte[] id() {
        canonical.clear();
        for (int slot : dedup) {
            if (event.isNull[slot]) {
                return null;
            }
            canonical.write(columns[slot].type(), event, slot);
        }
        return canonical.toBytes();
    }

    private void route(Partition partition, Supplier<byte[]> raw, Output output) {
        place = null;
        for (int stage = 0; stage < keys.length; stage++) {
            if (wanted[stage] == 0) {
                continue;
            }
            long mask = source.where(stage, event) & wanted[stage];
            if (mask == 0 && arrival < 0) {
                continue;
            }
            int missing = nullKey(stage);
            if (missing >= 0) {
                for (long rest = mask & ~fused[stage] & reporting[stage]; rest != 0; rest &= rest - 1) {
                    String group = groups[stage][Long.numberOfTrailingZeros(rest)];
                    output.rejected(raw.get(), "null_key", "key `" + columns[missing].name() + "` of `" + group + "` is null");
                }
                if ((mask & fused[stage]) != 0) {
                    output.routed(unfound(stage, mask & fused[stage], place(partition)));
                }
                continue;
            }
            byte[] order = place(partition);
            byte[] origin = arrival < 0 ? null : Origin.encode(output.path(), output.record(), raw.get());
            byte[] payload = Payload.encode(mask, payloads[stage], columns, event);
            output.routed(new Routed(numbers[stage], key(keys[stage]), order, payload, origin));
        }
        for (int hop = 0; hop < hops.length; hop++) {
            if (hopWanted[hop] && source.fill(hop, event)) {
                output.routed(hops[hop].routed(place(partition)));
            }
        }
        for (int feed = 0; feed < feeds.length; feed++) {
            long mask = feedWanted[feed] ? source.feed(feed, event, place(partition)) : 0;
            if (mask != 0) {
                output.routed(feeds[feed].routed(mask, place(partition)));
            }
        }
        for (int stream = 0; stream < streamWanted.length; stream++) {
            Object[] row = streamWanted[stream] ? source.streamRow(stream, event, place(partition)) : null;
            if (row != null) {
                output.row(stream, row);
            }
        }
    }

    /** The event's place in the order of its source, made when it is first asked for; leaves the columns' encoding for {@link #key}. */
    private byte[] place(Partition partition) {
        if (place == null) {
            place = arrival < 0 ? order() : arrivalOrder(partition);
        }
        return place;
    }

    /** A row that comes with its event, and whose key is null: it goes on its own, to a key that no event has. */
    private Routed unfound(int stage, long visits, byte[] at) {
        keyless.clear();
        for (int slot : keys[stage]) {
            keyless.write(columns[slot].type(), event, slot);
        }
        byte[] payload = Payload.encode(visits, payloads[stage], columns, event);
        return new Routed(numbers[stage], Hop.key(keyless, false, at), Hop.order(at, Hop.Rule.WITH), payload, at);
    }

    private int nullKey(int stage) {
        for (int slot : keys[stage]) {
            if (event.isNull[slot]) {
                return slot;
            }
        }
        return -1;
    }

    /** The event's place in the declared order; leaves its columns' canonical encoding for {@link #key}. */
    private byte[] order() {
        canonical.clear();
        for (int i = 0; i < columns.length; i++) {
            canonical.write(columns[i].type(), event, i);
            ends[i + 1] = canonical.size();
        }
        int length = Long.BYTES + TieKey.LENGTH;
        for (int slot : ties) {
            length += ends[slot + 1] - ends[slot];
        }
        byte[] order = new byte[length];
        Canonical.putSortable(order, 0, at());
        int at = copyEncoded(ties, order, Long.BYTES);
        tieKey.put(canonical.buffer(), canonical.size(), order, at);
        return order;
    }

    /** The event's place in the order of arrival; leaves the keys' canonical encoding for {@link #key}. */
    private byte[] arrivalOrder(Partition partition) {
        canonical.clear();
        for (int i = 0; i < columns.length; i++) {
            if (isKey[i]) {
                canonical.write(columns[i].type(), event, i);
            }
            ends[i + 1] = canonical.size();
        }
        long position = partition.position - 1;
        long column = event.bits[arrival];
        return Routed.arrivalOrder(history ? column : position, column, event.bits[time], position);
    }

    private byte[] key(int[] slots) {
        int length = Long.BYTES;
        for (int slot : slots) {
            length += ends[slot + 1] - ends[slot];
        }
        byte[] key = new byte[length];
        copyEncoded(slots, key, Long.BYTES);
        Canonical.putLong(key, 0, XxHash64.hash(key, Long.BYTES, length));
        return key;
    }

    private int copyEncoded(int[] slots, byte[] target, int start) {
        int at = start;
        for (int slot : slots) {
            int length = ends[slot + 1] - ends[slot];
            System.arraycopy(canonical.buffer(), ends[slot], target, at, length);
            at += length;
        }
        return at;
    }

    /** What {@code max_ahead} is measured against, µs. */
    private long clock() {
        if (stamped && sent != NOT_SENT) {
            return sent;
        }
        long run = now == Long.MIN_VALUE ? ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) : now;
        return sent == NOT_SENT ? run : Math.min(sent, run);
    }

    private String describe(long at) {
        return "`" + columns[time].name() + "` " + shown(at);
    }

    static String shown(long micros) {
        return PartsText.instant(micros);
    }

    /** The sum with a number that is not negative; where it does not fit, no time is greater. */
    private static long sumOrGreatest(long value, long added) {
        return value > Long.MAX_VALUE - added ? Long.MAX_VALUE : value + added;
    }

    /** The difference with a number that is not negative; where it does not fit, no time is less. */
    private static long differenceOrLeast(long value, long taken) {
        return value < Long.MIN_VALUE + taken ? Long.MIN_VALUE : value - taken;
    }
}
