"""A stream that goes beyond the bound of `count_distinct`, which short streams cannot, and comes back below it."""

from __future__ import annotations

from featlang.compiler import ir
from featlang.stdlib.aggregates.count_distinct import DISTINCT_BOUND
from tests.strategies.schemas import ORIGIN
from tests.strategies.streams import Stream

RowName = tuple[tuple[str], int, int]
WINDOWS: tuple[ir.Window, ...] = (
    ir.Sliding(width=20_000, step=100),
    ir.Sliding(width=40_000, step=20_000),
    ir.Exact(width=DISTINCT_BOUND),
    ir.Exact(width=DISTINCT_BOUND + 1),
    ir.Forever(),
)


def beyond_the_bound() -> tuple[ir.Program, Stream, set[RowName]]:
    """Make a program, its stream of one event a microsecond, and the rows that are worth comparing.

    Each event has a new string, but for some that come again; after a silence the windows hold few once more.
    """
    item = ir.ColumnValue(name="item", type="string", nullable=False)
    aggregates = tuple(
        ir.Aggregate(
            function="count_distinct", arguments=(item,), where=None, window=window, type="int", nullable=False
        )
        for window in WINDOWS
    )
    values = tuple(
        ir.Value(
            name=f"distinct_{index}",
            feature=f"distinct_{index}",
            expression=ir.AggregateValue(index=index, type="int", nullable=False),
            type="int",
            nullable=False,
            written=True,
            origin=ORIGIN,
        )
        for index in range(len(aggregates))
    )
    source = ir.Source(
        name="events",
        columns=(
            ir.Column(name="user", type="string", nullable=False),
            ir.Column(name="item", type="string", nullable=False),
            ir.Column(name="ts", type="timestamp", nullable=False, unit="us"),
        ),
        time="ts",
        ties=(),
        lateness=0,
        max_ahead=None,
        stream=ir.Connector(kind="jsonl", target="events.jsonl"),
        history=None,
        origin=ORIGIN,
    )
    block = ir.Features(
        name="features",
        source="events",
        key=("user",),
        where=None,
        aggregates=aggregates,
        values=values,
        sinks=(),
        origin=ORIGIN,
    )
    count = DISTINCT_BOUND + 300
    times = [*range(count), *range(100_000, 100_010)]
    lines = [f'{{"user":"a","item":"item {max(time, 5)}","ts":{time}}}' for time in times]
    worth = {0, 5, 6, 100, *range(DISTINCT_BOUND - 5, DISTINCT_BOUND + 15), count - 1, *range(100_000, 100_010)}
    rows = {(("a",), time, 0) for time in times if time in worth}
    return ir.Program(sources=(source,), features=(block,)), Stream("jsonl", "\n".join(lines).encode()), rows
