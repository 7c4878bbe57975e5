"""What made one value: the events that each window held, those just outside, those refused, the rows of tables."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from featlang.backends.reference.arrival import Arrivals
from featlang.backends.reference.block import Block, Parts
from featlang.backends.reference.canonical import order
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.reading import Event, accepted_events, in_turn
from featlang.backends.reference.records import Input, Record
from featlang.backends.reference.result import BlockResult, Refused, SourceResult, StreamResult
from featlang.backends.reference.stream import Stream
from featlang.backends.reference.table import BEGINNING, Table, Version
from featlang.backends.reference.windows import earliest
from featlang.compiler import ir
from featlang.compiler.plan import leaves_of
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.declaration import Exceptional

Keys = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: where its record stands, its time, when its row is read (in the order of arrival maybe later)."""

    path: str
    record: int
    time: int
    read_at: int
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an event gives to an aggregate: its argument (True for `count()`), if it counts.

    Else its argument is null, and it is skipped, or it does not pass the aggregate's `where`.
    """

    event: Happened
    fate: Literal["counts", "null", "filtered"]
    gives: Any


@dataclass(frozen=True, slots=True)
class ExplainedAggregate:
    """An aggregate's value, and the events that its window holds, in their order.

    `reason` says why the value is null where one should exist. `oldest` is the earliest time that the window holds,
    None for any; of a window that forgets it is that of the first event since the last silence. `columns` are those
    that the aggregate reads. `before` and `after` are the events of the key that are just outside.
    """

    aggregate: ir.Aggregate
    value: Any
    reason: str | None
    oldest: int | None
    newest: int
    columns: tuple[str, ...]
    held: tuple[Contribution, ...]
    before: Contribution | None
    after: Contribution | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that does not count, and why."""

    event: Happened
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ExplainedFeatures:
    """Values of a block for a key at a time, each with its declaration, and the aggregates they are made of, by index.

    With `before` they are as of the events before that time. `row` is the event whose row they are, and `tie` that
    row's, None where they are read between two rows. Of the block's `events` of the key `applied` count. Those that it
    does not take are `not_taken`, those refused before it came to that `refused`. `unreadable` counts by code the
    records of which no key is known.
    """

    block: ir.Features
    keys: Keys
    time: int
    before: bool
    row: Happened | None
    tie: int | None
    events: int
    applied: int
    values: tuple[tuple[ir.Value, Any], ...]
    aggregates: Mapping[int, ExplainedAggregate]
    not_taken: tuple[Happened, ...]
    refused: tuple[Refusal, ...]
    unreadable: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ExplainedTable:
    """The row of a table that counts for a key at a time, or before it, if there is one.

    `columns` are those that are read of it.
    `older` is what would count without it, `newer` what will replace it.
    """

    table: ir.Table
    keys: Keys
    before: bool
    columns: tuple[str, ...]
    counts: TableRow | None
    older: TableRow | None
    newer: TableRow | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its record, since when it counts and why (None: from the beginning), its columns."""

    path: str
    record: int
    counts_from: int | None
    time: int | None
    known: int | None
    is_deletion: bool
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """A row of a stream: its event, its values, and what they, and the condition, look up.

    `dropped_by` says which condition is not true, and so why there is no row: `where` over the event's own columns,
    `found` over what is looked up; None where there is one. Of what is dropped only that condition's lookups are told.
    """

    event: Happened
    name: str
    values: tuple[tuple[ir.Value, Any], ...]
    dropped_by: Literal["where", "found"] | None
    lookups: tuple[ExplainedFeatures | ExplainedTable, ...]


@dataclass(frozen=True, slots=True)
class ExplainedStream:
    """The rows of the events that were asked for, in their order, and which of such events were refused.

    So many `earlier` ones are left out.
    """

    stream: ir.Stream
    earlier: int
    rows: tuple[ExplainedRow, ...]
    refused: tuple[Refusal, ...]
    unreadable: Mapping[str, int]


def not_explained(program: ir.Program, target: ir.Features | ir.Stream) -> str | None:
    """Why a block or a stream cannot be explained yet; None where it can."""
    streams = {stream.name for stream in program.streams}
    blocks = {block.name: block for block in program.features}
    if isinstance(target, ir.Features):
        grouped = [target]
    else:
        grouped = [blocks[lookup.target] for lookup in target.lookups if lookup.target in blocks]
        if target.lookups and program.source(target.source).order is not None:
            return f"`{target.name}` looks up features in the order of arrival, which cannot be explained yet"
    for block in grouped:
        if block.source in streams:
            return f"`{block.name}` groups the rows of the stream `{block.source}`, which cannot be explained yet"
    return None


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
    read = _events_of(program, {block.name: {keys}}, inputs, now)[block.name]
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

    Only the `last` of them, where it says how many, and with `names` only these values. Raises `InputError`.
    """
    source = program.source(stream.source)
    naming = Stream(stream, source, {}, None, StreamResult())
    read = SourceResult()
    refused: list[tuple[Record, Event, Refused]] = []
    accepted = accepted_events(source, inputs[source.name], now, read, refused)
    asked = [(record, event) for record, event in accepted if is_asked(event, naming.name(event))]
    told = tuple(_refusal(*each) for each in refused if is_asked(each[1], naming.name(each[1])))
    asked.sort(key=lambda each: order(each[1].values, source))
    shown = asked if last is None else asked[max(len(asked) - last, 0) :]
    rows = _StreamRows(program, stream, inputs, now, [event for _, event in shown], names)
    explained = tuple(rows.explain(record, event) for record, event in shown)
    return ExplainedStream(stream, len(asked) - len(shown), explained, told, read.rejected)


