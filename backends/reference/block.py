"""One `features` block: its events by key, then its rows, each from all the events that its windows hold."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.canonical import order
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.result import BlockResult, Row, SourceResult
from featlang.backends.reference.windows import earliest
from featlang.stdlib.aggregates import AGGREGATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from featlang.backends.reference.reading import Event
    from featlang.backends.reference.records import Record
    from featlang.compiler import ir


class Block:
    """A block while its source is read."""

    def __init__(self, block: ir.Features, source: ir.Source, result: BlockResult) -> None:
        """Start without events. `result` gets the counts, and the caller the rows."""
        self.block = block
        self.source = source
        self.nulls = result.nulls
        for name in ["where", *(value.name for value in block.values)]:
            self.nulls[name] = Counter()
        self._events: dict[tuple[Any, ...], list[Event]] = {}

    def take(
        self, record: Record, event: Event, source: SourceResult, is_wanted: Callable[[tuple[Any, ...]], bool]
    ) -> None:
        """Keep an accepted event if the block's filter is true and its keys are not null and wanted."""
        if self.block.where is not None:
            passed = evaluate(self.block.where, Scope(event.values, self.nulls["where"]))
            if passed is None:
                self.nulls["where"]["null"] += 1
            if passed is not True:
                return
        keys = tuple(event.values[name] for name in self.block.key)
        if None in keys:
            source.reject(record.refused("null_key", f"a key of `{self.block.name}` is null"))
        elif is_wanted(keys):
            self._events.setdefault(keys, []).append(event)

    def rows(self, is_wanted: Callable[[tuple[Any, ...], int, int], bool]) -> Iterator[Row]:
        """Compute the rows whose keys, time and tie are wanted."""
        for keys, events in self._events.items():
            history = _History.of(self.block, sorted(events, key=lambda event: order(event.values, self.source)))
            for position, time in enumerate(history.times):
                tie = position - bisect_left(history.times, time)
                if is_wanted(keys, time, tie):
                    yield Row(keys, time, tie, self._values(history, position))

    def _values(self, history: _History, position: int) -> dict[str, Any]:
        values: list[Any] = []
        for value in self.block.values:
            nulls = self.nulls[value.name]
            scope = Scope(history.events[position].values, nulls, lambda i: history.aggregate(i, position), values)
            values.append(evaluate(value.expression, scope))
            if values[-1] is None:
                nulls["null"] += 1
        named = zip(self.block.values, values, strict=True)
        return {value.name: result for value, result in named if value.written}


@dataclass(frozen=True, slots=True)
class _History:
    """The events of one key in the declared order, their times, and what each gives to each aggregate."""

    block: ir.Features
    events: list[Event]
    times: list[int]
    fed: list[list[Any]]

    @staticmethod
    def of(block: ir.Features, events: list[Event]) -> _History:
        """Evaluate the aggregates' filters and arguments, once for each event."""
        fed = [[_fed(aggregate, event) for event in events] for aggregate in block.aggregates]
        return _History(block, events, [event.time for event in events], fed)

    def aggregate(self, index: int, position: int) -> Any:
        """Give an aggregate's value at the row of the event at `position`. May raise `Exceptional`."""
        aggregate = self.block.aggregates[index]
        limit = earliest(aggregate.window, self.times[position])
        start = 0 if limit is None else bisect_left(self.times, limit)
        held: Sequence[Any] = [value for value in self.fed[index][start : position + 1] if value is not None]
        return AGGREGATES[aggregate.function].reference(held)


def _fed(aggregate: ir.Aggregate, event: Event) -> Any:
    """Give what the event feeds to the aggregate: its argument (True for `count()`), or None for nothing."""
    scope = Scope(event.values, Counter())
    if aggregate.where is not None and evaluate(aggregate.where, scope) is not True:
        return None
    return evaluate(aggregate.arguments[0], scope) if aggregate.arguments else True
