"""One `features` block: its events by key, then its rows, each from all the events that its windows hold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.result import BlockResult, Row, Stored
from featlang.backends.reference.windows import after_silence, earliest, is_over_bound
from featlang.compiler import ir
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.declaration import Exceptional

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from featlang.backends.reference.reading import Event

    Keys = tuple[Any, ...]


class Block:
    """A block while its source is read."""

    def __init__(self, block: ir.Features, source: ir.Source, origin: str, result: BlockResult) -> None:
        """Start without events. `result` gets what is computed and counted.

        `origin` names whose order its events are in: the source; of a stream's rows that of those, or the union.
        """
        self.block = block
        self.source = source
        self.origin = origin
        self.result = result
        self.nulls = result.nulls
        for name in ["where", "key", *(value.name for value in block.values)]:
            self.nulls[name] = Counter()
        self._applied: dict[Keys, list[_Applied]] = {}
        self._uncounted = {value.name: Counter[str]() for value in block.values}
        self._histories: dict[Keys, _History] = {}

    def wants(self, event: Event, *, counted: bool = True) -> bool:
        """Whether the block's filter is true; that it is null may be counted."""
        if self.block.where is None:
            return True
        nulls = self.nulls["where"] if counted else Counter()
        passed = evaluate(self.block.where, Scope(event.values, nulls))
        if passed is None:
            nulls["null"] += 1
        return passed is True

    def apply(self, keys: Keys, event: Event, read_at: int) -> None:
        """Take an event, whose row is read at `read_at` (µs). In the order of arrival they come in it."""
        self._applied.setdefault(keys, []).append(_Applied(event, read_at))

    def compute(self, is_wanted: Callable[[Keys, int, int], bool]) -> None:
        """Compute the rows whose keys, time and tie are wanted, and of them what a store has of each key at the end."""
        for keys in self._applied:
            history = self._history(keys)
            written: int | None = None
            for position, time in enumerate(history.read_at):
                written = time if written is None else max(written + 1, time)
                tie = position - bisect_left(history.read_at, time)
                if is_wanted(keys, time, tie):
                    values = self._values(history, position + 1, time, self.nulls)
                    self.result.rows.append(Row(keys, time, tie, values))
                    self.result.stored[keys] = Stored(time, written, values)

    def compute_at(self, times: Mapping[Keys, Collection[int]]) -> None:
        """Compute the values of keys at any times: of all events whose rows were read up to then. Counts no nulls."""
        for keys, asked in times.items():
            history = self._history(keys)
            for time in asked:
                applied = bisect_right(history.read_at, time)
                self.result.values_at[keys, time] = self._values(history, applied, time, self._uncounted)

    def applied_to(self, keys: Keys) -> int:
        """Give how many events of keys were applied so far."""
        return len(self._applied.get(keys, ()))

    def values_after(self, keys: Keys, applied: int, time: int) -> dict[str, Any]:
        """Compute the values of keys at a time of the first events that were applied. Counts no nulls."""
        return self._values(self._whole(keys), applied, time, self._uncounted)

    def values_for(self, keys: Keys, time: int, place: bytes | None, *, before: bool) -> dict[str, Any]:
        """Compute the values of keys as a row of a stream sees them, at its time. Counts no nulls.

        Of the events up to `place` in the order of this source, those at it included; where that is None, or with
        `before`, of those up to `time`, or before it. Null keys have none.
        """
        history, applied = self._seen(keys, time, place, before=before)
        return self._values(history, applied, time, self._uncounted)

    def parts_at(self, keys: Keys, time: int, tie: int | None = None) -> Parts:
        """Give what the values of keys are made of at any time; with `tie`, in the row of that tie read then."""
        history = self._history(keys)
        applied = bisect_right(history.read_at, time)
        if tie is not None:
            applied = min(applied, bisect_left(history.read_at, time) + tie + 1)
        return self._parts(history, applied, time)

    def parts_for(self, keys: Keys, time: int, place: bytes | None, *, before: bool) -> Parts:
        """Give what the values are made of that `values_for` gives."""
        history, applied = self._seen(keys, time, place, before=before)
        return self._parts(history, applied, time)

    def parts_after(self, keys: Keys, applied: int, time: int) -> Parts:
        """Give what the values are made of that `values_after` gives."""
        return self._parts(self._whole(keys), applied, time)

    def _seen(self, keys: Keys, time: int, place: bytes | None, *, before: bool) -> tuple[_History, int]:
        """Give the events of keys, and how many of them a row of a stream sees."""
        history = self._whole(keys)
        if before:
            return history, bisect_left(history.times, time)
        if place is None:
            return history, bisect_right(history.times, time)
        return history, bisect_right(history.events, place, key=lambda event: event.place)

    def _whole(self, keys: Keys) -> _History:
        """Give the events of keys, made once: nothing is applied to them after."""
        if keys not in self._histories:
            self._histories[keys] = self._history(keys)
        return self._histories[keys]

    def _history(self, keys: Keys) -> _History:
        applied = self._applied.get(keys, [])
        by_time = self.source.order is None
        if by_time:
            applied = sorted(applied, key=lambda each: each.event.place)
        return _History.of(self.block, applied, by_time=by_time)

    def _values(self, history: _History, applied: int, time: int, counts: Mapping[str, Counter[str]]) -> dict[str, Any]:
        """Compute the written values of the first `applied` events at a time."""
        values = self._all_values(history, applied, time, counts)
        named = zip(self.block.values, values, strict=True)
        return {value.name: result for value, result in named if value.written}

    def _all_values(self, history: _History, applied: int, time: int, counts: Mapping[str, Counter[str]]) -> list[Any]:
        values: list[Any] = []
        columns = history.events[0].values if history.events else {}  # a feature reads no columns but its keys
        for value in self.block.values:
            nulls = counts[value.name]
            scope = Scope(columns, nulls, lambda i: history.aggregate(i, applied, time), values)
            values.append(evaluate(value.expression, scope))
            if values[-1] is None:
                nulls["null"] += 1
        return values

    def _parts(self, history: _History, applied: int, time: int) -> Parts:
        return Parts(
            time=time,
            applied=applied,
            events=history.events,
            read_at=history.read_at,
            fed=history.fed,
            held=[list(history.held(aggregate.window, applied, time)) for aggregate in self.block.aggregates],
            values=self._all_values(history, applied, time, self._uncounted),
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What the values of a key are made of at a time.

    `events` are all that the block has of the key, in the declared order; the first `applied` count. For each of them
    `read_at` says when its row is read. For each aggregate `fed` has what each event gives to it (None: nothing), and
    `held` the positions of the events that its window holds. `values` are all of the block's, helpers too.
    """

    time: int
    applied: int
    events: list[Event]
    read_at: list[int]
    fed: list[list[Any]]
    held: list[list[int]]
    values: list[Any]


@dataclass(frozen=True, slots=True)
class _Applied:
    """An event of a key, and when its row is read."""

    event: Event
    read_at: int


@dataclass(frozen=True, slots=True)
class _History:
    """The events of one key in the declared order, their times, when each is read, what it gives to each aggregate."""

    block: ir.Features
    events: list[Event]
    times: list[int]
    read_at: list[int]
    fed: list[list[Any]]
    by_time: bool

    @staticmethod
    def of(block: ir.Features, applied: list[_Applied], *, by_time: bool) -> _History:
        """Evaluate the aggregates' filters and arguments, once for each event."""
        events = [each.event for each in applied]
        fed = [[_fed(aggregate, event) for event in events] for aggregate in block.aggregates]
        times = [event.time for event in events]
        return _History(block, events, times, [each.read_at for each in applied], fed, by_time)

    def aggregate(self, index: int, applied: int, time: int) -> Any:
        """Give an aggregate's value at a time, of the first `applied` events. May raise `Exceptional`."""
        aggregate = self.block.aggregates[index]
        positions = self.held(aggregate.window, applied, time)
        held = [self.fed[index][position] for position in positions]
        times = [self.times[position] for position in positions]
        return aggregated(aggregate, times, [value for value in held if value is not None])

    def held(self, window: ir.Window, applied: int, time: int) -> Sequence[int]:
        """Give the positions of the events that a window holds. None is later than `time`."""
        if isinstance(window, ir.Forever):
            return range(0 if window.ttl is None else after_silence(self.times[:applied], window.ttl, time), applied)
        limit = earliest(window, time)
        if self.by_time:
            return range(bisect_left(self.times, limit, 0, applied), applied)
        return [position for position in range(applied) if self.times[position] >= limit]


def _fed(aggregate: ir.Aggregate, event: Event) -> Any:
    """Give what the event feeds to the aggregate: its argument (True for `count()`), or None for nothing."""
    scope = Scope(event.values, Counter())
    if aggregate.where is not None and evaluate(aggregate.where, scope) is not True:
        return None
    return evaluate(aggregate.arguments[0], scope) if aggregate.arguments else True


def aggregated(aggregate: ir.Aggregate, times: Collection[int], values: Sequence[Any]) -> Any:
    """Give what an aggregate is of the values that count, of events of these times. May raise `Exceptional`."""
    if is_over_bound(aggregate.window, times):
        raise Exceptional(reason="bound")
    return AGGREGATES[aggregate.function].value(values, aggregate.bound)
