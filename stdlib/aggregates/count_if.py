"""`count_if(condition)`."""

from featlang.stdlib.aggregates.declaration import Accumulator, AggregateDeclaration

COUNT_IF = AggregateDeclaration(
    name="count_if",
    doc="How many rows where the condition is true; null counts as not true. 0 of nothing.",
    takes=(("bool",),),
    gives=lambda _: "int",
    of_nothing="zero",
    accumulators=(Accumulator("count", when=True),),
    reference=lambda values: sum(1 for value in values if value),
)
