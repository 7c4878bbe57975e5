"""What the jobs over clicks give, the slow way: rows in the order of arrival, and rows of the online store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from featlang.compiler import ir
from tests.spark import clicks
from tests.spark.clicks import LATENESS

Key = tuple[object, ...]
Row = tuple[object, ...]


@dataclass
class Applied:
    """A block's events of one key as they were applied: each with the time at which its row is read."""

    events: list[dict[str, int]] = field(default_factory=list)
    read_at: list[int] = field(default_factory=list)


@dataclass
class Outcome:
    """The rows of each block, sorted; the stored rows by key, without `_written`; the records out of sequence."""

    rows: dict[str, list[Row]]
    stored: dict[str, dict[Key, Row]]
    out_of_sequence: list[int]


def by_arrival(program: ir.Program) -> ir.Program:
    """The program, its source in the order of arrival of the column `id`."""
    source = program.sources[0].model_copy(update={"order": "id"})
    return program.model_copy(update={"sources": (source,)})


def shuffled(lines: Sequence[str], every: int) -> list[str]:
    """The records, of which each so many-th has the `id` of one before it: it is out of sequence if it follows that."""
    changed = []
    for number, line in enumerate(lines):
        if number % every == every - 1 and line.endswith("}") and "1.0" not in line:
            record = json.loads(line)
            changed.append(json.dumps({**record, "id": record["id"] - every // 2}, separators=(",", ":")))
        else:
            changed.append(line)
    return changed


def outcome(lines: Sequence[str], program: ir.Program) -> Outcome:
    """All that a job of the program gives for the records."""
    ordered = program.sources[0].order is not None
    events, _, _ = clicks.accepted(lines)
    numbers = _numbers(lines)
    applied: dict[str, dict[Key, Applied]] = {block.name: {} for block in program.features}
    violators: list[int] = []
    sequence = list(zip(numbers, events, strict=True))
    if not ordered:
        sequence.sort(key=lambda pair: (pair[1]["ts"], pair[1]["id"]))
    last: dict[tuple[tuple[str, ...], Key], tuple[int, int]] = {}
    for number, event in sequence:
        for names in dict.fromkeys(block.key for block in program.features):
            key = tuple(event[name] for name in names)
            if None in key:
                continue
            time = int(str(event["ts"]))
            previous = last.get((names, key))
            if ordered and previous is not None and int(str(event["id"])) <= previous[0]:
                violators.append(number)
                continue
            tau = time if previous is None else max(previous[1], time)
            last[names, key] = (int(str(event["id"])), tau)
            for block in program.features:
                if block.key == names and (block.where is None or not event["bot"]):
                    of_key = applied[block.name].setdefault(key, Applied())
                    of_key.events.append({"id": int(str(event["id"])), "ts": time})
                    of_key.read_at.append(tau)
    limit = _limit(events)
    return Outcome(
        {block.name: _rows(block, applied[block.name]) for block in program.features},
        {block.name: _stored(block, applied[block.name], limit) for block in program.features},
        sorted(violators),
    )


def _numbers(lines: Iterable[str]) -> list[int]:
    """The numbers of the accepted records."""
    everything = list(lines)
    _, late, rejected = clicks.accepted(everything)
    refused = {*late, *rejected}
    return [number for number in range(1, len(everything) + 1) if number not in refused]


def _limit(events: Sequence[clicks.Event]) -> int:
    """The time up to which the last watermark before the end moves edges."""
    greatest = max((int(str(event["ts"])) for event in events), default=0)
    return (greatest - LATENESS) // 1000 * 1000 - 1


def _values(block: ir.Features, seen: Sequence[dict[str, int]], time: int) -> tuple[object, ...]:
    """`events` and `last_id` of a window that is read at a time."""
    window = block.aggregates[0].window
    start = (time - window.width) // window.step * window.step if isinstance(window, ir.Sliding) else -(2**63)
    inside = [event for event in seen if event["ts"] >= start]
    return len(inside), inside[-1]["id"] if inside else None


def _rows(block: ir.Features, applied: dict[Key, Applied]) -> list[Row]:
    rows = []
    for key, of_key in applied.items():
        for i, time in enumerate(of_key.read_at):
            values = _values(block, of_key.events[: i + 1], time)
            rows.append((*key, time, of_key.read_at[:i].count(time), *values))
    return sorted(rows, key=repr)


def _stored(block: ir.Features, applied: dict[Key, Applied], limit: int) -> dict[Key, Row]:
    """The keys, `as_of`, the values: of the last row, or of the last edge up to the limit that comes after it."""
    stored = {}
    for key, of_key in applied.items():
        as_of = of_key.read_at[-1]
        window = block.aggregates[0].window
        if isinstance(window, ir.Sliding):
            leave = [(e["ts"] // window.step + 1) * window.step + window.width for e in of_key.events]
            as_of = max([as_of, *(edge for edge in leave if as_of < edge <= limit)])
        stored[key] = (*key, as_of, *_values(block, of_key.events, as_of))
    return stored
