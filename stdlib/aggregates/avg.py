"""`avg(x)`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from featlang.stdlib.aggregates.declaration import NUMBER, Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.exact import rounded_decimals, rounded_sum

if TYPE_CHECKING:
    from collections.abc import Sequence


def _avg(values: Sequence[Any]) -> float | None:
    if not values:
        return None
    total = rounded_decimals(values) if isinstance(values[0], Decimal) else rounded_sum(values)
    return total / float(len(values)) + 0.0


AVG = AggregateDeclaration(
    name="avg",
    doc=(
        "The mean of the non-null ints, floats or decimals as a float: RN(S1) ÷ n, the exact sum rounded once and then "
        "divided. Null of nothing; null for `not_finite` where the sum is beyond the doubles."
    ),
    takes=((*NUMBER, "decimal"),),
    gives=lambda _: "float",
    of_nothing="null",
    accumulators=(Accumulator("count"), Accumulator("sum")),
    reference=_avg,
    exceptional=("not_finite",),
)
