"""What an aggregate declares; a new one is one file here and one Java class in the kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from featlang.compiler.ir import TypeName

ORDERED: tuple[str, ...] = ("int", "float", "string", "timestamp", "duration", "date", "bytes", "decimal")
ANY: tuple[str, ...] = (*ORDERED, "bool", "list", "map", "struct")
NUMBER: tuple[str, ...] = ("int", "float")

OfNothing = Literal["null", "zero", "false", "true"]


@dataclass(frozen=True, slots=True)
class Accumulator:
    """A part of an aggregate's state in the kernel, shared by the aggregates that have just the same parts.

    `kind` is a name of the table in `backends/kernel/accumulators.py`: `count`, `sum`, `sum_of_squares`, `min`, `max`,
    `first`, `last`, `distinct`. Each is fed the non-null values of the argument (`count` without one: every row).
    `when` says which booleans are fed (`any` and `count_if` count true ones, `all` counts false ones).
    """

    kind: str
    when: bool | None = None


@dataclass(frozen=True, slots=True)
class AggregateDeclaration:
    """An aggregate: what it takes and gives, its documentation, its state, its reference.

    `takes` holds, for each argument, the kinds of types it accepts (`list` for every list); `optional` lets the last
    argument be left out (`count()`).
    `gives` maps the argument's type (None for `count()`) to the result's type.
    `of_nothing` is the value of no events; only `null` makes the result nullable.
    `exceptional` lists the reasons for which a value that should exist is null: `overflow`, `not_finite`, `bound`.
    `reference` computes the value from the non-null values of the window in the declared order (for `count()`, one
    True for each row), in the plainest way there is; it gives None for null. It may raise `Exceptional(reason)`.
    `bound` is for those that keep different values: how many, where a call does not say `bound=…`; the reference takes
    what it says as a second argument.
    """

    name: str
    doc: str
    takes: tuple[tuple[str, ...], ...]
    gives: Callable[[TypeName | None], TypeName]
    of_nothing: OfNothing
    accumulators: tuple[Accumulator, ...]
    reference: Callable[..., Any]
    optional: bool = False
    null_for_few: int = 0  # null for fewer non-null values than this, beyond `of_nothing` (stddev: 2)
    exceptional: tuple[str, ...] = ()
    bound: int | None = None

    def value(self, values: Sequence[Any], bound: int | None = None) -> Any:
        """The reference's value, with the bound that a call says; None: the declared one."""
        return self.reference(values) if bound is None else self.reference(values, bound)


class Exceptional(Exception):  # noqa: N818 - it is a value of the language, not a failure
    """A reference's way to say: null, for this reason."""

    def __init__(self, reason: str) -> None:
        """`reason` is one of the declaration's `exceptional`."""
        super().__init__(reason)
        self.reason = reason
