"""Which events a window holds at a time, straight from the definitions in the IR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.compiler import ir

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def earliest(window: ir.Sliding | ir.Exact, time: int) -> int:
    """Give the earliest time that the window at `time` holds, inclusive, in µs.

    The latest is `time`: a window holds what was applied up to then.
    """
    match window:
        case ir.Sliding(width=width, step=step):
            return (time - width) // step * step  # Python's // is the floor, also before 1970
        case ir.Exact(width=width):
            return time - width + 1  # (time - width, time] in whole microseconds


def is_over_bound(window: ir.Window, times: Collection[int]) -> bool:
    """Say whether a window that holds events of these times, in µs, holds more of them than it may."""
    return isinstance(window, ir.Exact) and len(times) > window.most and len(set(times)) > window.most


def after_silence(times: Sequence[int], ttl: int, at: int) -> int:
    """Give the position of the first event since the last silence of at least `ttl`, up to `at`; all in µs.

    `times` are those of the events in their order. Where it is silent at `at`, the position is behind all.
    """
    start = 0
    last: int | None = None
    for position, time in enumerate(times):
        if last is not None and time - last >= ttl:
            start = position
        last = time if last is None else max(last, time)
    return len(times) if last is None or at - last >= ttl else start
