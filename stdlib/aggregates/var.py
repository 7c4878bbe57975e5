"""`var(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.stdlib.aggregates.declaration import NUMBER, Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.exact import rounded_second_moment

if TYPE_CHECKING:
    from collections.abc import Sequence


def sample_variance(values: Sequence[float]) -> float | None:
    """Give RN(M2) ÷ (n·(n - 1)), each operation outside RN a single IEEE one; None for fewer than two values."""
    count = len(values)
    if count < 2:
        return None
    return rounded_second_moment(values) / (float(count) * float(count - 1))


VAR = AggregateDeclaration(
    name="var",
    doc=(
        "The sample variance of the non-null ints or floats as a float: RN(n·S2 - S1²) ÷ (n·(n - 1)). Null for fewer "
        "than two values; null for `not_finite` where n·S2 - S1² is beyond the doubles."
    ),
    takes=(NUMBER,),
    gives=lambda _: "float",
    of_nothing="null",
    accumulators=(Accumulator("count"), Accumulator("sum"), Accumulator("sum_of_squares")),
    reference=sample_variance,
    null_for_few=2,
    exceptional=("not_finite",),
)
