"""Functions of times and dates. They are defined for the years 1 to 9999, and name a zone or mean UTC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from featlang.dsl.suggest import nearest
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.functions import text_times
from featlang.stdlib.functions.declaration import UNDEFINED, FunctionDeclaration, Signature
from featlang.stdlib.functions.zones import names, zone

KERNEL = "TimeFunctions"

UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
"""What `start_of` starts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


def _undefined() -> Exceptional:
    return Exceptional(UNDEFINED)


def _local(micros: int, name: str) -> datetime:
    """An instant on the clocks of a zone."""
    try:
        return (_EPOCH + timedelta(microseconds=micros)).astimezone(zone(name))
    except OverflowError:
        raise _undefined() from None


def _date(days: int) -> date:
    if not _FIRST <= days + _EPOCH_DAY <= _LAST:
        raise _undefined()
    return date.fromordinal(days + _EPOCH_DAY)


def _days(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


def _instant(local: datetime) -> int:
    """The instant of a local time: of two the earlier one; one that no clock shows is moved on by what is skipped."""
    try:
        return (local.astimezone(timezone.utc) - _EPOCH) // _MICROSECOND
    except OverflowError:
        raise _undefined() from None


def _part(of: Callable[[date], int]) -> Callable[[int], int]:
    return lambda days: of(_date(days))


def _clock(of: Callable[[datetime], int]) -> Callable[[int, str], int]:
    return lambda micros, name: of(_local(micros, name))


def _date_of(micros: int, name: str) -> int:
    return _days(_local(micros, name).date())


def _start_of(micros: int, unit: str, name: str) -> int:
    local = _local(micros, name)
    place = UNITS.index(unit)
    day = local.date()
    if place < 3:
        kept = ("microsecond", "second", "minute")[: place + 1]
        return _instant(local.replace(**dict.fromkeys(kept, 0)))  # type: ignore[arg-type]  # keeps which of two it is
    if unit == "week":
        first = day.toordinal() - day.weekday()
        if first < _FIRST:
            raise _undefined()
        day = date.fromordinal(first)
    elif unit != "day":
        month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
        day = day.replace(month=month, day=1)
    return _instant(datetime(day.year, day.month, day.day, tzinfo=zone(name)))


def _start_of_day(days: int, name: str) -> int:
    day = _date(days)
    return _instant(datetime(day.year, day.month, day.day, tzinfo=zone(name)))


def _add_days(days: int, count: int) -> int:
    _date(days)
    return _days(_date(days + count))


def _add_months(days: int, count: int) -> int:
    day = _date(days)
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise _undefined()
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) if (year, month) != (9999, 11) else None
    last = 31 if following is None else date.fromordinal(following.toordinal() - 1).day
    return _days(date(year, month + 1, min(day.day, last)))


def _days_between(start: int, end: int) -> int:
    return _days(_date(end)) - _days(_date(start))