def _lookups_read(expressions: Iterable[ir.Expression | None]) -> dict[int, set[str]]:
    """Which lookups expressions read, and what of each."""
    reads: dict[int, set[str]] = {}
    for expression in expressions:
        for leaf in leaves_of(expression):
            if isinstance(leaf, ir.LookedUp):
                reads.setdefault(leaf.lookup, set()).add(leaf.name)
    return dict(sorted(reads.items()))


class _StreamRows:
    """What is looked up for some events of a stream."""

    def __init__(
        self,
        program: ir.Program,
        stream: ir.Stream,
        inputs: Mapping[str, Input],
        now: int,
        events: Sequence[Event],
        names: Collection[str] | None,
    ) -> None:
        self._source = program.source(stream.source)
        self._names = names
        self._stream = stream
        asking = Stream(stream, self._source, {}, None, StreamResult())
        blocks = {block.name for block in program.features}
        wanted: dict[str, set[Keys]] = {}
        for lookup in stream.lookups:
            if lookup.target in blocks:
                wanted.setdefault(lookup.target, set()).update(asking.keys(lookup, event) for event in events)
        self._read = _events_of(program, wanted, inputs, now)
        self._tables = {
            table.name: Table(table, inputs[table.name], SourceResult())
            for table in program.tables
            if table.name in {lookup.target for lookup in stream.lookups}
        }

    def explain(self, record: Record, event: Event) -> ExplainedRow:
        blocks: dict[str, Block | Table] = {name: read.block for name, read in self._read.items()}
        computing = Stream(self._stream, self._source, {**blocks, **self._tables}, None, StreamResult())
        computing.take(event)
        computing.compute(None, None)
        happened, name = _happened(record, event, event.time), computing.name(event)
        stream = self._stream
        if computing.result.rows:
            found = computing.result.rows[0].values
            values = [value for value in stream.values if self._names is None or value.name in self._names]
            read = [*(value.expression for value in values), stream.where_found if self._names is None else None]
            written = tuple((value, found[value.name]) for value in values if value.written)
            return ExplainedRow(happened, name, written, None, tuple(self._lookups(computing, event, read)))
        if stream.where is not None and evaluate(stream.where, Scope(event.values, Counter())) is not True:
            return ExplainedRow(happened, name, (), "where", ())
        lookups = tuple(self._lookups(computing, event, [stream.where_found]))
        return ExplainedRow(happened, name, (), "found", lookups)

    def _lookups(
        self, computing: Stream, event: Event, read: Iterable[ir.Expression | None]
    ) -> Iterable[ExplainedFeatures | ExplainedTable]:
        for number, names in _lookups_read(read).items():
            lookup = self._stream.lookups[number]
            keys = computing.keys(lookup, event)
            if lookup.target in self._tables:
                yield _table(self._tables[lookup.target], keys, event.time, names, before=lookup.before)
            else:
                block = self._read[lookup.target]
                place = computing.place(block.block, lookup, event)
                parts = block.block.parts_for(keys, event.time, place, before=lookup.before)
                yield _features(block, keys, parts, names, before=lookup.before)


