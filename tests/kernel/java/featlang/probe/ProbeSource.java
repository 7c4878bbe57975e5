package featlang.probe;

import featlang.kernel.Column;
import featlang.kernel.Event;
import featlang.kernel.Source;

/** A source by hand: every stage takes every event, with all columns as its payload. */
final class ProbeSource extends Source {
    private final Column[] columns;
    private final int time;
    private final int[] ties;
    private final int[][] keys;
    private final long[] masks;
    private final long lateness;
    private final long maxAhead;
    private final String[][] places;
    private final int deleted;

    /** @param places for each column where it stands: in an envelope, in a message, in its headers */
    ProbeSource(
            Column[] columns, int time, int[] ties, int[][] keys, long[] masks, long lateness, long maxAhead, String[][] places,
            int deleted) {
        this.columns = columns;
        this.time = time;
        this.ties = ties;
        this.keys = keys;
        this.masks = masks;
        this.lateness = lateness;
        this.maxAhead = maxAhead;
        this.places = places;
        this.deleted = deleted;
    }

    @Override
    public String name() {
        return "probe";
    }

    @Override
    public Column[] columns() {
        return columns;
    }

    @Override
    public int time() {
        return time;
    }

    @Override
    public int deleted() {
        return deleted;
    }

    @Override
    public String[] envelope() {
        return places[0];
    }

    @Override
    public String[] message() {
        return places[1];
    }

    @Override
    public String[] header() {
        return places[2];
    }

    @Override
    public int[] ties() {
        return ties;
    }

    @Override
    public long lateness() {
        return lateness;
    }

    @Override
    public long maxAhead() {
        return maxAhead;
    }

    @Override
    public int arrival() {
        return -1;
    }

    @Override
    public long arrivalTtl() {
        return -1;
    }

    @Override
    public long idleness() {
        return -1;
    }

    @Override
    public int stages() {
        return keys.length;
    }

    @Override
    public int[] numbers() {
        return java.util.stream.IntStream.range(0, keys.length).toArray();
    }

    @Override
    public int[][] keys() {
        return keys;
    }

    @Override
    public int[][] payloads() {
        int[] all = new int[columns.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = i;
        }
        int[][] payloads = new int[keys.length][];
        java.util.Arrays.fill(payloads, all);
        return payloads;
    }

    @Override
    public String[][] groups() {
        String[][] groups = new String[keys.length][Long.SIZE];
        for (int stage = 0; stage < groups.length; stage++) {
            for (int g = 0; g < Long.SIZE; g++) {
                groups[stage][g] = "stage" + stage + "_group" + g;
            }
        }
        return groups;
    }

    @Override
    public long where(int stage, Event event) {
        return masks[stage];
    }

    @Override
    public String[] counterNames() {
        return new String[0];
    }
}
