"""The order of arrival: what is in sequence, at which time rows are read, what their windows hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featlang.backends.reference import Input, Memory, run_reference
from featlang.compiler import ir
from tests.reference.build import aggregate, block, column, constant, json_lines, of, operation, run, source

if TYPE_CHECKING:
    from featlang.backends.reference import ReferenceResult

USER, SEQ, X = column("user", "string?"), column("seq", "int"), column("x", "int?")
LONG = 10**9
COUNT = aggregate("count")
Event = tuple[int, int]


def by_arrival(order_ttl: int | None = None, lateness: int = LONG) -> ir.Source:
    """Declare a source that is ordered by `seq`."""
    return source(USER, SEQ, X, order="seq", order_ttl=order_ttl, lateness=lateness)


def lines(events: list[Event], user: str = "a") -> bytes:
    """Write events of one key, each a `seq` and a time; `x` is the event's number from 1."""
    return json_lines(
        *(f'{{"user":"{user}","seq":{seq},"x":{x},"ts":{ts}}}' for x, (seq, ts) in enumerate(events, start=1))
    )


def rows(result: ReferenceResult) -> list[tuple[Any, ...]]:
    """List the time, tie and values of each row, in the order of arrival."""
    return [(row.time, row.tie, *row.values.values()) for row in result.features["features"].rows]


def refused(result: ReferenceResult) -> list[tuple[int, str]]:
    """List the record and code of each late record."""
    return [(late.record, late.code) for late in result.sources["events"].late]


def test_rows_are_read_at_the_greatest_time_so_far() -> None:
    """That time is the row's, and its tie counts the rows at it; a later event never changes an earlier row."""
    result = run(by_arrival(), block(COUNT), lines([(1, 100), (2, 90), (3, 100), (4, 95), (5, 101), (6, 1)]))
    assert rows(result) == [(100, 0, 1), (100, 1, 2), (100, 2, 3), (100, 3, 4), (101, 0, 5), (101, 1, 6)]
    assert refused(result) == []


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        # at 160 the window begins at floor((160 - 100) / 10) * 10 = 60, at 250 at 150
        (ir.Sliding(width=100, step=10), [1, 1, 2, 3, 4, 5, 4]),
        # at 160 it is (60, 160], at 250 (150, 250]
        (ir.Exact(width=100), [1, 1, 1, 2, 3, 4, 4]),
    ],
)
def test_an_event_that_its_window_cannot_hold(window: ir.Window, expected: list[int]) -> None:
    """It has its row, at the greatest time, and is not in it; nor in any later one. The edge is that of the window."""
    times = [160, 59, 60, 61, 160, 159, 250]
    result = run(by_arrival(), block(aggregate("count", None, window)), lines(list(enumerate(times))))
    assert [row[0] for row in rows(result)] == [160] * 6 + [250]
    assert [row[2] for row in rows(result)] == expected


def test_an_event_behind_a_silence() -> None:
    """A `forever` with a ttl counts silences from the greatest time so far, and expires at the time the row is read."""
    window = aggregate("count", None, ir.Forever(ttl=10))
    times = [100, 95, 110, 95, 112]
    result = run(by_arrival(), block(window), lines(list(enumerate(times))))
    # 110 is 10 after 100: anew; 95 is before it, so it is no silence; 112 neither
    assert [row[2] for row in rows(result)] == [1, 2, 1, 2, 3]


def test_other_events_of_the_key_let_a_ttl_pass() -> None:
    """They move the time that rows are read at; a silence is one between the block's own events."""
    few = operation("less", of("x", "int?"), constant(9, "int"), kind="bool")
    program = ir.Program(
        sources=(by_arrival(),),
        features=(block(aggregate("count", None, ir.Forever(ttl=10)), where=few),),
    )

    def counted(*events: Event) -> list[tuple[int, int]]:
        """Each event's time, and 0 for one that the block takes."""
        data = json_lines(
            *(f'{{"user":"a","seq":{seq},"x":{x},"ts":{ts}}}' for seq, (ts, x) in enumerate(events)),
        )
        result = run_reference(program, ["features"], {"events": Input("jsonl", (Memory("file", data),))}, 0)
        return [(row.time, row.values["a0"]) for row in result.features["features"].rows]

    # read at 112, 105 is 7 ago, and it came 5 after 100
    assert counted((100, 0), (112, 9), (105, 0)) == [(100, 1), (112, 2)]
    # read at 115, 105 is 10 ago: nothing. The next at 106 is 9 ago: all three
    assert counted((100, 0), (115, 9), (105, 0), (106, 0)) == [(100, 1), (115, 0), (115, 3)]


