"""Random adversarial streams for a program, as bytes of JSONL or CSV.

Ties, events out of order, out of sequence and late, nulls, extreme floats and ints, unicode, times around the edges of
the program's windows and before 1970, malformed records in the middle, no events at all, all events of one key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from featlang.compiler import ir
from tests.strategies.malformed import malformed_csv, malformed_json
from tests.strategies.texts import NOT_FINITE, UNIT_MICROSECONDS, csv_line, json_line, representable
from tests.strategies.types import in_csv
from tests.strategies.values import FIRST_INSTANT, INT_MAX, INT_MIN, LAST_INSTANT, random_palette, random_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

NOW = 1_700_000_100_000_000
_BASES = (0, 0, 1_700_000_000_000_000, 1_700_000_000_000_000, -1_000_000_000_000, -1, FIRST_INSTANT, LAST_INSTANT)


@dataclass(frozen=True, slots=True)
class Stream:
    """What one source is given: a file's bytes, the options of reading it, the run's clock in µs."""

    kind: Literal["jsonl", "csv"]
    data: bytes
    options: Mapping[str, str] = field(default_factory=dict)
    now: int = NOW


def random_stream(random: Random, program: ir.Program, kind: Literal["jsonl", "csv"] | None = None) -> Stream:
    """Draw a stream of 0 to 60 records for the program's only source."""
    source = program.sources[0]
    able = all(in_csv(column.type) for column in source.columns)
    kind = kind or (random.choice(("jsonl", "csv")) if able else "jsonl")
    events = list(_random_events(random, program))
    if kind == "jsonl":
        lines = [json_line(random, source.columns, event) for event in events]
        lines = _with_malformed(random, lines, malformed_json)
        return Stream("jsonl", _joined(random, lines))
    null = random.choice(("", "NA", "null", "a"))
    columns = random.sample(source.columns, len(source.columns))
    if random.random() < 0.2:
        columns.append(ir.Column(name="an unknown column", type="string", nullable=True))
        events = [{**event, "an unknown column": random_value(random, "string")} for event in events]
    lines = [csv_line(random, columns, event, null) for event in events]
    lines = _with_malformed(random, lines, malformed_csv)
    header = ",".join(column.name for column in columns).encode()
    mark = b"\xef\xbb\xbf" if random.random() < 0.2 else b""
    return Stream("csv", mark + _joined(random, [header, *lines]), {"null": null} if null else {})


def _random_events(random: Random, program: ir.Program) -> list[dict[str, Any]]:
    source = program.sources[0]
    keys = {name for block in program.features for name in block.key}
    palettes = {column.name: random_palette(random, column.type) for column in source.columns}
    one_key = random.random() < (0.3 if source.order is None else 0.6)
    null_rate = random.choice((0.0, 0.1, 0.5))
    not_finite_rate = random.choice((0.0, 0.0, 0.1))
    events = []
    for time in random_times(random, program, random.choice((0, 1, 2, 5, 10, 20, 40, 60))):
        event = {}
        for column in source.columns:
            value = random.choice(palettes[column.name][: 1 if one_key and column.name in keys else 9])
            if column.name == source.time:
                value = time
            elif column.nullable and random.random() < null_rate:
                value = None
            elif column.type == "float" and random.random() < not_finite_rate:
                value = NOT_FINITE
            event[column.name] = value if value is NOT_FINITE else representable(column, value)
        events.append(event)
    if source.order is not None:
        _put_in_sequence(random, program, events)
    return events


