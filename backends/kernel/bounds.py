"""How much state a key can have: for each window of a stage its entries, and the most bytes of their encoding.

The bounds hold for what the kernel writes (`Ring.write`, `Stage.save`); an engine adds its own keys and overhead.
"""

from __future__ import annotations

from dataclasses import dataclass

from featlang.backends.kernel.accumulators import BLOCK, LONG, Size, accumulator_of
from featlang.compiler import ir
from featlang.compiler.plan import Ring, Stage


@dataclass(frozen=True, slots=True)
class RingBound:
    """The state of one window of a filter.

    `entries` are its closed tiles at most; None: one for each event in the window, and so many as come. `entry` is the
    most that one takes, `head` what is kept besides.
    """

    ring: Ring
    entries: int | None
    entry: Size
    head: Size

    @property
    def total(self) -> Size | None:
        """The most that all of it takes; None where it grows with the events."""
        return None if self.entries is None else self.head + self.entry.times(self.entries)


@dataclass(frozen=True, slots=True)
class StageBound:
    """The state of a key of a stage: `head` is what belongs to no window."""

    stage: Stage
    head: Size
    rings: tuple[RingBound, ...]

    @property
    def total(self) -> Size | None:
        """The most that a key takes; None where a window grows with its events."""
        found = self.head
        for ring in self.rings:
            if ring.total is None:
                return None
            found += ring.total
        return found


def bound_of(stage: Stage, source: ir.Source) -> StageBound:
    """The bounds of a stage's state."""
    by_arrival = source.order is not None
    head = Size(1 + LONG + 1 + LONG + (3 * LONG if by_arrival else 0))
    head += Size(1 + 3 * LONG + 16 + LONG).times(len(stage.groups))
    return StageBound(stage, head, tuple(_ring(ring, by_arrival=by_arrival) for ring in stage.rings))


def _ring(ring: Ring, *, by_arrival: bool) -> RingBound:
    kinds = [accumulator_of(cell, by_arrival=by_arrival) for cell in ring.cells]
    entries: int | None
    match ring.window:
        case ir.Sliding(width=width, step=step):
            entries = width // step + 1
        case ir.Exact():
            entries = None
        case ir.Forever():
            entries = 0
    tile, window = Size(0), Size(0)
    for kind in kinds:
        one = Size(3 * LONG) + kind.each if entries is None and kind.each is not None else kind.most
        tile += Size(BLOCK) + one
        window += Size(BLOCK) + kind.most.times(1 + (entries or 0) if kind.each is not None else 1)
    # What `Ring.write` puts into the head: the open tile and, of a later part, one that was set aside; what runs, and
    # what is at the front.
    head = Size(BLOCK + 1 + 6 * LONG) + tile.times(2) + window.times(2)
    return RingBound(ring, entries, Size(LONG) + tile, head)
