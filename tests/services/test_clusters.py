"""Jobs on a Flink session cluster and on a Spark master: the bits of the reference; status, logs, stop, restore."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Feat
from tests.engines.comparison import rows_of
from tests.services.conftest import Running
from tests.services.topics import Topics

WAIT = 180.0
"""So long a job may take to come to what is expected of it, in seconds."""

PARTITIONS = 8
"""Of a topic: each task reads at least one."""

ENVIRONMENT = """
environments:
  local: {{bind: {{clicks: {{stream: {{kind: jsonl, path: data/clicks.jsonl}}}}}}}}
  cluster:
    state: {{interval: 1s}}
    {servers}
    bind: {{clicks: {{stream: {{kind: {kind}, path: {path}}}}}}}
"""


def bind(project: Path, kind: str, path: str, **servers: str) -> None:
    """Have the environment `cluster` read this, on these servers."""
    lines = "\n    ".join(f"{name}: {{{value}}}" for name, value in servers.items())
    (project / "feat.yaml").write_text(ENVIRONMENT.format(servers=lines, kind=kind, path=path), encoding="utf-8")


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_a_run_on_a_cluster_gives_the_bits_of_the_reference(
    engine: str, request: pytest.FixtureRequest, project: Path, feat: Feat
) -> None:
    server: Running = request.getfixturevalue(engine)
    address = {"flink": f"address: http://{server.address}", "spark": f"master: spark://{server.address}"}[engine]
    bind(project, "jsonl", "data/clicks.jsonl", **{engine: address})
    assert feat("run", "-C", project, "--env", "local", "--out", project / "expected").code == 0
    result = feat("run", "-C", project, "--on", engine, "--env", "cluster", "--out", project / "found")
    assert result.code == 0, result.text
    expected, found = (rows_of(pq.read_table(project / out / "user_engagement")) for out in ("expected", "found"))
    assert found == expected
    assert found.total() == 200


def test_a_job_that_goes_on_is_watched_stopped_with_a_savepoint_and_restored(
    flink: Running, kafka: Running, project: Path, feat: Feat
) -> None:
    lines = (project / "data" / "clicks.jsonl").read_bytes().splitlines()
    topics = Topics(kafka.address)
    kinds = ("rejects", "late", "quarantine")
    topics.make({"shop.clicks": PARTITIONS, **{f"shop.clicks.{kind}": 1 for kind in kinds}})
    topics.fill("shop.clicks", [(number % PARTITIONS, line) for number, line in enumerate(lines[:120])])
    bind(project, "kafka", "shop.clicks", flink=f"address: http://{flink.address}", kafka=f"servers: {kafka.address!r}")
    place = ("-C", project, "--env", "cluster")
    submit = ("run", *place, "--on", "flink", "--detach", "--out", project / "rows")

    assert "nothing was submitted in the environment `cluster`" in feat("status", *place).err
    started = feat(*submit)
    assert started.code == 0, started.text
    assert f"clicks runs on http://{flink.address} as " in started.out
    job = until(project, feat, lambda job: job["rows"]["user_engagement"] > 0 and job["checkpoint"] is not None)
    assert (job["state"], job["restarts"], job["failure"]) == ("RUNNING", 0, None)
    assert job["sources"]["clicks"] == {"read": 120, "accepted": 120, "late": 0, "rejected": 0, "quarantined": 0}
    assert job["rows"]["user_engagement"] < 120  # the last ones wait for the watermark
    assert job["behind"]["clicks"] > 0
    again = feat(*submit)
    assert (again.code, "clicks runs already, as " in again.err) == (1, True)
    shown = feat("status", *place)
    assert (shown.code, "120 read, 120 accepted, 0 late" in shown.out) == (0, True), shown.text
    logged = feat("logs", *place, "--lines", "100000")
    assert logged.code == 0
    assert "== JobManager of" in logged.out
    assert f"Completed checkpoint 1 for job {job['id']}" in logged.out

    stopped = feat("stop", *place, "--savepoint", project / "kept")
    assert stopped.code == 0, stopped.text
    (savepoint,) = (project / "kept").iterdir()
    assert f"its state is in {savepoint}" in stopped.out
    first = rows_of(pq.read_table(project / "rows" / "user_engagement"))
    ended = feat("status", *place)
    assert (ended.code, ended.out.startswith("clicks: FINISHED since ")) == (0, True)
    assert "clicks does not run: FINISHED" in feat("stop", *place).out
    refused = feat(*submit)
    assert (refused.code, "is not empty" in refused.err) == (1, True)

    topics.fill("shop.clicks", [(number % PARTITIONS, line) for number, line in enumerate(lines[120:])])
    restored = feat(*submit, "--restore", savepoint)
    assert restored.code == 0, restored.text
    passed = passed_by_the_watermark(lines)
    until(project, feat, lambda job: job["rows"]["user_engagement"] == passed)
    assert feat("stop", *place, "--savepoint", project / "kept").code == 0
    assert feat("run", "-C", project, "--env", "local", "--out", project / "expected").code == 0
    expected = rows_of(pq.read_table(project / "expected" / "user_engagement"))
    both = rows_of(pq.read_table(project / "rows" / "user_engagement"))
    assert first < both < expected
    assert both.total() == passed
    assert feat("stop", *place).code == 0


def test_a_failure_is_told_by_its_definitions_with_the_trace_behind_a_flag(
    flink: Running, project: Path, feat: Feat, tmp_path: Path
) -> None:
    damaged = project / "data" / "clicks.parquet"
    rows = [json.loads(line) for line in (project / "data" / "clicks.jsonl").read_text(encoding="utf-8").splitlines()]
    times = pa.array([row.pop("ts") for row in rows]).cast(pa.timestamp("us", "UTC"))
    pq.write_table(pa.Table.from_pylist(rows).append_column("ts", times), damaged, compression="none")
    content = bytearray(damaged.read_bytes())
    content[4:200] = bytes(196)  # of the first page; the footer, which is read first, is whole
    damaged.write_bytes(content)
    bind(project, "parquet", "data/clicks.parquet", flink=f"address: http://{flink.address}")
    run = ("run", "-C", project, "--on", "flink", "--env", "cluster", "--out", tmp_path / "out")
    failed = feat(*run)
    assert failed.code == 1
    assert "It was in task 1 of 1 of `Source: clicks -> read clicks" in failed.err
    assert "\n  source clicks, sources.feat:2\n" in failed.err
    assert "\tat " not in failed.err
    assert "\tat featlang." in feat("--trace", *run).err


def passed_by_the_watermark(lines: list[bytes]) -> int:
    """How many events are no later than the watermark: the least of all partitions' greatest times, less 5 minutes."""
    times = [datetime.fromisoformat(json.loads(line)["ts"].replace("Z", "+00:00")) for line in lines]
    watermark = min(max(times[partition::PARTITIONS]) for partition in range(PARTITIONS)) - timedelta(minutes=5)
    return sum(moment < watermark for moment in times)


def until(project: Path, feat: Feat, expected: Any) -> dict[str, Any]:
    """What `feat status` says of the one job as soon as it is as expected."""
    deadline = time.monotonic() + WAIT
    while True:
        result = feat("status", "-C", project, "--env", "cluster", "--format", "json")
        (job,) = json.loads(result.out)
        if expected(job):
            found: dict[str, Any] = job
            return found
        assert time.monotonic() < deadline, result.out
        time.sleep(0.5)
