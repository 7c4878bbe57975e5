"""Topics as sources of all engines, rows into topics: against a real broker."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from featlang.parity import parity
from featlang.project import Project, load
from featlang.request import Request
from featlang.run_inputs import inputs_of, state_of
from featlang.runner import run
from tests.cli.conftest import Feat
from tests.services.conftest import Running
from tests.services.topics import Topics

PROGRAM = """
source clicks(event_id: string, user_id: string?, page: string, dwell: float?, ts: timestamp) {
  time      = ts
  ties      = [event_id]
  lateness  = 5s
  max_ahead = 1h
  stream    = kafka("web.clicks", format="json")
}

features engagement from clicks by user_id over 5m, 1h to kafka("features.engagement", delivery="exactly_once") {
  n     = count()
  pages = count_distinct(page)
  total = sum(dwell)
}

stream long_reads from clicks where dwell > 50 keep user_id, page to kafka("long.reads", key="user_id") {
  seconds = dwell / 1000
}

stream quick from clicks where dwell < 10 lookup engagement on user_id keep user_id, page { seen = engagement.n[5m] }
stream slow from clicks where dwell > 90 keep user_id, page { seen = 0 }
stream extremes from quick, slow to kafka("extremes")
"""
LONG_ROWS = """
source pages(page: string, ts: timestamp) { time = ts  stream = jsonl("pages.jsonl") }
stream twice from pages to kafka("twice") { twice = concat(page, page) }
"""
SETTINGS = """
environments:
  cluster:
    kafka:
      servers: {servers}
      properties: {{ssl.key.password: {{env: FEAT_TEST_SECRET}}}}
    state: {{interval: {interval}}}
