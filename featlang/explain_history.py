"""What is read to explain a value: blocks, tables and streams as the reference has them, and where events stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from featlang.backends.reference.arrival import Arrivals
from featlang.backends.reference.block import Block
from featlang.backends.reference.reading import Event, accepted_events, in_turn
from featlang.backends.reference.records import Input, Record
from featlang.backends.reference.result import BlockResult, Refused, SourceResult, StreamResult
from featlang.backends.reference.stream import Arrived, Stream
from featlang.backends.reference.table import Table
from featlang.compiler import ir
from featlang.explained import Happened, Keys, Refusal


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event whose row a stream may have, and in the order of arrival what was there when it came."""

    event: Event
    happened: Happened
    arrived: Arrived | None


@dataclass(frozen=True, slots=True)
class StreamHistory:
    """A stream with its events, by position, and those that were refused; of a union, one of its inputs.

    It keeps all events if rows of it are grouped, else those that are asked for.
    """

    stream: Stream
    read: SourceResult
    arrivals: Arrivals | None
    keeps: Callable[[Event], bool]
    events: list[StreamEvent] = field(default_factory=list)
    refused: list[tuple[Event, Refusal]] = field(default_factory=list)

    def take(self, record: Record, event: Event, blocks: Mapping[str, BlockHistory]) -> None:
        """Take an accepted event, once the blocks have it."""
        arrived, key = None, self.stream.key
        if self.arrivals is not None and key is not None:
            keys = tuple(event.values[name] for name in key)
            read_at = event.time if None in keys else self.arrivals.read_at(keys, event)
            if read_at is None:
                self.refused.append((event, _out_of_sequence(record, event, key)))
                return
            targets = {lookup.target for lookup in self.stream.stream.lookups}
            applied = {name: blocks[name].block.applied_to(keys) for name in targets if None not in keys}
            arrived = Arrived(applied, read_at)
        if self.keeps(event):
            happened = _happened(record, event, event.time if arrived is None else arrived.read_at)
            self.events.append(StreamEvent(event, happened, arrived))
            if self.stream.wants(event):
                self.stream.take(event, arrived)


@dataclass(frozen=True, slots=True)
class BlockHistory:
    """A block with its events, of `only` one key or of all, and those that it did not get, by key.

    `read` is what was read of the sources of the stream whose rows it groups, or of its own.
    """

    block: Block
    only: Keys | None
    arrivals: Arrivals | None
    read: Sequence[SourceResult]
    of_rows: bool
    happened: dict[int, Happened] = field(default_factory=dict)  # by `id` of an event, which the block keeps
    not_taken: dict[Keys, list[Happened]] = field(default_factory=dict)
    refused: dict[Keys, list[Refusal]] = field(default_factory=dict)

    @property
    def unreadable(self) -> Mapping[str, int]:
        """By code how many records were refused of which no key is known: of a stream's rows, also late ones."""
        codes = Counter[str]()
        for read in self.read:
            codes.update(read.rejected)
            if self.of_rows:
                codes.update(each.code for each in (*read.late, *read.quarantined))
        return codes

    def keys(self, event: Event) -> Keys | None:
        """Its keys, if they are wanted."""
        keys = tuple(event.values[name] for name in self.block.block.key)
        return None if None in keys or (self.only is not None and keys != self.only) else keys

    def refuse(self, keys: Keys, refusal: Refusal) -> None:
        """Take an event that does not count."""
        self.refused.setdefault(keys, []).append(refusal)

    def take(self, record: Record, event: Event) -> None:
        """Take an accepted event, if it is of a wanted key."""
        keys = self.keys(event)
        if keys is None:
            return
        read_at = event.time if self.arrivals is None else self.arrivals.read_at(keys, event)
        if read_at is None:
            self.refuse(keys, _out_of_sequence(record, event, self.block.block.key))
        else:
            self.apply(keys, event, _happened(record, event, read_at))

    def apply(self, keys: Keys, event: Event, happened: Happened) -> None:
        """Apply an event of the key, if the block's filter takes it."""
        if self.block.wants(event):
            self.block.apply(keys, event, happened.read_at)
            self.happened[id(event)] = happened
        else:
            self.not_taken.setdefault(keys, []).append(happened)

    def last_row(self, keys: Keys) -> int | None:
        """When the last row of a key is read."""
        return max(self.block.parts_at(keys, 0).read_at, default=None)


