"""Random adversarial streams for a program, as bytes of JSONL or CSV.

Ties, events out of order and late, nulls, extreme floats and ints, unicode, times around the edges of the program's
windows and before 1970, malformed records in the middle, no events at all, all events of one key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from featlang.compiler import ir
from tests.strategies.malformed import malformed_csv, malformed_json
from tests.strategies.texts import NOT_FINITE, csv_line, json_line, representable
from tests.strategies.values import FIRST_INSTANT, LAST_INSTANT, random_palette, random_value

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
    kind = kind or random.choice(("jsonl", "csv"))
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
    one_key = random.random() < 0.3
    null_rate = random.choice((0.0, 0.1, 0.5))
    not_finite_rate = random.choice((0.0, 0.0, 0.1))
    events = []
    for time in _random_times(random, program, random.choice((0, 1, 2, 5, 10, 20, 40, 60))):
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
    return events


def _random_times(random: Random, program: ir.Program, count: int) -> list[int]:
    """Draw times that walk along the edges of the program's windows, mostly forwards, at times far behind."""
    lengths = [1, 2, *_lengths(program)]
    scale = random.choice(lengths)
    lengths = [length for length in lengths if length <= scale]
    lateness = program.sources[0].lateness
    time = random.choice(_BASES)
    times = []
    for _ in range(count):
        draw = random.random()
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
    lengths = []
    for block in program.features:
        for aggregate in block.aggregates:
            if isinstance(aggregate.window, ir.Sliding):
                lengths += [aggregate.window.width, aggregate.window.step]
            elif isinstance(aggregate.window, ir.Exact):
                lengths.append(aggregate.window.width)
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
