"""`all(condition)`."""

from featlang.stdlib.aggregates.declaration import Accumulator, AggregateDeclaration

ALL_TRUE = AggregateDeclaration(
    name="all",
    doc="Whether the condition is false in no row; nulls are skipped. True of nothing.",
    takes=(("bool",),),
    gives=lambda _: "bool",
    of_nothing="true",
    accumulators=(Accumulator("count", when=False),),
    reference=all,
)
