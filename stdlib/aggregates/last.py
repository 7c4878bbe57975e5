"""`last(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from featlang.stdlib.aggregates.declaration import ANY, Accumulator, AggregateDeclaration

if TYPE_CHECKING:
    from featlang.compiler.ir import TypeName

LAST = AggregateDeclaration(
    name="last",
    doc="The last non-null value in the declared order: time, then `ties`, then the tie key. Null of nothing.",
    takes=(ANY,),
    gives=lambda argument: cast("TypeName", argument),
    of_nothing="null",
    accumulators=(Accumulator("last"),),
    reference=lambda values: values[-1] if values else None,
)
