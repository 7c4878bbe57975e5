"""A program and its input to every row, by the definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.backends.reference.arrival import Arrivals
from featlang.backends.reference.block import Block
from featlang.backends.reference.reading import Event, events_in_turn
from featlang.backends.reference.result import BlockResult, ReferenceResult, SourceResult, StreamResult
from featlang.backends.reference.span import Span
from featlang.backends.reference.stream import Arrived, Stream
from featlang.backends.reference.table import Table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from featlang.backends.reference.records import Input, Record
    from featlang.compiler import ir

    Keys = tuple[Any, ...]
    RowName = tuple[Keys, int, int]  # the row's key values, its time, its tie
    StreamRowName = tuple[int, str]  # the row's time, which event of that time it is of


def run_reference(  # noqa: PLR0913 - what to compute, and which part of it
    program: ir.Program,
    features: Sequence[str],
    inputs: Mapping[str, Input],
    now: int,
    rows_wanted: Mapping[str, Collection[RowName]] | None = None,
    *,
    since: int | None = None,
    until: int | None = None,
    values_wanted: Mapping[str, Collection[tuple[Keys, int]]] | None = None,
    stream_rows_wanted: Mapping[str, Collection[StreamRowName]] | None = None,
) -> ReferenceResult:
    """Compute the rows of the named `features` blocks and streams.

    `inputs` holds an input for each source that they, and the blocks that are looked up, read; `now` is the run's
    clock in µs UTC. For a block that `rows_wanted` names only the rows of these (key values, time, tie) are computed,
    each from all events. Rows outside `[since, until)` are left out, which changes no other row. For the blocks in
    `values_wanted` the values of those (key values, time) are computed too; for a stream in `stream_rows_wanted` only
    the rows of these (time, event). Raises `InputError` where an input is wrong as a whole.
    """
    result = ReferenceResult()
    span = Span(since, until)
    needed = {*features, *program.needed_by(features)}
    looked_up = {lookup.target for stream in program.streams if stream.name in needed for lookup in stream.lookups}
    orders = {stream.name: stream.ordered_by for stream in program.streams}
    runs = {}
    for block in program.features:
        if block.name in needed:
            rows = None if rows_wanted is None else rows_wanted.get(block.name)
            values = (values_wanted or {}).get(block.name, ())
            origin = orders.get(block.source, block.source)
            run = _Run(block, program.source(block.source), origin, rows, span, values)
            run.every_key = block.name in looked_up
            runs[block.name] = run
    found: dict[str, Block | Table] = {name: run.block for name, run in runs.items()}
    for table in program.tables:
        if table.name in needed:
            read = result.sources[table.name] = SourceResult()
            found[table.name] = Table(table, inputs[table.name], read)
    streams = _streams(program, needed, found, stream_rows_wanted or {})
    for source in program.sources:
        _read(
            source,
            [run for run in runs.values() if run.block.source is source],
            [stream for of_name in streams.values() for stream in of_name if stream.source is source],
            inputs,
            now,
            span,
            result,
        )
    _feed(program, streams, {name: run.block for name, run in runs.items()}, span)
    for name, run in runs.items():
        if name in features:
            run.compute()
            result.features[name] = run.block.result
    for stream in (each for name, of_name in streams.items() if name in features for each in of_name):
        stream.compute(span)
        result.streams[stream.stream.name] = stream.result
    return result


def _streams(
    program: ir.Program,
    needed: Collection[str],
    looked_up: Mapping[str, Block | Table],
    wanted: Mapping[str, Collection[StreamRowName]],
) -> dict[str, list[Stream]]:
    """Make the streams by name, one for each source that their rows come from; those of a name have one result."""
    found: dict[str, list[Stream]] = {}
    for stream in program.streams:
        if stream.name in needed:
            others = found.setdefault(stream.name, [])
            result = others[0].result if others else StreamResult()
            source = program.source(stream.source)
            others.append(Stream(stream, source, looked_up, wanted.get(stream.name), result))
    return found


def _feed(
    program: ir.Program, streams: Mapping[str, Sequence[Stream]], blocks: Mapping[str, Block], span: Span
) -> None:
    """Give the rows of streams to the blocks that group them: each stream's once what it looks up is complete."""
    done: set[str] = set()

    def complete(name: str) -> None:
        if name in streams and name not in done:
            done.add(name)
            for needed in program.needed_by([name]):
                complete(needed)
            reading = [block for block in blocks.values() if block.block.source == name]
            for stream in streams[name] if reading else ():
                for _, row in stream.events():
                    _group(row, reading, counted=span.holds(row.time))

    for name in streams:
        complete(name)


