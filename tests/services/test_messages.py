"""Keys, headers, places and times of messages as columns, on all engines: against a real broker."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet as pq

from tests.services.compared import compared
from tests.services.conftest import Running
from tests.services.topics import Sent, Topics

PROGRAM = """
source clicks(
  @message("key") user_id:      string?,
  @message("partition") part:   int,
  @message("offset") offset:    int,
  @message("timestamp") sent:   timestamp,
  @header("trace-id") trace:    string?,
  @header("token") token:       bytes?,
  dwell:                        int,
  @unit("ms") ts:               timestamp,
) {
  time     = ts
  lateness = 1h
  order    = arrival(offset)
  stream   = kafka("beside.clicks")
}

source views(@message("key") page: bytes, @header("user") user_id: string, @message("timestamp") sent: timestamp,
             n: int) {
  time     = sent
  lateness = 1h
  stream   = kafka("beside.views", format="avro", schema="view.avsc")
}

table users(@message("key") user_id: string, @message("offset") version: int, plan: string?,
            @message("timestamp") changed: timestamp) by user_id {
  time   = changed
  ties   = [version]
  stream = kafka("beside.users", format="debezium")
}

features reading from clicks by user_id over 1h {
  clicks = count()
  traced = count_distinct(trace)
  newest = last(offset)
}
features popular from views by page, user_id over 1h { n = sum(n) }

