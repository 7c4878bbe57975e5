"""`count()` and `count(x)`."""

from featlang.stdlib.aggregates.declaration import ANY, Accumulator, AggregateDeclaration

COUNT = AggregateDeclaration(
    name="count",
    doc="How many rows (`count()`), or how many rows where `x` is not null (`count(x)`). 0 of nothing.",
    takes=(ANY,),
    gives=lambda _: "int",
    of_nothing="zero",
    accumulators=(Accumulator("count"),),
    reference=len,
    optional=True,
)
