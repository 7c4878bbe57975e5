"""One warm JVM for all tests of a worker; what the random programs cover, after the tests."""

from collections.abc import Iterator

import pytest

from featlang.backends.kernel.inprocess import InProcess, in_process
from tests.kernel import seeds


@pytest.fixture(scope="session")
def kernel_host() -> Iterator[InProcess]:
    """Give the host without an engine."""
    with in_process() as host:
        yield host


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print on how many pairs each aggregate was tried, where the random programs were run; workers cannot print."""
    if any("test_against_reference" in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.section("pairs of program and stream, by aggregate and window (least to most of all types)")
        terminalreporter.write_line(seeds.coverage().table())
