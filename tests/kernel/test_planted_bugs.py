"""The suite finds every planted bug: a kernel that is wrong in one place differs from the reference somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from py4j.protocol import Py4JJavaError

from featlang.backends.kernel import build
from featlang.backends.kernel.inprocess import in_process
from featlang.compiler.plan import plan
from tests.kernel import seeds
from tests.kernel.comparison import differences, feeds
from tests.kernel.planted_bugs import PLANTED_BUGS, PlantedBug
from tests.strategies import seeded_pairs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("bug", PLANTED_BUGS, ids=lambda bug: bug.name)
def test_it_is_found(bug: PlantedBug, tmp_path: Path) -> None:
    """Among the pairs of `test_against_reference`."""
    assert _is_found(_kernel_with(bug, tmp_path)), f"no pair shows: {bug.name}"


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


def _is_found(kernel: Path) -> bool:
    with in_process(kernel) as host:
        for program, streams in seeded_pairs(seeds.SEED, range(seeds.PROGRAMS), seeds.STREAMS):
            (job,) = plan(program).jobs
            try:
                results = host.compile(job).run(feeds(streams))
            except Py4JJavaError:
                return True  # the bug made the kernel fail, which is found as well
            if any(differences(program, s, found) for s, found in zip(streams, results, strict=True)):
                return True
    return False
