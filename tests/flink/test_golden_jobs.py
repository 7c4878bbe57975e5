"""A savepoint that an earlier version of the runtime wrote is restored by this one, whole."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from featlang.backends.connectors.sqlite import read_table
from tests.flink.golden_jobs import RECORDS, GoldenJob, golden_job
from tests.flink.mini_cluster import MiniCluster
from tests.flink.test_job import rows


@pytest.mark.parametrize(("name", "backend", "parallelism"), [("time", "rocksdb", 1), ("arrival", "heap", 3)])
def test_a_job_goes_on_from_what_an_earlier_version_wrote(
    name: str, backend: str, parallelism: int, cluster: MiniCluster, tmp_path: Path
) -> None:
    """Rows, refused records and stored rows after it are those of a run that was never stopped."""
    made = golden_job(name, tmp_path)
    smooth, on = tmp_path / "smooth" / "out", tmp_path / "on" / "out"
    made.run(cluster, smooth, 2, backend="heap")
    made.run(cluster, on, parallelism, backend=backend, restore=str(made.folder / "savepoint"))
    for output in made.job.outputs:
        before, after = (Counter(map(repr, rows(out / output))) for out in (smooth, on))
        assert after <= before
        assert before.total() - after.total() == made.written[output] > 0
    for kind in ("_late", "_rejects"):
        whole, rest = refused(smooth / kind), refused(on / kind)
        assert rest == [each for each in whole if each[0] > RECORDS]
        assert 0 < len(rest) < len(whole)
    assert stored(made, on.parent) == stored(made, smooth.parent)


def refused(folder: Path) -> list[tuple[int, str]]:
    """Number and code of each refused record."""
    return sorted((each["record"], each["code"]) for each in pq.read_table(folder / "clicks").to_pylist())


def stored(made: GoldenJob, folder: Path) -> list[list[dict[str, Any]]]:
    """The stores' rows; when a row was last written follows from how often it was."""
    names = [sink.target for block in made.program.features for sink in block.sinks if sink.kind == "cassandra"]
    tables = [read_table(folder / "online.sqlite", name) for name in names]
    assert len(tables) == 2
    return [[{c: v for c, v in row.items() if c != "_written"} for row in table] for table in tables]
