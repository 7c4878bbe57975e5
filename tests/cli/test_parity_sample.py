"""The sample of the reference: how it is sized, and that it holds the rows where kernels go wrong."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pyarrow as pa

from featlang.compiler import ir
from featlang.parity_sample import RowName, estimated_scans, row_names, sample

ORIGIN = ir.Origin(file="a.feat", line=1)
WINDOWS: tuple[ir.Window, ...] = (ir.Exact(width=10), ir.Sliding(width=10, step=2), ir.Forever())


def block(*windows: ir.Window, key: tuple[str, ...] = ("user",)) -> ir.Features:
    aggregates = tuple(
        ir.Aggregate(function="count", arguments=(), where=None, window=window, type="int", nullable=False)
        for window in windows
    )
    return ir.Features(
        name="f", source="s", key=key, where=None, aggregates=aggregates, values=(), sinks=(), origin=ORIGIN
    )


def row(key: str, time: int, tie: int = 0) -> RowName:
    return ((key,), time, tie)


def test_scans_are_the_events_that_windows_hold() -> None:
    names = [row("a", 0), row("a", 5), row("a", 10), row("a", 11), row("b", 100)]
    assert estimated_scans(names, block(ir.Exact(width=10))) == 1 + 2 + 2 + 3 + 1
    assert estimated_scans(names, block(ir.Sliding(width=10, step=2))) == 1 + 2 + 3 + 4 + 1
    assert estimated_scans(names, block(ir.Forever())) == 1 + 2 + 3 + 4 + 1
    assert estimated_scans(names, block(*WINDOWS)) == 9 + 11 + 11


def test_a_small_table_is_taken_whole() -> None:
    names = [row("a", time) for time in range(10)]
    assert sample(names, 10) == names


def test_a_sample_has_its_size_and_is_the_same_again() -> None:
    names = [row(f"k{key:03}", time * 7) for key in range(50) for time in range(100)]
    chosen = sample(names, 400)
    assert (len(chosen), len(set(chosen)), set(chosen) <= set(names)) == (400, 400, True)
    assert sample(names, 400) == chosen


def test_a_sample_holds_edges_ties_and_rows_after_gaps() -> None:
    names = [row("a", time) for time in range(3_000)] + [row("a", 2_999, 1), row("a", 9_000)]
    chosen = set(sample(names, 40))
    assert {row("a", 0), row("a", 9_000), row("a", 2_999, 1)} <= chosen
    many = [row(f"k{key:04}", time) for key in range(1_000) for time in (0, 1, 2, 500)]
    assert sum(time == 500 for _, time, _ in sample(many, 400)) >= 100


def test_names_hold_times_as_the_reference_has_them() -> None:
    moment = datetime(2024, 1, 1, tzinfo=timezone.utc)
    micros = int(moment.timestamp()) * 1_000_000
    utc = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "day": pa.array([date(1970, 1, 3), date(1970, 1, 2)], pa.date32()),
            "at": pa.array([moment, moment], utc),
            "ts": pa.array([moment, moment], utc),
            "_tie": pa.array([0, 0], pa.int64()),
        }
    )
    assert row_names(table, block(key=("day", "at"))) == [((1, micros), micros, 0), ((2, micros), micros, 0)]