def _group(row: Event, blocks: Sequence[Block], *, counted: bool) -> None:
    """Give a stream's row to the blocks that want it; that a key is null may be counted."""
    for block in blocks:
        if block.wants(row, counted=counted):
            keys = tuple(row.values[name] for name in block.block.key)
            if None in keys:
                block.nulls["key"]["null"] += counted
            else:
                block.apply(keys, row, row.time)


def _read(
    source: ir.Source,
    runs: list[_Run],
    streams: list[Stream],
    inputs: Mapping[str, Input],
    now: int,
    span: Span,
    result: ReferenceResult,
) -> None:
    """Give the accepted events of a source to the blocks and streams that read it."""
    if not runs and not streams:
        return
    read = result.sources[source.name] = SourceResult()
    keyed = [
        _SameKey(
            [run for run in runs if run.block.block.key == key],
            [stream for stream in streams if stream.key == key],
            source,
            read,
        )
        for key in dict.fromkeys(run.block.block.key for run in runs)
    ]
    of_all = [stream for stream in streams if stream.key is None]
    for record, event in events_in_turn(source, inputs[source.name], now, read):
        for same_key in keyed:
            same_key.take(record, event, counted=span.holds(event.time))
        for stream in of_all:
            if stream.wants(event, counted=span.holds(event.time)):
                stream.take(event)


class _Run:
    """A block, and which of its rows and values are wanted."""

    def __init__(
        self,
        block: ir.Features,
        source: ir.Source,
        origin: str,
        rows: Collection[RowName] | None,
        span: Span,
        values: Collection[tuple[Keys, int]],
    ) -> None:
        self.block = Block(block, source, origin, BlockResult())
        self._rows = None if rows is None else set(rows)
        self._keys = None if rows is None else {keys for keys, *_ in (*rows, *values)}
        self._values: dict[Keys, list[int]] = {}
        for keys, time in values:
            self._values.setdefault(keys, []).append(time)
        self._span = span
        self.every_key = False  # whether keys may be looked up of which no row is wanted

    def wants_key(self, keys: Keys) -> bool:
        return self.every_key or self._keys is None or keys in self._keys

    def compute(self) -> None:
        self.block.compute(self._wants)
        self.block.compute_at(self._values)

    def _wants(self, keys: Keys, time: int, tie: int) -> bool:
        return self._span.holds(time) and (self._rows is None or (keys, time, tie) in self._rows)


class _SameKey:
    """The blocks of a source that have the same key: one sequence of events for each value of it.

    `streams` are those that look these up in the order of arrival.
    """

    def __init__(self, runs: list[_Run], streams: list[Stream], source: ir.Source, read: SourceResult) -> None:
        self._runs = runs
        self._streams = streams
        self._key = runs[0].block.block.key
        self._arrivals = None if source.order is None else Arrivals(source, source.order)
        self._column = source.order
        self._read = read

    def take(self, record: Record, event: Event, *, counted: bool) -> None:
        """Give an accepted event to the blocks that want it. In the order of arrival it counts for all of them."""
        wanting = [run for run in self._runs if run.block.wants(event, counted=counted)]
        streams = [stream for stream in self._streams if stream.wants(event, counted=counted)]
        keys = tuple(event.values[name] for name in self._key)
        if None in keys:
            for run in wanting:
                text = f"a key of `{run.block.block.name}` is null"
                self._read.reject(record.refused("null_key", text))
            for stream in streams:
                stream.take(event, Arrived({}, event.time))
            return
        read_at = event.time
        if self._arrivals is not None:
            in_sequence = self._arrivals.read_at(keys, event)
            if in_sequence is None:
                text = f"`{self._column}` does not ascend for its {', '.join(self._key)}"
                self._read.late.append(record.refused("out_of_sequence", text))
                return
            read_at = in_sequence
        for run in wanting:
            if run.wants_key(keys):
                run.block.apply(keys, event, read_at)
        for stream in streams:
            applied = {run.block.block.name: run.block.applied_to(keys) for run in self._runs}
            stream.take(event, Arrived(applied, read_at))
