"""Envelopes of changed rows, events that are sent again, and files in the place of messages, on all three engines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import featlang
from featlang.data import BoundTopic
from tests.cli.conftest import Feat

SECOND = 1_000_000

CHANGES = """
table users(user_id: string, plan: string?, @envelope("source.ts_ms") @unit("ms") changed: timestamp,
            @envelope("source.lsn") lsn: int) by user_id {
  time   = changed
  ties   = [lsn]
  stream = kafka("crm.users", format="debezium")
}
@dedup(id, within=1m)
source clicks(id: int, user_id: string, @unit("s") ts: timestamp) {
  time     = ts
  lateness = 1m
  stream   = jsonl("data/clicks.jsonl")
}
stream planned from clicks lookup users on user_id keep user_id to parquet("planned") {
  plan = users.plan
  lsn  = users.lsn
}
"""


def change(operation: str, at: int, lsn: int, before: Any, after: Any) -> str:
    """An envelope of a row that changed at that second; every other one with its schema."""
    found = {
        "before": before,
        "after": after,
        "source": {"connector": "postgresql", "ts_ms": at * 1000, "lsn": lsn},
        "op": operation,
        "ts_ms": at * 1000 + 7,
    }
    return json.dumps({"schema": {"type": "struct"}, "payload": found} if lsn % 2 else found)


FREE, PAID, NEW = ({"user_id": "u1", "plan": plan} for plan in ("free", "paid", None))


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A project whose table reads envelopes: a user comes, pays, goes in the same second, and comes again."""
    (tmp_path / "data").mkdir()
    (tmp_path / "main.feat").write_text(CHANGES)
    changes = [
        change("d", 20, 12, PAID, None),  # before the change that it follows: rows come in any order
        change("r", 10, 1, None, FREE),
        change("u", 20, 11, FREE, PAID),
        "",
        change("c", 30, 13, None, NEW),
        change("d", 5, 3, {"user_id": "u2"}, None),
        change("t", 40, 14, None, None),
        change("c", 40, 15, None, {"plan": "free"}),
        change("c", 40, 16, None, {"user_id": None}),
    ]
    (tmp_path / "data" / "crm.users.jsonl").write_text("".join(f"{line}\n" for line in changes))
    asked = [(at, user) for at in (4, 6, 15, 20, 25, 35) for user in ("u1", "u2")]
    clicks = [{"id": number, "user_id": user, "ts": at} for number, (at, user) in enumerate(asked)]
    clicks += clicks[3:5]
    (tmp_path / "data" / "clicks.jsonl").write_text("".join(f"{json.dumps(click)}\n" for click in clicks))
    return tmp_path


def test_changed_rows_and_repeated_events_are_the_same_on_all_engines(changed: Path, feat: Feat) -> None:
    result = feat("parity", "--project", changed)
    assert result.code == 0, result.text
    assert " 0 differing" in result.out.splitlines()[-1]
    for engine in ("flink", "spark"):
        rows = pq.read_table(changed / "out" / "parity" / engine / "planned").to_pylist()
        plans = {(row["user_id"], int(row["ts"].timestamp())): (row["plan"], row["lsn"]) for row in rows}
        gone = (None, None)
        assert plans == {
            **{("u1", at): gone for at in (4, 6, 20, 25)},
            ("u1", 15): ("free", 1),
            ("u1", 35): (None, 13),
            **{("u2", at): gone for at in (4, 6, 15, 20, 25, 35)},
        }
        assert len(rows) == len(plans)
        repeated = pq.read_table(changed / "out" / "parity" / engine / "_rejects" / "clicks").to_pylist()
        assert [(row["record"], row["code"]) for row in repeated] == [(13, "duplicate"), (14, "duplicate")]
        rejects = pq.read_table(changed / "out" / "parity" / engine / "_rejects" / "users").to_pylist()
        assert [(row["record"], row["code"]) for row in rejects] == [
            (7, "envelope"),
            (8, "null_value"),
            (9, "null_value"),
        ]
        assert rejects[0]["text"] == '`op` is "t", expected "c", "u", "r" or "d"'


def test_a_file_in_the_place_of_a_topic_holds_envelopes_too(changed: Path, feat: Feat) -> None:
    (changed / "data" / "crm.users.jsonl").rename(changed / "users.jsonl")
    (changed / "feat.yaml").write_text("environments: {local: {bind: {users: {stream: users.jsonl}}}}")
    assert feat("run", "--on", "reference", "--project", changed).code == 0
    bound = "{kind: jsonl, path: users.jsonl, options: {format: json}}"
    (changed / "feat.yaml").write_text(f"environments: {{local: {{bind: {{users: {{stream: {bound}}}}}}}}}")
    result = feat("run", "--on", "reference", "--project", changed)
    assert "rejected: 8 null_value" in result.text


def test_envelopes_for_a_table_that_is_not_declared_to_read_them(changed: Path, feat: Feat) -> None:
    plain = CHANGES.replace(', format="debezium"', "").replace('@envelope("source.ts_ms")', "")
    (changed / "main.feat").write_text(plain.replace('@envelope("source.lsn")', ""))
    bound = "{kind: jsonl, path: data/crm.users.jsonl, options: {format: debezium}}"
    (changed / "feat.yaml").write_text(f"environments: {{local: {{bind: {{users: {{stream: {bound}}}}}}}}}")
    result = feat("run", "--on", "reference", "--project", changed)
    assert result.code == 1
    assert "error[F239]: `users` is not declared to read envelopes" in result.err


