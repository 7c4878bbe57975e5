"""A job that fails goes on from its last checkpoint: the same rows, late events, rejects and counts, each once."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.connectors.sqlite import binding
from tests.flink.mini_cluster import Built, MiniCluster, write_conf
from tests.flink.test_job import BLOCKS, refused, rows
from tests.flink.test_stores import stored
from tests.spark import clicks

COUNT = 60_000


@dataclass(frozen=True)
class Smooth:
    """A run that nothing fails, and what it read."""

    sources: dict[str, dict[str, object]]
    folder: Path
    metrics: dict[str, Any]


@pytest.fixture(scope="module")
def smooth(clicks_job: Built, cluster: MiniCluster, tmp_path_factory: pytest.TempPathFactory) -> Smooth:
    folder = tmp_path_factory.mktemp("smooth")
    lines = clicks.stream(COUNT, seed=2)
    files = [folder / "a.jsonl", folder / "b.jsonl"]
    files[0].write_text("\n".join(lines[: COUNT // 3]), encoding="utf-8")
    files[1].write_text("\n".join(lines[COUNT // 3 :]), encoding="utf-8")
    sources: dict[str, dict[str, object]] = {
        "clicks": {"kind": "jsonl", "files": [str(file) for file in files], "options": {}}
    }
    stores = {name: [binding(name, folder)] for name in BLOCKS}
    return Smooth(sources, folder, cluster.run(clicks_job, folder / "out", sources, list(BLOCKS), stores=stores))


@pytest.mark.parametrize(
    ("place", "moment"), [("visits", "row"), ("source", "row"), ("source", "snapshot"), ("store", "flush")]
)
def test_a_restart_changes_nothing(
    place: str, moment: str, smooth: Smooth, clicks_job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    """The job fails a second time while it restarts."""
    out, marker = tmp_path / "out", tmp_path / "marker"
    stores = {name: [binding(name, tmp_path)] for name in BLOCKS}
    settings = {"jars": [str(cluster.test_jar)], "state": {"interval": 50}, "stores": stores}
    conf = write_conf(out, smooth.sources, list(BLOCKS), settings)
    script = Path(__file__).with_name("failing_job.py")
    command = [sys.executable, str(script), str(clicks_job.script), str(marker)]
    command += [place, moment, "0", "again", "--conf", str(conf)]
    done = subprocess.run(command, env=cluster.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert marker.exists()
    assert marker.with_name("marker-again").exists()
    for name in BLOCKS:
        assert rows(out / name) == rows(smooth.folder / "out" / name)
        assert stored(tmp_path, name) == stored(smooth.folder, name)
    for folder in ("_late", "_rejects"):
        assert refused(out, folder) == refused(smooth.folder / "out", folder) != []
    counted = json.loads((out / "_metrics.json").read_text(encoding="utf-8"))
    for counts in ("sources", "groups"):
        assert counted[counts] == smooth.metrics[counts]
