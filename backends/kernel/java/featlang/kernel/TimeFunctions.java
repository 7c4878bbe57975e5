package featlang.kernel;

import java.time.LocalDate;
import java.time.temporal.IsoFields;

/** Functions of instants (µs UTC) and dates (days since 1970-01-01), as {@code stdlib/functions/times.py} declares them. */
public final class TimeFunctions {
    private static final long MICROS = 1_000_000;
    private static final long DAY = 86_400;
    private static final long FIRST_DAY = LocalDate.of(1, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();
    private static final long FIRST = FIRST_DAY * DAY;
    private static final long LAST = (LAST_DAY + 1) * DAY - 1;

    private TimeFunctions() {
    }

    public static long hour(long micros, Zone zone, Outcome outcome) {
        return clock(micros, zone, 3_600, 24, outcome);
    }

    public static long minute(long micros, Zone zone, Outcome outcome) {
        return clock(micros, zone, 60, 60, outcome);
    }

    public static long second(long micros, Zone zone, Outcome outcome) {
        return clock(micros, zone, 1, 60, outcome);
    }

    public static long dateOf(long micros, Zone zone, Outcome outcome) {
        long local = local(micros, zone);
        return isOutside(local, FIRST, LAST) ? undefined(outcome) : outcome.value(Math.floorDiv(local, DAY));
    }

    public static long startOf(long micros, String unit, Zone zone, Outcome outcome) {
        long second = Math.floorDiv(micros, MICROS);
        long local = local(micros, zone);
        if (isOutside(local, FIRST, LAST)) {
            return undefined(outcome);
        }
        long length = unit.equals("second") ? 1 : unit.equals("minute") ? 60 : unit.equals("hour") ? 3_600 : 0;
        if (length > 0) {
            boolean later = zone.moment(local, false) != second;
            return instant(zone.moment(local - Math.floorMod(local, length), later), outcome);
        }
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(local, DAY));
        LocalDate first = switch (unit) {
            case "day" -> day;
            case "week" -> day.minusDays(day.getDayOfWeek().getValue() - 1L);
            case "month" -> day.withDayOfMonth(1);
            case "quarter" -> LocalDate.of(day.getYear(), (day.getMonthValue() - 1) / 3 * 3 + 1, 1);
            default -> LocalDate.of(day.getYear(), 1, 1);
        };
        return startOfDay(first.toEpochDay(), zone, outcome);
    }

    public static long startOfDay(long days, Zone zone, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : instant(zone.moment(days * DAY, false), outcome);
    }

    public static long year(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value((long) date(days).getYear());
    }

    public static long quarter(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value((date(days).getMonthValue() + 2) / 3L);
    }

    public static long month(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value((long) date(days).getMonthValue());
    }

    public static long day(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value((long) date(days).getDayOfMonth());
    }

    public static long dayOfWeek(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value((long) date(days).getDayOfWeek().getValue());
    }

    public static long dayOfYear(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value((long) date(days).getDayOfYear());
    }

