"""The canonical encoding, the tie key, the order of events, and the late rule."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest

from featlang.backends.reference import Input, Memory, run_reference
from featlang.backends.reference.canonical import encode, order
from featlang.backends.reference.late import LateRule
from featlang.compiler import ir
from tests.reference.build import block as features
from tests.reference.build import column, json_lines, run, source


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("bool", None, "00"),
        ("bool", False, "0100"),
        ("bool", True, "0101"),
        ("int", 0, "018000000000000000"),
        ("int", -1, "017fffffffffffffff"),
        ("int", 2**63 - 1, "01ffffffffffffffff"),
        ("int", -(2**63), "010000000000000000"),
        ("timestamp", 1, "018000000000000001"),
        ("duration", 1, "018000000000000001"),
        ("date", -1, "017fffffffffffffff"),
        ("float", 0.0, "018000000000000000"),
        ("float", 1.0, "01bff0000000000000"),
        ("float", -1.0, "01400fffffffffffff"),
        ("float", 5e-324, "018000000000000001"),
        ("float", -5e-324, "017ffffffffffffffe"),
        ("string", "", "010000"),
        ("string", "aé", "0161c3a90000"),
        ("string", "a\u0000b", "016100ff620000"),
        ("bytes", b"\x00\xff", "0100ffff0000"),
    ],
)
def test_encoding(kind: Any, value: Any, expected: str) -> None:
    """Byte by byte."""
    assert encode(value, kind).hex() == expected


@pytest.mark.parametrize(
    ("kind", "ascending"),
    [
        ("float", [None, -1e308, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1e308]),
        (
            "string",
            [None, "", "\u0000", "\u0000\u0000", "\u0000a", "\u0001", "a", "a\u0000", "ab", "\uffff", "\U00010000"],
        ),
        ("bytes", [None, b"", b"\x00", b"\x00\x00", b"\x00\xff", b"\x01", b"\xff", b"\xff\x00", b"\xff\xff"]),
    ],
)
def test_encodings_compare_as_values(kind: Any, ascending: list[Any]) -> None:
    """As unsigned bytes, null first, also when something follows."""
    for less, greater in itertools.pairwise(ascending):
        assert encode(less, kind) + b"\xff" < encode(greater, kind) + b"\x00"


def test_order() -> None:
    """The time, the columns of `ties`, and 16 bytes of SHA-256 over all declared columns in declared order."""
    events = source(column("user", "string"), column("id", "int?"), ties=["id"])
    values = {"user": "a", "id": None, "ts": 5}
    declared = bytes.fromhex("01610000" + "00" + "018000000000000005")
    assert order(values, events).hex() == "8000000000000005" + "00" + hashlib.sha256(declared).hexdigest()[:32]


def test_late() -> None:
    """Late iff time < greatest - lateness; a late event raises nothing, one at the edge is in time."""
    rule = LateRule(source(lateness=10), now=0)
    times = [100, 90, 89, 95, 105, 95, 94, 104, 1000, 105]
    late = []
    for number, time in enumerate(times):
        if rule.is_late(time):
            late.append(number)
        else:
            rule.accept(time)
    assert late == [2, 6, 9]


def test_too_far_ahead() -> None:
    """Quarantined iff time > clock + max_ahead."""
    rule = LateRule(source(max_ahead=10), now=100)
    assert [rule.is_ahead(time) for time in [50, 111, 110]] == [False, True, False]
    assert not LateRule(source(), now=100).is_ahead(2**62)


def test_lateness_is_exact_at_the_edges_of_time() -> None:
    """Nothing wraps around."""
    rule = LateRule(source(lateness=2**63 - 1), now=0)
    first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
    rule.accept(last)
    assert not rule.is_late(first)
    eager = LateRule(source(max_ahead=2**63 - 1), now=2**62)
    assert not eager.is_ahead(last)


def test_nothing_of_a_history_is_late() -> None:
    """Its events were accepted once; what is too far ahead is so there too."""
    events = source(column("user", "string"), lateness=5, max_ahead=50)
    data = json_lines('{"user":"a","ts":40}', '{"user":"a","ts":1}', '{"user":"a","ts":51}')
    stream, history = (run(events, features(), data, role=role).sources["events"] for role in ("stream", "history"))
    assert [(read.accepted, len(read.late), len(read.quarantined)) for read in (stream, history)] == [
        (1, 1, 1),
        (2, 0, 1),
    ]


def test_excluded_records_are_late_as_they_were() -> None:
    """With the code and text of then; they raise no greatest time. What is too far ahead, or no event, stays that."""
    events = source(column("user", "string"), lateness=5, max_ahead=50)
    times = [10, 40, 12, 51, 8, 45]
    data = json_lines(*(f'{{"user":"a","ts":{time}}}' for time in times), "oops")
    excluded = {("events.jsonl", number): ("idle", f"why {number}") for number in (2, 4, 7)}
    excluded |= {("events.jsonl", 6): ("max_ahead", "why 6"), ("other.jsonl", 1): ("idle", "")}
    result = run(events, features(), data, excluded=excluded)
    read = result.sources["events"]
    assert [(r.record, r.code, r.text) for r in read.late] == [(2, "idle", "why 2")]
    assert [(r.record, r.code) for r in read.quarantined] == [(4, "max_ahead"), (6, "max_ahead")]
    assert read.quarantined[1].text == "why 6"
    assert [(r.record, r.code) for r in read.rejects] == [(7, "malformed")]
    assert [row.time for row in result.features["features"].rows] == [8, 10, 12]


def test_late_and_quarantined_events_are_outputs() -> None:
    """Whole, with position, code and text; the rule runs over all well-formed events, before any filter."""
    events = source(column("user", "string?"), lateness=5, max_ahead=50)
    lines = ('{"user":"a","ts":10}', "oops", '{"user":null,"ts":30}', '{"user":"a","ts":24}', '{"user":"b","ts":51}')
    result = run(events, features(), json_lines(*lines))
    read = result.sources["events"]
    assert (read.read, read.accepted, dict(read.rejected)) == (5, 2, {"malformed": 1, "null_key": 1})
    assert [(r.raw.decode(), r.path, r.record, r.code) for r in read.late] == [(lines[3], "events.jsonl", 4, "late")]
    assert [(r.raw.decode(), r.record, r.code) for r in read.rejects] == [
        (lines[1], 2, "malformed"),
        (lines[2], 3, "null_key"),
    ]
    assert [(r.raw.decode(), r.path, r.record, r.code) for r in read.quarantined] == [
        (lines[4], "events.jsonl", 5, "max_ahead")
    ]
    assert "`features`" in read.rejects[1].text
    assert [(row.keys, row.time) for row in result.features["features"].rows] == [(("a",), 10)]


def test_the_partition_goes_on_through_all_files() -> None:
    """The greatest time of the first file decides in the second."""
    events = source(column("user", "string"))
    program = ir.Program(sources=(events,), features=(features(),))
    files = (Memory("2", b'{"user":"a","ts":9}'), Memory("1", b'{"user":"a","ts":10}'))
    result = run_reference(program, ["features"], {"events": Input("jsonl", files)}, 0)
    assert [(r.path, r.record) for r in result.sources["events"].late] == [("2", 1)]
