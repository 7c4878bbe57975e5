"""Topics in Avro and of changed rows, with events that are sent twice, on all engines: against a real broker."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import fastavro
import pyarrow.parquet as pq

from tests.services.compared import compared
from tests.services.conftest import Running
from tests.services.topics import Topics

PROGRAM = """
@dedup(event_id, within=1h)
source views(event_id: int, user_id: string, page: string?, seconds: float, tags: list<string>, ts: timestamp) {
  time     = ts
  ties     = [event_id]
  lateness = 1h
  stream   = kafka("web.views", format="avro", schema="schemas/view.avsc", framing="confluent")
}

table plans(user_id: string, plan: string?, @envelope("source.ts_ms") @unit("ms") changed: timestamp,
            @envelope("source.lsn") lsn: int) by user_id {
  time   = changed
  ties   = [lsn]
  stream = kafka("crm.plans", format="debezium")
}

features reading from views by user_id over 1h {
  views   = count()
  seconds = sum(seconds)
  red     = count_if("red" in tags)
}

stream planned from views lookup plans on user_id keep user_id to parquet("planned") {
  plan = plans.plan ?? "none"
}
"""
SCHEMA = {
    "type": "record",
    "name": "View",
    "fields": [
        {"name": "agent", "type": "string"},
        {"name": "event_id", "type": "long"},
        {"name": "user_id", "type": "string"},
        {"name": "page", "type": ["null", "string"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "seconds", "type": "double"},
        {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ],
}
EVENTS = 1_500
NOW = 1_772_300_000_000_000
START = 1_772_236_800_000
"""ms."""


def views(seed: int) -> Iterator[tuple[int, bytes]]:
    """Messages of three partitions; each tenth is sent twice to its own, one in a hundred is cut short."""
    dice = random.Random(seed)
    plain = json.loads(json.dumps(SCHEMA).replace('{"type": "long", "logicalType": "timestamp-millis"}', '"long"'))
    for number in range(EVENTS):
        event = {
            "agent": "x" * dice.randint(0, 30),
            "event_id": number,
            "user_id": f"u{int(dice.paretovariate(1))}",
            "page": dice.choice([None, "a", "Käse"]),
            "tags": dice.sample(["red", "green", "blue"], dice.randint(0, 3)),
            "seconds": round(dice.random() * 100, 2),
            "ts": START + 1_000 * number + dice.randint(-5_000, 5_000),
        }
        out = io.BytesIO(b"\0\0\0\0\7")
        out.seek(5)
        fastavro.schemaless_writer(out, plain, event)
        message = out.getvalue()[:-3] if number % 100 == 99 else out.getvalue()
        partition = dice.randint(0, 2)
        for _ in range(2 if number % 10 == 0 else 1):
            yield partition, message


def plans(seed: int) -> Iterator[tuple[int, bytes | None]]:
    """Envelopes of users who come, change their plan and go; behind a deletion comes a message without a value."""
    dice = random.Random(seed)
    rows: dict[str, dict[str, str | None]] = {}
    for lsn in range(200):
        user = f"u{dice.randint(1, 6)}"
        before, after = rows.get(user), {"user_id": user, "plan": dice.choice(["free", "paid", None])}
        operation = "c" if before is None else dice.choice("uud")
        source = {"ts_ms": START + lsn // 2 * 10_000, "lsn": lsn}
        envelope = {"before": before, "after": None if operation == "d" else after, "op": operation, "source": source}
        yield 0, json.dumps({"payload": envelope} if lsn % 2 else envelope).encode()
        if operation == "d":
            del rows[user]
            yield 0, None
        else:
            rows[user] = after


def test_all_engines_read_the_same(kafka: Running, tmp_path: Path) -> None:
    topics = Topics(kafka.address)
    topics.make({"web.views": 3, "crm.plans": 1})
    sent = topics.fill("web.views", views(seed=3))
    changes = topics.fill("crm.plans", plans(seed=4))
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "view.avsc").write_text(json.dumps(SCHEMA))
    report = compared(tmp_path, kafka, PROGRAM, NOW, EVENTS)
    assert report.problems() == []
    read = report.runs["spark"].sources
    assert (read["views"].read, read["views"].accepted) == (len(sent), EVENTS - EVENTS // 100)
    assert read["views"].rejected == {"duplicate": EVENTS // 10, "malformed": EVENTS // 100}
    assert read["plans"].read == sum(1 for value in changes.values() if value)
    assert read["plans"].rejected == {}
    rejects = pq.read_table(tmp_path / "out" / "flink" / "_rejects" / "views").to_pylist()
    assert all(sent[each["path"], each["record"]] == each["raw"] for each in rejects)
    rows = pq.read_table(tmp_path / "out" / "flink" / "planned").to_pylist()
    assert {row["plan"] for row in rows} == {"free", "paid", "none"}
