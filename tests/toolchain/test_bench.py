"""What the benchmark says of its runs: rates without a start, targets, values that were not compared."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("run")


@pytest.fixture
def scaling(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("scaling")


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("targets")


def seconds(*took: float) -> list[dict[str, float]]:
    return [{"seconds": each, "total": each} for each in took]


def test_what_a_run_costs_whatever_its_size_is_in_no_rate(bench: Any) -> None:
    for start in (0.0, 100.0):
        found = {"duckdb@400": seconds(start + 8), "duckdb@100": seconds(start + 2)}
        assert bench.rate(found, "duckdb", 400) == 50


def test_a_difference_within_what_runs_differ_by_is_no_rate(bench: Any) -> None:
    assert bench.rate({"duckdb@400": seconds(5, 6, 9), "duckdb@100": seconds(3, 3, 3)}, "duckdb", 400) is None
    assert bench.rate({"duckdb@400": seconds(5)}, "duckdb", 400) is None


@pytest.mark.parametrize(
    ("wholes", "quarters", "costs"),
    [
        ((5, 6, 6.5), (3, 3, 3), [1.0, 1.0]),
        ((5, 6, 9), (3, 3, 3), None),
        ((5, 6, 6), (1, 3, 5), None),
        ((3, 3, 3), (3, 3, 3), None),
    ],
)
def test_a_cost_within_what_runs_differ_by_is_none(
    scaling: Any,
    monkeypatch: pytest.MonkeyPatch,
    wholes: tuple[float, ...],
    quarters: tuple[float, ...],
    costs: list[float] | None,
) -> None:
    points = [scaling.Point(name, "", "1h") for name in ("first", "second")]
    taken = {(p.name, size): iter(each) for p in points for size, each in ((4_000_000, wholes), (1_000_000, quarters))}
    monkeypatch.setattr(scaling, "seconds", lambda point, _events, first: next(taken[point.name, first]))
    assert scaling.costs_of(scaling.Row("", points, scaling.spread), 4_000_000, len(wholes)) == costs


def test_a_ratio_is_of_the_same_events(bench: Any) -> None:
    ours = {"flink@2000": seconds(3), "flink@500": seconds(1)}
    theirs = {"flink_sql@500": seconds(8), "flink_sql@125": seconds(2)}
    assert bench.ratio({**ours, **theirs}, "flink", "flink_sql", 500) is None
    same = {"flink@500": seconds(3), "flink@125": seconds(1)}
    assert bench.ratio({**same, **theirs}, "flink", "flink_sql", 500) == 3


def test_every_peer_that_writes_rows_is_compared(bench: Any) -> None:
    for side in bench.SIDES.values():
        assert bool(side.checks) == (side.rows and side.name not in bench.REFERENCES)
        assert set(side.checks) <= set(bench.REFERENCES)


def test_values_that_were_not_compared_are_wrong(bench: Any) -> None:
    side = bench.SIDES["duckdb"]
    right = {"rows": 3, "values": 45, "differ": 0, "missing": 0}
    assert not bench.wrong(side, right)
    assert bench.told(side, right) == "45, 0"
    for check in (None, {}, right | {"differ": 1}, right | {"missing": 1}, right | {"values": 0}):
        assert bench.wrong(side, check)
    assert bench.told(side, None) == "**values not checked**"


def test_a_side_runs_beside_what_it_is_compared_with(bench: Any) -> None:
    jobs = {(side.name, events) for side, events in bench.jobs_of([bench.SIDES["spark_range_join"]], 2_000_000)}
    sides = ("spark_range_join", "spark_exact", "spark")
    assert jobs == {(name, size) for name in sides for size in (200_000, 50_000)} | {("flink_exact", 200_000)}


def test_exact_windows_decide_whether_a_target_is_reached(bench: Any, targets: Any) -> None:
    named = {name for each in targets.TARGETS for name in (each.exact, each.default, each.peer)} - {None}
    assert named <= set(bench.SIDES)
    (target, *_) = targets.TARGETS
    assert target.meant == 20
    rates = {"flink_exact": 19.9, "flink": 25.0}
    first = targets.targets(lambda ours, _peer: (500, rates.get(ours)))[2]
    assert first.endswith("| 500 | 19.90 | 25.00 | ≥ 20 | no |")
    for exact, said in ((20.0, "yes"), (19.9, "no"), (None, "not measured")):
        assert targets.reached(target, exact) == said


def test_what_is_for_information_reaches_nothing(targets: Any) -> None:
    told = [each for each in targets.TARGETS if each.meant is None]
    assert {each.peer for each in told} == {"flink_sql_stepped", "spark_floor"}
    assert all(targets.reached(each, 100.0) == "-" for each in told)
    (stepped,) = [line for line in targets.targets(lambda _ours, _peer: (500, 2.0)) if "stepped" in line]
    assert stepped.endswith("| 500 | - | 2.00 | - | - |")


def test_sorting_of_our_own_decides_nothing(targets: Any) -> None:
    (target,) = [each for each in targets.TARGETS if each.meant == 0.7]
    assert (target.exact, target.peer) == ("spark_exact_no_rows", "spark_sort")
