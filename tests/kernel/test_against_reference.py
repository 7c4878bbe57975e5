"""The kernel against the reference, on random programs and adversarial streams: the same bits, rejects, nulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from featlang.compiler.plan import plan
from tests.kernel import seeds
from tests.kernel.comparison import differences, feeds
from tests.kernel.visits import behind_in_the_front
from tests.strategies import Stream, pairs, seeded_pairs

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess
    from featlang.compiler import ir


def _compare(host: InProcess, program: ir.Program, streams: list[Stream]) -> None:
    (job,) = plan(program).jobs
    for stream, found in zip(streams, host.compile(job).run(feeds(streams)), strict=True):
        differing = differences(program, stream, found)
        assert not differing, "\n".join([*differing[:10], repr(stream.data), program.model_dump_json()])


@pytest.mark.parametrize("first", range(0, seeds.PROGRAMS, 5))
def test_seeded_pairs_agree(kernel_host: InProcess, first: int) -> None:
    """Every aggregate, window, type and nullability: 2,000 pairs in all."""
    for program, streams in seeded_pairs(seeds.SEED, range(first, first + 5), seeds.STREAMS):
        _compare(kernel_host, program, streams)


def test_an_event_behind_others_of_the_front(kernel_host: InProcess) -> None:
    """What random streams hardly ever hit."""
    _compare(kernel_host, *behind_in_the_front())


def test_the_seeded_pairs_try_everything_twenty_times() -> None:
    """Each cell is in enough of the pairs that the test above compares."""
    assert seeds.coverage().missing(20) == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=pairs(streams=10))
def test_drawn_pairs_agree(kernel_host: InProcess, pair: tuple[ir.Program, list[Stream]]) -> None:
    """Drawn by hypothesis, which shrinks what fails."""
    _compare(kernel_host, *pair)
