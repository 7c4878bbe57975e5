"""A stream: a row for each event of its source that it takes, with what its lookups find as of that event."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.canonical import order, tie_key
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.result import StreamResult, StreamRow
from featlang.backends.reference.table import Table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from featlang.backends.reference.block import Block
    from featlang.backends.reference.reading import Event
    from featlang.compiler import ir


class Stream:
    """A stream while its source is read: its events, in any order."""

    def __init__(
        self,
        stream: ir.Stream,
        source: ir.Source,
        looked_up: Mapping[str, Block | Table],
        rows_wanted: Collection[tuple[int, str]] | None,
    ) -> None:
        """Start without events; `looked_up` are blocks, which read theirs meanwhile, and tables, by name.

        Where rows are named, by time and event, only those are computed.
        """
        self.stream = stream
        self.source = source
        self.result = StreamResult()
        for name in ["where", *(value.name for value in stream.values)]:
            self.result.nulls[name] = Counter()
        self._looked_up = looked_up
        self._wanted = None if rows_wanted is None else set(rows_wanted)
        self._events: list[Event] = []

    def take(self, event: Event) -> None:
        """Take an accepted event."""
        self._events.append(event)

    def compute(self, since: int | None, until: int | None) -> None:
        """Compute the rows of the events with `since <= time < until`, once all events of all sources were read."""
        for event in self._events:
            is_within = (since is None or since <= event.time) and (until is None or event.time < until)
            if is_within and (self._wanted is None or (event.time, self.name(event)) in self._wanted):
                self._row(event)

    def _row(self, event: Event) -> None:
        """Evaluate the filter and the values; what a lookup finds is found once for an event."""

        @cache
        def found(lookup: int) -> Mapping[str, Any]:
            return self._found(self.stream.lookups[lookup], event)

        def value_of(expression: ir.Expression, name: str) -> Any:
            nulls = self.result.nulls[name]
            value = evaluate(
                expression, Scope(event.values, nulls, looked_up=lambda lookup, column: found(lookup)[column])
            )
            if value is None:
                nulls["null"] += 1
            return value

        for condition in (self.stream.where, self.stream.where_found):
            if condition is not None and value_of(condition, "where") is not True:
                return
        values = {value.name: value_of(value.expression, value.name) for value in self.stream.values}
        written = {value.name: values[value.name] for value in self.stream.values if value.written}
        self.result.rows.append(StreamRow(event.time, self.name(event), written))

    def name(self, event: Event) -> str:
        """Give what tells the event's row from others of its time."""
        if self.source.order is not None:
            return (int(event.values[self.source.order]) + 2**63).to_bytes(8, "big").hex()
        return tie_key(event.values, self.source).hex()

    def _found(self, lookup: ir.Lookup, event: Event) -> Mapping[str, Any]:
        """Give what a block or a table has as of an event."""
        target = self._looked_up[lookup.target]
        keys = self.keys(lookup, event)
        if isinstance(target, Table):
            return target.values_for(keys, event.time, before=lookup.before)
        return target.values_for(keys, event.time, self.place(target, event), before=lookup.before)

    def keys(self, lookup: ir.Lookup, event: Event) -> tuple[Any, ...]:
        """Give the keys of which a lookup of the event's row asks."""
        uncounted = Scope(event.values, Counter())
        return tuple(evaluate(each, uncounted) for each in lookup.key)

    def place(self, block: Block, event: Event) -> bytes | None:
        """Give where the event stands among those of a block; None where that reads another source."""
        return order(event.values, self.source) if block.source.name == self.source.name else None