class History:
    """All that blocks and streams of some names are computed from, read once."""

    def __init__(
        self,
        program: ir.Program,
        target: ir.Features | ir.Stream,
        inputs: Mapping[str, Input],
        now: int,
        *,
        keys: Keys | None = None,
        is_asked: Callable[[Event, str], bool] | None = None,
    ) -> None:
        """Read what a block, of which only some `keys` are wanted, or a stream is computed from.

        Of a stream only the rows are wanted that are asked for, by their events and these' names. Raises `InputError`.
        """
        needed = {target.name, *program.needed_by([target.name])}
        grouped = {block.source for block in program.features if block.name in needed}
        self.tables = {
            table.name: Table(table, inputs[table.name], SourceResult())
            for table in program.tables
            if table.name in needed
        }
        self.blocks: dict[str, BlockHistory] = {}
        self.streams: dict[str, list[StreamHistory]] = {}
        self.looked_up: dict[str, Block | Table] = dict(self.tables)
        self._program = program
        orders = {stream.name: stream.ordered_by for stream in program.streams}
        read = {source.name: SourceResult() for source in program.sources}
        for block in program.features:
            if block.name in needed:
                source, origin = program.source(block.source), orders.get(block.source, block.source)
                arrivals = None if source.order is None else Arrivals(source, source.order)
                only = keys if block is target else None
                made = Block(block, source, origin, BlockResult())
                of_rows = [read[stream.source] for stream in program.streams if stream.name == block.source]
                own = of_rows or [read[block.source]]
                self.blocks[block.name] = BlockHistory(made, only, arrivals, own, bool(of_rows))
                self.looked_up[block.name] = made
        for stream in program.streams:
            if stream.name in needed:
                source = program.source(stream.source)
                arrivals = None if source.order is None else Arrivals(source, source.order)
                reading = Stream(stream, source, self.looked_up, None, StreamResult())
                keeps = _keeping(reading, None if stream.name in grouped else is_asked)
                history = StreamHistory(reading, read[source.name], arrivals, keeps)
                self.streams.setdefault(stream.name, []).append(history)
        for source in program.sources:
            self._read(source, inputs, now, read[source.name])
        self._fed: set[str] = set()
        for name in self.streams:
            self._feed(name)

    def _read(self, source: ir.Source, inputs: Mapping[str, Input], now: int, read: SourceResult) -> None:
        """Give each block and stream of a source the events that it takes."""
        blocks = [each for each in self.blocks.values() if each.block.block.source == source.name]
        streams = [each for of_name in self.streams.values() for each in of_name if each.stream.source is source]
        if not blocks and not streams:
            return
        given = inputs[source.name]
        refused: list[tuple[Record, Event, Refused]] = []
        accepted = [
            (record, event)
            for record, event in accepted_events(source, given, now, read, refused)
            if streams or any(block.keys(event) is not None for block in blocks)
        ]
        for record, event, why in refused:
            refusal = Refusal(_happened(record, event, event.time), why.code, why.text)
            for block in blocks:
                keys = block.keys(event)
                if keys is not None:
                    block.refuse(keys, refusal)
            for stream in streams:
                stream.refused.append((event, refusal))
        for record, event in in_turn(source, given, accepted):
            for block in blocks:
                block.take(record, event)
            for stream in streams:
                stream.take(record, event, self.blocks)

    def _feed(self, name: str) -> None:
        """Give the rows of a stream to the blocks that group them, once what it looks up is complete."""
        if name in self._fed:
            return
        self._fed.add(name)
        for needed in self._program.needed_by([name]):
            if needed in self.streams:
                self._feed(needed)
        blocks = [each for each in self.blocks.values() if each.block.block.source == name]
        if not blocks:
            return
        for history in self.streams[name]:
            happened = {id(each.event): each.happened for each in history.events}
            for event, row in history.stream.events():
                of = happened[id(event)]
                for block in blocks:
                    keys = block.keys(row)
                    if keys is not None:
                        block.apply(keys, row, Happened(of.path, of.record, row.time, row.time, row.values))


def _keeping(stream: Stream, is_asked: Callable[[Event, str], bool] | None) -> Callable[[Event], bool]:
    return lambda event: is_asked is None or is_asked(event, stream.name(event))


def _happened(record: Record, event: Event, read_at: int) -> Happened:
    return Happened(record.path, record.number, event.time, read_at, event.values)


def _out_of_sequence(record: Record, event: Event, key: Sequence[str]) -> Refusal:
    text = f"`{event.source.order}` does not ascend for its {', '.join(key)}"
    return Refusal(_happened(record, event, event.time), "out_of_sequence", text)
