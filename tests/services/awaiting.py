"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WAIT = 240.0
"""So long something may take, in seconds."""


def until(look: Callable[[], T], expected: Callable[[T], bool], wait: float = WAIT, every: float = 0.5) -> T:
    """What is seen as soon as it is as expected, looking every so many seconds; what was seen last if it is not."""
    deadline = time.monotonic() + wait
    while True:
        seen = look()
        if expected(seen):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(every)
