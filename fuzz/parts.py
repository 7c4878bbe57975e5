"""One part of the search: some programs, each with some streams, on the kernel and on the reference."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError

from featlang.backends.kernel.inprocess import InProcess, in_process
from featlang.compiler.plan import plan
from tests.kernel.comparison import differences, feeds
from tests.kernel.streaming import stored_differences, streaming_feed
from tests.kernel.visits import random_visits
from tests.strategies import seeded_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featlang.compiler import ir
    from tests.strategies import Stream

SEED = 20_000
"""The seed of the programs, which no test has."""
PROGRAMS = 8
"""Random programs of a part."""
VISITS = 2
"""Programs by hand of a part, one in each order."""
STREAMS = 50
"""Streams of each program, all as a batch and every other one also as a stream with refreshes."""
PAIRS_OF_A_PART = (PROGRAMS + VISITS) * STREAMS


@dataclass(frozen=True)
class Failure:
    """A pair that differs: how its program and stream are made again, and where the first difference is."""

    program: str
    stream: int
    what: str


@dataclass(frozen=True)
class Part:
    """What a part gave."""

    number: int
    pairs: int
    failures: list[Failure]


def run_part(number: int) -> Part:
    """Tries the part's pairs. The same number gives the same pairs, as long as the tests' strategies stand."""
    failures: list[Failure] = []
    pairs = 0
    with in_process() as host:
        for name, program, streams in _programs(number):
            pairs += len(streams)
            failures += _try(host, name, program, streams)
    return Part(number, pairs, failures)


def _programs(number: int) -> Iterator[tuple[str, ir.Program, list[Stream]]]:
    wanted = range(number * PROGRAMS, (number + 1) * PROGRAMS)
    for position, (program, streams) in zip(wanted, seeded_pairs(SEED, wanted, STREAMS), strict=True):
        yield f"seeded_pairs({SEED}, {position})", program, streams
    for order in ("time", "arrival"):
        random = Random(f"{SEED} {number} {order}")
        program, streams = random_visits(random, STREAMS, arrival=order == "arrival")
        yield f"random_visits({SEED} {number} {order})", program, streams


def _try(host: InProcess, name: str, program: ir.Program, streams: list[Stream]) -> list[Failure]:
    random = Random(name)
    (job,) = plan(program).jobs
    halves = list(enumerate(streams))[::2]
    streaming = [streaming_feed(random, program, stream) for _, stream in halves]
    try:
        compiled = host.compile(job)
        batch, streamed = compiled.run(feeds(streams)), compiled.run(streaming)
    except Py4JError as error:
        return [Failure(name, -1, str(error)[:2000])]
    failures = [
        Failure(name, position, differing[0])
        for position, (stream, found) in enumerate(zip(streams, batch, strict=True))
        if (differing := differences(program, stream, found))
    ]
    return failures + [
        Failure(name, position, f"as a stream: {differing[0]}")
        for (position, stream), found in zip(halves, streamed, strict=True)
        if (differing := differences(program, stream, found) + stored_differences(program, stream, found))
    ]
