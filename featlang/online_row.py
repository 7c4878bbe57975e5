"""A row of the online store as Python has it: the language's values, as of when, and whether they still hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from featlang import moments
from featlang.backends.reference.operators import Scope, evaluate
from featlang.backends.reference.to_table import EPOCH, arrow_type, python_value
from featlang.backends.reference.windows import earliest
from featlang.compiler import ir
from featlang.stdlib.aggregates import AGGREGATES

Keys = tuple[Any, ...]
Stored = dict[str, Any]

Freshness = Literal["current", "stale", "emptied", "unseen"]

_PYTHON: dict[ir.TypeName, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "string": (str,),
    "bytes": (bytes,),
    "timestamp": (datetime, int),
    "duration": (timedelta, int),
    "date": (date, int),
}
"""What a key's column may be given as; a number is what the language has: µs, of a date days since 1970."""


@dataclass(frozen=True, slots=True)
class Row:
    """The features of one key.

    `features` are Python's values of the language's: as `pyarrow` gives those of `Project.run`. `as_of` is the time
    that the store's row tells of, `age` how long ago that was by the clock; None of a key that the store does not have.

    `freshness` says what the features are worth at the clock's time, if no event of the key came after the stored row:
    `current`: no edge of a window has passed since, so they are exact. `stale`: one has, and a window may hold less by
    now; `reason` says which. `emptied`: so much time has passed that no window holds anything; the features are exact,
    those of a key without events, whatever is stored; never of a store with `emit = "change"`, where events that change
    nothing come after the stored row. `unseen`: the store has no row; the features are those of a key
    without events.
    """

    key: dict[str, Any]
    features: dict[str, Any]
    as_of: datetime | None
    age: timedelta | None
    freshness: Freshness
    reason: str | None = None

    def __getitem__(self, name: str) -> Any:
        """A feature's value."""
        return self.features[name]

    @property
    def stale(self) -> bool:
        """Whether a window may hold less by now than the features say."""
        return self.freshness == "stale"


class Reader:
    """Reads the rows of one block.

    `read` gives the stored row of each key, with the values that the reference has; None where there is none.
    """

    def __init__(
        self,
        program: ir.Program,
        block: ir.Features,
        sink: ir.Connector,
        read: Callable[[Sequence[Keys]], list[Stored | None]],
    ) -> None:
        """Say what is read, and how."""
        types = {column.name: column.type for column in program.source(block.source).columns}
        self._block = block
        self._read = read
        self._on_change = sink.options.get("emit") == "change"
        self._key = {name: types[name] for name in block.key}
        self._written = [value for value in block.values if value.written]
        self._kinds = {value.name: arrow_type(value.type) for value in self._written}
        self._nothing = self._values(_of_nothing(block))

    def rows(self, keys: Sequence[Mapping[str, Any]], now: int) -> list[Row]:
        """The rows of keys at a time of the clock, µs UTC. Raises `TypeError` where a key is not the block's."""
        asked = [self._sent(key) for key in keys]
        whole = [key for key in dict.fromkeys(asked) if None not in key]  # of a null key there is no row
        found = dict(zip(whole, self._read(whole), strict=True)) if whole else {}
        return [self._row(dict(key), found.get(sent), now) for key, sent in zip(keys, asked, strict=True)]

    def _row(self, key: dict[str, Any], stored: Stored | None, now: int) -> Row:
        if stored is None:
            return Row(key, dict(self._nothing), None, None, "unseen")
        as_of = stored["as_of"]
        moment, age = EPOCH + timedelta(microseconds=as_of), timedelta(microseconds=now - as_of)
        if not self._on_change and _emptied(self._block, as_of, now):
            return Row(key, dict(self._nothing), moment, age, "emptied")
        return Row(key, self._values(stored), moment, age, *self._freshness(stored, as_of, now))

    def _freshness(self, stored: Stored, as_of: int, now: int) -> tuple[Freshness, str | None]:
        later = [value.name for value in self._written if not value.nullable and stored[value.name] is None]
        if later:
            return "stale", f"the row was written before {', '.join(later)} came to the block"
        edges = [edge for aggregate in self._block.aggregates if (edge := _edge(aggregate.window, as_of)) is not None]
        if edges and min(edges) <= now:
            passed = EPOCH + timedelta(microseconds=min(edges))
            return "stale", f"a window may have lost events since {passed.isoformat()}, after what the row tells of"
        return "current", None

    def _values(self, features: Stored) -> dict[str, Any]:
        return {name: python_value(features[name], kind) for name, kind in self._kinds.items()}

    def _sent(self, key: Mapping[str, Any]) -> Keys:
        if key.keys() != self._key.keys():
            message = f"`{self._block.name}` is by {', '.join(self._key)}, not by {', '.join(key) or 'nothing'}"
            raise TypeError(message)
        return tuple(_key_value(name, key[name], kind) for name, kind in self._key.items())


def _of_nothing(block: ir.Features) -> Stored:
    """The features of a key without events."""
    values: list[Any] = []
    for value in block.values:
        scope = Scope({}, Counter(), lambda index: AGGREGATES[block.aggregates[index].function].reference([]), values)
        values.append(evaluate(value.expression, scope))
    return {value.name: result for value, result in zip(block.values, values, strict=True)}


def _key_value(name: str, value: Any, kind: ir.TypeName) -> Any:
    """A column of a key as the reference has it."""
    if value is not None and (not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != "bool")):
        message = f"`{name}` is a {kind}: {' or '.join(each.__name__ for each in _PYTHON[kind])}, not {value!r}"
        raise TypeError(message)
    match value:
        case datetime():
            return moments.microseconds(value)
        case date():
            return (value - EPOCH.date()).days
        case timedelta():
            return value // timedelta(microseconds=1)
        case _:
            return value


def _edge(window: ir.Window, as_of: int) -> int | None:
    """The first time after `as_of` at which a window may hold less, whatever it held; None for never. µs."""
    match window:
        case ir.Sliding(width=width, step=step):
            return earliest(window, as_of) + step + width
        case ir.Forever(ttl=None):
            return None
        case _:
            return as_of + 1


def _emptied(block: ir.Features, as_of: int, now: int) -> bool:
    """Whether no window of a block holds anything any more of what came up to `as_of`."""
    return bool(block.aggregates) and all(
        (window.ttl is not None and now - as_of >= window.ttl)
        if isinstance(window, ir.Forever)
        else earliest(window, now) > as_of
        for window in (aggregate.window for aggregate in block.aggregates)
    )
