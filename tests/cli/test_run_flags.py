"""Flags and settings of runs: what they do on the reference, and what wrong ones are answered with."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from featlang.backends.connectors.sqlite import read_table
from featlang.compiler.plan import plan
from featlang.job_conf import job_conf
from featlang.project import load
from featlang.request import Request, StreamState
from featlang.run_inputs import state_of
from featlang.run_report import PHASES, RunReport
from featlang.settings import read_settings
from tests.cli.conftest import Feat

SETTINGS = "environments: {local: {state: %s}}"


def test_without_rows_stores_refused_records_and_counts_are_left(project: Path, feat: Feat) -> None:
    block = project / "engagement.feat"
    block.write_text(block.read_text().replace("{\n", 'to cassandra("engagement")\n{\n', 1))
    result = feat("run", "--project", project, "--no-rows")
    assert result.code == 0
    assert "user_engagement: 200 rows, none written" in result.out
    out = project / "out" / "reference"
    assert sorted(path.name for path in out.iterdir()) == [
        *("_late", "_quarantine", "_rejects", "online.sqlite", "run.json")
    ]
    stored = read_table(out / "online.sqlite", "engagement")
    assert list(stored[0])[:3] == ["user_id", "as_of", "_written"]
    assert [row["user_id"] for row in stored] == [f"user_{i}" for i in range(5)]
    assert json.loads((out / "run.json").read_text())["written"] == {"user_engagement": 200}


def test_what_is_too_far_ahead_is_quarantined_and_told(project: Path, feat: Feat) -> None:
    source = project / "sources.feat"
    source.write_text(source.read_text().replace("lateness = 5m", "lateness = 5m max_ahead = 1h"))
    result = feat("run", "--project", project, "--now", "2026-01-01T20:00:00Z")
    assert result.code == 0
    table = pq.read_table(project / "out" / "reference" / "_quarantine" / "clicks")
    counts = json.loads((project / "out" / "reference" / "run.json").read_text())["sources"]["clicks"]
    assert counts["quarantined"] == table.num_rows > 0
    assert counts["read"] == counts["accepted"] + counts["quarantined"]
    assert set(table["code"].to_pylist()) == {"max_ahead"}
    assert f"0 late, {table.num_rows} quarantined; rejected: none" in result.out
    later = ("run", "--project", project, "--out", project / "later", "--now", "2030-01-01")
    assert "200 accepted, 0 late; " in feat(*later).out
    again = feat(*later, "--exclude-late", project / "out" / "reference")
    assert f"0 late, {table.num_rows} quarantined" in again.out
    assert pq.read_table(project / "later" / "_quarantine" / "clicks").equals(table)


def test_a_history_has_no_late_events_and_takes_those_of_an_earlier_run(project: Path, feat: Feat) -> None:
    data = project / "data" / "clicks.jsonl"
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join([*lines[150:], *lines[:50]]))
    assert feat("run", "--project", project, "--out", project / "first").code == 0
    late = pq.read_table(project / "first" / "_late" / "clicks")
    assert late.num_rows == 50

    settings = project / "feat.yaml"
    settings.write_text(settings.read_text().replace("stream:", "history:"))
    assert "0 late" in feat("run", "--project", project).out
    again = feat("run", "--project", project, "--exclude-late", project / "first")
    assert "50 accepted, 50 late" in again.out
    data.rename(project / "data" / "others.jsonl")
    settings.write_text(settings.read_text().replace("clicks.jsonl", "others.jsonl"))
    others = feat("run", "--project", project, "--exclude-late", project / "first", "--out", project / "others")
    assert others.code == 2
    assert "read other files of `clicks`" in others.err
    assert pq.read_table(project / "out" / "reference" / "_late" / "clicks").equals(late)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--exclude-late", "data"), "data is not the OUT of a run"),
        (("--exclude-late", "topics"), "no source is a topic here; name an environment with `kafka` (--env)"),
        (("--exclude-late", "empty"), "the run in empty did not read `clicks`"),
        (("--on", "flink", "--exclude-late", "empty"), "type --on spark or --on reference"),
        (("--on", "spark", "--savepoint", "s", "--stop-after", "5"), "type --on flink"),
        (("--restore", "s"), "type --on flink"),
        (("--stop-after", "5"), "type --on flink"),
        (("--on", "flink", "--savepoint", "s"), "add --stop-after N"),
        (("--on", "flink", "--stop-after", "5"), "add --savepoint DIR"),
        (("--on", "flink", "--savepoint", "s", "--stop-after", "0"), "greater than or equal to 1"),
        (("--on", "flink", "--restore", "data"), "data is no savepoint"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_combinations_say_what_to_type(
    flags: tuple[str, ...], said: str, project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "200")
    (project / "empty").mkdir()
    (project / "empty" / "run.json").write_text("{}")
    result = feat("run", *flags)
    assert result.code == 2
    assert said in result.err


def test_a_savepoint_is_of_one_job(project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "200")
    (project / "more.feat").write_text(
        'source views(k: string, t: timestamp) { time = t ties = [k] stream = jsonl("data/clicks.jsonl") }\n'
        "features seen from views by k over 1h { n = count() }\n"
    )
    wrong = feat("run", "--on", "flink", "--savepoint", "s", "--stop-after", "5")
    assert wrong.code == 2
    assert "name its blocks (clicks: user_engagement; views: seen)" in wrong.err


def test_savepoints_are_of_all_blocks_and_all_times(feat: Feat, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "200")
    other = "import sources\nfeatures other from clicks by user_id over 1h { n = count() }\n"
    (project / "other.feat").write_text(other)
    one = feat("run", "user_engagement", "--on", "flink", "--savepoint", "s", "--stop-after", "5")
    assert one.code == 2
    assert "name other too" in one.err
    until = feat("run", "--on", "flink", "--savepoint", "s", "--stop-after", "5", "--until", "2026-01-01T00:00:00Z")
    assert until.code == 2
    assert "run without --since and --until" in until.err


def test_an_environment_says_how_flink_keeps_state(project: Path) -> None:
    assert state_of(load(project), None) == StreamState()
    settings = project / "feat.yaml"
    state = "    state: {backend: rocksdb, interval: 10s, checkpoints: state/checkpoints, memory: 5MB}\n"
    settings.write_text(settings.read_text() + state)
    found = state_of(load(project), None)
    assert found == StreamState("rocksdb", 10_000, (project / "state" / "checkpoints").absolute(), memory=5 * 2**20)
    assert StreamState("heap", 500).conf(project)["checkpoints"] == str(project / "checkpoints")
    assert StreamState().conf(project)["checkpoints"] is None
    assert found.conf(project / "scratch") == {
        "backend": "rocksdb",
        "interval": 10_000,
        "checkpoints": str(project / "state" / "checkpoints"),
        "restore": None,
        "savepoint": None,
        "stop_after": None,
        "memory": 5 * 2**20,
        "restart": 300_000,
    }


@pytest.mark.parametrize(
    ("state", "title", "advice"),
    [
        ("{backend: rocksd}", "`environments.local.state.backend` is `rocksd`", "did you mean `rocksdb`?"),
        ("{backend: 5}", "`environments.local.state.backend` is `5`", "the backends are `heap`, `rocksdb`"),
        ("{bakend: heap}", "`bakend` has no meaning here", "did you mean `backend`?"),
        ("{interval: 10}", "a duration is needed here, as in `10s`", "the shape is `state: {backend: rocksdb"),
        ("{interval: 0s}", "a duration is needed here, as in `10s`", "the shape is `state: {backend: rocksdb"),
        ("{memory: 64}", "a size is needed here, as in `64MB`", "the shape is `state: {backend: rocksdb"),
        ("{checkpoints: x}", "nothing says how often; add `interval: 10s`", "the shape is `state: {backend: rocksdb"),
        ("{interval: 5s, checkpoints: 's3://b/c'}", "a folder is needed here; without it", "the shape is `state: {"),
        ("heap", "a mapping is needed here", "the shape is `state: {backend: rocksdb"),
    ],
)
def test_wrong_state_settings_say_what_to_type(state: str, title: str, advice: str) -> None:
    (found,) = read_settings(SETTINGS % state).diagnostics
    assert found.code == "F401"
    assert title in found.title
    assert found.help is not None
    assert advice in found.help


@pytest.mark.parametrize(
    ("interval", "milliseconds"), [("250ms", 250), ("10s", 10_000), ("2m", 120_000), ("1h", 3_600_000)]
)
def test_intervals_are_durations(interval: str, milliseconds: int) -> None:
    read = read_settings(SETTINGS % f"{{interval: {interval}}}")
    assert read.settings.environments["local"].state.interval_ms == milliseconds


def test_an_environment_says_how_many_tasks_there_are(feat: Feat, project: Path) -> None:
    settings = project / "feat.yaml"
    own = settings.read_text()
    settings.write_text(f"{own}    parallelism: 3\n")
    loaded = load(project)
    environment, program = loaded.environment(None), loaded.program
    assert program is not None
    request = Request(program, (), {}, project, project, now=0, environment=environment)
    assert job_conf(request, plan(program).jobs[0], project, project)["parallelism"] == 3
    settings.write_text(f"{own}    parallelism: 129\n")
    refused = feat("check", project)
    assert refused.code == 1
    assert "F401" in refused.text
    assert "128" in refused.text


def test_the_savepoint_that_is_told_can_be_named_again(tmp_path: Path) -> None:
    report = RunReport("flink")
    metrics = {"sources": {}, "groups": {}, "counters": {}, "seconds": dict.fromkeys(PHASES, 0.0)}
    place = tmp_path / "it's a savepoint-1 %"
    report.add_metrics("clicks", {**metrics, "savepoint": place.as_uri()})
    report.write(tmp_path / "run.json")
    assert json.loads((tmp_path / "run.json").read_text())["savepoints"] == {"clicks": str(place)}
