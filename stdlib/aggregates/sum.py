"""`sum(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from featlang.stdlib.aggregates.declaration import Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.exact import in_int64, rounded_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.compiler.ir import TypeName


def _sum(values: Sequence[float]) -> float | None:
    if not values:
        return None
    if all(isinstance(value, int) for value in values):
        return in_int64(cast("int", sum(values)))
    return rounded_sum(values)


SUM = AggregateDeclaration(
    name="sum",
    doc=(
        "The sum of the non-null values, exact and rounded once: of ints an int (null for `overflow` out of int64), of "
        "durations a duration, of floats a float (null for `not_finite`). Null of nothing."
    ),
    takes=(("int", "float", "duration"),),
    gives=lambda argument: cast("TypeName", argument),
    of_nothing="null",
    accumulators=(Accumulator("count"), Accumulator("sum")),
    reference=_sum,
    exceptional=("overflow", "not_finite"),
)
