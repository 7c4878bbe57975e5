"""The compiled probe, once for each test process."""

from __future__ import annotations

import pytest

from tests.kernel.accumulators.probe import JavaMain, own_sources


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> JavaMain:
    """Runs the probe and the benchmark."""
    return JavaMain.compiled(own_sources(), tmp_path_factory.mktemp("probe"))