def test_first_and_last_are_by_arrival() -> None:
    """Among what the window holds: not by time, and after the window has lost what arrived in its midst."""
    first, last = (aggregate(name, of("x", "int?"), ir.Exact(width=10)) for name in ("first", "last"))
    result = run(by_arrival(), block(first, last), lines([(1, 20), (2, 15), (3, 18), (4, 26), (5, 17), (6, 29)]))
    # at 26 the window is (16, 26]: event 2 is out; at 29 it is (19, 29]: 3 and 5 are out
    assert rows(result) == [(20, 0, 1, 1), (20, 1, 1, 2), (20, 2, 1, 3), (26, 0, 1, 4), (26, 1, 1, 5), (29, 0, 1, 6)]
    result = run(by_arrival(), block(first, last), lines([(1, 15), (2, 20), (3, 14), (4, 25)]))
    assert rows(result)[-1] == (25, 0, 2, 4)


def test_what_is_out_of_sequence() -> None:
    """Not above the last one in sequence: it goes to the late output, whole, moves nothing, and counts as accepted."""
    data = lines([(5, 100), (5, 200), (4, 300), (7, 150), (6, 400), (8, 90)])
    result = run(by_arrival(), block(COUNT), data)
    assert rows(result) == [(100, 0, 1), (150, 0, 2), (150, 1, 3)]
    assert refused(result) == [(2, "out_of_sequence"), (3, "out_of_sequence"), (5, "out_of_sequence")]
    read = result.sources["events"]
    assert (read.read, read.accepted, len(read.late)) == (6, 6, 3)
    assert (read.late[0].raw, read.late[0].path) == (data.splitlines()[1], "events.jsonl")
    assert "`seq`" in read.late[0].text


def test_what_is_late_comes_before_what_is_out_of_sequence() -> None:
    """A late event is no part of a sequence; one out of sequence does raise the partition's greatest time."""
    result = run(
        by_arrival(lateness=10), block(COUNT), lines([(1, 100), (9, 89), (2, 90), (2, 200), (3, 189), (4, 190)])
    )
    assert rows(result) == [(100, 0, 1), (100, 1, 2), (190, 0, 3)]
    assert refused(result) == [(2, "late"), (4, "out_of_sequence"), (5, "late")]


@pytest.mark.parametrize(
    ("last", "expected"),
    [(109, [(100, 0, 1), (100, 1, 2)]), (110, [(100, 0, 1), (100, 1, 2), (110, 0, 3), (110, 1, 4)])],
)
def test_a_sequence_starts_anew_after_its_ttl(last: int, expected: list[Event]) -> None:
    """Of silence since the greatest time, not since the last event's; windows keep what they hold."""
    result = run(by_arrival(order_ttl=10), block(COUNT), lines([(5, 100), (6, 95), (1, last), (2, 80)]))
    assert rows(result) == expected
    after = run(by_arrival(order_ttl=10), block(COUNT), lines([(5, 100), (1, 110), (5, 119), (3, 119)]))
    assert refused(after) == [(4, "out_of_sequence")]


def test_events_that_no_block_takes_are_in_the_sequence() -> None:
    """So are those of the other blocks of the key: they move the last of the column and the greatest time."""
    filtered = operation("greater", of("x", "int?"), constant(2, "int"), kind="bool")
    result = run(by_arrival(), block(COUNT, where=filtered), lines([(9, 100), (1, 1), (8, 50), (10, 60)]))
    assert rows(result) == [(100, 0, 1)]
    assert refused(result) == [(2, "out_of_sequence"), (3, "out_of_sequence")]


