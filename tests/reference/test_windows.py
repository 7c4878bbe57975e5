"""Which events a row sees: the edges of every kind of window, before 1970 too."""

from __future__ import annotations

import pytest

from featlang.compiler import ir
from tests.reference.build import aggregate, block, column, constant, json_lines, of, operation, run, source

USER = column("user", "string")


def seen(window: ir.Window, times: list[int]) -> dict[int, int]:
    """Count, for each time, the events that its row's window holds."""
    data = json_lines(*(f'{{"user":"a","ts":{time}}}' for time in times))
    rows = run(source(USER), block(aggregate("count", None, window)), data).features["features"].rows
    return {row.time: row.values["a0"] for row in rows}


@pytest.mark.parametrize(
    ("width", "step", "times", "expected"),
    [
        # at 160 the oldest edge is floor((160 - 100) / 10) * 10 = 60, inclusive; at 169 still 60, at 170 it is 70
        (100, 10, [59, 60, 69, 160], {59: 1, 60: 2, 69: 3, 160: 3}),
        (100, 10, [59, 60, 69, 169], {59: 1, 60: 2, 69: 3, 169: 3}),
        (100, 10, [59, 60, 69, 170], {59: 1, 60: 2, 69: 3, 170: 1}),
        # before 1970 the floor goes down: at -5 the edge of 10 by 10 is floor(-15 / 10) * 10 = -20
        (10, 10, [-21, -20, -11, -5], {-21: 1, -20: 2, -11: 3, -5: 3}),
        # across zero: at 4 the edge is floor(-6 / 10) * 10 = -10
        (10, 10, [-11, -10, -1, 4], {-11: 1, -10: 2, -1: 3, 4: 3}),
        (7, 7, [-8, -7, 0, 6, 7], {-8: 1, -7: 2, 0: 2, 6: 3, 7: 3}),
    ],
)
def test_sliding(width: int, step: int, times: list[int], expected: dict[int, int]) -> None:
    """Events with time in [floor((t - w) / step) * step, t]."""
    assert seen(ir.Sliding(width=width, step=step), times) == expected


@pytest.mark.parametrize(
    ("width", "times", "expected"),
    [
        (100, [0, 99, 100, 199], {0: 1, 99: 2, 100: 2, 199: 2}),
        (1, [5, 6], {5: 1, 6: 1}),
        (10, [-15, -10, -5], {-15: 1, -10: 2, -5: 2}),
    ],
)
def test_exact(width: int, times: list[int], expected: dict[int, int]) -> None:
    """Events with time in (t - w, t]."""
    assert seen(ir.Exact(width=width), times) == expected


def test_forever() -> None:
    """All events so far, from year 1 to year 9999."""
    first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
    assert seen(ir.Forever(), [first, 0, last]) == {first: 1, 0: 2, last: 3}


@pytest.mark.parametrize(
    ("ttl", "times", "expected"),
    [
        # a gap of just the ttl ends what was; the gap is that to the event before, not to the first
        (10, [0, 9, 18, 28, 37], {0: 1, 9: 2, 18: 3, 28: 1, 37: 2}),
        (10, [-15, -5, 5, 14], {-15: 1, -5: 1, 5: 1, 14: 2}),
        (1, [5, 6, 8], {5: 1, 6: 1, 8: 1}),
    ],
)
def test_forever_with_a_ttl(ttl: int, times: list[int], expected: dict[int, int]) -> None:
    """All events since the last silence of at least `ttl`."""
    assert seen(ir.Forever(ttl=ttl), times) == expected


def test_a_ttl_is_of_the_block() -> None:
    """Events that an aggregate is not fed end a silence all the same; those of another key or out of `where` do not."""
    events = source(USER, column("x", "int"))
    small, large = (operation("less", of("x", "int"), constant(limit, "int"), kind="bool") for limit in (5, 9))
    ttl = ir.Forever(ttl=10)
    features = block(aggregate("count", None, ttl, where=small), aggregate("count", None, ttl), where=large)
    data = json_lines(
        *(
            f'{{"user":"{user}","x":{x},"ts":{ts}}}'
            for user, x, ts in [("a", 1, 0), ("a", 6, 9), ("a", 1, 18), ("a", 9, 25), ("b", 1, 26), ("a", 1, 28)]
        )
    )
    rows = run(events, features, data).features["features"].rows
    counts = [(row.time, *row.values.values()) for row in rows if row.keys == ("a",)]
    assert counts == [(0, 1, 1), (9, 1, 2), (18, 2, 3), (28, 1, 1)]


def test_events_at_the_same_time_are_no_silence() -> None:
    """They come after nothing."""
    data = json_lines('{"user":"a","ts":5}', '{"user":"a","ts":5}')
    rows = run(source(USER), block(aggregate("count", None, ir.Forever(ttl=1))), data).features["features"].rows
    assert [(row.tie, row.values["a0"]) for row in rows] == [(0, 1), (1, 2)]


def test_a_row_sees_what_is_ordered_up_to_its_event() -> None:
    """Of events at one time, the first in order sees only itself."""
    data = json_lines('{"user":"a","id":2,"ts":5}', '{"user":"a","id":1,"ts":5}', '{"user":"a","id":3,"ts":5}')
    events = source(USER, column("id", "int"), ties=["id"])
    features = block(aggregate("count", None, ir.Exact(width=1)), aggregate("last", of("id", "int")))
    rows = run(events, features, data).features["features"].rows
    assert sorted((row.tie, row.values["a0"], row.values["a1"]) for row in rows) == [(0, 1, 1), (1, 2, 2), (2, 3, 3)]