# --- the events of keys ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _BlockEvents:
    """A block with the events of some keys, the record of each, and those that it did not get."""

    block: Block
    wanted: Collection[Keys]
    arrivals: Arrivals | None
    read: SourceResult
    records: dict[int, Record] = field(default_factory=dict)  # by `id` of an event, which the block keeps
    not_taken: dict[Keys, list[Happened]] = field(default_factory=dict)
    refused: dict[Keys, list[Refusal]] = field(default_factory=dict)

    def keys(self, event: Event) -> Keys | None:
        """Its keys, if they are wanted."""
        keys = tuple(event.values[name] for name in self.block.block.key)
        return keys if keys in self.wanted and None not in keys else None

    def refuse(self, keys: Keys, refusal: Refusal) -> None:
        self.refused.setdefault(keys, []).append(refusal)

    def take(self, record: Record, event: Event) -> None:
        """Take an accepted event, if it is of a wanted key."""
        keys = self.keys(event)
        if keys is None:
            return
        read_at = event.time if self.arrivals is None else self.arrivals.read_at(keys, event)
        if read_at is None:
            text = f"`{self.block.source.order}` does not ascend for its {', '.join(self.block.block.key)}"
            self.refuse(keys, _refusal(record, event, record.refused("out_of_sequence", text)))
        elif self.block.wants(event):
            self.block.apply(keys, event, read_at)
            self.records[id(event)] = record
        else:
            self.not_taken.setdefault(keys, []).append(_happened(record, event, read_at))

    def last_row(self, keys: Keys) -> int | None:
        """When the last row of a key is read."""
        return max(self.block.parts_at(keys, 0).read_at, default=None)


def _events_of(
    program: ir.Program, wanted: Mapping[str, Collection[Keys]], inputs: Mapping[str, Input], now: int
) -> dict[str, _BlockEvents]:
    """Give each block the events of its wanted keys."""
    found: dict[str, _BlockEvents] = {}
    for source in program.sources:
        read = SourceResult()
        blocks = []
        for block in program.features:
            if block.source == source.name and block.name in wanted:
                arrivals = None if source.order is None else Arrivals(source, source.order)
                reading = Block(block, source, source.name, BlockResult())
                blocks.append(_BlockEvents(reading, wanted[block.name], arrivals, read))
                found[block.name] = blocks[-1]
        if blocks:
            _read(source, inputs[source.name], now, blocks, read)
    return found


def _read(source: ir.Source, given: Input, now: int, blocks: Sequence[_BlockEvents], read: SourceResult) -> None:
    refused: list[tuple[Record, Event, Refused]] = []
    of_keys = [
        (record, event)
        for record, event in accepted_events(source, given, now, read, refused)
        if any(block.keys(event) is not None for block in blocks)
    ]
    for block in blocks:
        for record, event, why in refused:
            keys = block.keys(event)
            if keys is not None:
                block.refuse(keys, _refusal(record, event, why))
    for record, event in in_turn(source, given, of_keys):
        for block in blocks:
            block.take(record, event)


def _happened(record: Record, event: Event, read_at: int) -> Happened:
    return Happened(record.path, record.number, event.time, read_at, event.values)


def _refusal(record: Record, event: Event, why: Refused) -> Refusal:
    return Refusal(_happened(record, event, event.time), why.code, why.text)


# --- values of a block ----------------------------------------------------------------------------------------------


def _features(
    read: _BlockEvents, keys: Keys, parts: Parts, names: Collection[str] | None, *, before: bool = False
) -> ExplainedFeatures:
    block = read.block.block
    values = needed_values(block, names)
    aggregates = {
        leaf.index
        for index in values
        for leaf in leaves_of(block.values[index].expression)
        if isinstance(leaf, ir.AggregateValue)
    }
    happened = [
        _happened(read.records[id(event)], event, read_at)
        for event, read_at in zip(parts.events, parts.read_at, strict=True)
    ]
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
        unreadable=read.read.rejected,
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
        value = AGGREGATES[aggregate.function].reference([each.gives for each in held if each.fate == "counts"])
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
