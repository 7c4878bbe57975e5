"""`stddev(x)`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from featlang.stdlib.aggregates.declaration import NUMBER, Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.var import sample_variance

if TYPE_CHECKING:
    from collections.abc import Sequence


def _stddev(values: Sequence[float]) -> float | None:
    variance = sample_variance(values)
    return None if variance is None else math.sqrt(variance)


STDDEV = AggregateDeclaration(
    name="stddev",
    doc=(
        "The sample standard deviation of the non-null ints or floats as a float: the root of `var`. Null for fewer "
        "than two values; null for `not_finite` where `var` is."
    ),
    takes=(NUMBER,),
    gives=lambda _: "float",
    of_nothing="null",
    accumulators=(Accumulator("count"), Accumulator("sum"), Accumulator("sum_of_squares")),
    reference=_stddev,
    null_for_few=2,
    exceptional=("not_finite",),
)