def _months_between(start: int, end: int) -> int:
    """The most months that can be added to the start without passing the end; the other way round, below 0."""
    if end < start:
        return -_months_between(end, start)
    first, last = _date(start), _date(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    while months and _add_months(start, months) > end:
        months -= 1
    return months


def _check_zone(place: int) -> Callable[[Sequence[Any]], tuple[str, str] | None]:
    def check(values: Sequence[Any]) -> tuple[str, str] | None:
        if len(values) <= place or values[place] in names():
            return None
        near = nearest(str(values[place]), names())
        return f"there is no time zone `{values[place]}`", (
            f'did you mean `"{near}"`?' if near else 'zones are named as in `"Europe/Warsaw"`; there is `"UTC"`'
        )

    return check


def _check_start(values: Sequence[Any]) -> tuple[str, str] | None:
    if values[1] not in UNITS:
        return f"nothing is called `{values[1]}`", f"write one of {', '.join(UNITS)}"
    return _check_zone(2)(values)


def _to_timestamp(text: str) -> int:
    found = text_times.microseconds_from_text(text.strip(" "), zone_is_utc=False)
    if found is None or not text_times.FIRST_INSTANT <= found <= text_times.LAST_INSTANT:
        raise _undefined()
    return found


def _to_date(text: str) -> int:
    found = text_times.days_from_date(text.strip(" "))
    if found is None or not _FIRST <= found + _EPOCH_DAY <= _LAST:
        raise _undefined()
    return found


def _iso_time(micros: int) -> str:
    """In UTC, with as many digits of the second as there are, three by three."""
    local = _local(micros, "UTC")
    digits = "seconds" if micros % 1_000_000 == 0 else "milliseconds" if micros % 1_000 == 0 else "microseconds"
    return local.replace(tzinfo=None).isoformat(timespec=digits) + "Z"


def _from_epoch(seconds: int) -> int:
    if not text_times.FIRST_INSTANT <= seconds * 1_000_000 <= text_times.LAST_INSTANT:
        raise _undefined()
    return seconds * 1_000_000


def _of_date(name: str, doc: str, of: Callable[[date], int], value: str) -> FunctionDeclaration:
    return FunctionDeclaration(
        name,
        doc,
        ("date",),
        (Signature(("date",), "int"),),
        _part(of),
        KERNEL,
        (f'{name}(to_date("2026-03-29"))', value),
        partial=True,
    )


def _of_clock(name: str, doc: str, of: Callable[[datetime], int], value: str) -> FunctionDeclaration:
    return FunctionDeclaration(
        name,
        doc,
        ("time", "zone"),
        (Signature(("timestamp", "string"), "int"),),
        _clock(of),
        KERNEL,
        (f'{name}(to_timestamp("2026-03-29T01:02:03Z"), "Europe/Warsaw")', value),
        partial=True,
        defaults=("UTC",),
        constant=frozenset({1}),
        check=_check_zone(1),
        zone=1,
    )


DATE = (Signature(("date",), "date"),)
DATES = (Signature(("date", "date"), "int"),)
SHIFT = (Signature(("date", "int"), "date"),)

TIMES = (
    _of_clock("hour", "The hour on the clocks of a zone (UTC, if not said), from 0 to 23.", lambda t: t.hour, "3"),
    _of_clock("minute", "The minute on the clocks of a zone (UTC, if not said).", lambda t: t.minute, "2"),
    _of_clock("second", "The whole second on the clocks of a zone (UTC, if not said).", lambda t: t.second, "3"),
    FunctionDeclaration(
        "date_of",
        "The date in a zone (UTC, if not said).",
        ("time", "zone"),
        (Signature(("timestamp", "string"), "date"),),
        _date_of,
        KERNEL,
        ('date_of(to_timestamp("2026-01-01T23:30:00Z"), "Europe/Warsaw")', 'to_date("2026-01-02")'),
        partial=True,
        defaults=("UTC",),
        constant=frozenset({1}),
        check=_check_zone(1),
        zone=1,
    ),
    FunctionDeclaration(
        "start_of",
        "When the second, minute, hour, day, week (Monday), month, quarter or year began that holds the time, on the "
        "clocks of a zone (UTC, if not said). A midnight that no clock shows is the first moment after it.",
        ("time", "unit", "zone"),
        (Signature(("timestamp", "string", "string"), "timestamp"),),
        _start_of,
        KERNEL,
        (
            'start_of(to_timestamp("2026-03-29T10:00:00Z"), "day", "Europe/Warsaw")',
            'to_timestamp("2026-03-28T23:00:00Z")',
        ),
        partial=True,
        defaults=("UTC",),
        constant=frozenset({1, 2}),
        check=_check_start,
        zone=2,
        literal=frozenset({1}),
    ),
    FunctionDeclaration(
        "start_of_day",
        "When a date begins in a zone (UTC, if not said).",
        ("date", "zone"),
        (Signature(("date", "string"), "timestamp"),),
        _start_of_day,
        KERNEL,
        ('start_of_day(to_date("2026-07-01"), "Europe/Warsaw")', 'to_timestamp("2026-06-30T22:00:00Z")'),
        partial=True,
        defaults=("UTC",),
        constant=frozenset({1}),
        check=_check_zone(1),
        zone=1,
    ),
    _of_date("year", "The year of a date.", lambda d: d.year, "2026"),
    _of_date("quarter", "The quarter of a date, from 1 to 4.", lambda d: (d.month + 2) // 3, "1"),
    _of_date("month", "The month of a date, from 1 to 12.", lambda d: d.month, "3"),
    _of_date("day", "The day of the month of a date.", lambda d: d.day, "29"),
    _of_date("day_of_week", "The day of the week: Monday 1 to Sunday 7.", lambda d: d.isoweekday(), "7"),
    _of_date("day_of_year", "The day of the year, from 1.", lambda d: d.timetuple().tm_yday, "88"),
    _of_date(
        "week", "The week of ISO 8601: week 1 holds the year's first Thursday.", lambda d: d.isocalendar()[1], "13"
    ),
    _of_date("week_year", "The year to which ISO 8601 counts the week.", lambda d: d.isocalendar()[0], "2026"),
    FunctionDeclaration(
        "add_days",
        "The date so many days later.",
        ("date", "days"),
        SHIFT,
        _add_days,
        KERNEL,
        ('add_days(to_date("2026-02-28"), 1)', 'to_date("2026-03-01")'),
        partial=True,
    ),
    FunctionDeclaration(
        "add_months",
        "The date so many months later; the last of the month where there is no such day.",
        ("date", "months"),
        SHIFT,
        _add_months,
        KERNEL,
        ('add_months(to_date("2026-01-31"), 1)', 'to_date("2026-02-28")'),
        partial=True,
    ),
    FunctionDeclaration(
        "days_between",
        "The days from one date to another; below 0, if that is earlier.",
        ("start", "end"),
        DATES,
        _days_between,
        KERNEL,
        ('days_between(to_date("2026-01-01"), to_date("2026-03-01"))', "59"),
        partial=True,
    ),
    FunctionDeclaration(
        "months_between",
        "The complete months from one date to another: the most that can be added without passing it.",
        ("start", "end"),
        DATES,
        _months_between,
        KERNEL,
        ('months_between(to_date("2026-01-31"), to_date("2026-03-30"))', "1"),
        partial=True,
    ),
    FunctionDeclaration(
        "to_timestamp",
        "The instant of a text of ISO 8601 with its offset, as in 2026-01-31T10:00:00+01:00; null of any other.",
        ("text",),
        (Signature(("string",), "timestamp"),),
        _to_timestamp,
        KERNEL,
        ('to_timestamp("2026-01-31T10:00:00+01:00")', 'to_timestamp("2026-01-31T09:00:00Z")'),
        partial=True,
    ),
    FunctionDeclaration(
        "to_date",
        "The date of a text as in 2026-01-31; null of any other.",
        ("text",),
        (Signature(("string",), "date"),),
        _to_date,
        KERNEL,
        ('to_date("2026-02-30") is null', "true"),
        partial=True,
    ),
    FunctionDeclaration(
        "iso_time",
        "An instant as text in UTC, as in 2026-01-31T09:00:00.250Z.",
        ("time",),
        (Signature(("timestamp",), "string"),),
        _iso_time,
        KERNEL,
        ("iso_time(from_epoch(0))", '"1970-01-01T00:00:00Z"'),
        partial=True,
    ),
    FunctionDeclaration(
        "iso_date",
        "A date as text, as in 2026-01-31.",
        ("date",),
        (Signature(("date",), "string"),),
        lambda days: _date(days).isoformat(),
        KERNEL,
        ('iso_date(to_date("2026-01-31"))', '"2026-01-31"'),
        partial=True,
    ),
    FunctionDeclaration(
        "epoch",
        "The whole seconds from 1970-01-01T00:00:00Z, rounded down.",
        ("time",),
        (Signature(("timestamp",), "int"),),
        lambda micros: micros // 1_000_000,
        KERNEL,
        ('epoch(to_timestamp("1970-01-02T00:00:00Z"))', "86400"),
    ),
    FunctionDeclaration(
        "from_epoch",
        "The instant so many seconds after 1970-01-01T00:00:00Z.",
        ("seconds",),
        (Signature(("int",), "timestamp"),),
        _from_epoch,
        KERNEL,
        ("from_epoch(86400)", 'to_timestamp("1970-01-02T00:00:00Z")'),
        partial=True,
    ),
)
