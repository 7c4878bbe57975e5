"""`feat explain-value`: the events, window edges, table rows and late drops that made a value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from featlang.compiler import ir
from featlang.explain_value import explain_features
from featlang.explained import ExplainedFeatures
from featlang.moments import moment
from featlang.project import load
from featlang.run_inputs import inputs_of
from featlang.stdlib.aggregates import AGGREGATES
from tests.cli.conftest import Feat

DEFINITIONS = """
source clicks(user_id: string?, page: string, action: string, dwell: int?, number: int, ts: timestamp) {
  time      = ts
  ties      = [number]
  lateness  = 10m
  max_ahead = 1d
  stream    = jsonl("data/clicks.jsonl")
}

features engagement from clicks where action != "ping" by user_id over 1h {
  clicks  = count() where action == "click"
  views   = count() where action == "view"
  _rate   = clicks / views
  ctr     = _rate ?? 0.0
  dwell   = sum(dwell) over exact(30m)
  session = count() over forever(ttl=1h)
  first   = first(page) over forever
  pages   = count_distinct(page) over 10m, 1h
}

source taps(card: string, n: int, amount: float, ts: timestamp) {
  time     = ts
  lateness = 1h
  order    = arrival(n)
  stream   = jsonl("data/taps.jsonl")
}

features spending from taps by card over exact(30m) {
  spent  = sum(amount)
  last   = last(amount) over forever
  recent = count() over 30m
}

source prices(page: string, price: float, ts: timestamp) {
  time   = ts
  ties   = [price]
  stream = jsonl("data/prices.jsonl")
}

features page_prices from prices by page over forever {
  price = last(price)
}

table users(user_id: string, plan: string, since: timestamp, seen: timestamp, gone: bool?) by user_id {
  time    = since
  known   = seen
  deleted = gone
  history = jsonl("data/users.jsonl")
}

stream scored from clicks
  lookup engagement as user on user_id
  lookup engagement as before on user_id before
  lookup page_prices as priced on page
  lookup users on user_id
  where action == "click" and (users.plan is not null or user.views > 100)
  keep user_id, number
  to parquet("lake/scored/")
{
  ctr      = user.ctr
  is_first = before.clicks == 0
  price    = priced.price
  plan     = users.plan
}

features of_plan from scored by plan over 1h {
  rows  = count()
  rates = sum(ctr) where price > 2.0
}

stream checked from taps lookup spending on card to parquet("lake/checked/") {
  others = spending.spent - amount
}

