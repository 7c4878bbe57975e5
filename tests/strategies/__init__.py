"""Random programs and adversarial streams, for comparing the kernel with the reference."""

from tests.strategies.bound import beyond_the_bound
from tests.strategies.coverage import CELLS, ORDER_CELLS, Cell, Coverage, OrderCell, cells_of, order_of
from tests.strategies.pairs import as_input, pairs, seeded_pairs
from tests.strategies.programs import random_program
from tests.strategies.streams import Stream, random_stream

__all__ = [
    "CELLS",
    "ORDER_CELLS",
    "Cell",
    "Coverage",
    "OrderCell",
    "Stream",
    "as_input",
    "beyond_the_bound",
    "cells_of",
    "order_of",
    "pairs",
    "random_program",
    "random_stream",
    "seeded_pairs",
]
