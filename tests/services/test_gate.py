"""Tables in topics: a row counts no earlier than what the job had come to, and batch finds the same by the log."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.cli.conftest import Feat
from tests.services.awaiting import until
from tests.services.conftest import Running
from tests.services.topics import Sent, Topics

PROGRAM = """
source visits(visit_id: string, user_id: string, ts: timestamp) {
  time     = ts
  ties     = [visit_id]
  lateness = 1s
  stream   = kafka("gate.visits")
}

table users(
  @message("key") user_id: string,
  @message("offset") version: int,
  plan: string,
  seen: timestamp,
) by user_id {
  time   = seen
  ties   = [version]
  stream = kafka("gate.users")
}

stream visited from visits lookup users on user_id keep visit_id, user_id to kafka("gate.visited") {
  plan = users.plan
}
"""
ROUNDS = 8
VISITS = 60
START = datetime(2026, 3, 1, tzinfo=timezone.utc)


def visits(dice: random.Random, round_number: int) -> Iterator[tuple[int, bytes]]:
    for number in range(round_number * VISITS, (round_number + 1) * VISITS):
        moment = START + timedelta(milliseconds=100 * number + dice.randint(-400, 400))
        visit = {"visit_id": f"v{number}", "user_id": f"u{dice.randint(1, 20)}", "ts": moment.isoformat()}
        yield number % 2, json.dumps(visit).encode()


def users(dice: random.Random, round_number: int) -> Iterator[Sent]:
    """Rows whose own times are long past, and of what is still to come."""
    for _ in range(8):
        moment = START + timedelta(milliseconds=100 * VISITS * round_number + dice.randint(-9_000, 3_000))
        user = {"plan": f"p{round_number}", "seen": moment.isoformat()}
        yield Sent(0, json.dumps(user).encode(), f"u{dice.randint(1, 20)}".encode())


def test_what_a_job_found_in_a_table_is_found_again(kafka: Running, flink: Running, tmp_path: Path, feat: Feat) -> None:
    (tmp_path / "visits.feat").write_text(PROGRAM, encoding="utf-8")
    servers = {"kafka": {"servers": kafka.address}, "flink": {"address": f"http://{flink.address}"}}
    batch = {"kafka": {"servers": kafka.address}}
    settings = {"environments": {"cluster": {**servers, "state": {"interval": "1s"}}, "batch": batch}}
    (tmp_path / "feat.yaml").write_text(json.dumps(settings), encoding="utf-8")
    topics, place = Topics(kafka.address), ("--project", tmp_path)
    topics.make({"gate.visits": 2, "gate.users": 1, "gate.visited": 1})
    submit = ("run", *place, "--env", "cluster", "--on", "flink", "--detach", "--no-rows")
    refused = feat(*submit)
    assert (refused.code, "has no topic gate.visits.rejects" in refused.err) == (1, True), refused.text
    kinds = ("rejects", "late", "quarantine")
    topics.make({f"gate.{name}.{kind}": 1 for name in ("visits", "users") for kind in kinds})
    topics.make({"gate.users.effective": 1})
    assert feat(*submit).code == 0

    def read() -> dict[str, Any]:
        (job,) = json.loads(feat("status", *place, "--env", "cluster", "--format", "json").out)
        return {name: counts["read"] for name, counts in job["sources"].items()}

    dice = random.Random("gate")

    def await_messages(topic: str, least: int) -> None:
        until(lambda: len(topics.messages(topic)), lambda count: count >= least)

    for number in range(ROUNDS):
        topics.fill("gate.visits", visits(dice, number))
        await_messages("gate.visited", number * VISITS + 1)
        topics.fill("gate.users", users(dice, number))
        await_messages("gate.users.effective", 8 * (number + 1))
    until(read, lambda counts: counts == {"visits": ROUNDS * VISITS, "users": ROUNDS * 8})
    assert feat("stop", *place, "--env", "cluster", "--savepoint", tmp_path / "kept").code == 0

    rows = {each["visit_id"]: each["plan"] for each in map(_value, topics.messages("gate.visited"))}
    own = {each["effective"] for each in map(_value, topics.messages("gate.users.effective"))}
    assert len(rows) > (ROUNDS - 1) * VISITS
    assert len(own) > 1
    assert len(set(rows.values())) > 2
    for engine in ("reference", "spark"):
        done = feat("run", *place, "--env", "batch", "--on", engine)
        assert done.code == 0, done.text
        found = pq.read_table(tmp_path / "out" / engine / "visited").to_pylist()
        assert {each["visit_id"]: each["plan"] for each in found if each["visit_id"] in rows} == rows


def _value(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.value())
    return found