stream views from clicks where action == "view" { long = (dwell ?? 0) > 100 }
"""

Record = dict[str, object] | str

CLICKS: tuple[Record, ...] = (
    {"user_id": "u1", "page": "a", "action": "view", "dwell": 100, "number": 1, "ts": "10:59:59.999999"},
    {"user_id": "u1", "page": "b", "action": "view", "dwell": 200, "number": 2, "ts": "11:00:00"},
    {"user_id": "u2", "page": "b", "action": "view", "dwell": 200, "number": 3, "ts": "11:00:00"},
    {"user_id": "u1", "page": "a", "action": "ping", "dwell": 1, "number": 4, "ts": "11:10:00"},
    {"user_id": "u1", "page": "a", "action": "view", "dwell": None, "number": 5, "ts": "11:30:00"},
    {"user_id": "u1", "page": "c", "action": "view", "dwell": 50, "number": 6, "ts": "11:30:00.000001"},
    {"user_id": None, "page": "c", "action": "view", "dwell": 50, "number": 7, "ts": "11:40:00"},
    "{",
    {"user_id": "u1", "page": "d", "action": "click", "dwell": 7, "number": 9, "ts": "12:00:00"},
    {"user_id": "u1", "page": "e", "action": "click", "dwell": 8, "number": 8, "ts": "12:00:00"},
    {"user_id": "u1", "page": "a", "action": "click", "dwell": 9, "number": 10, "ts": "11:49:59"},
    {"user_id": "u1", "page": "a", "action": "click", "dwell": 9, "number": 11, "ts": "2031-01-01T00:00:00"},
    {"user_id": "u1", "page": "a", "action": "view", "dwell": 3, "number": 12, "ts": "12:05:00"},
    {"user_id": "u1", "page": "a", "action": "click", "dwell": 3, "number": 13, "ts": "14:00:00"},
    {"user_id": "u3", "page": "a", "action": "click", "dwell": 3, "number": 14, "ts": "14:00:00"},
    {"user_id": "u4", "page": "a", "action": "ping", "dwell": 3, "number": 15, "ts": "14:00:00"},
)
TAPS: tuple[Record, ...] = (
    {"card": "c1", "n": 1, "amount": 1.5, "ts": "10:00:00"},
    {"card": "c1", "n": 2, "amount": 2.0, "ts": "09:20:00"},
    {"card": "c1", "n": 3, "amount": 4.0, "ts": "09:45:00"},
    {"card": "c1", "n": 3, "amount": 8.0, "ts": "10:01:00"},
    {"card": "c2", "n": 1, "amount": 1.0, "ts": "10:05:00"},
    {"card": "c1", "n": 4, "amount": 16.0, "ts": "10:20:00"},
)
PRICES: tuple[Record, ...] = (
    {"page": "d", "price": 1.5, "ts": "11:00:00"},
    {"page": "d", "price": 2.5, "ts": "12:00:00"},
    {"page": "d", "price": 3.5, "ts": "12:00:01"},
    {"page": "e", "price": 9.0, "ts": "13:00:00"},
)
USERS: tuple[Record, ...] = (
    {"user_id": "u1", "plan": "free", "since": "00:00:00", "seen": "00:00:00", "gone": False},
    {"user_id": "u1", "plan": "pro", "since": "11:00:00", "seen": "11:30:00", "gone": None},
    {"user_id": "u1", "plan": "team", "since": "11:30:00", "seen": "13:00:00", "gone": None},
    {"user_id": "u3", "plan": "pro", "since": "11:30:00", "seen": "11:30:00", "gone": None},
    {"user_id": "u3", "plan": "pro", "since": "12:30:00", "seen": "12:30:00", "gone": True},
)
NOW = "2024-03-02T00:00:00Z"
NOON = "2024-03-01T12:00:00Z"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, which is the current folder."""
    (tmp_path / "data").mkdir()
    (tmp_path / "main.feat").write_text(DEFINITIONS)
    files: dict[str, tuple[Record, ...]] = {"clicks": CLICKS, "taps": TAPS, "prices": PRICES, "users": USERS}
    for name, held in files.items():
        (tmp_path / "data" / f"{name}.jsonl").write_text("".join(f"{line(record)}\n" for record in held))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEAT_EXPLAIN_VALUE_NOW", NOW)
    return tmp_path


def line(record: Record) -> str:
    """The record in JSON, its times of day on 1 March 2024."""
    if isinstance(record, str):
        return record
    times = {name: instant(str(record[name])) for name in ("ts", "since", "seen") if name in record}
    return json.dumps(record | times)


def instant(text: str) -> str:
    return f"{text if 'T' in text else f'2024-03-01T{text}'}Z"


def explained(feat: Feat, *arguments: object) -> dict[str, Any]:
    """What the command gives to programs."""
    result = feat("explain-value", *arguments, "--format", "json")
    assert result.code == 0, result.text
    found: dict[str, Any] = json.loads(result.out)
    return found


def records(events: list[dict[str, Any]]) -> list[int]:
    return [event["record"] for event in events]


def aggregate(found: dict[str, Any], function: str, window: str) -> dict[str, Any]:
    (only,) = [a for a in found["aggregates"] if a["function"] == function and a["window"] == window]
    return dict(only)


# --- blocks ---------------------------------------------------------------------------------------------------------


