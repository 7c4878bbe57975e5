"""`count_distinct(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.stdlib.aggregates.declaration import ANY, Accumulator, AggregateDeclaration, Exceptional

if TYPE_CHECKING:
    from collections.abc import Sequence

DISTINCT_BOUND = 10_000
"""How many distinct values a window of a key may hold; one more, and the count is null."""


def _count_distinct(values: Sequence[Any]) -> int:
    distinct = len(set(values))
    if distinct > DISTINCT_BOUND:
        raise Exceptional(reason="bound")
    return distinct


COUNT_DISTINCT = AggregateDeclaration(
    name="count_distinct",
    doc="How many different non-null values. 0 of nothing; null for `bound` beyond 10,000 in a window of a key.",
    takes=(ANY,),
    gives=lambda _: "int",
    of_nothing="zero",
    accumulators=(Accumulator("distinct"),),
    reference=_count_distinct,
    exceptional=("bound",),
)
