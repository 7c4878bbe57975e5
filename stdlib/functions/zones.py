"""Time zones from the `tzdata` wheel alone: no file of the machine says what a local time is.

`zone` is what the reference computes with, `table` what the kernel is given: the moments at which the offset changes.
Far in the future a zone follows a rule, which repeats itself every 400 years; the table holds one such period.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

PERIOD_YEARS = 400
RULES_FROM = 2100
"""From this year on no zone's file holds transitions any more, but the rule."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_HEADER = struct.Struct(">4sc15x6l")
_STEP = timedelta(days=28)


@cache
def names() -> tuple[str, ...]:
    """All zones."""
    return tuple(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """A zone that exists."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@cache
def table(name: str) -> str:
    """The zone as the kernel reads it, in base64: the first offset, then each moment and the offset from then on.

    All are seconds, big-endian: offsets 4 bytes, moments 8.
    """
    first, changes = _changes(name)
    data = struct.pack(">i", first) + b"".join(struct.pack(">qi", moment, offset) for moment, offset in changes)
    return base64.b64encode(data).decode("ascii")


def _changes(name: str) -> tuple[int, list[tuple[int, int]]]:
    """The offset before all changes, and each change of it up to the end of one period of the rule."""
    found = zone(name)
    recorded, rule = _file(name)
    moments = [*recorded, *(_by_rule(found, recorded) if "," in rule else ())]
    first = _offset(found, datetime(1, 1, 3, tzinfo=timezone.utc))
    before, changes = first, []
    for moment in sorted(set(moments)):
        offset = _offset(found, _EPOCH + timedelta(seconds=moment))
        if offset != before:
            changes.append((moment, offset))
            before = offset
    return first, changes


def _file(name: str) -> tuple[list[int], str]:
    """The transitions of the zone's file, those of its 64-bit part; and its rule, as in `CET-1CEST,M3.5.0,…`."""
    data = resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    _, version, is_utc, is_standard, leaps, times, types, characters = _HEADER.unpack_from(data)
    if version < b"2":
        raise ValueError(name)
    skipped = _HEADER.size + times * 5 + types * 6 + characters + leaps * 8 + is_standard + is_utc
    times = _HEADER.unpack_from(data, skipped)[5]
    moments = struct.unpack_from(f">{times}q", data, skipped + _HEADER.size)
    end = datetime(RULES_FROM, 1, 1, tzinfo=timezone.utc)
    if moments and moments[-1] >= (end - _EPOCH).total_seconds():
        raise ValueError(name)
    rule = data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")
    return [moment for moment in moments if moment > -62_135_596_800 + 2 * 86_400], rule


def _by_rule(found: ZoneInfo, recorded: list[int]) -> Iterator[int]:
    """The changes by the zone's rule, from the last recorded one to the end of a period, looked for month by month."""
    start = max(recorded, default=-2_208_988_800) - 86_400
    moment = _EPOCH + timedelta(seconds=start)
    end = datetime(RULES_FROM + PERIOD_YEARS, 1, 1, tzinfo=timezone.utc)
    while moment < end:
        if _offset(found, moment) != _offset(found, moment + _STEP):
            yield _first_after(found, moment)
        moment += _STEP


def _first_after(found: ZoneInfo, moment: datetime) -> int:
    """The second at which the offset changes within a step."""
    low, high = 0, int(_STEP.total_seconds())
    before = _offset(found, moment)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(found, moment + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    return int((moment - _EPOCH).total_seconds()) + high


def _offset(found: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(found).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
