"""Where marked columns flow: a `@label` may reach no feature, `@pii` no sink that does not accept it.

What is computed from a personal column is personal, filters included. That ends at `hash64` and `hash_bucket`; where a
mean, sum, spread or count is given only of at least `LEAST` events, as in `if count() >= 10 then avg(age) else null`;
and at a feature that is `@declassify("…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from featlang.compiler.typed import AggregateRead, ColumnRead, Constant, Expression, Feature, FeatureRead, Operation

LEAST = 10
"""Of so many events an aggregate is no longer one person's."""

_HASHES = frozenset({"hash64", "hash_bucket"})
_COUNTS = frozenset({"count", "count_distinct"})
_SUMMARIES = frozenset({"count", "count_if", "count_distinct", "sum", "avg", "stddev", "var", "any", "all"})
"""Aggregates that hold no one event's value, if they are of enough events."""

Path = tuple[str, ...]
"""The names on a flow's way, from the column on."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The columns of a source that bear a mark, and whether hashes and many events end what flows from them."""

    columns: frozenset[str]
    ends: bool


class Flows:
    """The flows from marked columns through the features of a block."""

    def __init__(self, marked: Marked, head: Expression | None) -> None:
        """`head` is the filter of the block, which every feature depends on."""
        self.marked = marked
        self.head = {} if head is None else self._of(head)
        self.features: dict[str, dict[str, Path]] = {}

    def add(self, feature: Feature, *, declassified: bool = False) -> Mapping[str, Path]:
        """A feature after those that it reads: by column, the way on which it flows there."""
        found = dict(self._of(feature.expression))
        if feature.where is not None and _aggregates(feature.expression):
            found = self._of(feature.where) | found
        if _aggregates(feature.expression):
            found = self.head | found
        if self.marked.ends and _of_many(feature.expression) and not self.head:
            found = {}
        self.features[feature.name] = {} if declassified else {c: (*way, feature.name) for c, way in found.items()}
        return self.features[feature.name]

    def _of(self, expression: Expression) -> dict[str, Path]:
        """By marked column, the way to an expression."""
        match expression:
            case ColumnRead(name):
                return {name: (name,)} if name in self.marked.columns else {}
            case FeatureRead(name):
                return self.features.get(name, {})
            case AggregateRead(_, arguments):
                return self._of_all(arguments)
            case Operation(operator) if operator in _HASHES and self.marked.ends:
                return {}
            case Operation(_, arguments):
                return {} if self.marked.ends and _of_many(expression) else self._of_all(arguments)
            case _:
                return {}

    def _of_all(self, expressions: Sequence[Expression]) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for expression in expressions:
            found = self._of(expression) | found
        return found


def _of_many(expression: Expression) -> bool:
    """Whether it is `if count() >= 10 then … else null`, with summaries alone in the branch."""
    match expression:
        case Operation("if", (condition, then, Constant(_, None))):
            return _counts_enough(condition) and all(each.function in _SUMMARIES for each in _aggregates(then))
        case _:
            return False


def _counts_enough(condition: Expression) -> bool:
    match condition:
        case Operation("and", (left, right)):
            return _counts_enough(left) or _counts_enough(right)
        case Operation("greater_equal", (AggregateRead(function), Constant(_, int() as least))):
            return function in _COUNTS and least >= LEAST
        case Operation("greater", (AggregateRead(function), Constant(_, int() as least))):
            return function in _COUNTS and least >= LEAST - 1
        case _:
            return False


def _aggregates(expression: Expression) -> list[AggregateRead]:
    match expression:
        case AggregateRead():
            return [expression]
        case Operation(_, arguments):
            return [found for argument in arguments for found in _aggregates(argument)]
        case _:
            return []
