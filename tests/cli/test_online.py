"""Rows of an online store in Python, over the local one: values, ages, what still holds, keys that were never seen."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import featlang
from featlang.backends.connectors.sqlite import read_table
from featlang.backends.reference import run_reference
from featlang.online_row import Row
from featlang.request import Request
from featlang.run_inputs import inputs_of
from featlang.runner import run
from tests.cli.conftest import Feat

BLOCKS = """import sources
features activity from clicks by user_id over 1m, 1h to cassandra("features.activity") {
  clicks = count()
  pages = count_distinct(page_id)
  seen = last(ts) over 1h
  dwell = avg(dwell_ms)
  busy = clicks[1h] > 10
}
features paths from clicks by user_id, page_id over forever to cassandra("paths") { n = count() }
features changes from clicks by user_id over 1h to cassandra("changes", emit="change") {
  clicks = count()
  any_page = count_distinct(user_id)
}
features rests from clicks by user_id over 1h, forever(ttl=2h) to cassandra("rests") { n = count() }
features unstored from clicks by user_id over 1h { n = count() }
"""
KEYED = """
source s(b: bool, i: int, d: date, t: timestamp, x: bytes, at: timestamp) { time = at stream = jsonl("s.jsonl") }
features f from s by b, i, d, t, x over forever to cassandra("f") { n = count() of = last([t]) days = last(d) }
"""
OF_NOTHING = {
    **dict.fromkeys(("clicks_1m", "clicks_1h", "pages_1m", "pages_1h"), 0),
    **dict.fromkeys(("seen", "dwell_1m", "dwell_1h")),
    "busy": False,
}


@pytest.fixture
def stored(project: Path, feat: Feat) -> Path:
    """A project whose stores the reference wrote."""
    (project / "engagement.feat").write_text(BLOCKS, encoding="utf-8")
    done = feat("run", "--project", project)
    assert done.code == 0, done.text
    return project


def last(project: Path, user: str) -> datetime:
    """When the row of a user tells of."""
    rows = read_table(project / "out" / "reference" / "online.sqlite", "features.activity")
    (time,) = (row["as_of"] for row in rows if row["user_id"] == user)
    return datetime.fromtimestamp(0, timezone.utc) + timedelta(microseconds=time)


def at(project: Path, now: datetime, block: str = "activity", **key: object) -> Row:
    """The row of a key by a clock."""
    with featlang.online(project=project, now=now) as online:
        return online.get(block, **(key or {"user_id": "user_1"}))


def test_values_are_those_of_the_rows_of_a_run(stored: Path) -> None:
    rows = {row["user_id"]: row for row in pq.read_table(stored / "out" / "reference" / "activity").to_pylist()}
    with featlang.online(project=stored) as online:
        got = online.get_many("activity", [{"user_id": user} for user in sorted(rows, reverse=True)])
    assert len(got) == 5
    for row in got:
        expected = rows[row.key["user_id"]]
        assert row.as_of == expected["ts"]
        stored_features = {name: expected[name] for name in row.features}
        assert row.freshness == "emptied"  # by the clock of today
        assert row.features == OF_NOTHING
        assert at(stored, expected["ts"], **row.key).features == stored_features


def test_a_row_holds_until_an_edge_passes_and_is_that_of_no_event_once_all_have(stored: Path) -> None:
    as_of = last(stored, "user_1")
    row = at(stored, as_of)
    assert (row.freshness, row.stale, row.age, row.reason) == ("current", False, timedelta(0), None)
    assert at(stored, as_of - timedelta(minutes=1)).age == timedelta(minutes=-1)
    moved = at(stored, as_of + timedelta(seconds=1))  # a window of 1m moves each second
    assert moved.stale
    assert moved.age == timedelta(seconds=1)
    assert moved.features == row.features
    assert moved.reason is not None
    assert f"since {as_of.replace(microsecond=0) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}" in moved.reason
    step = timedelta(minutes=1)
    all_gone = datetime.fromtimestamp(as_of.timestamp() // 60 * 60, timezone.utc) + timedelta(hours=1) + step
    assert at(stored, all_gone - timedelta(microseconds=1)).freshness == "stale"
    emptied = at(stored, all_gone)
    assert emptied.freshness == "emptied"
    assert emptied.features == OF_NOTHING
    assert emptied.as_of == as_of


def test_values_of_the_corrected_row_are_those_that_the_reference_computes_then(stored: Path) -> None:
    project = featlang.load(stored)
    inputs = inputs_of(project.source, project.program, ["activity"], None, "reference")
    as_of = last(stored, "user_1")
    moments = [as_of + timedelta(seconds=seconds) for seconds in (0, 3_661, 100_000)]
    asked = {(("user_1",), int(moment.timestamp() * 1e6)) for moment in moments}
    result = run_reference(project.program, ["activity"], inputs, now=2**60, values_wanted={"activity": asked})
    expected = sorted(result.features["activity"].values_at.items())
    got = [at(stored, moment) for moment in moments]
    assert [row.freshness for row in got] == ["current", "emptied", "emptied"]
    for row, (_, values) in zip(got[1:], expected[1:], strict=True):
        assert row.features == values


def test_a_row_that_only_a_change_replaces_may_be_of_a_key_that_is_not_silent(stored: Path) -> None:
    """With `emit = "change"` events that change nothing leave the row as it is, so that its age says nothing."""
    as_of = last(stored, "user_1")
    for hours in (2, 900 * 24):
        row = at(stored, as_of + timedelta(hours=hours), "changes", user_id="user_1")
        assert row.freshness == "stale"
        assert row["any_page"] == 1


def test_for_ever_is_never_stale_and_its_ttl_empties_it(stored: Path) -> None:
    as_of = last(stored, "user_1")
    later = as_of + timedelta(days=900)
    with featlang.online(project=stored, now=later) as online:
        rows = [online.get("paths", user_id="user_1", page_id=f"page_{n}") for n in range(12)]
        assert {row.freshness for row in rows} == {"current", "unseen"} or {row.freshness for row in rows} == {
            "current"
        }
        assert sum(row["n"] for row in rows) > 12
    assert at(stored, as_of + timedelta(hours=1, minutes=59), "rests", user_id="user_1").freshness == "stale"
    rested = at(stored, as_of + timedelta(hours=2), "rests", user_id="user_1")
    assert (rested.freshness, rested.features) == ("emptied", {"n_1h": 0, "n_forever": 0})


def test_a_key_that_was_never_seen_and_one_that_is_null_have_the_features_of_no_event(stored: Path) -> None:
    unseen = at(stored, last(stored, "user_1"), user_id="nobody")
    assert (unseen.freshness, unseen.as_of, unseen.age) == ("unseen", None, None)
    assert unseen.features == OF_NOTHING
    null = at(stored, last(stored, "user_1"), user_id=None)
    assert (null.freshness, null.features) == ("unseen", OF_NOTHING)


def test_a_row_from_before_a_feature_was_there_says_so(stored: Path) -> None:
    with closing(sqlite3.connect(stored / "out" / "reference" / "online.sqlite")) as connection, connection:
        connection.execute('UPDATE "features.activity" SET clicks_1m = NULL')
    row = at(stored, last(stored, "user_1"))
    assert (row.stale, row["clicks_1m"]) == (True, None)
    assert row.reason == "the row was written before clicks_1m came to the block"


def test_the_newest_run_is_read_unless_one_is_named(stored: Path, feat: Feat, tmp_path: Path) -> None:
    other = stored / "out" / "before"
    assert feat("run", "--project", stored, "--until", "2026-01-01T12:00:00Z", "--out", other).code == 0
    now = last(stored, "user_1")
    assert at(stored, now)["clicks_1h"] is not None
    newest = at(stored, now).as_of
    assert newest is not None
    os.utime(stored / "out" / "reference" / "online.sqlite")
    assert at(stored, now).as_of == now > newest
    with featlang.online(project=stored, out=other) as online:
        assert online.get("activity", user_id="user_1").as_of == newest
    with pytest.raises(featlang.RunError, match="has no online store; type feat run"):
        featlang.online(project=stored, out=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("block", "key", "kind", "message"),
    [
        ("activty", {"user_id": "u"}, KeyError, "did you mean `activity`?"),
        ("unstored", {"user_id": "u"}, featlang.RunError, 'write `to cassandra\\("features.unstored"\\)` in its head'),
        ("activity", {"user": "u"}, TypeError, "`activity` is by user_id, not by user"),
        ("activity", {}, TypeError, "`activity` is by user_id, not by nothing"),
        ("activity", {"user_id": 7}, TypeError, "`user_id` is a string: str, not 7"),
    ],
)
def test_what_is_asked_wrongly_is_told(
    block: str, key: dict[str, Any], kind: type[Exception], message: str, stored: Path
) -> None:
    with featlang.online(project=stored) as online, pytest.raises(kind, match=message):
        online.get(block, **key)


def test_keys_of_every_type(tmp_path: Path) -> None:
    (tmp_path / "all.feat").write_text(KEYED, encoding="utf-8")
    event = {
        "b": True,
        "i": 7,
        "d": "2024-02-29",
        "t": "2024-02-29T12:00:00.000001Z",
        "x": "AP8=",
        "at": "2024-03-01T00:00:00Z",
    }
    (tmp_path / "s.jsonl").write_text(json.dumps(event), encoding="utf-8")
    project = featlang.load(tmp_path)
    inputs = inputs_of(project.source, project.program, ["f"], None, "reference")
    run(Request(project.program, ("f",), inputs, tmp_path / "out" / "any", tmp_path / "build", now=2**60), "reference")
    moment = datetime(2024, 2, 29, 12, 0, 0, 1, timezone.utc)
    key: dict[str, object] = {"b": True, "i": 7, "d": date(2024, 2, 29), "t": moment, "x": b"\x00\xff"}
    with featlang.online(project=tmp_path) as online:
        row = online.get("f", **key)
        assert (row.freshness, row.features) == ("current", {"n": 1, "of": [moment], "days": date(2024, 2, 29)})
        numbers = {"d": 19_782, "t": 1_709_208_000_000_001}
        assert online.get("f", **{**key, **numbers}).features == row.features
        for name, wrong in (("b", 1), ("i", True), ("d", "2024-02-29"), ("t", "2024"), ("x", "AP8=")):
            with pytest.raises(TypeError, match=f"`{name}` is a "):
                online.get("f", **{**key, name: wrong})
