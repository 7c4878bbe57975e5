"""`sum(x)`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from featlang.compiler.decimals import summed
from featlang.compiler.structures import kind_of
from featlang.stdlib.aggregates.declaration import Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.exact import decimal_sum, in_int64, rounded_sum

if TYPE_CHECKING:
    from collections.abc import Sequence


def _sum(values: Sequence[Any]) -> Any:
    if not values:
        return None
    if all(isinstance(value, int) for value in values):
        return in_int64(cast("int", sum(values)))
    if isinstance(values[0], Decimal):
        return decimal_sum(cast("Sequence[Decimal]", values))
    return rounded_sum(values)


SUM = AggregateDeclaration(
    name="sum",
    doc=(
        "The sum of the non-null values, exact and rounded once: of ints an int (null for `overflow` out of int64), of "
        "durations a duration, of floats a float (null for `not_finite`), of decimals a decimal with ten digits more. "
        "Null of nothing."
    ),
    takes=(("int", "float", "decimal", "duration"),),
    gives=lambda argument: summed(argument) if argument and kind_of(argument) == "decimal" else str(argument),
    of_nothing="null",
    accumulators=(Accumulator("count"), Accumulator("sum")),
    reference=_sum,
    exceptional=("overflow", "not_finite"),
)
