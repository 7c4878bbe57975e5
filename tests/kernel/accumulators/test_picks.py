"""Minimum, maximum, first and last against Python's, alone and in a ring; their bytes; floats as ordered longs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.kernel.accumulators.probe import JavaMain, argument, hex_bits, seeded

LONGS: list[int | bytes] = [-(2**63), 2**63 - 1, 0, -1, 1, 127, 128, -(2**31), 2**56, 1_700_000_000_000_000]
TEXTS: list[int | bytes] = [b"", b"\x00", b"a", b"a\x00", b"ab", b"\x7f", b"\x80", b"\xff"]
TEXTS += ["zażółć".encode(), "😀".encode()]
PICKS: dict[str, tuple[list[int | bytes], Callable[[Any], int | bytes]]] = {
    "LongExtreme t:false": (LONGS, min),
    "LongExtreme t:true": (LONGS, max),
    "LongFirst": (LONGS, lambda values: values[0]),
    "LongLast": (LONGS, lambda values: values[-1]),
    "BytesExtreme t:false": (TEXTS, min),
    "BytesExtreme t:true": (TEXTS, max),
    "BytesFirst": (TEXTS, lambda values: values[0]),
    "BytesLast": (TEXTS, lambda values: values[-1]),
}


def _printed(value: int | bytes) -> str:
    return f"x{value.hex()}" if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("kind", PICKS)
def test_a_ring_equals_the_values_of_its_window(java: JavaMain, kind: str) -> None:
    domain, pick = PICKS[kind]
    source = seeded(kind)
    commands, expected = [f"ring r 50 10 false {kind}"], []
    seen: list[tuple[int, int | bytes]] = []
    time = -200
    for _ in range(400):
        time += source.choice([0, 0, 1, 7, 20, 33, 90])
        seen.append((time, source.choice(domain)))
        value = pick([v for t, v in seen if (time - 50) // 10 * 10 <= t])
        commands += [f"feed r {time} add {argument(seen[-1][1])}", "reload r", "whole w r", "on w value"]
        expected.append(_printed(value))
    assert java.probe(commands) == expected


@pytest.mark.parametrize("kind", PICKS)
def test_merging_parts_in_order_equals_adding_all(java: JavaMain, kind: str) -> None:
    domain, pick = PICKS[kind]
    source = seeded(kind)
    commands: list[str] = []
    expected = []
    for _ in range(50):
        parts = [[source.choice(domain) for _ in range(source.randint(0, 3))] for _ in range(4)]
        values = [v for part in parts for v in part]
        commands += [f"new {name} {kind}" for name in ("all", "merged", "again")]
        for part in parts:
            commands += [f"new part {kind}", *(f"on part add {argument(v)}" for v in part), "on merged merge @part"]
        commands += [*(f"on all add {argument(v)}" for v in values), "copy again merged", "on again isEmpty"]
        commands += ["write all", "write again", *(["on again value"] if values else [])]
        expected.append((not values, _printed(pick(values)) if values else None))
    printed = iter(java.probe(commands))
    for is_empty, value in expected:
        assert next(printed) == str(is_empty).lower()
        assert next(printed) == next(printed)
        assert value is None or next(printed) == value
    assert next(printed, None) is None


def test_the_bytes_of_one_value(java: JavaMain) -> None:
    values = {None: "00", 0: "01", -1: "0201", 1: "0202", 127: "02fe", 128: "030100", -(2**63): "09" + "ff" * 8}
    commands = []
    for value in values:
        commands += ["new a LongLast", *([] if value is None else [f"on a add i:{value}"]), "write a"]
    commands += ["new b BytesLast", "write b", "on b add b:", "write b", "on b add b:6162", "write b", "new c LongLast"]
    assert java.probe(commands) == [*values.values(), "00", "01", "036162"]
    assert java.probe(["new c LongLast", "read c 0a" + "00" * 9]) == ["! a value of 9 bytes where at most 8 are"]


def test_floats_as_longs_keep_their_order(java: JavaMain) -> None:
    source = seeded(3)
    tiny, largest = 5e-324, sys.float_info.max
    values = {0.0, tiny, -tiny, largest, -largest, sys.float_info.min, -sys.float_info.min, 1.0, -1.0, 1.5, -1.5}
    values |= {source.choice([-1, 1]) * source.random() * 10.0 ** source.randint(-307, 307) for _ in range(500)}
    ordered = sorted(values)
    sortable = [int(line) for line in java.probe([f"call Bits.sortable {argument(v)}" for v in ordered])]
    assert sortable == sorted(set(sortable))
    assert java.probe([f"call Bits.fromSortable i:{s}" for s in sortable]) == [hex_bits(v) for v in ordered]
