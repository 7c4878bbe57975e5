"""One warm JVM for all tests of a worker."""

from collections.abc import Iterator

import pytest

from featlang.backends.kernel.inprocess import InProcess, in_process


@pytest.fixture(scope="session")
def kernel_host() -> Iterator[InProcess]:
    """Give the host without an engine."""
    with in_process() as host:
        yield host
