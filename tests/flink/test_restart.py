"""A job that fails goes on from its last checkpoint: the same rows, late events, rejects and counts, each once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.flink.mini_cluster import Built, MiniCluster, write_conf
from tests.flink.test_job import BLOCKS, refused, rows
from tests.spark import clicks

COUNT = 60_000


def test_a_restart_changes_nothing(clicks_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    lines = clicks.stream(COUNT, seed=2)
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    files[0].write_text("\n".join(lines[: COUNT // 3]), encoding="utf-8")
    files[1].write_text("\n".join(lines[COUNT // 3 :]), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file) for file in files], "options": {}}}
    smooth, failed, marker = tmp_path / "smooth", tmp_path / "failed", tmp_path / "marker"
    undisturbed = cluster.run(clicks_job, smooth, sources, list(BLOCKS))

    settings = {"jars": [str(cluster.test_jar)], "state": {"interval": 50}}
    conf = write_conf(failed, sources, list(BLOCKS), settings)
    script = Path(__file__).with_name("failing_job.py")
    command = [sys.executable, str(script), str(clicks_job.script), str(marker), "visits", "0", "--conf", str(conf)]
    done = subprocess.run(command, env=cluster.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert marker.exists()
    for name in BLOCKS:
        assert rows(failed / name) == rows(smooth / name)
    for folder in ("_late", "_rejects"):
        assert refused(failed, folder) == refused(smooth, folder) != []
    counted = json.loads((failed / "_metrics.json").read_text(encoding="utf-8"))
    for counts in ("sources", "groups"):
        assert counted[counts] == undisturbed[counts]
