"""Days, instants and their texts, from the calendar's rules (docs/decoding.md)."""

from __future__ import annotations

import re

MICROSECONDS_A_DAY = 86_400_000_000

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]"
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
)


def days_from_date(text: str) -> int | None:
    """Count the days since 1970-01-01 of `YYYY-MM-DD` (year 0000 included); None for what is no existing day."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    if not 1 <= month <= 12 or not 1 <= day <= _days_in_month(year, month):
        return None
    whole_years = _days_before_year(year) - _days_before_year(1970)
    return whole_years + sum(_days_in_month(year, earlier) for earlier in range(1, month)) + day - 1


def microseconds_from_text(text: str, *, zone_is_utc: bool) -> int | None:
    """Count the µs since 1970-01-01T00:00Z; None for no timestamp, or one without offset unless `zone_is_utc`."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    date, hour, minute, second, fraction, utc, sign, offset_hours, offset_minutes = match.groups()
    days = days_from_date(date)
    if days is None or int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    if utc is None and sign is None and not zone_is_utc:
        return None
    if int(offset_hours or 0) > 18 or int(offset_minutes or 0) > 59:
        return None
    offset = (int(offset_hours or 0) * 60 + int(offset_minutes or 0)) * (-1 if sign == "-" else 1)
    minutes = days * 1440 + int(hour) * 60 + int(minute) - offset
    microseconds = int((fraction or "").ljust(6, "0")[:6])
    return (minutes * 60 + int(second or 0)) * 1_000_000 + microseconds


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if _is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days_before_year(year: int) -> int:
    """Count the days from 0001-01-01 to the first day of the year; negative for year 0."""
    earlier = year - 1
    return earlier * 365 + earlier // 4 - earlier // 100 + earlier // 400


FIRST_DAY = -_days_before_year(1970)
LAST_DAY = FIRST_DAY + _days_before_year(10_000) - 1
FIRST_INSTANT = FIRST_DAY * MICROSECONDS_A_DAY
LAST_INSTANT = (LAST_DAY + 1) * MICROSECONDS_A_DAY - 1
