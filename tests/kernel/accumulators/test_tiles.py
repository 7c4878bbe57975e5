"""More tiles than a ring keeps with it: they go to the store, and nothing changes."""

from __future__ import annotations

from collections import deque
from random import Random

import pytest

from tests.kernel.accumulators.probe import JavaMain

WIDTH = 9_000
"""Tiles of a window: more than twice what a ring keeps with it (`TileQueue.MOST`)."""
EVENTS = 20_000
ASKED = 97
"""Every so many events the window is read."""


@pytest.mark.parametrize("reloads", [0, 1, 3], ids=lambda reloads: f"{reloads} reloads")
@pytest.mark.parametrize("kind", ["LongExtreme t:true", "ExactSum"])
def test_a_window_of_many_tiles(java: JavaMain, kind: str, reloads: int) -> None:
    """Of every event the greatest value, or the sum, of the last 9,000; written and read back anywhere."""
    random = Random(reloads)
    inverts = str(kind == "ExactSum").lower()
    result = "longValue" if kind == "ExactSum" else "value"
    at = {random.randrange(EVENTS) for _ in range(reloads)}
    commands, expected = [f"ring r {WIDTH - 1} 1 {inverts} {kind}"], []
    window: deque[int] = deque(maxlen=WIDTH)
    for time in range(EVENTS):
        value = random.randrange(-(10**9), 10**9)
        window.append(value)
        commands.append(f"feed r {time} add i:{value}")
        if time in at:
            commands.append("reload r")
        if time % ASKED == 0:
            commands += ["whole w r", f"on w {result}"]
            expected.append(str(sum(window) if kind == "ExactSum" else max(window)))
    assert java.probe(commands) == expected
