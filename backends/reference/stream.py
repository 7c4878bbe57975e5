"""A stream: a row for each event of its source that it takes, with what its lookups find as of that event."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.canonical import tie_key
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.reading import Event
from featlang.backends.reference.result import StreamResult, StreamRow
from featlang.backends.reference.table import Table
from featlang.compiler import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from featlang.backends.reference.block import Block
    from featlang.backends.reference.span import Span


TIME_BYTES = 8
"""How long the time is, with which a place in the order of time begins."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What blocks had of an event's key in the order of arrival when it came: how many events, by name; its time τ."""

    applied: Mapping[str, int]
    read_at: int


class Stream:
    """A stream while its source is read: its events, in any order. Of a union, one of its inputs."""

    def __init__(
        self,
        stream: ir.Stream,
        source: ir.Source,
        looked_up: Mapping[str, Block | Table],
        rows_wanted: Collection[tuple[int, str]] | None,
        result: StreamResult,
    ) -> None:
        """Start without events; `looked_up` are blocks, which read theirs meanwhile, and tables, by name.

        Where rows are named, by time and event, only those are computed. `result` gets them, and what is counted.
        """
        self.stream = stream
        self.source = source
        self.result = result
        names = ["where", *(value.name for value in stream.values)]
        for name in names:
            self.result.nulls.setdefault(name, Counter())
        self._uncounted = {name: Counter[str]() for name in names}
        self._looked_up = looked_up
        self._wanted = None if rows_wanted is None else set(rows_wanted)
        self._events: list[tuple[Event, Arrived | None]] = []

    @property
    def key(self) -> tuple[str, ...] | None:
        """The key whose order of arrival decides which events are in sequence for it; None where nothing does."""
        expressions = [*(value.expression for value in self.stream.values), self.stream.where_found]
        read = {lookup for each in expressions if each is not None for lookup in _lookups_in(each)}
        if self.source.order is None or not read:
            return None
        target = self._looked_up[self.stream.lookups[min(read)].target]
        return None if isinstance(target, Table) else target.block.key

    def wants(self, event: Event, *, counted: bool = True) -> bool:
        """Whether the stream's filter over its events is true; that it is null may be counted."""
        if self.stream.where is None:
            return True
        nulls = self.result.nulls["where"] if counted else Counter()
        passed = evaluate(self.stream.where, Scope(event.values, nulls))
        if passed is None:
            nulls["null"] += 1
        return passed is True

    def take(self, event: Event, arrived: Arrived | None = None) -> None:
        """Take an accepted event that it wants; in the order of arrival with what was there when it came."""
        self._events.append((event, arrived))

    def events(self) -> Iterator[tuple[Event, Event]]:
        """Give each event that has a row with that as an event of the blocks that group it, once all is known."""
        for event, arrived in self._events:
            values = self._values_of(event, arrived, self._uncounted)
            if values is not None:
                columns = {self.stream.time(self.source): event.time, **values}
                yield event, Event(event.time, columns, self.source, stands=self._place(event))

    def compute(self, span: Span) -> None:
        """Compute the rows of the events of a span of time, once all events of all sources were read."""
        for event, arrived in self._events:
            if span.holds(event.time) and (self._wanted is None or (event.time, self.name(event)) in self._wanted):
                self._row(event, arrived)

    def _row(self, event: Event, arrived: Arrived | None) -> None:
        values = self._values_of(event, arrived, self.result.nulls)
        if values is not None:
            written = {value.name: values[value.name] for value in self.stream.values if value.written}
            self.result.rows.append(StreamRow(event.time, self.name(event), written))

    def _values_of(
        self, event: Event, arrived: Arrived | None, counts: Mapping[str, Counter[str]]
    ) -> dict[str, Any] | None:
        """Evaluate the filter of what is found, and the values; None where it is no row."""
        found = self._finding(event, arrived)

        def value_of(expression: ir.Expression, name: str) -> Any:
            nulls = counts[name]
            value = evaluate(
                expression, Scope(event.values, nulls, looked_up=lambda lookup, column: found(lookup)[column])
            )
            if value is None:
                nulls["null"] += 1
            return value

        condition = self.stream.where_found
        if condition is not None and value_of(condition, "where") is not True:
            return None
        return {value.name: value_of(value.expression, value.name) for value in self.stream.values}

    def name(self, event: Event) -> str:
        """Give what tells the event's row from others of its time."""
        if self.source.order is not None:
            return (int(event.values[self.source.order]) + 2**63).to_bytes(8, "big").hex()
        tie = tie_key(event.values, self.source).hex()
        return tie if self.stream.union is None else f"{self.stream.union.input:02x}{tie}"

    def _place(self, event: Event) -> bytes:
        """Give where the event's row stands in its order; in a union by time, then by the input, then as its event."""
        union, place = self.stream.union, event.place
        return place if union is None else place[:TIME_BYTES] + bytes([union.input]) + place[TIME_BYTES:]

    def _finding(self, event: Event, arrived: Arrived | None) -> Callable[[int], Mapping[str, Any]]:
        """Give what finds what the lookups of an event's row find, by their positions; each is looked up once."""
        known: dict[int, Mapping[str, Any]] = {}

        def found(position: int) -> Mapping[str, Any]:
            # What keys read comes first. A chain of them may be longer than calls may stand in one another.
            waiting = [position]
            while position not in known:
                lookup = self.stream.lookups[waiting[-1]]
                missing = {other for key in lookup.key for other in _lookups_in(key)} - known.keys()
                if missing:
                    waiting += missing
                elif (last := waiting.pop()) not in known:
                    known[last] = self._found(lookup, _keys(lookup, event, known.__getitem__), event, arrived)
            return known[position]

        return found

    def _found(
        self, lookup: ir.Lookup, keys: tuple[Any, ...], event: Event, arrived: Arrived | None
    ) -> Mapping[str, Any]:
        """Give what a block or a table has of keys as of an event."""
        target = self._looked_up[lookup.target]
        if isinstance(target, Table):
            return target.values_for(keys, event.time, before=lookup.before)
        if arrived is not None:
            return target.values_after(keys, arrived.applied.get(lookup.target, 0), arrived.read_at)
        return target.values_for(keys, event.time, self.place(target, lookup, event), before=lookup.before)

    def keys(self, lookup: ir.Lookup, event: Event, arrived: Arrived | None = None) -> tuple[Any, ...]:
        """Give the keys of which a lookup of the event's row asks."""
        return _keys(lookup, event, self._finding(event, arrived))

    def place(self, block: Block, lookup: ir.Lookup, event: Event) -> bytes | None:
        """Give where the event stands among those of a block; None where its order is another, or with `before`.

        Features of rows in the order of the stream see it in that, those of the event's own source in that source's.
        """
        if lookup.before:
            return None
        if block.origin == self.stream.ordered_by:
            return self._place(event)
        return event.place if block.origin == self.source.name else None


def _keys(lookup: ir.Lookup, event: Event, found: Callable[[int], Mapping[str, Any]]) -> tuple[Any, ...]:
    """Evaluate a lookup's keys; what others find for it is given by their positions."""
    uncounted = Scope(event.values, Counter(), looked_up=lambda other, column: found(other)[column])
    return tuple(evaluate(each, uncounted) for each in lookup.key)


def _lookups_in(expression: ir.Expression) -> set[int]:
    """The positions of the lookups that an expression reads."""
    if isinstance(expression, ir.Operation):
        return {lookup for argument in expression.arguments for lookup in _lookups_in(argument)}
    return {expression.lookup} if isinstance(expression, ir.LookedUp) else set()
