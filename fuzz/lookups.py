"""One part of the search among streams, lookups and tables: programs and events, on the kernel and the reference."""

from __future__ import annotations

from random import Random
from typing import Any

from py4j.protocol import Py4JError

from featlang.backends.kernel.inprocess import InProcess, in_process
from featlang.compiler.plan import plan
from fuzz.parts import Failure, Part
from tests.kernel.lookups import differences, expected, feed, other_events, random_pair, stored_differences

SEED = 30_000
"""The seed of the programs, which no test has."""
PROGRAMS = 20
"""Programs of a part."""
EVENTS = 25
"""Sets of events of each program: at once, with its state written and read, and as a stream with stores, in turn."""
PAIRS_OF_A_PART = PROGRAMS * EVENTS


def run_lookups(number: int) -> Part:
    """Tries the part's pairs. The same number gives the same pairs, as long as `tests/kernel/lookups.py` stands."""
    failures: list[Failure] = []
    with in_process() as host:
        for program in range(number * PROGRAMS, (number + 1) * PROGRAMS):
            failures += _try(host, f"{SEED} {program}")
    return Part(number, PAIRS_OF_A_PART, failures)


def _try(host: InProcess, seed: str) -> list[Failure]:
    random = Random(seed)
    first = random_pair(random)
    pairs = [first, *(other_events(random, first) for _ in range(EVENTS - 1))]
    references = [expected(pair) for pair in pairs]
    stores = {block.name: "EVERY" for block in first.program.features if random.choice((True, False))}
    marks = random.sample(range(1, 100), 30)
    hows: tuple[dict[str, Any], ...] = (
        {},
        {"reload": 1},
        {"reload": 2, "watermarks": marks, "stores": stores, "save": True},
    )
    failures = []
    for job in plan(first.program).jobs:
        ways = [feed(pair, job, **hows[place % len(hows)]) for place, pair in enumerate(pairs)]
        try:
            results = host.compile(job).run(ways)
        except Py4JError as error:
            return [Failure(f"random_pair({seed!r})", -1, str(error)[:2000])]
        for place, (pair, reference, way, found) in enumerate(zip(pairs, references, ways, results, strict=True)):
            differing = differences(reference, job, found) + stored_differences(pair, job, way, found)
            failures += [Failure(f"random_pair({seed!r})", place, each) for each in differing[:1]]
    return failures
