"""Random windows of each kind, with the widths and steps at which edges go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from featlang.compiler import ir

if TYPE_CHECKING:
    from random import Random

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000

WindowKind = Literal["sliding", "sliding with a step", "exact", "forever", "forever with a ttl"]
WINDOW_KINDS: tuple[WindowKind, ...] = get_args(WindowKind)

_DEFAULT_STEPS = {
    MINUTE: SECOND,
    5 * MINUTE: 5 * SECOND,
    HOUR: MINUTE,
    6 * HOUR: 5 * MINUTE,
    DAY: 15 * MINUTE,
    7 * DAY: HOUR,
    30 * DAY: 6 * HOUR,
    365 * DAY: DAY,
}
"""The default step of some widths: the largest of 1s 5s 10s 1m 5m 15m 1h 6h 1d that divides it 60 times or more."""

_EXPLICIT_STEPS = (
    (100, 10),
    (7, 7),
    (10 * SECOND, SECOND),
    (3 * SECOND, SECOND),
    (HOUR, SECOND),
    (HOUR, 15 * MINUTE),
    (DAY, DAY),
    (30 * DAY, DAY),
)
_BOUNDS = (None, None, 1, 2, 3, 8)
"""Of the different times in an exact window, mostly so small that they are passed."""

_LENGTHS = (1, 2, 100, SECOND, 30 * SECOND, MINUTE, HOUR, DAY)


def random_window(random: Random, kind: WindowKind) -> ir.Window:
    """Draw a window of the kind."""
    if kind == "sliding":
        width = random.choice(list(_DEFAULT_STEPS))
        return ir.Sliding(width=width, step=_DEFAULT_STEPS[width])
    if kind == "sliding with a step":
        width, step = random.choice(_EXPLICIT_STEPS)
        return ir.Sliding(width=width, step=step)
    if kind == "exact":
        return ir.Exact(width=random.choice(_LENGTHS), bound=random.choice(_BOUNDS))
    return ir.Forever(ttl=random.choice(_LENGTHS) if kind == "forever with a ttl" else None)


def window_kind(window: ir.Window) -> WindowKind:
    """Say of which kind a window is."""
    if isinstance(window, ir.Sliding):
        return "sliding" if _DEFAULT_STEPS.get(window.width) == window.step else "sliding with a step"
    if isinstance(window, ir.Exact):
        return "exact"
    return "forever" if window.ttl is None else "forever with a ttl"
