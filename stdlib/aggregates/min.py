"""`min(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from featlang.stdlib.aggregates.declaration import ORDERED, Accumulator, AggregateDeclaration
from featlang.stdlib.aggregates.order import order_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.compiler.ir import TypeName


def _min(values: Sequence[Any]) -> Any:
    return min(values, key=order_key, default=None)


MIN = AggregateDeclaration(
    name="min",
    doc="The smallest non-null value; strings and bytes by their bytes (strings in UTF-8). Null of nothing.",
    takes=(ORDERED,),
    gives=lambda argument: cast("TypeName", argument),
    of_nothing="null",
    accumulators=(Accumulator("min"),),
    reference=_min,
)
