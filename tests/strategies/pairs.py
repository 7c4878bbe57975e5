"""Programs with the streams that they are tried on, by seed or drawn by hypothesis."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies

from featlang.backends.reference import Input, Memory
from tests.strategies.coverage import HOLDING, ORDERS, PLAIN, Deck
from tests.strategies.programs import random_program
from tests.strategies.streams import Stream, random_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featlang.compiler import ir
    from tests.strategies.coverage import Order

PLAIN_HAND = 30
HOLDING_HAND = 10
"""Of the hand of a program whose events hold others, so many cells are of lists, maps and structs."""


def seeded_pairs(seed: int, programs: range, streams: int) -> Iterator[tuple[ir.Program, list[Stream]]]:
    """Make those of the seed's endless programs, each with so many streams.

    The programs cover all cells evenly, every third in the order of arrival, every second of events that a CSV can
    hold; each is the same whichever others are asked for.
    """
    plain = {order: Deck(Random(f"{seed} {order}"), PLAIN, order) for order in ORDERS}
    holding = {order: Deck(Random(f"{seed} {order} holding"), HOLDING, order) for order in ORDERS}
    for number in range(programs.stop):
        order: Order = "arrival" if number % 3 == 1 else "time"
        more = HOLDING_HAND if number % 2 else 0
        hand = plain[order].deal(PLAIN_HAND - more) + holding[order].deal(more)
        if number in programs:
            random = Random(f"{seed} {number}")
            program = random_program(random, hand, (order,), in_csv=not more)
            yield program, [random_stream(random, program) for _ in range(streams)]


@strategies.composite
def pairs(draw: strategies.DrawFn, streams: int) -> tuple[ir.Program, list[Stream]]:
    """Draw a small program, which shrinks, and so many streams from one seed."""
    program = random_program(draw(strategies.randoms(use_true_random=False)))
    random = Random(draw(strategies.integers(0, 2**32)))
    return program, [random_stream(random, program) for _ in range(streams)]


def as_input(program: ir.Program, stream: Stream, role: Literal["stream", "history"] = "stream") -> dict[str, Input]:
    """Give the stream to the reference as the input of the program's only source."""
    name = program.sources[0].name
    return {name: Input(stream.kind, (Memory(f"{name}.{stream.kind}", stream.data),), stream.options, role)}
