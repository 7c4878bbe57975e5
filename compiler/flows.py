"""Where marked columns flow: a `@label` may reach no feature, `@pii` no sink that does not accept it.

What is computed from a personal column is personal, and so is what a filter or an `if` selects by one. That ends at
`hash64` and `hash_bucket`; at a mean, sum, spread or count of a personal column as it is, given only where at least
`LEAST` of its values are counted, as in `if count(age) >= 10 then avg(age) else null`; and at a feature that is
`@declassify("…")`. `count()` counts the values of a column that is never null.

What is looked up is marked as it is where it comes from, and a key of what is found as what it was looked up by. What
is looked up by a label tells the label: it is one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from featlang.compiler import ir
from featlang.compiler.substitution import leaves
from featlang.compiler.typed import (
    AggregateRead,
    Called,
    ColumnRead,
    Constant,
    Expression,
    Feature,
    FeatureRead,
    Lookup,
    LookupRead,
    Operation,
)

LEAST = 10
"""Of so many values an aggregate is no longer one person's."""

_HASHES = frozenset({"hash64", "hash_bucket"})
_COUNTS = frozenset({"count", "count_distinct"})
_SUMMARIES = frozenset({"count", "count_distinct", "sum", "avg", "stddev", "var"})
"""Aggregates that hold no one value, if they are of enough of them."""

Path = tuple[str, ...]
"""The names on a flow's way, from the column on."""

Mark = Literal["pii", "label"]
"""`pii` ends at hashes, keys and many events; `label` nowhere."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The columns that bear a mark, each with the way on which it came there: of a column of a source that is itself.

    `ends`: hashes, keys and many events end what flows from them.
    """

    columns: Mapping[str, Path]
    ends: bool

    @classmethod
    def of(cls, columns: Iterable[ir.Column], mark: Mark) -> Marked:
        """Those of a source."""
        return cls({each.name: (each.name,) for each in columns if getattr(each, mark)}, ends=mark == "pii")


_Counted = frozenset[tuple[Expression, ...]]
"""What is counted at least `LEAST` times where an expression is read; `()` stands for the rows."""

_NOTHING: _Counted = frozenset()


class Flows:
    """The flows from marked columns through the features of a block."""

    def __init__(
        self,
        marked: Marked,
        head: Expression | None,
        looked_up: Mapping[tuple[int, str], Path] | None = None,
        lookups: Sequence[Lookup] = (),
    ) -> None:
        """`head` is the filter, which everything depends on; `looked_up` are marked values by lookup and name."""
        self.marked = marked
        self.looked_up = looked_up or {}
        self.lookups = lookups
        self._keys: dict[int, dict[str, dict[str, Path]]] = {}
        self.head = {} if head is None else self._of(head, _NOTHING)
        self.features: dict[str, dict[str, Path]] = {}

    def add(self, feature: Feature, *, declassified: bool = False) -> Mapping[str, Path]:
        """A feature after those that it reads: by column, the way on which it flows there."""
        found = self._of(feature.expression, _NOTHING)
        if _aggregates(feature.expression):
            filters = {} if feature.where is None else self._of(feature.where, _NOTHING)
            found = self.head | filters | found
        self.features[feature.name] = {} if declassified else {c: (*way, feature.name) for c, way in found.items()}
        return self.features[feature.name]

    def of_value(self, name: str, expression: Expression) -> Mapping[str, Path]:
        """A value of a stream: by marked column, the way on which it flows there."""
        return {c: way if way[-1] == name else (*way, name) for c, way in self._of(expression, _NOTHING).items()}

    def _of(self, expression: Expression, counted: _Counted) -> dict[str, Path]:
        """By marked column, the way to an expression."""
        match expression:
            case ColumnRead(name):
                way = self.marked.columns.get(name)
                return {} if way is None else {way[0]: way}
            case LookupRead(lookup, name):
                return self._of_found(lookup, name)
            case FeatureRead(name):
                return self.features.get(name, {})
            case AggregateRead(_, arguments):
                return {} if self.marked.ends and _is_of_many(expression, counted) else self._of_all(arguments, counted)
            case Called(_, arguments):
                return self._of_all(arguments, counted)
            case Operation(operator) if operator in _HASHES and self.marked.ends:
                return {}
            case Operation("if", (condition, then, otherwise)):
                return self._of(otherwise, counted) | self._of_all((condition, then), counted | _counted(condition))
            case Operation(_, arguments):
                return self._of_all(arguments, counted)
            case _:
                return {}

    def _of_found(self, lookup: int, name: str) -> dict[str, Path]:
        """By marked column, the way to what a lookup finds: by what it is found, and which mark it has there."""
        keys = self._of_keys(lookup)
        found = dict(keys.get(name, {}))
        for key in () if self.marked.ends else keys.values():
            found = key | found
        way = self.looked_up.get((lookup, name))
        return found if way is None else {way[0]: way} | found

    def _of_keys(self, lookup: int) -> dict[str, dict[str, Path]]:
        """For each key column of what is looked up, by marked column the way to what it is looked up by."""
        # A chain of lookups may be longer than calls may stand in one another.
        waiting = [] if lookup in self._keys else [lookup]
        while waiting:
            each = waiting[-1]
            keys = dict(zip(self.lookups[each].columns, self.lookups[each].key, strict=True))
            before = [leaf.lookup for key in keys.values() for leaf in leaves(key) if isinstance(leaf, LookupRead)]
            if more := [other for other in before if other not in self._keys]:
                waiting += more
            else:
                self._keys[each] = {name: self._of(key, _NOTHING) for name, key in keys.items()}
                waiting.pop()
        return self._keys[lookup]

    def _of_all(self, expressions: Sequence[Expression], counted: _Counted) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for expression in expressions:
            found = self._of(expression, counted) | found
        return found


def _counted(condition: Expression) -> _Counted:
    """What is counted at least `LEAST` times where a condition is true."""
    match condition:
        case Operation("and", (left, right)):
            return _counted(left) | _counted(right)
        case Operation("greater_equal", (AggregateRead(function, arguments), Constant(_, int() as least))):
            return frozenset({arguments}) if function in _COUNTS and least >= LEAST else _NOTHING
        case Operation("greater", (AggregateRead(function, arguments), Constant(_, int() as least))):
            return frozenset({arguments}) if function in _COUNTS and least >= LEAST - 1 else _NOTHING
        case _:
            return _NOTHING


def _is_of_many(read: AggregateRead, counted: _Counted) -> bool:
    """Whether it is a summary of columns as they are, of values that are counted."""
    if read.function not in _SUMMARIES or not all(_is_plain(argument) for argument in read.arguments):
        return False
    return read.arguments in counted or (bool(counted) and not any(argument.nullable for argument in read.arguments))


def _is_plain(expression: Expression) -> bool:
    """Whether it is a column, or a field of one: nothing is selected or computed."""
    match expression:
        case Operation("field", (base, Constant())):
            return _is_plain(base)
        case _:
            return isinstance(expression, ColumnRead)


def _aggregates(expression: Expression) -> bool:
    """Whether it aggregates itself."""
    match expression:
        case Operation(_, arguments):
            return any(_aggregates(argument) for argument in arguments)
        case _:
            return isinstance(expression, AggregateRead)