def test_what_people_see(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    result = feat("explain-value", "engagement", "--key", "user_id=u1", "--at", NOON, "--feature", "dwell")
    assert result.code == 0
    assert result.out == (
        """\
engagement of user_id=u1 at 2024-03-01T12:00:00Z
the row of data/clicks.jsonl:9, _tie 1
8 events of the key, 6 of them up to then

  dwell  = 65  #1

#1 sum(dwell) over exact(30m) = 65
  after 2024-03-01T11:30:00Z up to 2024-03-01T12:00:00Z: holds 3 events, of which 3 count
  before  data/clicks.jsonl:5   2024-03-01T11:30:00Z         dwell=null  null: skipped
          data/clicks.jsonl:6   2024-03-01T11:30:00.000001Z  dwell=50    gives 50
          data/clicks.jsonl:10  2024-03-01T12:00:00Z         dwell=8     gives 8
          data/clicks.jsonl:9   2024-03-01T12:00:00Z         dwell=7     gives 7
  after   data/clicks.jsonl:13  2024-03-01T12:05:00Z         dwell=3     would give 3

1 event of the key that the block's `where` does not take: (action != "ping")
  data/clicks.jsonl:4  2024-03-01T11:10:00Z  action=ping

2 events of the key that were refused
  late       data/clicks.jsonl:11  2024-03-01T11:49:59Z  `ts` is older than the lateness allows
  max_ahead  data/clicks.jsonl:12  2031-01-01T00:00:00Z  `ts` is too far ahead of the clock

of rejected records it is not known whose they are: 1 malformed
"""
    )


def test_a_derived_feature_is_told_by_what_it_reads(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    found = explained(feat, "engagement", "--key", "user_id=u1", "--at", NOON, "--feature", "ctr")
    values = {value["name"]: (value["value"], value["expression"]) for value in found["values"]}
    assert values == {
        "clicks": (2, "#1"),
        "views": (3, "#2"),
        "_rate": (2 / 3, "(to_float(clicks) / to_float(views))"),
        "ctr": (2 / 3, "(_rate ?? 0.0)"),
    }
    clicks, views = found["aggregates"]
    assert (clicks["where"], views["where"]) == ('(action == "click")', '(action == "view")')
    assert [event["fate"] for event in views["events"]] == ["counts"] * 3 + ["filtered"] * 2
    assert (views["oldest"], views["newest"]) == ("2024-03-01T11:00:00Z", NOON)
    assert views["before"]["record"] == 1  # a microsecond too old
    assert views["before"]["fate"] == "counts"


def test_of_simultaneous_events_a_row_holds_those_up_to_its_own(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    given = ("engagement", "--key", "user_id=u1", "--feature", "clicks", "--at", NOON)
    first = explained(feat, *given, "--tie", 0)
    assert first["row"]["record"] == 10  # it is first by `number`
    assert first["values"][0]["value"] == 1
    assert first["aggregates"][0]["after"]["record"] == 9
    assert explained(feat, *given, "--tie", 1) == explained(feat, *given)
    result = feat("explain-value", *given, "--tie", 2)
    assert (result.code, "the last row of that time has _tie 1" in result.err) == (2, True)
    result = feat("explain-value", *given[:-1], "2024-03-01T12:00:01Z", "--tie", 0)
    assert (result.code, "no row is read at that time" in result.err) == (2, True)


def test_the_last_row_is_meant_without_a_time_and_a_silence_forgets(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    found = explained(feat, "engagement", "--key", "user_id=u1", "--feature", "session")
    assert found["at"] == "2024-03-01T14:00:00Z"
    (session,) = found["aggregates"]
    assert (session["oldest"], records(session["events"]), session["before"]["record"]) == (found["at"], [14], 13)
    silent = explained(feat, "engagement", "--key", "user_id=u1", "--feature", "session", "--at", NOW)
    assert (silent["row"], silent["aggregates"][0]["holds"], silent["values"][0]["value"]) == (None, 0, 0)
    shown = feat("explain-value", "engagement", "--key", "user_id=u1", "--feature", "session", "--at", NOW).out
    assert "silent for 1h or longer" in shown
    assert "no row is read then" in shown


def test_in_the_order_of_arrival_a_row_is_read_at_the_greatest_time_so_far(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    found = explained(feat, "spending", "--key", "card=c1", "--at", "2024-03-01T10:00:00Z")
    assert found["row"] == {
        "path": found["row"]["path"],
        "record": 3,
        "time": "2024-03-01T09:45:00Z",
        "read_at": "2024-03-01T10:00:00Z",
        "tie": 2,
    }
    spent = aggregate(found, "sum", "exact(30m)")
    assert (records(spent["events"]), spent["before"]["record"], spent["after"]["record"]) == ([1, 3], 2, 6)
    assert records(aggregate(found, "last", "forever")["events"]) == [1, 2, 3]
    assert [(each["code"], each["record"]) for each in found["refused"]] == [("out_of_sequence", 4)]
    first = explained(feat, "spending", "--key", "card=c1", "--at", "2024-03-01T10:00:00Z", "--tie", 0)
    assert first["values"][0]["value"] == 1.5
    assert "read at 2024-03-01T10:00:00Z" in feat("explain-value", "spending", "--key", "card=c1").out


def test_many_events_are_cut_short(shop: Path, feat: Feat) -> None:
    many = [
        {"user_id": "m", "page": "a", "action": "view", "dwell": n, "number": n, "ts": f"10:00:{n:02}"}
        for n in range(30)
    ]
    (shop / "data" / "clicks.jsonl").write_text("".join(f"{line(record)}\n" for record in many))
    given = ("engagement", "--key", "user_id=m", "--feature", "views")
    shown = feat("explain-value", *given).out
    assert "holds 30 events" in shown
    assert "… 10 earlier ones, which --all shows" in shown
    assert (shown.count("clicks.jsonl:"), "clicks.jsonl:10 " in shown) == (21, False)
    everything = feat("explain-value", *given, "--all").out
    assert (everything.count("clicks.jsonl:"), "earlier" in everything) == (31, False)
    found = explained(feat, *given)["aggregates"][0]
    assert (found["holds"], records(found["events"])) == (30, list(range(11, 31)))


def test_a_history_has_nothing_late_but_what_an_earlier_run_had(shop: Path, feat: Feat) -> None:
    definitions = (shop / "main.feat").read_text()
    both = 'stream    = jsonl("data/clicks.jsonl")\n  history = jsonl("data/clicks.jsonl")'
    (shop / "main.feat").write_text(definitions.replace('stream    = jsonl("data/clicks.jsonl")', both))
    given = ("engagement", "--key", "user_id=u1", "--at", NOON, "--feature", "clicks")
    of_history = explained(feat, *given)
    assert [each["code"] for each in of_history["refused"]] == ["max_ahead"]
    assert of_history["values"][0]["value"] == 3
    of_stream = explained(feat, *given, "--stream")
    assert [each["code"] for each in of_stream["refused"]] == ["late", "max_ahead"]
    (shop / "main.feat").write_text(definitions)
    assert feat("run", "engagement", "--out", "first", "--now", NOW).code == 0
    (shop / "main.feat").write_text(
        definitions.replace('stream    = jsonl("data/clicks', 'history = jsonl("data/clicks')
    )
    assert explained(feat, *given, "--exclude-late", "first") == of_stream


def test_a_key_without_events_is_told(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    result = feat("explain-value", "engagement", "--key", "user_id=u4")
    assert result.code == 1
    assert result.err == "`engagement` has no event of user_id=u4\n"
    assert "data/clicks.jsonl:16" in result.out  # which `where` does not take
    assert feat("explain-value", "engagement", "--key", "user_id=nobody", "--format", "json").code == 1


def test_a_window_may_begin_before_the_calendar(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    given = ("--key", "user_id=u1", "--feature", "views", "--at", "0001-01-01T00:00:00Z")
    shown = feat("explain-value", "engagement", *given)
    assert shown.code == 0
    assert "from -62135600400000000us (1h back, down to a step of 1m) up to 0001-01-01T00:00:00Z" in shown.out


def every_row(program: ir.Program, out: Path) -> Iterator[tuple[ir.Features, dict[str, Any]]]:
    """The rows that a run wrote."""
    for block in program.features:
        for row in pq.read_table(out / block.name).to_pylist():
            yield block, row


def test_the_listed_contributions_make_the_values_that_a_run_gives(shop: Path, feat: Feat) -> None:
    assert feat("run", "--now", NOW).code == 0
    project = load(shop)
    program = project.program
    assert program is not None
    inputs = inputs_of(project, program, [block.name for block in program.features], None, "reference")
    rows = list(every_row(program, shop / "out" / "reference"))
    assert len(rows) == 8 + 1 + 1 + 4 + 1 + 4 + 3  # of u1, u2, u3; c1, c2; both pages; two plans
    for block, row in rows:
        keys = tuple(row[name] for name in block.key)
        at = moment(row["ts"].isoformat())
        found = explain_features(program, block, keys, inputs, moment(NOW), at=at, tie=row["_tie"])
        assert found.tie == row["_tie"]
        recomputed = recompute(found)
        values = {value.name: result for value, result in found.values}
        for value in block.values:
            if value.written:
                assert values[value.name] == row[value.name]
            if isinstance(value.expression, ir.AggregateValue):
                assert recomputed[value.expression.index] == row[value.name]


def recompute(found: ExplainedFeatures) -> dict[int, Any]:
    """Each aggregate from its listed contributions alone, after a look at their times."""
    recomputed = {}
    for index, each in found.aggregates.items():
        times = [held.event.time for held in each.held]
        assert all((each.oldest is None or each.oldest <= time) and time <= each.newest for time in times)
        given = [held.gives for held in each.held if held.fate == "counts"]
        recomputed[index] = AGGREGATES[each.aggregate.function].value(given, each.aggregate.bound)
        assert recomputed[index] == each.value
    return recomputed


# --- streams --------------------------------------------------------------------------------------------------------


def test_a_row_of_a_stream_is_told_by_what_it_looked_up(shop: Path, feat: Feat) -> None:
    assert feat("run", "scored", "--now", NOW).code == 0
    written = {row["number"]: row for row in pq.read_table(shop / "out" / "reference" / "scored").to_pylist()}
    found = explained(feat, "scored", "--where", "user_id=u1", "--at", NOON)
    assert [row["record"] for row in found["rows"]] == [10, 9]  # in the declared order
    for row in found["rows"]:
        of_run = written[row["values"]["number"]]
        assert row["event"] == of_run["_event"]
        assert row["values"] == {name: of_run[name] for name in row["values"]}
    first, second = found["rows"]
    user, before, priced, users = first["lookups"]
    assert [value["name"] for value in user["values"]] == ["clicks", "views", "_rate", "ctr"]
    clicks = user["aggregates"][0]
    assert (records(clicks["events"])[-1], clicks["after"]["record"]) == (10, 9)  # what comes behind it is not seen
    assert (before["before"], before["row"], before["aggregates"][0]["after"]["record"]) == (True, None, 10)
    assert (priced["key"], priced["events"], priced["applied"]) == ({"page": "e"}, 1, 0)
    assert [users[name]["columns"]["plan"] for name in ("older", "counts", "newer")] == ["free", "pro", "team"]
    assert users["counts"]["counts_from"] == users["counts"]["known"] == "2024-03-01T11:30:00Z"
    assert users["newer"]["counts_from"] == "2024-03-01T13:00:00Z"
    assert second["lookups"][2]["aggregates"][0]["after"]["time"] == "2024-03-01T12:00:01Z"
    only = explained(feat, "scored", "--event", first["event"].upper(), "--feature", "plan")
    assert [list(row["values"]) for row in only["rows"]] == [["plan"]]
    assert [lookup["table"] for lookup in only["rows"][0]["lookups"]] == ["users"]
    shown = feat("explain-value", "scored", "--event", first["event"]).out
    assert "engagement of user_id=u1 at 2024-03-01T12:00:00Z\n  of the events before that time" in shown
    assert "page_prices of page=e at 2024-03-01T12:00:00Z\n  no row is read then" in shown
    assert "counts  data/users.jsonl:2  from 2024-03-01T11:30:00Z  time 2024-03-01T11:00:00Z, known" in shown


def test_an_event_without_a_row_is_told_with_its_reason(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    shown = feat("explain-value", "scored", "--where", "user_id=u3")
    assert shown.code == 0
    assert (
        "it has no row, because this is not true: (not (users.plan is null) or (engagement.views > 100))" in shown.out
    )
    assert "no row counts: `gone` is true in the newest" in shown.out
    shown = feat("explain-value", "scored", "--where", "number=12")
    assert 'it has no row, because this is not true: (action == "click")\n  action=view\n' in shown.out
    found = explained(feat, "scored", "--where", "user_id=null")
    assert [(row["record"], row["dropped_by"]) for row in found["rows"]] == [(7, "where")]
    found = explained(feat, "scored", "--where", "user_id=u1", "--all")
    assert [(each["record"], each["code"]) for each in found["refused"]] == [(11, "late"), (12, "max_ahead")]
    assert (len(found["rows"]), found["earlier"]) == (9, 0)
    found = explained(feat, "scored", "--where", "user_id=u1")
    assert (len(found["rows"]), found["earlier"]) == (5, 4)
    assert "… 4 earlier rows, which --all shows" in feat("explain-value", "scored", "--where", "user_id=u1").out
    result = feat("explain-value", "scored", "--where", "user_id=nobody")
    assert (result.code, "no accepted event of `clicks` is as --at" in result.err) == (1, True)


def test_features_of_a_stream_are_told_by_its_rows(shop: Path, feat: Feat) -> None:
    """The events are its rows, with what these looked up, and where their records stand."""
    assert feat("run", "of_plan", "--now", NOW).code == 0
    written = pq.read_table(shop / "out" / "reference" / "of_plan").to_pylist()
    (of_run,) = [row for row in written if row["plan"] == "pro" and row["_tie"] == 1]
    found = explained(feat, "of_plan", "--key", "plan=pro", "--at", NOON)
    assert {value["name"]: value["value"] for value in found["values"]} == {
        name: of_run[name] for name in ("rows", "rates")
    }
    assert (found["row"]["record"], found["row"]["tie"]) == (9, 1)
    rates = found["aggregates"][1]
    assert [(each["record"], each["fate"], each["columns"]) for each in rates["events"]] == [
        (10, "filtered", {"ctr": 1 / 3, "price": None}),
        (9, "counts", {"ctr": 2 / 3, "price": 2.5}),
    ]
    assert found["unreadable"] == {"malformed": 1, "late": 1, "max_ahead": 1}  # whatever their plan may be


def test_what_is_looked_up_in_the_order_of_arrival_is_what_was_there(shop: Path, feat: Feat) -> None:
    assert feat("run", "checked", "--now", NOW).code == 0
    of_run = pq.read_table(shop / "out" / "reference" / "checked").to_pylist()
    found = explained(feat, "checked", "--where", "card=c1")
    assert [row["values"]["others"] for row in sorted(found["rows"], key=lambda row: row["record"])] == [
        row["others"] for row in of_run if row["card"] == "c1"
    ]
    (second,) = [row for row in found["rows"] if row["record"] == 2]
    (spending,) = second["lookups"]
    assert (second["time"], second["read_at"], spending["at"]) == (
        "2024-03-01T09:20:00Z",
        "2024-03-01T10:00:00Z",
        "2024-03-01T10:00:00Z",
    )
    assert (spending["applied"], records(spending["aggregates"][0]["events"])) == (2, [1])
    assert [(each["record"], each["code"]) for each in found["refused"]] == [(4, "out_of_sequence")]


# --- what is typed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("engagment --key user_id=u1", "did you mean `engagement`?"),
        ("engagement --key user=u1", "there is one: `user_id`"),
        ("engagement --key user_id=u1 --feature click", "did you mean `clicks`?"),
        ("engagement", "say which `user_id`: --key user_id=…"),
        ("engagement --key user_id", "is no COLUMN=VALUE"),
        ("engagement --key user_id=u1 --key user_id=u2", "`user_id` is said twice"),
        ("engagement --key user_id=null", "is null, and such an event has no values"),
        ("engagement --key user_id=u1 --tie 0", "say --at too"),
        ("engagement --key user_id=u1 --at noon", "is not a time"),
        ("engagement --key user_id=u1 --where page=a", "say --key and --at"),
        ("engagement --key user_id=u1 --event 00", "say --key and --at"),
        ("scored", "say which rows: --event, --at or --where"),
        ("scored --key user_id=u1", "say --event, or --at and --where"),
        ("scored --where usr_id=u1", "did you mean `user_id`?"),
        ("scored --where number=one", "is no int"),
        ("scored --where plan=pro", "`plan` is looked up; choose rows by user_id"),
        ("scored --at 2024-03-01 --feature plans", "did you mean `plan`?"),
        ("views --at 2024-03-01", "`views` writes no rows"),
    ],
)
def test_wrong_usage_says_what_to_type(shop: Path, arguments: str, said: str, feat: Feat) -> None:
    assert shop.is_dir()
    result = feat("explain-value", *arguments.split())
    assert (result.code, said in result.err) == (2, True), result.text


def test_a_family_is_told_by_its_name_or_one_of_its_columns(shop: Path, feat: Feat) -> None:
    assert shop.is_dir()
    both = explained(feat, "engagement", "--key", "user_id=u1", "--feature", "pages")
    assert [value["name"] for value in both["values"]] == ["pages_10m", "pages_1h"]
    one = explained(feat, "engagement", "--key", "user_id=u1", "--feature", "pages_1h")
    assert [value["name"] for value in one["values"]] == ["pages_1h"]
