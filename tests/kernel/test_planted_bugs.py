"""The suite finds every planted bug: a kernel that is wrong in one place differs from the reference somewhere."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from py4j.protocol import Py4JJavaError

from featlang.backends.kernel import build
from featlang.backends.kernel.inprocess import in_process
from featlang.compiler.plan import plan
from tests.kernel import seeds
from tests.kernel.comparison import differences, feeds
from tests.kernel.planted_bugs import PLANTED_BUGS, PlantedBug
from tests.kernel.streaming import stored_differences, streaming_feed
from tests.kernel.visits import behind_in_the_front, random_visits
from tests.strategies import seeded_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from featlang.backends.kernel.inprocess import Feed
    from featlang.compiler import ir
    from tests.strategies import Stream


@pytest.mark.parametrize("bug", PLANTED_BUGS, ids=lambda bug: bug.name)
def test_it_is_found(bug: PlantedBug, tmp_path: Path) -> None:
    """Among the pairs of `test_against_reference`, or the streams of `test_streaming`."""
    pairs = _streams() if bug.streams else _pairs()
    assert _is_found(_kernel_with(bug, tmp_path), pairs), f"no pair shows: {bug.name}"


def _kernel_with(bug: PlantedBug, folder: Path) -> Path:
    """Build the kernel with the bug in it."""
    sources = {}
    root = build.JAVA_SOURCES / "featlang" / "kernel"
    for file in sorted(root.rglob("*.java")):
        sources[f"featlang/kernel/{file.relative_to(root).as_posix()}"] = file.read_text(encoding="utf-8")
    place = f"featlang/kernel/{bug.file}"
    assert sources[place].count(bug.right) == 1, f"{bug.file} does not hold the text just once: {bug.right}"
    sources[place] = sources[place].replace(bug.right, bug.wrong)
    jar = folder / "kernel.jar"
    build.write_jar(build.compile_java(sources), jar)
    return jar


def _pairs() -> Iterator[tuple[ir.Program, list[Stream], list[Feed]]]:
    for program, streams in seeded_pairs(seeds.SEED, range(seeds.PROGRAMS), seeds.STREAMS):
        yield program, streams, feeds(streams)


def _streams() -> Iterator[tuple[ir.Program, list[Stream], list[Feed]]]:
    program, streams = behind_in_the_front()
    yield program, streams, feeds(streams)
    for seed in range(40):
        random = Random(seed)  # noqa: S311 - a test's randomness
        program, streams = random_visits(random, 30, arrival=seed % 2 == 1)
        yield program, streams, [streaming_feed(random, program, stream) for stream in streams]


def _is_found(kernel: Path, pairs: Iterator[tuple[ir.Program, list[Stream], list[Feed]]]) -> bool:
    with in_process(kernel) as host:
        for program, streams, fed in pairs:
            (job,) = plan(program).jobs
            try:
                results = host.compile(job).run(fed)
            except Py4JJavaError:
                return True  # the bug made the kernel fail, which is found as well
            for stream, feed, found in zip(streams, fed, results, strict=True):
                if differences(program, stream, found):
                    return True
                if feed.stores and stored_differences(program, stream, found):
                    return True
    return False
