"""`any(condition)`."""

from featlang.stdlib.aggregates.declaration import Accumulator, AggregateDeclaration

ANY_TRUE = AggregateDeclaration(
    name="any",
    doc="Whether the condition is true in at least one row; nulls are skipped. False of nothing.",
    takes=(("bool",),),
    gives=lambda _: "bool",
    of_nothing="false",
    accumulators=(Accumulator("count", when=True),),
    reference=any,
)