"""
SECRET = "canary-6f1c"  # noqa: S105 - what must be found nowhere
EVENTS = 6_000
NOW = 1_772_300_000_000_000
START = datetime(2026, 2, 28, tzinfo=timezone.utc)


def records(count: int, seed: int) -> Iterator[tuple[int, bytes | None]]:
    """Clicks in three partitions: out of order, late, ahead of the clock, without a key, damaged, without a value."""
    dice = random.Random(seed)
    for number in range(count):
        late = 20_000 if dice.random() < 0.02 else 0
        moment = START + timedelta(milliseconds=200 * number + dice.randint(-3000, 3000) // 500 * 500 - late)
        if dice.random() < 0.005:
            moment += timedelta(days=400)
        user = f"u{int(dice.paretovariate(1))}"
        event = {
            "event_id": f"e{number}",
            "user_id": user if dice.random() > 0.01 else None,
            "page": f"p{dice.randint(0, 50)}",
            "dwell": round(dice.random() * 100, 2),
            "ts": moment.isoformat(),
        }
        text = json.dumps(event).encode()
        damage = dice.random()
        yield dice.randint(0, 2), text[:-3] if damage < 0.01 else None if damage < 0.015 else text


@pytest.fixture(scope="module")
def clicks(kafka: Running) -> dict[tuple[str, int], bytes]:
    topics = Topics(kafka.address)
    topics.make({"web.clicks": 3, "features.engagement": 2, "long.reads": 2, "extremes": 2})
    return topics.fill("web.clicks", records(EVENTS, seed=7))


@pytest.fixture
def project(kafka: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("FEAT_TEST_SECRET", SECRET)
    return written(tmp_path, kafka, interval="10s")


def written(folder: Path, kafka: Running, interval: str) -> Project:
    (folder / "clicks.feat").write_text(PROGRAM)
    (folder / "feat.yaml").write_text(SETTINGS.format(servers=kafka.address, interval=interval))
    return load(folder)


def request(project: Project, reader: str) -> Request:
    assert project.program is not None
    names = tuple(each.name for each in project.program.outputs)
    return Request(
        program=project.program,
        features=names,
        inputs=inputs_of(project, project.program, names, "cluster", "parity" if reader == "parity" else "flink"),
        out=project.folder / "out",
        build=project.folder / "build",
        now=NOW,
        state=state_of(project, "cluster"),
        environment=project.environment("cluster"),
    )


def test_all_engines_read_the_same_range(project: Project, clicks: dict[tuple[str, int], bytes]) -> None:
    """Each partition has a late rule of its own; what is refused names partition and offset, and is whole."""
    report = parity(request(project, "parity"), reference_rows=EVENTS)
    assert report.problems() == []
    assert report.values > EVENTS
    read = report.runs["spark"].sources["clicks"]
    assert read.read == EVENTS
    assert min(read.late, read.quarantined, read.rejected["malformed"], read.rejected["null_key"]) > 0
    for folder in ("_rejects", "_late", "_quarantine"):
        refused = pq.read_table(project.folder / "out" / "flink" / folder / "clicks").to_pylist()
        assert all(clicks[each["path"], each["record"]] == each["raw"] for each in refused)


def test_rows_go_to_topics(project: Project, kafka: Running, clicks: dict[tuple[str, int], bytes]) -> None:
    """What is in the topics is what is in the files, once; messages have the keys that are asked for."""
    assert clicks
    run(request(project, "flink"), "flink")
    topics = Topics(kafka.address)
    for name, topic, key in (
        ("engagement", "features.engagement", ["user_id"]),
        ("long_reads", "long.reads", ["user_id"]),
        ("extremes", "extremes", ["ts", "_event"]),
    ):
        table = pq.read_table(project.folder / "out" / name)
        expected = [{**row, "ts": instant(row["ts"])} for row in table.to_pylist()]
        messages = topics.messages(topic)
        values = [json.loads(message.value()) for message in messages]
        assert sorted(values, key=str) == sorted(expected, key=str)
        assert [json.loads(message.key()) for message in messages] == [{k: each[k] for k in key} for each in values]


def test_a_row_that_is_too_long_for_a_message_is_left_out_and_told(kafka: Running, feat: Feat, tmp_path: Path) -> None:
    (tmp_path / "pages.feat").write_text(LONG_ROWS, encoding="utf-8")
    (tmp_path / "feat.yaml").write_text(SETTINGS.format(servers=kafka.address, interval="10s"), encoding="utf-8")
    pages = [{"page": "p" * length, "ts": f"2026-02-28T00:00:0{n}Z"} for n, length in enumerate((3, 600_000, 300_000))]
    (tmp_path / "pages.jsonl").write_text("".join(f"{json.dumps(page)}\n" for page in pages), encoding="utf-8")
    topics = Topics(kafka.address)
    topics.make({"twice": 1})
    done = feat("run", "--project", tmp_path, "--env", "cluster", "--on", "flink")
    assert done.code == 0, done.text
    assert sorted(len(json.loads(each.value())["twice"]) for each in topics.messages("twice")) == [6, 600_000]
    assert pq.read_table(tmp_path / "out" / "flink" / "twice").num_rows == len(pages)
    logs = [file.read_text(encoding="utf-8") for file in (tmp_path / "out" / "flink" / "_logs").iterdir()]
    assert any("topic twice takes not every row: one of 1800" in text for text in logs)


def instant(moment: datetime) -> str:
    """As `Instant.toString` of Java: no fraction, or three or six digits of it."""
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    if not moment.microsecond:
        return text + "Z"
    digits = f"{moment.microsecond:06}"
    return f"{text}.{digits.removesuffix('000')}Z"


def test_a_secret_is_found_nowhere(project: Project, clicks: dict[tuple[str, int], bytes]) -> None:
    assert clicks
    command = [sys.executable, "-m", "featlang", "run", "--project", str(project.folder), "--env", "cluster"]
    for engine in ("flink", "spark", "reference"):
        done = subprocess.run([*command, "--on", engine], capture_output=True, text=True, check=True)
        assert SECRET not in done.stdout + done.stderr
    files = [file for file in project.folder.rglob("*") if file.is_file()]
    assert any(file.name == "flink_job.py" for file in files)
    assert [file for file in files if SECRET.encode() in file.read_bytes()] == []


def test_transactions_that_end_too_early_are_refused(
    kafka: Running, tmp_path: Path, clicks: dict[tuple[str, int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clicks
    monkeypatch.setenv("FEAT_TEST_SECRET", SECRET)
    project = written(tmp_path, kafka, interval="11m")
    with pytest.raises(Exception, match=r"transactions of features.engagement end after 900000 ms") as failure:
        run(request(project, "flink"), "flink")
    assert "set transaction.timeout.ms to 960000 or more" in str(failure.value)


def test_a_topic_that_is_not_there(kafka: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEAT_TEST_SECRET", SECRET)
    (tmp_path / "clicks.feat").write_text(PROGRAM.replace("web.clicks", "web.clicjs"))
    (tmp_path / "feat.yaml").write_text(SETTINGS.format(servers=kafka.address, interval="10s"))
    command = [sys.executable, "-m", "featlang", "run", "--project", str(tmp_path), "--env", "cluster"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "has no topic web.clicjs" in done.stderr
