"""The suite finds every planted bug: a kernel that is wrong in one place differs from the reference somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from py4j.protocol import Py4JJavaError

from featlang.compiler.plan import plan
from tests.kernel import seeds
from tests.kernel.comparison import differences, feeds, reference
from tests.kernel.merge_bugs import MERGE_BUGS
from tests.kernel.merging import merge_differences, parts_by_hand, random_parts, run_parts, visits_to_merge
from tests.kernel.planted_bugs import PLANTED_BUGS, PlantedBug, kernel_with
from tests.kernel.streaming import stored_differences, streaming_feed
from tests.kernel.visits import behind_in_the_front, random_visits
from tests.strategies import seeded_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featlang.backends.kernel.inprocess import Feed, InProcess
    from featlang.backends.reference import ReferenceResult
    from featlang.compiler import ir
    from featlang.compiler.plan import Job
    from tests.kernel.comparison import Asked
    from tests.strategies import Stream

MERGED = range(16)
"""The seeds of `test_merge`."""


@pytest.mark.parametrize("bug", PLANTED_BUGS, ids=lambda bug: bug.name)
def test_it_is_found(bug: PlantedBug, kernel_host: InProcess) -> None:
    """Among the pairs of `test_against_reference`, or the streams of `test_streaming`."""
    assert _is_found(bug, kernel_host), f"no pair shows: {bug.name}"


@pytest.mark.parametrize("bug", MERGE_BUGS, ids=lambda bug: bug.name)
def test_it_is_found_after_a_merge(bug: PlantedBug, kernel_host: InProcess) -> None:
    """Among the parts of `test_merge`."""
    host = kernel_with(bug, kernel_host)
    by_hand = any(_is_found_by_hand(host, arrival=arrival) for arrival in (False, True))
    found = by_hand or any(_is_found_after_a_merge(host, seed) for seed in MERGED)
    assert found, f"no parts show: {bug.name}"


def _is_found_by_hand(host: InProcess, *, arrival: bool) -> bool:
    program, parts = parts_by_hand(arrival=arrival)
    compiled = host.compile(plan(program).jobs[0])
    try:
        return any(merge_differences(program, runs) for runs in run_parts(compiled, compiled, parts))
    except Py4JJavaError:
        return True


def _is_found_after_a_merge(host: InProcess, seed: int) -> bool:
    random = Random(seed)
    program, streams = visits_to_merge(random, arrival=seed % 2 == 1)
    compiled = host.compile(plan(program).jobs[0])
    try:
        parts = random_parts(random, program, compiled, streams)
        return any(merge_differences(program, runs) for runs in run_parts(compiled, compiled, parts))
    except Py4JJavaError:
        return True


def _pairs() -> Iterator[tuple[ir.Program, list[Stream], list[Feed]]]:
    for program, streams in seeded_pairs(seeds.SEED, range(seeds.PROGRAMS), seeds.STREAMS):
        yield program, streams, feeds(streams)


def _streams() -> Iterator[tuple[ir.Program, list[Stream], list[Feed]]]:
    program, streams = behind_in_the_front()
    yield program, streams, feeds(streams)
    for seed in range(40):
        random = Random(seed)
        program, streams = random_visits(random, 30, arrival=seed % 2 == 1)
        yield program, streams, [streaming_feed(random, program, stream) for stream in streams]


class _Known:
    """The reference's results, by what it was asked: most bugs are sought among the same pairs."""

    def __init__(self) -> None:
        self._results: dict[object, ReferenceResult] = {}

    def reference(self, program: ir.Program, stream: Stream, role: str = "stream", asked: Asked | None = None) -> Any:
        wanted = {name: sorted(times, key=repr) for name, times in (asked or {}).items()}
        key = (program.model_dump_json(), repr(stream), role, repr(wanted))
        if key not in self._results:
            self._results[key] = reference(program, stream, asked=asked)
        return self._results[key]


KNOWN = _Known()


class _Pairs:
    """Programs and streams, which are drawn once for all bugs, and what the kernel without a bug answers to them."""

    def __init__(self, drawn: Iterator[tuple[ir.Program, list[Stream], list[Feed]]]) -> None:
        self._drawn = drawn
        self._tried: list[_Tried] = []

    def each(self, right: InProcess) -> Iterator[_Tried]:
        yield from self._tried
        for program, streams, fed in self._drawn:
            (job,) = plan(program).jobs
            self._tried.append(_Tried(program, job, streams, fed, right.compile(job).answers(fed)))
            yield self._tried[-1]


@dataclass(frozen=True)
class _Tried:
    """A program, its streams and their feeds, and the answers of the kernel without a bug."""

    program: ir.Program
    job: Job
    streams: list[Stream]
    fed: list[Feed]
    answers: list[bytes]


PAIRS = _Pairs(_pairs())
STREAMS = _Pairs(_streams())


def _is_found(bug: PlantedBug, right: InProcess) -> bool:
    host = kernel_with(bug, right)
    return any(_is_shown_by(tried, host) for tried in (STREAMS if bug.streams else PAIRS).each(right))


def _is_shown_by(tried: _Tried, host: InProcess) -> bool:
    """Compare with the reference, unless the answer is byte for byte that of the kernel without a bug."""
    try:
        compiled = host.compile(tried.job)
        answers = compiled.answers(tried.fed)
    except Py4JJavaError:
        return True  # the bug made the kernel fail, which is found as well
    for stream, feed, answer, right in zip(tried.streams, tried.fed, answers, tried.answers, strict=True):
        if answer == right:
            continue
        found = compiled.decoded(answer)
        if differences(tried.program, stream, found, reference=KNOWN.reference):
            return True
        if feed.stores and stored_differences(tried.program, stream, found, KNOWN.reference):
            return True
    return False