def test_ties_are_counted_by_block() -> None:
    """The rows of one block at the key's greatest time, whatever other blocks have there."""
    odd = operation("not_equal", of("x", "int?"), constant(2, "int"), kind="bool")
    program = ir.Program(
        sources=(by_arrival(),),
        features=(block(COUNT), block(COUNT, where=odd).model_copy(update={"name": "odd"})),
    )
    given = {"events": Input("jsonl", (Memory("file", lines([(1, 9), (2, 5), (3, 7)])),))}
    result = run_reference(program, ["features", "odd"], given, 0)
    assert [(row.time, row.tie) for row in result.features["features"].rows] == [(9, 0), (9, 1), (9, 2)]
    assert [(row.time, row.tie) for row in result.features["odd"].rows] == [(9, 0), (9, 1)]


def test_each_key_has_its_sequence() -> None:
    """An event may be out of sequence by one key and in it by another; it is late once for each key it is so by."""
    program = ir.Program(
        sources=(by_arrival(),),
        features=(
            block(COUNT),
            block(COUNT).model_copy(update={"name": "same_key"}),
            block(COUNT, key=("x",)).model_copy(update={"name": "by_x"}),
        ),
    )
    events = [('"a"', 5, 1), ('"b"', 4, 2), ('"b"', 3, 1), ('"a"', 6, 1), ("null", 1, 1)]
    data = json_lines(*(f'{{"user":{user},"seq":{seq},"x":{x},"ts":1}}' for user, seq, x in events))
    given = {"events": Input("jsonl", (Memory("file", data),))}
    result = run_reference(program, ["features", "same_key", "by_x"], given, 0)
    late = [(r.record, r.code, r.text.rpartition(" ")[2]) for r in result.sources["events"].late]
    assert late == [(3, "out_of_sequence", "user"), (3, "out_of_sequence", "x"), (5, "out_of_sequence", "x")]
    assert {r.code for r in result.sources["events"].rejects} == {"null_key"}
    assert [row.keys for row in result.features["features"].rows] == [("a",), ("a",), ("b",)]
    assert [row.keys for row in result.features["by_x"].rows] == [(1,), (1,), (2,)]


def test_a_history_goes_by_its_column() -> None:
    """Then by time, then by position; so what is equal is out of sequence, all but the first."""
    events = [(3, 70), (1, 90), (2, 80), (2, 75), (2, 75), (4, 60)]
    result = run(
        by_arrival(lateness=0), block(COUNT, aggregate("last", of("x", "int?"))), lines(events), role="history"
    )
    assert rows(result) == [(90, 0, 1, 2), (90, 1, 2, 4), (90, 2, 3, 1), (90, 3, 4, 6)]
    assert refused(result) == [(5, "out_of_sequence"), (3, "out_of_sequence")]
    stream = run(by_arrival(), block(COUNT), lines(events))
    assert rows(stream) == [(70, 0, 1), (70, 1, 2)]


def test_a_column_of_arrival_may_be_a_timestamp() -> None:
    """Compared in microseconds."""
    events = source(USER, column("seq", "timestamp", unit="ns"), X, order="seq", lateness=LONG)
    result = run(events, block(COUNT), lines([(1000, 5), (1999, 6), (2000, 4)]))
    assert rows(result) == [(5, 0, 1), (5, 1, 2)]
    assert refused(result) == [(2, "out_of_sequence")]


@pytest.mark.parametrize("order_ttl", [None, 10])
def test_chosen_rows_and_ranges_change_no_sequence(order_ttl: int | None) -> None:
    """`since` and `until` choose rows by the time they are read at."""
    data = lines([(1, 100), (2, 90), (2, 101), (3, 95), (4, 120), (1, 140), (2, 100)])
    whole = run(by_arrival(order_ttl), block(COUNT), data).features["features"].rows
    ranged = run(by_arrival(order_ttl), block(COUNT), data, since=100, until=120).features["features"].rows
    assert ranged == [row for row in whole if 100 <= row.time < 120]
    assert len(ranged) == 3
    wanted = {(row.keys, row.time, row.tie) for row in whole[1::2]}
    chosen = run(by_arrival(order_ttl), block(COUNT), data, rows_wanted={"features": wanted}).features["features"].rows
    assert chosen == whole[1::2]
