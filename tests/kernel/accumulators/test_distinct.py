"""Distinct counts against sets: windows of tiles, bounds crossed and left again, canonical bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.kernel.accumulators.probe import JavaMain, argument, seeded

INT_EDGES = [-(2**63), 2**63 - 1, 0, -1, 1, 2**32, 2**32 + 1, -(2**32)]


def _domain(kind: str, size: int) -> Sequence[int | bytes]:
    if kind == "LongDistinct":
        # Multiples of 2^32 meet in one slot of a careless table.
        return [*INT_EDGES, *(k << 32 for k in range(2, size))][:size]
    return [b"", b"\x00", b"\x00\x00", b"\xff", *(b"page %d" % k for k in range(size))][:size]


@pytest.mark.parametrize("bound", [1, 4, 30])
@pytest.mark.parametrize("kind", ["LongDistinct", "BytesDistinct"])
def test_a_window_of_tiles_equals_a_set_at_every_event(java: JavaMain, kind: str, bound: int) -> None:
    source = seeded(f"{kind} {bound}")
    commands = [f"new run {kind} n:{bound}", f"new open {kind} n:{bound}"]
    expected: list[str] = []
    tiles: list[list[int | bytes]] = [[]]
    for step in range(150):
        for _ in range(source.randint(0, 2 * bound)):
            # Narrow stretches let the window come back under its bound.
            value = source.choice(_domain(kind, 2 * bound + 2 if step % 40 < 10 else max(bound // 3, 1)))
            tiles[-1].append(value)
            commands += [f"on run add {argument(value)}", f"on open add {argument(value)}"]
            if source.random() < 0.2:
                commands += ["copy run run", "copy open open"]
            distinct = len({v for tile in tiles for v in tile})
            commands.append("call aggregates.CountDistinct.intValue @run")
            expected.append("null bound" if distinct > bound else str(distinct))
        commands += [f"new tile{step} {kind} n:{bound}", f"copy tile{step} open", "on open clear", "on run closeTile"]
        tiles.append([])
        while len(tiles) > 6 or (len(tiles) > 1 and source.random() < 0.3):
            commands.append(f"on run subtract @tile{step + 2 - len(tiles)}")
            tiles.pop(0)
    assert java.probe(commands) == expected
    assert set(expected[expected.index("null bound") :]) != {"null bound"}


@pytest.mark.parametrize("kind", ["LongDistinct", "BytesDistinct"])
def test_equal_tiles_have_equal_bytes_whatever_came_before(java: JavaMain, kind: str) -> None:
    source = seeded(kind)
    commands: list[str] = []
    pairs = 40
    for _ in range(pairs):
        bound = source.choice([2, 20])
        domain = _domain(kind, 30)
        tiles = [[source.choice(domain) for _ in range(source.randint(0, 25))] for _ in range(6)]
        commands += [f"new one {kind} n:{bound}", f"new two {kind} n:{bound}", f"new three {kind} n:{bound}"]
        for t, tile in enumerate(tiles):
            commands += [f"new tile{t} {kind} n:{bound}", *(f"on tile{t} add {argument(v)}" for v in tile)]
            commands += [*(f"on one add {argument(v)}" for v in source.sample(tile, len(tile))), "on one closeTile"]
        commands += [f"on one subtract @tile{t}" for t in range(3)]
        for t, tile in enumerate(tiles[3:], start=3):
            commands += [*(f"on two add {argument(v)}" for v in tile), "on two closeTile", f"on three merge @tile{t}"]
        commands += ["on three closeTile", "copy one one", "write one", "write two", "write three"]
    printed = java.probe(commands)
    assert len(printed) == 3 * pairs
    assert printed[0::3] == printed[1::3] == printed[2::3]


@pytest.mark.parametrize("kind", ["LongDistinct", "BytesDistinct"])
def test_a_merge_keeps_the_later_ones_open_tile(java: JavaMain, kind: str) -> None:
    a, b, c = (argument(v) for v in _domain(kind, 3))
    commands = [f"new {name} {kind} n:3" for name in ("early", "late", "first")]
    commands += [f"on {name} add {a}" for name in ("early", "late", "first")]
    commands += [f"on late add {b}", "write late", "on early merge @late", "on early value"]
    commands += [f"on early add {c}", "on early value", "on early subtract @first", "on early value"]
    before, two, three, still_three, merged, later = java.probe(
        [*commands, f"on late add {c}", "write early", "write late"]
    )
    assert (two, three, still_three) == ("2", "3", "3")
    assert merged == later != before


@pytest.mark.parametrize("kind", ["LongDistinct", "BytesDistinct"])
def test_at_the_bound_and_one_beyond(java: JavaMain, kind: str) -> None:
    values: list[int | bytes] = [k * 7919 if kind == "LongDistinct" else b"%d" % k for k in range(10_001)]
    source = seeded(1)
    repeated = values[:10_000] + source.choices(values[:10_000], k=10_000)
    source.shuffle(repeated)
    call = "call aggregates.CountDistinct.intValue @a"
    adds = [f"on a add {argument(v)}" for v in repeated]
    commands = [f"new a {kind} n:10000", call, *adds, call, "copy a a", call, f"on a add {argument(values[-1])}", call]
    *counts, encoded = java.probe([*commands, *adds, call, "write a"])
    assert counts == ["0", "10000", "10000", "null bound", "null bound"]
    # What a window that never closes a tile keeps beyond the bound: nothing.
    assert len(encoded) // 2 <= 4


def test_a_tile_over_the_bound_leaves_the_ring_again(java: JavaMain) -> None:
    commands = ["ring r 40 10 true LongDistinct n:3"]
    # The tile [10, 20) overflows at 13 and is in the window until 59.
    times = [0, 5, 11, 12, 13, 14, 25, 38, 51, 60, 61, 75, 76]
    values = [1, 2, 1, 3, 4, 5, 1, 2, 9, 9, 9, 6, 7]
    for time, value in zip(times, values, strict=True):
        commands += [f"feed r {time} add i:{value}", "reload r", "whole w r"]
        commands.append("call aggregates.CountDistinct.intValue @w")
    assert java.probe(commands) == ["1", "2", "2", "3", *5 * ["null bound"], "3", "3", "3", "null bound"]


def test_taking_off_what_was_not_added_is_refused(java: JavaMain) -> None:
    commands = ["new a LongDistinct n:5", "on a add i:1", "on a closeTile", "new b LongDistinct n:5", "on b add i:2"]
    assert java.probe([*commands, "on a subtract @b"]) == ["! a value is taken off that was not added"]
