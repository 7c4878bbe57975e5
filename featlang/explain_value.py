"""What made one value: the events that each window held, those just outside, those refused, the rows of tables."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from featlang.backends.reference.block import Parts, aggregated
from featlang.backends.reference.canonical import order
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.reading import Event
from featlang.backends.reference.records import Input
from featlang.backends.reference.result import StreamResult
from featlang.backends.reference.span import Span
from featlang.backends.reference.stream import Stream
from featlang.backends.reference.table import BEGINNING, Table, Version
from featlang.backends.reference.windows import earliest
from featlang.compiler import ir
from featlang.compiler.plan import leaves_of, looked_up_in
from featlang.explain_history import BlockHistory, History, StreamEvent
from featlang.explained import (
    Contribution,
    ExplainedAggregate,
    ExplainedFeatures,
    ExplainedRow,
    ExplainedStream,
    ExplainedTable,
    Happened,
    Keys,
    TableRow,
)
from featlang.stdlib.aggregates.declaration import Exceptional


def explain_features(  # noqa: PLR0913 - what to explain, and from what
    program: ir.Program,
    block: ir.Features,
    keys: Keys,
    inputs: Mapping[str, Input],
    now: int,
    *,
    at: int | None = None,
    tie: int | None = None,
    names: Collection[str] | None = None,
) -> ExplainedFeatures:
    """Explain the named values of a block, or all, for a key: at a time, or in its last row (at `now` if it has none).

    With `tie` it is the row of that tie which is read then. Raises `InputError`.
    """
    read = History(program, block, inputs, now, keys=keys).blocks[block.name]
    time = at if at is not None else read.last_row(keys)
    time = now if time is None else time
    return _features(read, keys, read.block.parts_at(keys, time, tie), names)


def explain_stream(
    program: ir.Program,
    stream: ir.Stream,
    is_asked: Callable[[Event, str], bool],
    inputs: Mapping[str, Input],
    now: int,
    *,
    last: int | None = None,
    names: Collection[str] | None = None,
) -> ExplainedStream:
    """Explain the rows of the events, by what names them among those of their time, that are asked for.

    Of a stream whose rows come from several sources those of one.

    Only the `last` of them, where it says how many, and with `names` only these values. Raises `InputError`.
    """
    history = History(program, stream, inputs, now, is_asked=is_asked)
    read = next(each for each in history.streams[stream.name] if each.stream.stream is stream)
    asked = [each for each in read.events if is_asked(each.event, read.stream.name(each.event))]
    told = tuple(refusal for event, refusal in read.refused if is_asked(event, read.stream.name(event)))
    asked.sort(key=lambda each: order(each.event.values, read.stream.source))
    shown = asked if last is None else asked[max(len(asked) - last, 0) :]
    rows = tuple(_row(history, read.stream, each, names) for each in shown)
    return ExplainedStream(stream, len(asked) - len(shown), rows, told, read.read.rejected)


# --- rows of a stream -----------------------------------------------------------------------------------------------


def _row(history: History, read: Stream, each: StreamEvent, names: Collection[str] | None) -> ExplainedRow:
    stream, event = read.stream, each.event
    computing = Stream(stream, read.source, history.looked_up, None, StreamResult())
    if not computing.wants(event):
        return ExplainedRow(each.happened, read.name(event), (), "where", ())
    computing.take(event, each.arrived)
    computing.compute(Span())
    name = read.name(event)
    if computing.result.rows:
        found = computing.result.rows[0].values
        values = [value for value in stream.values if names is None or value.name in names]
        expressions = [*(value.expression for value in values), stream.where_found if names is None else None]
        written = tuple((value, found[value.name]) for value in values if value.written)
        return ExplainedRow(each.happened, name, written, None, tuple(_lookups(history, read, each, expressions)))
    return ExplainedRow(each.happened, name, (), "found", tuple(_lookups(history, read, each, [stream.where_found])))


def _lookups(
    history: History, read: Stream, each: StreamEvent, expressions: Iterable[ir.Expression | None]
) -> Iterable[ExplainedFeatures | ExplainedTable]:
    """What the expressions look up, and what finds the keys of that."""
    event = each.event
    for number, names in _lookups_read(read.stream, expressions).items():
        lookup = read.stream.lookups[number]
        keys = read.keys(lookup, event, each.arrived)
        if lookup.target in history.tables:
            yield _table(history.tables[lookup.target], keys, event.time, names, before=lookup.before)
            continue
        block = history.blocks[lookup.target]
        if each.arrived is None:
            place = read.place(block.block, lookup, event)
            parts = block.block.parts_for(keys, event.time, place, before=lookup.before)
        else:
            applied = each.arrived.applied.get(lookup.target, 0)
            parts = block.block.parts_after(keys, applied, each.arrived.read_at)
        yield _features(block, keys, parts, names, before=lookup.before)


def _lookups_read(stream: ir.Stream, expressions: Iterable[ir.Expression | None]) -> dict[int, set[str]]:
    """Which lookups expressions read, and what of each; also for the keys of those."""
    reads: dict[int, set[str]] = {}
    waiting = looked_up_in(each for each in expressions if each is not None)
    while waiting:
        leaf = waiting.pop()
        if leaf.lookup not in reads:
            waiting += looked_up_in(stream.lookups[leaf.lookup].key)
        reads.setdefault(leaf.lookup, set()).add(leaf.name)
    return dict(sorted(reads.items()))


# --- values of a block ----------------------------------------------------------------------------------------------


def _features(
    read: BlockHistory, keys: Keys, parts: Parts, names: Collection[str] | None, *, before: bool = False
) -> ExplainedFeatures:
    block = read.block.block
    values = needed_values(block, names)
    aggregates = {
        leaf.index
        for index in values
        for leaf in leaves_of(block.values[index].expression)
        if isinstance(leaf, ir.AggregateValue)
    }
    happened = [read.happened[id(event)] for event in parts.events]
    is_row = not before and parts.applied > 0 and parts.read_at[parts.applied - 1] == parts.time
    return ExplainedFeatures(
        block=block,
        keys=keys,
        time=parts.time,
        before=before,
        row=happened[parts.applied - 1] if is_row else None,
        tie=parts.applied - 1 - bisect_left(parts.read_at, parts.time) if is_row else None,
        events=len(happened),
        applied=parts.applied,
        values=tuple((block.values[index], parts.values[index]) for index in values),
        aggregates={index: _aggregate(block, index, parts, happened) for index in sorted(aggregates)},
        not_taken=tuple(read.not_taken.get(keys, ())),
        refused=tuple(read.refused.get(keys, ())),
        unreadable=read.unreadable,
    )


def needed_values(block: ir.Features, names: Collection[str] | None) -> list[int]:
    """The positions of the values of these names, or of all written ones, and of those that they read."""
    needed: set[int] = set()
    for index in reversed(range(len(block.values))):  # a value reads earlier ones only
        value = block.values[index]
        if index in needed or (value.written if names is None else value.name in names):
            needed.add(index)
            needed |= {leaf.index for leaf in leaves_of(value.expression) if isinstance(leaf, ir.NamedValue)}
    return sorted(needed)


def _aggregate(block: ir.Features, index: int, parts: Parts, happened: Sequence[Happened]) -> ExplainedAggregate:
    aggregate = block.aggregates[index]
    contributions = [
        _contribution(aggregate, event, gives) for event, gives in zip(happened, parts.fed[index], strict=True)
    ]
    positions = parts.held[index]
    held = tuple(contributions[position] for position in positions)
    gone = set(range(parts.applied)) - set(positions)
    before = max(gone, key=lambda position: (happened[position].time, position), default=None)
    value, reason = None, None
    try:
        counted = [each.gives for each in held if each.fate == "counts"]
        value = aggregated(aggregate, [each.event.time for each in held], counted)
    except Exceptional as nothing:
        reason = nothing.reason
    return ExplainedAggregate(
        aggregate=aggregate,
        value=value,
        reason=reason,
        oldest=_oldest(aggregate.window, parts.time, held),
        newest=parts.time,
        columns=_columns(aggregate),
        held=held,
        before=None if before is None else contributions[before],
        after=contributions[parts.applied] if parts.applied < len(contributions) else None,
    )


def _contribution(aggregate: ir.Aggregate, event: Happened, gives: Any) -> Contribution:
    if gives is not None:
        return Contribution(event, "counts", gives)
    passes = aggregate.where is None or evaluate(aggregate.where, Scope(event.columns, Counter())) is True
    return Contribution(event, "null" if passes else "filtered", None)


def _oldest(window: ir.Window, time: int, held: Sequence[Contribution]) -> int | None:
    if isinstance(window, ir.Forever):
        return held[0].event.time if window.ttl is not None and held else None
    return earliest(window, time)


def _columns(aggregate: ir.Aggregate) -> tuple[str, ...]:
    """The columns that it reads, in the order of its text."""
    read = [leaf for each in (*aggregate.arguments, aggregate.where) for leaf in leaves_of(each)]
    return tuple(dict.fromkeys(leaf.name for leaf in read if isinstance(leaf, ir.ColumnValue)))


# --- rows of tables -------------------------------------------------------------------------------------------------


def _table(table: Table, keys: Keys, time: int, names: Collection[str], *, before: bool) -> ExplainedTable:
    counting, waiting = table.versions(keys, time, before=before)
    current = counting[-1] if counting else None
    newer = next((row for row in waiting if current is None or row.place > current.place), None)
    return ExplainedTable(
        table=table.table,
        keys=keys,
        before=before,
        columns=tuple(column.name for column in table.table.source.columns if column.name in names),
        counts=None if current is None else _table_row(table.table, current),
        older=_table_row(table.table, counting[-2]) if counting[1:] else None,
        newer=None if newer is None else _table_row(table.table, newer),
    )


def _table_row(table: ir.Table, row: Version) -> TableRow:
    return TableRow(
        path=row.path,
        record=row.record,
        counts_from=None if row.counts_from == BEGINNING else row.counts_from,
        time=row.values[table.source.time] if table.source.time else None,
        known=None if table.known is None else row.values[table.known],
        is_deletion=row.is_deletion,
        columns=row.values,
    )
