"""What becomes of a decoded event: the late rule, ranges, filters, keys, the order, counters."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.kernel.java_home import find_java
from featlang.compiler import ir
from featlang.stdlib.functions.xxhash64 import xxhash64
from tests.kernel.sources.probe import GREATEST, LEAST, Outputs, SourceProbe, Stage, expected
from tests.reference.build import column, source

FIRST, LAST = -62135596800_000_000, 253402300800_000_000 - 1


STAGES = (Stage(("ts",)),)


def read(  # noqa: PLR0913 - the parts of a run that these tests vary
    probe: SourceProbe,
    folder: Path,
    events: ir.Source,
    rows: list[dict[str, Any]],
    *,
    stages: Sequence[Stage] = STAGES,
    now: int = 0,
    between: tuple[int, int] = (LEAST, GREATEST),
    only: Sequence[str] = (),
) -> Outputs:
    """What becomes of the rows."""
    file = folder / "file.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return probe.read(events, [file], stages=stages, now=now, between=between, only=only).outputs()


def routed_times(outputs: Outputs) -> list[int]:
    """The event times, from the orders."""
    return [int.from_bytes(routed[4][:8], "big") - 2**63 for routed in outputs.routed]


def late_times(outputs: Outputs) -> list[int]:
    """The event times of late records."""
    return [json.loads(raw)["ts"] for _, _, _, raw in outputs.late]


def test_late_is_before_the_greatest_time_less_the_lateness(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "int?"), lateness=10)
    rows = [{"ts": ts} for ts in (100, 90, 89, 105, 95, 94, 100, 1000, 990, 989)]
    outputs = read(probe, tmp_path, events, rows)
    assert routed_times(outputs) == [100, 90, 105, 95, 100, 1000, 990]
    assert late_times(outputs) == [89, 94, 989]
    assert (outputs.read, outputs.accepted) == (10, 7)


def test_a_reject_moves_nothing_and_a_quarantined_event_neither(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "int?"), lateness=0, max_ahead=5)
    rows: list[dict[str, Any]] = [{"ts": 1}, {"ts": 900, "x": "a"}, {"ts": 106}, {"ts": 105}, {"ts": 105}, {"ts": 104}]
    outputs = read(probe, tmp_path, events, rows, now=100)
    assert routed_times(outputs) == [1, 105, 105]
    assert [code for _, _, code, _ in outputs.rejected] == ["type"]
    assert [(number, code) for _, number, code, _ in outputs.quarantined] == [(3, "max_ahead")]
    assert late_times(outputs) == [104]


@pytest.mark.parametrize("now", [GREATEST, LEAST + 1])
def test_nothing_wraps_around(probe: SourceProbe, tmp_path: Path, now: int) -> None:
    events = source(column("x", "int?"), lateness=GREATEST, max_ahead=GREATEST)
    file = tmp_path / "file.jsonl"
    rows = [{"ts": ts} for ts in (0, LAST, FIRST, -2, 1)]
    outputs = read(probe, tmp_path, events, rows, now=now)
    assert outputs == expected(events, [file], stages=STAGES, now=now)
    assert routed_times(outputs) == ([0, LAST, FIRST, -2, 1] if now > 0 else [0, FIRST, -2])


def test_the_machines_clock_is_used_where_none_is_given(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "int?"), max_ahead=0)
    outputs = read(probe, tmp_path, events, [{"ts": 1_700_000_000_000_000}, {"ts": LAST}], now=LEAST)
    assert routed_times(outputs) == [1_700_000_000_000_000]


def test_a_range_chooses_what_is_routed_and_nothing_else(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "int?"), lateness=3)
    rows: list[dict[str, Any]] = [{"ts": ts, "x": ts} for ts in (5, 6, 7, 9, 8, 10, 11, 7)] + [{"ts": 12}]
    outputs = read(probe, tmp_path, events, rows, between=(7, 10), stages=[Stage(("x",))])
    assert routed_times(outputs) == [7, 9, 8]
    assert (outputs.read, outputs.accepted, len(outputs.late), outputs.rejected) == (9, 8, 1, [])


def test_a_null_key_is_a_reject_for_each_group_that_takes_the_event(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "int?"), column("y", "string?"))
    file = tmp_path / "file.jsonl"
    file.write_text('{"ts":0,"x":1}\n{"ts":0}\n{"ts":0,"x":2,"y":"a"}\n')
    stages = [Stage(("x",), 0b101), Stage(("y", "x")), Stage(("y",), 0)]
    printed = probe.read(events, [file], stages=stages)
    assert printed.texts == [
        "key `y` of `stage1_group0` is null",
        "key `x` of `stage0_group0` is null",
        "key `x` of `stage0_group2` is null",
        "key `y` of `stage1_group0` is null",
    ]
    assert {code for _, _, code, _ in printed.rejected} == {"null_key"}
    assert [(routed[1], routed[2], routed[5]) for routed in printed.routed] == [(1, 0, 0b101), (3, 0, 0b101), (3, 1, 1)]
    assert (printed.read, printed.accepted) == (3, 3)


def test_only_the_wanted_groups_get_events_and_rejects(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "int?"))
    stages = [Stage(("x",), 0b101), Stage(("x", "ts"), 0b11)]
    outputs = read(probe, tmp_path, events, [{"ts": 0, "x": 1}, {"ts": 0}], stages=stages, only=["stage0_group2"])
    assert [(routed[2], routed[5]) for routed in outputs.routed] == [(0, 0b100)]
    assert len(outputs.rejected) == 1


def test_the_order_the_key_and_the_hash_by_hand(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(
        column("ts", "timestamp", unit="us"),
        column("a", "string"),
        column("b", "bool"),
        column("c", "float"),
        column("d", "float?"),
        column("e", "date"),
        column("f", "bytes"),
        ties=["c", "a"],
    )
    row = {"ts": 5, "a": "x\0y", "b": True, "c": -1.5, "d": None, "e": "1969-12-31", "f": "AP8="}
    time = "0180" + "00" * 6 + "05"
    text, truth, number = "017800ff790000", "0101", "0140" + "07" + "ff" * 6
    everything = bytes.fromhex(time + text + truth + number + "00" + "017f" + "ff" * 7 + "0100ffff0000")
    outputs = read(probe, tmp_path, events, [row], stages=[Stage(("a", "c"))])
    (_, _, _, key, order, _, _) = outputs.routed[0]
    assert order == bytes.fromhex(time[2:] + number + text) + hashlib.sha256(everything).digest()[:16]
    canonical_key = bytes.fromhex(text + number)
    assert key == xxhash64(canonical_key).to_bytes(8, "big") + canonical_key


def test_the_hash_has_the_published_values() -> None:
    assert xxhash64(b"") == 0xEF46DB3751D8E999
    assert xxhash64(b"a") == 0xD24EC4F1A98C6E5B
    assert xxhash64(b"abc") == 0x44BC2CF5AD770999
    assert xxhash64(b"Call me Ishmael. Some years ago--never mind how long precisely-") == 0x02A2E85470D6FD96


def test_keys_of_every_length_are_hashed_alike(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "string"))
    file = tmp_path / "file.jsonl"
    file.write_text("".join(json.dumps({"ts": 0, "x": "aé\0"[: i % 4] * i}) + "\n" for i in range(120)))
    stages = [Stage(("x",))]
    assert probe.read(events, [file], stages=stages).outputs() == expected(events, [file], stages=stages)


def test_what_is_not_finite_is_counted_in_every_well_formed_event(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("x", "float"), column("y", "int?"))
    file = tmp_path / "file.csv"
    file.write_text("x,y,ts\nNaN,,9\ninf,a,9\n-inf,1,0\n1e999,1,9\n1,,9\n")
    stages = [Stage(("y",))]
    outputs = probe.read(events, [file], kind="csv", stages=stages).outputs()
    assert outputs.counters == {"probe.x.not_finite": 3}
    assert outputs == expected(events, [file], kind="csv", stages=stages)


def test_the_rate_can_be_measured(probe: SourceProbe) -> None:
    command = [str(find_java().executable), "-cp", probe.class_path, "featlang.probe.SourceRate", "1000", "1"]
    lines = subprocess.check_output(command, text=True).splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == ["jsonl", "csv"]
