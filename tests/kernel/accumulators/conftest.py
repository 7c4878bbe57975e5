"""The compiled probe, once for each test process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.kernel.accumulators.probe import JavaMain, own_sources


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaMain]:
    """Runs the probe and the benchmark."""
    with closing(JavaMain.compiled(own_sources(), tmp_path_factory.mktemp("probe"))) as running:
        yield running
