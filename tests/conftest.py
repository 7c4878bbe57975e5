"""One warm JVM of each kind for all tests of a worker; what the random programs cover, after the tests."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from featlang.backends.kernel.inprocess import InProcess, in_process
from tests.flink.mini_cluster import MiniCluster, mini_cluster
from tests.kernel import seeds

LONGEST_FIRST = (
    "kernel/test_planted_bugs.py",
    "spark/test_job.py",
    "cli/test_engines.py",
    "dsl/test_fuzz_readers.py",
    "kernel/test_merge.py",
    "kernel/test_against_reference.py",
    "kernel/test_streaming.py",
    "engines/test_random_programs.py",
    "engines/test_holding_types.py",
    "kernel/accumulators/test_functions.py",
    "kernel/test_unusual_programs.py",
    "flink/test_savepoints.py",
    "engines/test_library.py",
    "kernel/test_migration.py",
    "docs/test_sliding_sums_page.py",
)
"""Files that take long: begun last, one of them would run while the other workers have nothing to do."""


QUICK = "-XX:TieredStopAtLevel=1"
UNCHECKED = "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
"""A fifth of a small run on Spark is the check of its classes' bytecode. That of ours is checked in `kernel_host`."""


def pytest_configure() -> None:
    """Have every Java start fast: what tests run is over before its better compiler, or checks of classes, would pay.

    `make fuzz`, `make chaos` and `make demo` run the same code with both.
    """
    os.environ.setdefault("JAVA_TOOL_OPTIONS", f"{QUICK} {UNCHECKED}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first: `make test` gives them to its workers in this order."""
    places = {Path(__file__).parent / file: place for place, file in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def kernel_host() -> Iterator[InProcess]:
    """Give the host without an engine. Bytecode is checked as it is by default."""
    with ExitStack() as running:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JAVA_TOOL_OPTIONS", os.environ["JAVA_TOOL_OPTIONS"].replace(UNCHECKED, ""))
            host = running.enter_context(in_process())
        yield host


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniCluster]:
    """A warm JVM, started as on a machine without Java."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEAT_JAVA", "bundled")
        with mini_cluster(tmp_path_factory.mktemp("flink")) as running:
            yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print on how many pairs each aggregate was tried, where the random programs were run; workers cannot print."""
    if any("test_against_reference" in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.section("pairs of program and stream, by aggregate and window (least to most of all types)")
        terminalreporter.write_line(seeds.coverage().table())