    public static long week(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY)
                ? undefined(outcome)
                : outcome.value(date(days).getLong(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
    }

    public static long weekYear(long days, Outcome outcome) {
        return isOutside(days, FIRST_DAY, LAST_DAY) ? undefined(outcome) : outcome.value(date(days).getLong(IsoFields.WEEK_BASED_YEAR));
    }

    public static long addDays(long days, long count, Outcome outcome) {
        if (isOutside(days, FIRST_DAY, LAST_DAY) || isOutside(count, FIRST_DAY - days, LAST_DAY - days)) {
            return undefined(outcome);
        }
        return outcome.value(days + count);
    }

    public static long addMonths(long days, long count, Outcome outcome) {
        if (isOutside(days, FIRST_DAY, LAST_DAY)) {
            return undefined(outcome);
        }
        long months = date(days).getYear() * 12L + date(days).getMonthValue() - 1;
        if (isOutside(count, 12 - months, 9_999 * 12 + 11 - months)) {
            return undefined(outcome);
        }
        return outcome.value(date(days).plusMonths(count).toEpochDay());
    }

    public static long daysBetween(long start, long end, Outcome outcome) {
        return isOutside(start, FIRST_DAY, LAST_DAY) || isOutside(end, FIRST_DAY, LAST_DAY)
                ? undefined(outcome)
                : outcome.value(end - start);
    }

    public static long monthsBetween(long start, long end, Outcome outcome) {
        if (isOutside(start, FIRST_DAY, LAST_DAY) || isOutside(end, FIRST_DAY, LAST_DAY)) {
            return undefined(outcome);
        }
        LocalDate first = date(Math.min(start, end));
        LocalDate last = date(Math.max(start, end));
        long months = (last.getYear() - first.getYear()) * 12L + last.getMonthValue() - first.getMonthValue();
        if (months > 0 && first.plusMonths(months).isAfter(last)) {
            months--;
        }
        return outcome.value(start <= end ? months : -months);
    }

    public static long toTimestamp(byte[] text, Outcome outcome) {
        byte[] trimmed = TextFunctions.trim(text, outcome);
        Instants instants = new Instants();
        return instants.instant(trimmed, 0, trimmed.length, false) == Reading.VALUE
                ? outcome.value(instants.value)
                : undefined(outcome);
    }

    public static long toDate(byte[] text, Outcome outcome) {
        byte[] trimmed = TextFunctions.trim(text, outcome);
        Instants instants = new Instants();
        return instants.date(trimmed, 0, trimmed.length) == Reading.VALUE ? outcome.value(instants.value) : undefined(outcome);
    }

    public static byte[] isoTime(long micros, Outcome outcome) {
        long second = Math.floorDiv(micros, MICROS);
        if (isOutside(second, FIRST, LAST)) {
            undefined(outcome);
            return null;
        }
        long clock = Math.floorMod(second, DAY);
        StringBuilder text = new StringBuilder(date(Math.floorDiv(second, DAY)).toString()).append('T');
        digits(text, clock / 3_600, 2).append(':');
        digits(text, clock / 60 % 60, 2).append(':');
        digits(text, clock % 60, 2);
        long fraction = Math.floorMod(micros, MICROS);
        if (fraction % 1_000 != 0) {
            digits(text.append('.'), fraction, 6);
        } else if (fraction != 0) {
            digits(text.append('.'), fraction / 1_000, 3);
        }
        return outcome.value(Text.utf8(text.append('Z').toString()));
    }

    public static byte[] isoDate(long days, Outcome outcome) {
        if (isOutside(days, FIRST_DAY, LAST_DAY)) {
            undefined(outcome);
            return null;
        }
        return outcome.value(Text.utf8(date(days).toString()));
    }

    public static long epoch(long micros, Outcome outcome) {
        return outcome.value(Math.floorDiv(micros, MICROS));
    }

    public static long fromEpoch(long seconds, Outcome outcome) {
        return isOutside(seconds, FIRST, LAST) ? undefined(outcome) : outcome.value(seconds * MICROS);
    }

    private static long clock(long micros, Zone zone, int unit, int most, Outcome outcome) {
        long local = local(micros, zone);
        return isOutside(local, FIRST, LAST) ? undefined(outcome) : outcome.value(Math.floorMod(local, DAY) / unit % most);
    }

    /** What clocks show; outside of the years where nothing is defined, as far outside. */
    private static long local(long micros, Zone zone) {
        long second = Math.floorDiv(micros, MICROS);
        return isOutside(second, FIRST, LAST) ? Long.MIN_VALUE : second + zone.offset(second);
    }

    private static long instant(long second, Outcome outcome) {
        return isOutside(second, FIRST, LAST) ? undefined(outcome) : outcome.value(second * MICROS);
    }

    private static LocalDate date(long days) {
        return LocalDate.ofEpochDay(days);
    }

    private static boolean isOutside(long value, long first, long last) {
        return value < first || value > last;
    }

    private static StringBuilder digits(StringBuilder text, long value, int count) {
        String written = Long.toString(value);
        return text.append("0".repeat(count - written.length())).append(written);
    }

    private static long undefined(Outcome outcome) {
        return outcome.nothing(Outcome.UNDEFINED);
    }
}
