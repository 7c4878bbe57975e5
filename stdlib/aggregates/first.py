"""`first(x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from featlang.stdlib.aggregates.declaration import ANY, Accumulator, AggregateDeclaration

if TYPE_CHECKING:
    from featlang.compiler.ir import TypeName

FIRST = AggregateDeclaration(
    name="first",
    doc="The first non-null value in the declared order: time, then `ties`, then the tie key. Null of nothing.",
    takes=(ANY,),
    gives=lambda argument: cast("TypeName", argument),
    of_nothing="null",
    accumulators=(Accumulator("first"),),
    reference=lambda values: values[0] if values else None,
)
