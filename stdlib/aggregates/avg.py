"""`avg(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.stdlib.aggregates.declaration import NUMBER, Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.exact import rounded_sum

if TYPE_CHECKING:
    from collections.abc import Sequence


def _avg(values: Sequence[float]) -> float | None:
    if not values:
        return None
    return rounded_sum(values) / float(len(values)) + 0.0


AVG = AggregateDeclaration(
    name="avg",
    doc=(
        "The mean of the non-null ints or floats as a float: RN(S1) ÷ n, the exact sum rounded once and then divided. "
        "Null of nothing; null for `not_finite` where the sum is beyond the doubles."
    ),
    takes=(NUMBER,),
    gives=lambda _: "float",
    of_nothing="null",
    accumulators=(Accumulator("count"), Accumulator("sum")),
    reference=_avg,
    exceptional=("not_finite",),
)
