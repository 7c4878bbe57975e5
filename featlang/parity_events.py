"""The events behind a row on which two engines differ."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from featlang.backends.reference.arrival import Arrivals
from featlang.backends.reference.canonical import order
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.reading import Event, events_in_turn
from featlang.backends.reference.result import SourceResult
from featlang.compiler import ir
from featlang.compiler.plan import columns_of
from featlang.parity_compare import ValueDifference
from featlang.request import Request
from featlang.run_report import Engine

SHOWN = 12
"""So many of the latest events are shown."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def explained(first: ValueDifference, pair: tuple[Engine, Engine], block: ir.Features, request: Request) -> str:
    """What differs, and the last events of the key up to the row, as text."""
    place = ", ".join(f"{name}={value}" for name, value in first.row.items())
    events = behind(first, block, request)
    shown = events[-SHOWN:]
    lines = [
        f"  first difference: {first.column} at {place}: "
        f"{pair[0]} {_exact(first.left)}, {pair[1]} {_exact(first.right)}",
        f"  behind it stand {len(events):,} events of the key"
        + (f", of which the last {SHOWN}:" if len(events) > SHOWN else ":"),
    ]
    columns = _columns(block, request.program.source(block.source))
    lines += ["    " + ", ".join(f"{name}={event.values[name]!r}" for name in columns) for event in shown]
    return "\n".join(lines)


def behind(first: ValueDifference, block: ir.Features, request: Request) -> list[Event]:
    """The events of the row's key that were applied, in the declared order, up to the row's own."""
    source = request.program.source(block.source)
    keys = tuple(_plain(first.row[name]) for name in block.key)
    time, tie = _plain(first.row[source.time]), first.row["_tie"]
    arrivals = None if source.order is None else Arrivals(source, source.order)
    applied: list[tuple[int, Event]] = []  # with the time at which its row is read
    for _, event in events_in_turn(source, request.inputs[source.name], request.now, SourceResult()):
        if tuple(event.values[name] for name in block.key) == keys:
            read_at = event.time if arrivals is None else arrivals.read_at(keys, event)
            if read_at is not None and _passes(block, event):
                applied.append((read_at, event))
    if arrivals is None:
        applied.sort(key=lambda each: order(each[1].values, source))
    earlier = [event for read_at, event in applied if read_at < time]
    return earlier + [event for read_at, event in applied if read_at == time][: tie + 1]


def _passes(block: ir.Features, event: Event) -> bool:
    return block.where is None or evaluate(block.where, Scope(event.values, Counter())) is True


def _columns(block: ir.Features, source: ir.Source) -> list[str]:
    """The columns that the block's aggregates read, with the time and what settles ties."""
    used = {source.time, *source.ties}
    for aggregate in block.aggregates:
        for expression in (*aggregate.arguments, *([aggregate.where] if aggregate.where else [])):
            used |= columns_of(expression)
    return [column.name for column in source.columns if column.name in used]


def _plain(value: Any) -> Any:
    """A value as the reference has it: instants as µs, dates as days."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return (value - _EPOCH.date()).days if hasattr(value, "toordinal") else value


def _exact(value: Any) -> str:
    """A float with its bits, because two that differ may look the same."""
    return f"{value!r} ({value.hex()})" if isinstance(value, float) else repr(value)
