"""`count_distinct(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.stdlib.aggregates.declaration import ANY, Accumulator, AggregateDeclaration, Exceptional

if TYPE_CHECKING:
    from collections.abc import Sequence

DISTINCT_BOUND = 10_000
"""How many distinct values a window of a key may hold where `bound=…` does not say; one more, and the count is null."""

GREATEST_BOUND = 1_000_000
"""The greatest `bound=…`."""


def _count_distinct(values: Sequence[Any], bound: int = DISTINCT_BOUND) -> int:
    distinct = len(set(values))
    if distinct > bound:
        raise Exceptional(reason="bound")
    return distinct


COUNT_DISTINCT = AggregateDeclaration(
    name="count_distinct",
    doc=(
        "How many different non-null values. 0 of nothing; null for `bound` beyond 10,000 in a window of a key, or "
        "beyond what `count_distinct(x, bound=1_000)` says."
    ),
    takes=(ANY,),
    gives=lambda _: "int",
    of_nothing="zero",
    accumulators=(Accumulator("distinct"),),
    reference=_count_distinct,
    exceptional=("bound",),
    bound=DISTINCT_BOUND,
)
