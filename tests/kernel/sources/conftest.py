"""The running probe, once for each test process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.kernel.sources.probe import SourceProbe


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SourceProbe]:
    """Read files with the kernel."""
    with closing(SourceProbe(tmp_path_factory.mktemp("probe"))) as running:
        yield running
