"""Which aggregates have been tried over which windows, types and nullabilities, and in which orders of events."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from featlang.stdlib.aggregates import AGGREGATES
from tests.strategies.types import SOME, in_csv
from tests.strategies.windows import WINDOW_KINDS, WindowKind, window_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from featlang.compiler import ir

Order = Literal["time", "arrival"]
ORDERS: tuple[Order, ...] = get_args(Order)


class Cell(NamedTuple):
    """An aggregate over a kind of window, of an argument of a type that may be null or not; `count()` has no type."""

    aggregate: str
    window: WindowKind
    type: ir.TypeName | None
    nullable: bool


class OrderCell(NamedTuple):
    """An aggregate over a kind of window, of a source in one of the orders; the type does not matter."""

    aggregate: str
    window: WindowKind
    order: Order


def _all_cells() -> Iterator[Cell]:
    for name, declaration in AGGREGATES.items():
        for window in WINDOW_KINDS:
            for argument in (SOME[kind] for kind in declaration.takes[0]):
                yield Cell(name, window, argument, nullable=False)
                yield Cell(name, window, argument, nullable=True)
            if declaration.optional:
                yield Cell(name, window, None, nullable=False)


CELLS: tuple[Cell, ...] = tuple(_all_cells())
"""Every combination there is."""

PLAIN: tuple[Cell, ...] = tuple(cell for cell in CELLS if cell.type is None or in_csv(cell.type))
"""Those whose events a CSV can hold."""

HOLDING: tuple[Cell, ...] = tuple(cell for cell in CELLS if cell not in PLAIN)
"""Those of lists, maps and structs."""

ORDER_CELLS: tuple[OrderCell, ...] = tuple(OrderCell(*cell) for cell in product(AGGREGATES, WINDOW_KINDS, ORDERS))
"""Every aggregate over every kind of window in both orders."""


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


def order_of(program: ir.Program) -> Order:
    """Say in which order the program's only source applies its events."""
    return "time" if program.sources[0].order is None else "arrival"


class Deck:
    """Deals cells again and again, shuffled, so that none is left out for long.

    For the order of time all of them; for that of arrival, which has fewer programs, one of each aggregate and window.
    """

    def __init__(self, random: Random, cells: Sequence[Cell], order: Order) -> None:
        """Of these cells."""
        self._random = random
        self._cells = cells
        self._order = order
        self._left: list[Cell] = []

    def deal(self, size: int) -> list[Cell]:
        """Deal so many."""
        while len(self._left) < size:
            cells = self._random.sample(self._cells, len(self._cells))
            few = {(cell.aggregate, cell.window): cell for cell in cells}.values()
            self._left += cells if self._order == "time" else few
        dealt, self._left = self._left[:size], self._left[size:]
        return dealt


class Coverage:
    """A tally of cells."""

    def __init__(self) -> None:
        """Start with nothing tried."""
        self.tried: Counter[Cell] = Counter()
        self.tried_in: Counter[OrderCell] = Counter()

    def add(self, program: ir.Program, times: int = 1) -> None:
        """Count each aggregate of a program that was tried on so many streams."""
        order = order_of(program)
        for cell in cells_of(program):
            self.tried[cell] += times
            self.tried_in[OrderCell(cell.aggregate, cell.window, order)] += times

    def missing(self, least: int) -> list[Cell | OrderCell]:
        """List the cells that were tried fewer times than that, of either kind."""
        return [
            *(cell for cell in CELLS if self.tried[cell] < least),
            *(cell for cell in ORDER_CELLS if self.tried_in[cell] < least),
        ]

    def table(self) -> str:
        """Show, for each aggregate and kind of window, the least and greatest tally of its types, and each order's."""
        lines = [f"{'aggregate':<16}" + "".join(f"{window:>30}" for window in WINDOW_KINDS)]
        lines[0] += "  (order of time + of arrival)"
        for name in AGGREGATES:
            line = f"{name:<16}"
            for window in WINDOW_KINDS:
                tallies = [self.tried[cell] for cell in CELLS if cell.aggregate == name and cell.window == window]
                orders = " + ".join(str(self.tried_in[OrderCell(name, window, order)]) for order in ORDERS)
                line += f"{f'{min(tallies)} to {max(tallies)} ({orders})':>30}"
            lines.append(line)
        return "\n".join(lines)
