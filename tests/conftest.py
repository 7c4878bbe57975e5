"""One warm JVM of each kind for all tests of a worker; what the random programs cover, after the tests."""

from collections.abc import Iterator

import pytest

from featlang.backends.kernel.inprocess import InProcess, in_process
from tests.flink.mini_cluster import MiniCluster, mini_cluster
from tests.kernel import seeds


@pytest.fixture(scope="session")
def kernel_host() -> Iterator[InProcess]:
    """Give the host without an engine."""
    with in_process() as host:
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