SENT = """
source clicks(@message("key") user_id: string, @message("offset") n: int, @message("timestamp") sent: timestamp,
              @header("trace-id") trace: bytes?) {
  time     = sent
  lateness = 1h
  order    = arrival(n)
  stream   = kafka("web.clicks")
}
features seen from clicks by user_id over 1h { clicks = count() first = first(n) traced = last(trace) }
"""


def test_files_hold_what_stands_beside_a_value_by_its_name(tmp_path: Path, feat: Feat) -> None:
    """Texts as anywhere in JSON; what is missing is null."""
    (tmp_path / "data").mkdir()
    (tmp_path / "main.feat").write_text(SENT)
    rows = [("u1", 7, "AAE="), ("u2", 9, None), ("u1", 8, "/w=="), (None, 11, None), ("u1", 8, None)]
    lines = [
        {"user_id": user, "n": n, "sent": f"2026-03-01T00:00:{n:02}Z", "trace": trace, "trace-id": 1}
        for user, n, trace in rows
    ]
    (tmp_path / "data" / "web.clicks.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    result = feat("parity", "--project", tmp_path)
    assert result.code == 0, result.text
    for engine in ("flink", "spark"):
        found = pq.read_table(tmp_path / "out" / "parity" / engine / "seen").to_pylist()
        seen = sorted((row["user_id"], row["clicks"], row["first"], row["traced"]) for row in found)
        assert seen == [("u1", 1, 7, b"\0\1"), ("u1", 2, 7, b"\xff"), ("u2", 1, 9, None)]
        (reject,) = pq.read_table(tmp_path / "out" / "parity" / engine / "_rejects" / "clicks").to_pylist()
        assert (reject["record"], reject["code"]) == (4, "null_value")
        (late,) = pq.read_table(tmp_path / "out" / "parity" / engine / "_late" / "clicks").to_pylist()
        assert (late["record"], late["code"]) == (5, "out_of_sequence")


AVRO = """
source clicks(user_id: string, @unit("ms") ts: timestamp) {
  time   = ts
  stream = kafka("web.clicks", format="avro", schema="schemas/click.avsc", framing="confluent")
}
features seen from clicks by user_id over 1h { clicks = count() }
"""
CLICK = """{"type": "record", "name": "Click", "fields": [
  {"name": "user_id", "type": "string"}, {"name": "ts", "type": "long"}]}"""


@pytest.fixture
def in_avro(tmp_path: Path) -> Path:
    """A project whose topic is in Avro."""
    (tmp_path / "data").mkdir()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "click.avsc").write_text(CLICK)
    (tmp_path / "main.feat").write_text(AVRO)
    (tmp_path / "data" / "clicks.jsonl").write_text('{"user_id": "u1", "ts": 1000}\n')
    return tmp_path


def test_the_schema_is_part_of_the_program(in_avro: Path) -> None:
    program = featlang.load(in_avro).program
    (source,) = program.sources
    assert source.stream is not None
    options = {"format": "avro", "schema": "record 2 user_id string ts ms long", "framing": "confluent"}
    assert source.stream.options == options
    (in_avro / "feat.yaml").write_text("environments: {local: {kafka: {servers: 127.0.0.1:9092}}}")
    bound = featlang.load(in_avro).source.bindings("local")["clicks"].stream
    assert isinstance(bound, BoundTopic)
    assert (bound.format, bound.options) == ("avro", options)


def test_avro_without_kafka(in_avro: Path, feat: Feat) -> None:
    """It says what to type; and what stands in the topic's place is JSON."""
    result = feat("run", "--on", "reference", "--project", in_avro)
    assert result.code == 1
    assert "error[F405]: `clicks` is in Avro, which is read from Kafka alone" in result.err
    assert "`stream: data/clicks.jsonl`" in result.err
    (in_avro / "feat.yaml").write_text("environments: {local: {bind: {clicks: {stream: data/clicks.jsonl}}}}")
    assert feat("run", "--on", "reference", "--project", in_avro).code == 0
    assert pq.read_table(in_avro / "out" / "reference" / "seen").num_rows == 1


def test_a_schema_that_changes_is_read_again(in_avro: Path, feat: Feat) -> None:
    assert feat("check", in_avro).code == 0
    (in_avro / "schemas" / "click.avsc").write_text(CLICK.replace('"ts"', '"at"'))
    result = feat("check", in_avro)
    assert result.code == 1
    assert "error[F413]: schemas/click.avsc: it has no field `ts`, and the column may not be null" in result.out
    (in_avro / "schemas" / "click.avsc").unlink()
    assert "error[F413]: the project has no file schemas/click.avsc" in feat("check", in_avro).out


def test_settings_name_no_schema(in_avro: Path, feat: Feat) -> None:
    bound = "{kind: kafka, path: web.clicks, options: {format: avro, schema: schemas/click.avsc}}"
    (in_avro / "feat.yaml").write_text(f"environments: {{local: {{bind: {{clicks: {{stream: {bound}}}}}}}}}")
    result = feat("run", "--on", "reference", "--project", in_avro)
    assert result.code == 1
    assert "error[F405]: the schema of Avro stands with the columns" in result.err