def _put_in_sequence(random: Random, program: ir.Program, events: list[dict[str, Any]]) -> None:
    """Give the events their column of arrival: it mostly ascends by key, or for all keys together.

    Some of its values are equal to earlier ones or before them; after a silence it may begin anew.
    """
    source = program.sources[0]
    column = next(column for column in source.columns if column.name == source.order)
    first, step = _random_sequence(random, column)
    key = random.choice([block.key for block in program.features] + [()])
    counts: dict[tuple[Any, ...], int] = {}
    greatest: dict[tuple[Any, ...], int] = {}
    for event in events:
        keys = tuple(event[name] for name in key)
        time = event[source.time]
        count = counts.get(keys, 0)
        silence = time - greatest.get(keys, time)
        greatest[keys] = max(time, greatest.get(keys, time))
        restarts = source.order_ttl is not None and silence >= source.order_ttl
        draw = random.random()
        if restarts and draw < 0.5:
            counts[keys] = count = random.randint(0, count)
        elif draw < 0.85:
            counts[keys] = count = count + random.choice((1, 1, 1, 2, 10))
        elif draw < 0.93:
            count -= random.randint(1, 5)
        event[column.name] = representable(column, _in_range(column, first + count * step))


def _random_sequence(random: Random, column: ir.Column) -> tuple[int, int]:
    """Draw where a sequence begins, and its step, in the column's values."""
    if column.type == "int":
        return random.choice((0, 0, 1_000_000, -3, INT_MIN, INT_MAX - 40)), random.choice((1, 1, 1000))
    return random.choice(_BASES), UNIT_MICROSECONDS.get(column.unit or "us", 1)


def _in_range(column: ir.Column, value: int) -> int:
    least, greatest = (INT_MIN, INT_MAX) if column.type == "int" else (FIRST_INSTANT, LAST_INSTANT)
    return min(max(value, least), greatest)


def random_times(random: Random, program: ir.Program, count: int) -> list[int]:
    """Draw times that walk along the edges of the program's windows, mostly forwards, at times far behind.

    Under arrival many are behind: in the tiles of earlier events, between them, and out of the windows.
    """
    lengths = [1, 2, *_lengths(program)]
    scale = random.choice(lengths)
    lengths = [length for length in lengths if length <= scale]
    lateness = program.sources[0].lateness
    by_arrival = program.sources[0].order is not None
    time = random.choice(_BASES)
    times: list[int] = []
    for _ in range(count):
        draw = random.random()
        if by_arrival and random.random() < 0.3:
            behind = time - random.choice(lengths) * random.randint(1, 3)
            if times and random.random() < 0.6:
                behind = random.choice(times)
            behind += random.choice((-1, 0, 0, 1))
            times.append(min(max(behind, FIRST_INSTANT), LAST_INSTANT))
            continue
        if draw < 0.3:
            pass  # a tie
        elif draw < 0.6:
            time += random.choice(lengths) + random.choice((-1, 0, 0, 1))
        elif draw < 0.8:
            length = random.choice(lengths)
            time = (time // length + random.randint(0, 2)) * length + random.choice((-1, 0, 0, 1))
        elif draw < 0.9:
            time += random.randint(0, scale)
        else:
            behind = time - random.choice((lateness, lateness + 1, random.randint(0, lateness + 1), scale))
            times.append(min(max(behind, FIRST_INSTANT), LAST_INSTANT))
            continue
        time = min(max(time, FIRST_INSTANT), LAST_INSTANT)
        times.append(time)
    return times


def _lengths(program: ir.Program) -> list[int]:
    ttl = program.sources[0].order_ttl
    lengths = [] if ttl is None else [ttl]
    for block in program.features:
        for aggregate in block.aggregates:
            if isinstance(aggregate.window, ir.Sliding):
                lengths += [aggregate.window.width, aggregate.window.step]
            elif isinstance(aggregate.window, ir.Exact):
                lengths.append(aggregate.window.width)
            elif aggregate.window.ttl is not None:
                lengths.append(aggregate.window.ttl)
    return lengths


def _with_malformed(random: Random, lines: list[bytes], malformed: Any) -> list[bytes]:
    rate = random.choice((0.0, 0.0, 0.05, 0.3))
    result = []
    for line in lines:
        if random.random() < rate:
            result.append(malformed(random, line))
        if random.random() < 0.03:
            result.append(random.choice((b"", b"", b"  ", b"\t")))
        result.append(line)
    return result


def _joined(random: Random, lines: list[bytes]) -> bytes:
    end = random.choice((b"\n", b"\n", b"\r\n"))
    return end.join(lines) + (end if random.random() < 0.7 else b"")
