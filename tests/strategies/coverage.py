"""Which aggregates have been tried over which windows, types and nullabilities."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from featlang.stdlib.aggregates import AGGREGATES
from tests.strategies.windows import WINDOW_KINDS, WindowKind, window_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from featlang.compiler import ir


class Cell(NamedTuple):
    """An aggregate over a kind of window, of an argument of a type that may be null or not; `count()` has no type."""

    aggregate: str
    window: WindowKind
    type: ir.TypeName | None
    nullable: bool


def _all_cells() -> Iterator[Cell]:
    for name, declaration in AGGREGATES.items():
        for window in WINDOW_KINDS:
            for argument in declaration.takes[0]:
                yield Cell(name, window, argument, nullable=False)
                yield Cell(name, window, argument, nullable=True)
            if declaration.optional:
                yield Cell(name, window, None, nullable=False)


CELLS: tuple[Cell, ...] = tuple(_all_cells())
"""Every combination there is."""


def cells_of(program: ir.Program) -> Iterator[Cell]:
    """List the cell of each aggregate of the program."""
    for block in program.features:
        for aggregate in block.aggregates:
            argument = aggregate.arguments[0] if aggregate.arguments else None
            yield Cell(
                aggregate.function,
                window_kind(aggregate.window),
                argument.type if argument else None,
                nullable=argument.nullable if argument else False,
            )


def hands(random: Random, size: int) -> Iterator[list[Cell]]:
    """Deal all cells again and again, shuffled, `size` at a time, so that none is left out for long."""
    deck: list[Cell] = []
    while True:
        while len(deck) < size:
            deck += random.sample(CELLS, len(CELLS))
        yield deck[:size]
        del deck[:size]


class Coverage:
    """A tally of cells."""

    def __init__(self) -> None:
        """Start with nothing tried."""
        self.tried: Counter[Cell] = Counter()

    def add(self, program: ir.Program, times: int = 1) -> None:
        """Count each aggregate of a program that was tried on so many streams."""
        for cell in cells_of(program):
            self.tried[cell] += times

    def missing(self, least: int) -> list[Cell]:
        """List the cells that were tried fewer times than that."""
        return [cell for cell in CELLS if self.tried[cell] < least]

    def table(self) -> str:
        """Show, for each aggregate and kind of window, the least and the greatest tally of its types."""
        lines = [f"{'aggregate':<16}" + "".join(f"{window:>22}" for window in WINDOW_KINDS)]
        for name in AGGREGATES:
            line = f"{name:<16}"
            for window in WINDOW_KINDS:
                tallies = [self.tried[cell] for cell in CELLS if cell.aggregate == name and cell.window == window]
                line += f"{f'{min(tallies)} to {max(tallies)}':>22}"
            lines.append(line)
        return "\n".join(lines)
