"""`feat run --detach`, `status`, `stop`, `logs`: what they say where no cluster is needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.flink.session_cluster import ClusterError, SessionCluster
from featlang.cli.status import _lag
from featlang.cluster_jobs import definitions
from featlang.compiler.compile import compile_program
from featlang.job_status import status
from featlang.project import load
from tests.cli.conftest import Feat

CLUSTER = """
environments:
  local: {}
  cluster:
    state: {interval: 1s}
    flink: {address: http://127.0.0.1:9}
    bind: {clicks: {stream: data/clicks.jsonl}}
  unsaved:
    flink: {address: http://127.0.0.1:9}
    bind: {clicks: {stream: data/clicks.jsonl}}
"""


@pytest.fixture
def cluster(project: Path) -> Path:
    """A project with an environment whose cluster does not answer: port 9 throws away what comes."""
    (project / "feat.yaml").write_text(CLUSTER, encoding="utf-8")
    return project


@pytest.mark.parametrize(
    ("flags", "advice"),
    [
        (["--env", "cluster"], "type --on flink"),
        (["--on", "flink", "--env", "local"], "add `flink: {address: http://127.0.0.1:8081}`"),
        (["--on", "flink", "--env", "unsaved"], "add `state: {interval: 10s}`"),
        (["--on", "flink", "--env", "cluster", "--since", "2026-01-01"], "run without --since and --until"),
        (["--on", "flink", "--env", "cluster", "--now", "2026-01-01"], "run without --now"),
        (["--on", "flink", "--env", "cluster", "--savepoint", "x", "--stop-after", "5"], "`feat stop --savepoint DIR`"),
    ],
)
def test_what_cannot_go_on_by_itself_is_refused_with_what_to_type(
    cluster: Path, feat: Feat, flags: list[str], advice: str
) -> None:
    result = feat("run", "-C", cluster, "--detach", *flags)
    assert result.code == 2
    assert advice in " ".join(result.err.split())
    assert not (cluster / "out").exists()


@pytest.mark.parametrize("detach", [["--detach"], []])
def test_a_cluster_that_does_not_answer_is_named_and_nothing_is_left(
    cluster: Path, feat: Feat, detach: list[str]
) -> None:
    result = feat("run", "-C", cluster, "--on", "flink", "--env", "cluster", *detach)
    assert result.code == 1
    assert "no Flink cluster answers at http://127.0.0.1:9: [Errno 111] Connection refused" in result.err
    assert "correct `flink: {address: …}`" in result.err
    assert not (cluster / "out" / "_jobs").exists()


def test_a_job_that_goes_on_has_the_clock_of_its_machines(
    cluster: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the moment of its start, all that comes later than `max_ahead` would be ahead of it."""
    given: list[Mapping[str, object]] = []

    def started(*arguments: Any) -> str:
        given.append(arguments[-1])
        return "f00"

    monkeypatch.setattr("featlang.runner.check_cluster", lambda *_: None)
    monkeypatch.setattr("featlang.runner.run_script", started)
    result = feat("run", "-C", cluster, "--on", "flink", "--env", "cluster", "--detach")
    assert result.code == 0, result.text
    assert given == [{"detach": True, "now": None}]


def test_a_savepoint_of_a_job_whose_tasks_never_all_run_is_not_awaited_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trace = "org.apache.flink.runtime.checkpoint.CheckpointException: Not all required tasks are currently running."
    done = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": trace}}}
    asked: list[str] = []

    def answer(_: SessionCluster, method: str, path: str, body: object = None) -> Any:
        asked.append(f"{method} {path}")
        return {"request-id": "r"} if body else done

    monkeypatch.setattr(SessionCluster, "_ask", answer)
    monkeypatch.setattr("featlang.backends.flink.session_cluster._START_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="`feat stop` without --savepoint ends the job as it is") as failure:
        SessionCluster("http://127.0.0.1:9").stop("f00", "file:///kept")
    assert asked.count("POST /jobs/f00/stop") > 1
    assert failure.value.trace == trace


@pytest.mark.parametrize("before", [None, 3.0])
def test_counts_are_those_that_the_cluster_collects_when_it_is_asked(
    before: float | None, cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster that was not asked for a job's metrics lately has none, or old ones, and collects them then."""
    monkeypatch.setattr("featlang.job_status._COLLECTING_SECONDS", 0)
    page, name = "/jobs/f00/vertices/v/subtasks/metrics", "read_clicks.featlang.read"
    pages: dict[str, list[Any]] = {
        page: [[], [], [{"id": name}]] if before is None else [[{"id": name}], [{"id": name}]],
        f"{page}?get={name}": [[{"id": name, "min": each, "sum": each}] for each in (before, 7.0) if each],
        "/jobs/f00/checkpoints": [{"latest": {"completed": None}, "counts": {"failed": 0}}],
        "/jobs/f00/metrics?get=numRestarts": [[]],
    }
    job = {"jid": "f00", "name": "clicks", "state": "RUNNING", "now": 5, "timestamps": {"RUNNING": 1}}
    monkeypatch.setattr(SessionCluster, "job", lambda *_: {**job, "vertices": [{"id": "v"}]})
    monkeypatch.setattr(SessionCluster, "get", lambda _, path: pages[path].pop(0))
    monkeypatch.setattr("featlang.job_status.last_failure", lambda *_: None)
    found = status(SessionCluster("http://127.0.0.1:9"), "f00", load(cluster).program)
    assert found.sources["clicks"]["read"] == 7
    assert pages[page] == []


@pytest.mark.parametrize(("lag", "shown"), [(61_400, "0:01:01 behind"), (-61_400, "0:01:01 ahead")])
def test_events_that_are_ahead_of_the_clock_are_said_to_be(lag: int, shown: str) -> None:
    assert _lag(lag) == shown


@pytest.mark.parametrize("command", ["status", "stop", "logs"])
def test_without_a_job_it_is_said_how_to_start_one(cluster: Path, feat: Feat, command: str) -> None:
    result = feat(command, "-C", cluster, "--env", "cluster")
    assert (result.code, result.out) == (1, "")
    assert "`feat run --on flink --env cluster --detach` does it" in result.err


@pytest.mark.parametrize(
    ("vertex", "expected"),
    [
        (
            "Source: a -> read a -> (_rejects/a to parquet: Writer -> _rejects/a to parquet: Committer, s to x)",
            ["source a, main.feat:2", "stream s, main.feat:5"],
        ),
        ("_late/a to kafka: Writer -> _late/a to kafka: Committer", ["source a, main.feat:2"]),
        ("Source: ab -> read ab", ["source ab, main.feat:3"]),
        ("a by k -> read to parquet: Writer -> read to parquet: Committer", ["features read, main.feat:4"]),
        ("read to cassandra: Writer", ["features read, main.feat:4"]),
        ("a by kk", []),
    ],
)
def test_a_vertex_names_the_definitions_that_it_computes(vertex: str, expected: list[str]) -> None:
    text = """
source a(k: string, ts: timestamp) { time = ts }
source ab(k: string, ts: timestamp) { time = ts }
features read from a by k over 1h { n = count() }
stream s from a keep k to parquet("s") {}
features other from ab by k over 1h { n = count() }
"""
    compiled = compile_program({"main.feat": text})
    assert compiled.program is not None, compiled.diagnostics
    assert definitions(vertex, compiled.program) == expected
