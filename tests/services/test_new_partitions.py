"""A topic that gets a partition while its job is stopped: what is in it may not be behind what the state came to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.cli.conftest import Feat
from tests.services.awaiting import until
from tests.services.conftest import Running
from tests.services.topics import Topics

PROGRAM = """
source taps(tap: string, user: string, ts: timestamp) {
  time     = ts
  ties     = [tap]
  lateness = 1s
  stream   = kafka("grown.taps")
}

features counted from taps by user over 10s to kafka("grown.counted") { taps = count() }
"""
START = datetime(2026, 3, 1, tzinfo=timezone.utc)
OLD = 40


def taps(first: int, last: int, partitions: int) -> Iterator[tuple[int, bytes]]:
    """One a second, partition after partition."""
    for second in range(first, last):
        yield second % partitions, tap(f"t{second}", second)


def tap(name: str, second: int) -> bytes:
    return json.dumps({"tap": name, "user": "u", "ts": (START + timedelta(seconds=second)).isoformat()}).encode()


def test_a_new_partition_changes_no_window_that_was_passed(
    kafka: Running, flink: Running, tmp_path: Path, feat: Feat
) -> None:
    (tmp_path / "taps.feat").write_text(PROGRAM, encoding="utf-8")
    batch = {"kafka": {"servers": kafka.address}}
    cluster = {**batch, "flink": {"address": f"http://{flink.address}"}, "state": {"interval": "1s"}}

    def set_up(tasks: int) -> None:
        environments = {"cluster": {**cluster, "parallelism": tasks}, "batch": batch}
        (tmp_path / "feat.yaml").write_text(json.dumps({"environments": environments}), encoding="utf-8")

    set_up(2)
    topics, place = Topics(kafka.address), ("--project", tmp_path)
    refused = {f"grown.taps.{kind}": 1 for kind in ("rejects", "late", "quarantine")}
    topics.make({"grown.taps": 2, "grown.counted": 1, **refused})
    submit = ("run", *place, "--env", "cluster", "--on", "flink", "--detach", "--no-rows")

    def job() -> dict[str, Any]:
        (found,) = json.loads(feat("status", *place, "--env", "cluster", "--format", "json").out)
        seen: dict[str, Any] = found
        return seen

    topics.fill("grown.taps", taps(0, 100, 2))
    assert feat(*submit).code == 0
    until(job, lambda seen: seen["rows"].get("counted", 0) >= 90)
    assert feat("stop", *place, "--env", "cluster", "--savepoint", tmp_path / "kept").code == 0
    (savepoint,) = (tmp_path / "kept").iterdir()

    topics.grow("grown.taps", 3)
    topics.fill("grown.taps", [(2, tap(f"old{number}", number)) for number in range(OLD)])
    topics.fill("grown.taps", taps(100, 200, 3))
    set_up(3)  # the third task must not be left with the new partition alone
    restored = feat(*submit, "--restore", savepoint)
    assert restored.code == 0, restored.text
    until(job, lambda seen: seen["sources"]["taps"]["read"] == 200 + OLD and seen["rows"]["counted"] >= 190)
    assert job()["sources"]["taps"]["late"] == OLD
    until(lambda: len(topics.messages("grown.taps.late")), lambda count: count == OLD)
    assert feat("stop", *place, "--env", "cluster", "--savepoint", tmp_path / "kept").code == 0
    late = [dict(message.headers()) for message in topics.messages("grown.taps.late")]
    assert {(each["path"], each["code"]) for each in late} == {(b"grown.taps/2", b"idle")}

    assert feat("run", *place, "--env", "batch", "--on", "reference").code == 0
    table = pq.read_table(tmp_path / "out" / "reference" / "counted")
    wanted = {(row["ts"], row["taps"]) for row in table.to_pylist() if row["ts"] >= START + timedelta(seconds=OLD + 10)}
    found = [json.loads(message.value()) for message in topics.messages("grown.counted")]
    times = [datetime.fromisoformat(each["ts"].replace("Z", "+00:00")) for each in found]
    assert len(set(times)) == len(times) >= 190
    later = {
        (time, each["taps"]) for time, each in zip(times, found, strict=True) if (time - START).seconds >= OLD + 10
    }
    assert later <= wanted
