package featlang.kernel;

/** Texts and counts to days and instants, in the proleptic Gregorian calendar (docs/decoding.md). Holds the one read last. */
final class Instants {
    private static final long MICROS_A_SECOND = 1_000_000;
    private static final long MICROS_A_DAY = 86_400 * MICROS_A_SECOND;
    /** 0001-01-01 and 9999-12-31, as days since 1970-01-01. */
    private static final long FIRST_DAY = days(1, 1, 1);
    private static final long LAST_DAY = days(9999, 12, 31);
    private static final long FIRST = FIRST_DAY * MICROS_A_DAY;
    private static final long LAST = (LAST_DAY + 1) * MICROS_A_DAY - 1;
    private static final int DATE_LENGTH = 10;
    private static final int MINUTE_LENGTH = DATE_LENGTH + 6;
    private static final int LAST_OFFSET_HOUR = 18;

    /** What was read last: µs, or days. */
    long value;

    /** Reads {@code YYYY-MM-DD} as days since 1970-01-01. */
    Reading date(byte[] text, int from, int to) {
        return to - from == DATE_LENGTH && day(text, from) ? day(value) : Reading.TYPE;
    }

    /** Takes a count of days. */
    Reading day(long days) {
        value = days;
        return days < FIRST_DAY || days > LAST_DAY ? Reading.RANGE : Reading.VALUE;
    }

    /** Takes µs since 1970-01-01T00:00Z. */
    Reading instant(long micros) {
        value = micros;
        return micros < FIRST || micros > LAST ? Reading.RANGE : Reading.VALUE;
    }

    /** Takes a count of a unit since 1970-01-01T00:00Z. */
    Reading instant(long count, String unit) {
        return micros(count, unit) == Reading.VALUE ? instant(value) : Reading.RANGE;
    }

    /** Takes a count of a unit ({@code us} where it is null), floored to µs. */
    Reading micros(long count, String unit) {
        long factor = unit == null || unit.equals("us") ? 1 : unit.equals("ms") ? 1_000 : unit.equals("s") ? MICROS_A_SECOND : 0;
        value = factor == 0 ? Math.floorDiv(count, 1_000) : count * factor;
        return factor > 1 && Math.multiplyHigh(count, factor) != value >> 63 ? Reading.RANGE : Reading.VALUE;
    }

    /** A count of a unit, floored to µs; where they do not fit, the nearest int64, which is no instant either. */
    long nearest(long count, String unit) {
        return micros(count, unit) == Reading.VALUE ? value : count < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    /** Reads a timestamp's text; without an offset it is UTC if {@code zoneUtc}, else no timestamp. */
    Reading instant(byte[] text, int from, int to, boolean zoneUtc) {
        if (to - from < MINUTE_LENGTH || !day(text, from)) {
            return Reading.TYPE;
        }
        int between = text[from + DATE_LENGTH];
        int hour = twoDigits(text, from + 11);
        int minute = twoDigits(text, from + 14);
        if (between != 'T' && between != ' ' || hour < 0 || hour > 23 || text[from + 13] != ':' || minute < 0 || minute > 59) {
            return Reading.TYPE;
        }
        long seconds = (value * 24 + hour) * 3600 + minute * 60;
        int at = from + MINUTE_LENGTH;
        int micros = 0;
        if (at < to && text[at] == ':') {
            int second = to - at < 3 ? -1 : twoDigits(text, at + 1);
            if (second < 0 || second > 59) {
                return Reading.TYPE;
            }
            seconds += second;
            at += 3;
            if (at < to && (text[at] == '.' || text[at] == ',')) {
                int first = ++at;
                int place = 100_000;
                for (; at < to && isDigit(text[at]); at++) {
                    micros += (text[at] - '0') * place;
                    place /= 10;
                }
                if (at == first) {
                    return Reading.TYPE;
                }
            }
        }
        if (at == to) {
            return zoneUtc ? instant(seconds * MICROS_A_SECOND + micros) : Reading.TYPE;
        }
        if (to - at == 1 && (text[at] == 'Z' || text[at] == 'z')) {
            return instant(seconds * MICROS_A_SECOND + micros);
        }
        int offset = offsetMinutes(text, at, to);
        if (offset < 0) {
            return Reading.TYPE;
        }
        seconds -= text[at] == '-' ? -60L * offset : 60L * offset;
        return instant(seconds * MICROS_A_SECOND + micros);
    }

    /** The size of {@code ±HH}, {@code ±HHMM} or {@code ±HH:MM}, or -1. */
    private static int offsetMinutes(byte[] text, int from, int to) {
        int length = to - from;
        if (length != 3 && length != 5 && length != 6 || text[from] != '+' && text[from] != '-' || length == 6 && text[from + 3] != ':') {
            return -1;
        }
        int hours = twoDigits(text, from + 1);
        int minutes = length == 3 ? 0 : twoDigits(text, to - 2);
        return hours < 0 || hours > LAST_OFFSET_HOUR || minutes < 0 || minutes > 59 ? -1 : hours * 60 + minutes;
    }

    /** Reads the ten bytes of {@code YYYY-MM-DD}; false where they are no existing day. */
    private boolean day(byte[] text, int from) {
        int century = twoDigits(text, from);
        int ofCentury = twoDigits(text, from + 2);
        int month = twoDigits(text, from + 5);
        int day = twoDigits(text, from + 8);
        if (century < 0 || ofCentury < 0 || text[from + 4] != '-' || text[from + 7] != '-' || month < 1 || month > 12 || day < 1) {
            return false;
        }
        int year = century * 100 + ofCentury;
        value = days(year, month, day);
        return day <= daysInMonth(year, month);
    }

    private static int daysInMonth(int year, int month) {
        if (month == 2) {
            return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    /** Days since 1970-01-01. The year is counted from March, so that a leap day is its last. */
    private static long days(int year, int month, int day) {
        int ofMarch = month > 2 ? year : year - 1;
        int monthsSinceMarch = (month + 9) % 12;
        int dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1;
        long leapDays = Math.floorDiv(ofMarch, 4) - Math.floorDiv(ofMarch, 100) + Math.floorDiv(ofMarch, 400);
        return 365L * ofMarch + leapDays + dayOfYear - 719_468;
    }

    /** The number of two digits, or -1. */
    private static int twoDigits(byte[] text, int at) {
        int tens = text[at] - '0';
        int ones = text[at + 1] - '0';
        return (tens | ones | 9 - tens | 9 - ones) < 0 ? -1 : tens * 10 + ones;
    }

    private static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }
}