stream seen from clicks keep user_id, part, offset, sent, trace, token to parquet("seen") { twice = dwell * 2 }
stream planned from views lookup users on user_id keep page, user_id to parquet("planned") {
  plan = users.plan ?? "none"
}
"""
FIELDS = {"n": "long", "sent": "string", "user_id": "boolean"}
SCHEMA = {"type": "record", "name": "View", "fields": [{"name": n, "type": kind} for n, kind in FIELDS.items()]}
EVENTS = 1_500
NOW = 1_772_300_000_000_000
START = 1_772_236_800_000
"""ms."""


def clicks(seed: int) -> Iterator[Sent]:
    """By key in three partitions, with and without a key and a header, or with that twice; some keys are no text."""
    dice = random.Random(seed)
    for number in range(EVENTS):
        user = dice.randint(1, 20)
        damage = dice.random()
        key = None if damage < 0.05 else b"u\xff" if damage < 0.1 else f"u{user}".encode()
        headers: list[tuple[str, bytes | None]] = [
            ("trace-id", f"t{dice.randint(0, 9)}".encode()) for _ in range(dice.randint(0, 2))
        ]
        headers += [("Trace-Id", b"of another name"), ("token", dice.choice([None, b"", b"\xff\0"]))]
        dice.shuffle(headers)
        moment = START + 1_000 * number + dice.randint(-5_000, 5_000)
        click = {"dwell": number, "user_id": {}, "offset": -1, "part": None, "ts": moment}
        value = None if dice.random() < 0.01 else json.dumps(click).encode()
        yield Sent(user % 3, value, key, headers, moment + dice.randint(0, 2_000))


def views(seed: int) -> Iterator[Sent]:
    dice = random.Random(seed)
    for number in range(EVENTS):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, SCHEMA, {"n": number, "sent": "yesterday", "user_id": True})
        key = dice.choice([None, b"/", b"/\xff"])
        headers = [("user", f"u{dice.randint(1, 25)}".encode())] if dice.random() < 0.9 else []
        yield Sent(number % 2, out.getvalue(), key, headers, START + 1_000 * number)


def users(seed: int) -> Iterator[Sent]:
    """Users whose id is the key alone; several changes have one time."""
    dice = random.Random(seed)
    for number in range(200):
        row = {"plan": dice.choice(["free", "paid", None])}
        change = {"before": row, "after": row, "op": dice.choice("cuud")}
        key, moment = f"u{dice.randint(1, 20)}".encode(), START + number // 4 * 20_000
        yield Sent(0, json.dumps(change).encode(), key, timestamp=moment)
        if change["op"] == "d":
            yield Sent(0, None, key, timestamp=moment)


def test_all_engines_read_the_same(kafka: Running, tmp_path: Path) -> None:
    topics = Topics(kafka.address)
    topics.make({"beside.clicks": 3, "beside.views": 2, "beside.users": 1})
    sent = list(clicks(seed=5))
    topics.fill("beside.clicks", sent)
    topics.fill("beside.views", views(seed=6))
    topics.fill("beside.users", users(seed=7))
    (tmp_path / "view.avsc").write_text(json.dumps(SCHEMA))
    report = compared(tmp_path, kafka, PROGRAM, NOW, EVENTS)
    assert report.problems() == []
    read = report.runs["flink"].sources
    no_value = sum(each.value is None for each in sent)
    no_text = sum(each.value is not None and each.key == b"u\xff" for each in sent)
    no_key = sum(each.value is not None and each.key is None for each in sent)
    assert read["clicks"].rejected == {"malformed": no_value, "type": no_text, "null_key": no_key}
    assert read["views"].rejected.keys() == {"null_value"}
    assert read["users"].rejected == {}
    planned = pq.read_table(tmp_path / "out" / "flink" / "planned").to_pylist()
    assert {row["plan"] for row in planned} == {"free", "paid", "none"}
    rows = pq.read_table(tmp_path / "out" / "flink" / "seen").to_pylist()
    assert Counter(map(_beside, rows)) == Counter(_taken(sent))


AHEAD = """
source stamped(n: int, @unit("ms") ts: timestamp) {
  time = ts  max_ahead = 1h  lateness = 365d  stream = kafka("ahead.stamped")
}
source sent(n: int, @unit("ms") ts: timestamp) {
  time = ts  max_ahead = 1h  lateness = 365d  stream = kafka("ahead.sent")
}
stream of_stamped from stamped keep n to parquet("of_stamped") { twice = n * 2 }
stream of_sent from sent keep n to parquet("of_sent") { twice = n * 2 }
"""


def test_how_far_ahead_is_measured_by_when_a_message_was_sent(kafka: Running, tmp_path: Path) -> None:
    """A broker that stamps messages is believed, a sender where it is not in the future of the run."""
    topics, hour = Topics(kafka.address), 3_600_000
    topics.make({"ahead.stamped": 1}, {"message.timestamp.type": "LogAppendTime"})
    topics.make({"ahead.sent": 1})
    now = NOW // 1_000  # a run's clock, months before the broker's
    moments = [START, START + hour, START + hour + 1, now + hour, now + hour + 1, 4_102_444_800_000]
    messages = [json.dumps({"n": number, "ts": moment}).encode() for number, moment in enumerate(moments)]
    topics.fill("ahead.stamped", [Sent(0, each, timestamp=START) for each in messages])
    late = [Sent(0, each, timestamp=now + 1_000_000_000) for each in messages]
    topics.fill("ahead.sent", [Sent(0, each, timestamp=START) for each in messages] + late)
    report = compared(tmp_path, kafka, AHEAD, NOW, EVENTS)
    assert report.problems() == []
    out = tmp_path / "out" / "spark" / "_quarantine"
    quarantined = {name: pq.read_table(out / name)["record"].to_pylist() for name in ("stamped", "sent")}
    assert quarantined == {"stamped": [5], "sent": [2, 3, 4, 5, 10, 11]}


def _beside(row: dict[str, Any]) -> tuple[Any, ...]:
    sent = round(row["sent"].timestamp() * 1000)
    return row["user_id"], row["part"], row["offset"], sent, row["trace"], row["token"]


def _taken(sent: list[Sent]) -> Iterator[tuple[Any, ...]]:
    """What is in the rows, by what was sent."""
    offsets: Counter[int] = Counter()
    for each in sent:
        offset = offsets[each.partition]
        offsets[each.partition] += 1
        headers = dict(each.headers)
        if each.value is not None and each.key != b"u\xff":
            key, trace = (None if text is None else text.decode() for text in (each.key, headers.get("trace-id")))
            yield key, each.partition, offset, each.timestamp, trace, headers["token"]
