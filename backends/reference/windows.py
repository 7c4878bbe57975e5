"""Which events a window holds at a time, straight from the definitions in the IR."""

from __future__ import annotations

from featlang.compiler import ir


def earliest(window: ir.Window, time: int) -> int | None:
    """Give the earliest time that the window at `time` holds, inclusive, in µs; None: no limit.

    The latest is always the row's own event: a window holds what is ordered up to and including it.
    """
    match window:
        case ir.Sliding(width=width, step=step):
            return (time - width) // step * step  # Python's // is the floor, also before 1970
        case ir.Exact(width=width):
            return time - width + 1  # (time - width, time] in whole microseconds
        case ir.Forever():
            return None
