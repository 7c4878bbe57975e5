"""What an online store gets: the last row of each key, when it counts as written, and the values at any time."""

from __future__ import annotations

from typing import Any

import pytest

from featlang.backends.reference import Stored
from featlang.compiler import ir
from tests.reference.build import aggregate, block, column, constant, json_lines, of, operation, run, source

USER = column("user", "string")
COUNT = aggregate("count")
LONG = 10**9


def users(*events: tuple[str, int]) -> bytes:
    """Write events of a user at a time; `seq` ascends."""
    return json_lines(*(f'{{"user":"{user}","seq":{n},"ts":{ts}}}' for n, (user, ts) in enumerate(events)))


def values_at(window: ir.Window, times: list[int], asked: list[int], **order: Any) -> dict[int, int]:
    """Count what the window holds at the times asked for."""
    events = source(USER, column("seq", "int"), lateness=LONG, **order)
    wanted = {"features": [(("a",), time) for time in asked]}
    data = users(*(("a", time) for time in times))
    result = run(events, block(aggregate("count", None, window)), data, values_wanted=wanted)
    return {time: values["a0"] for (_, time), values in result.features["features"].values_at.items()}


def test_the_last_row_of_each_key() -> None:
    """With its values, and the time it is of."""
    data = users(("a", 1), ("b", 7), ("a", 3), ("b", 5))
    stored = run(source(USER, lateness=LONG), block(COUNT), data).features["features"].stored
    assert stored == {("a",): Stored(3, 3, {"a0": 2}), ("b",): Stored(7, 7, {"a0": 2})}


@pytest.mark.parametrize(
    ("times", "as_of", "written"),
    [
        ([5], 5, 5),
        ([5, 5, 5], 5, 7),
        ([5, 5, 5, 6], 6, 8),
        ([5, 5, 5, 8], 8, 8),
        ([-3, -3, 0], 0, 0),
    ],
)
def test_writes_ascend(times: list[int], as_of: int, written: int) -> None:
    """Each is of its row's time, or one after the write before where that is more."""
    data = users(*(("a", time) for time in times))
    stored = run(source(USER), block(COUNT), data).features["features"].stored
    assert stored[("a",)] == Stored(as_of, written, {"a0": len(times)})


def test_writes_under_arrival() -> None:
    """As of the greatest time so far."""
    events = source(USER, column("seq", "int"), order="seq", lateness=LONG)
    stored = run(events, block(COUNT), users(("a", 9), ("a", 3), ("a", 4), ("b", 2))).features["features"].stored
    assert stored == {("a",): Stored(9, 11, {"a0": 3}), ("b",): Stored(2, 2, {"a0": 1})}


@pytest.mark.parametrize(
    ("window", "asked"),
    [
        # 95 lies in [90, 100), which leaves the window where its oldest edge is 100: at 200
        (ir.Sliding(width=100, step=10), {94: 0, 95: 1, 102: 1, 103: 2, 199: 2, 200: 1, 209: 1, 210: 0}),
        # (t - 100, t]: 95 is out at 195, 103 at 203
        (ir.Exact(width=100), {94: 0, 95: 1, 194: 2, 195: 1, 202: 1, 203: 0}),
        (ir.Forever(), {94: 0, 95: 1, 10**15: 2}),
        # silent for 100 since 103
        (ir.Forever(ttl=100), {94: 0, 95: 1, 202: 2, 203: 0}),
        (ir.Forever(ttl=8), {102: 1, 103: 1, 110: 1, 111: 0}),
    ],
)
def test_values_at_the_edges_of_windows(window: ir.Window, asked: dict[int, int]) -> None:
    """What was applied up to then, read then."""
    assert values_at(window, [95, 103], list(asked)) == asked


def test_values_at_under_arrival() -> None:
    """Of the events whose rows are read up to then: one that came after 103 is not known before it."""
    sliding = ir.Sliding(width=100, step=10)
    asked = {94: 0, 95: 1, 102: 1, 103: 3, 189: 3, 190: 2, 200: 1, 210: 0}
    assert values_at(sliding, [95, 103, 84], list(asked), order="seq") == asked
    # the last at 84, 5 before 89, which begins anew after 79
    asked = {79: 1, 88: 1, 89: 2, 98: 2, 99: 0}
    assert values_at(ir.Forever(ttl=10), [79, 89, 84], list(asked), order="seq") == asked


def test_values_of_chosen_keys_count_no_nulls() -> None:
    """Whatever rows are wanted; a key that has no events has the values of nothing."""
    x = of("x", "int?")
    some = operation("greater", x, constant(0, "int"), kind="bool")
    events = source(USER, column("x", "int?"))
    data = json_lines('{"user":"a","x":1,"ts":1}', '{"user":"b","x":2,"ts":2}', '{"user":"a","x":null,"ts":3}')
    wanted = [(("b",), 2), (("z",), 9), (("a",), 0)]
    features = block(aggregate("sum", x), COUNT, where=some)
    chosen = {"features": [(("a",), 1, 0)]}
    result = run(events, features, data, rows_wanted=chosen, values_wanted={"features": wanted}).features["features"]
    assert result.values_at == {
        (("b",), 2): {"a0": 2, "a1": 1},
        (("z",), 9): {"a0": None, "a1": 0},
        (("a",), 0): {"a0": None, "a1": 0},
    }
    assert [row.keys for row in result.rows] == [("a",)]
    assert result.nulls["a0"] == {}
