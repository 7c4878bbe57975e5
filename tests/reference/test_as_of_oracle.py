"""Rows of streams, and what they look up, against plain SQL that was written from docs/language.md: equal, each one.

The sums are of quarters, and small: exact in any order, so nothing is compared within a tolerance.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import datetime, timezone
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import featlang

if TYPE_CHECKING:
    from pathlib import Path

HOUR, MINUTE = 3_600_000_000, 60_000_000
START = 1_700_000_000_000_000 // HOUR * HOUR
"""µs. A full hour, so that windows of all widths have an edge at it."""
EVENTS = 300
SEEDS = range(4)

PROGRAM = """
source clicks(id: int, user_id: string?, page: string, price: float?, ts: timestamp) {
  time     = ts
  ties     = [id]
  lateness = 1h
  stream   = jsonl("clicks.jsonl")
}

source visits(visit: int, who: string?, page: string?, length: int, at: timestamp) {
  time     = at
  ties     = [visit]
  lateness = 30m
  stream   = jsonl("visits.jsonl")
}

table plans(name: string, plan: string?, level: int, since: timestamp, seen: timestamp, gone: bool?) by name {
  time    = since
  known   = seen
  deleted = gone
  ties    = [level]
  history = jsonl("plans.jsonl")
}

table sections(page: string, section: string, weight: int, owner: string) by page {
  ties    = [weight]
  history = jsonl("sections.jsonl")
}

features of_user from clicks by user_id over 1h, exact(2h), forever {
  clicks = count()
  spent  = sum(price)
}

features newest from clicks where price > 1.0 by user_id over 1h {
  price  = last(price)
  page   = last(page)
  pages  = count_distinct(page)
  most   = max(price)
  began  = first(page) over forever(ttl=3h)
}

features of_page from visits by page over exact(1h), 6h {
  visits = count()
  time   = sum(length)
  mean   = avg(length)
}

features of_pair from clicks by page, user_id over 6h {
  again = count() where price > 1.0
}

stream scored
  from clicks
  lookup of_user as user on user_id
  lookup of_user as was on user_id before
  lookup newest on user_id
  lookup newest as newest_was on user_id before
  lookup of_pair as pair on user_id, page
  lookup of_page as visited on page
  lookup of_page as visited_before on page before
  lookup plans on name == user_id
  lookup plans as plans_was on name == user_id before
  lookup plans as of_owner on name == sections.owner
  lookup of_user as owner on user_id == sections.owner
  lookup of_page as owner_page on page == owner_newest.page
  lookup newest as owner_newest on user_id == sections.owner before
  lookup sections on page == lower(page)
  keep id, user_id, page, price
  to parquet("scored")
{
  clicks_1h      = user.clicks[1h]
  clicks_2h      = user.clicks[exact(2h)]
  clicks_ever    = user.clicks[forever]
  spent_1h       = user.spent[1h]
  spent_2h       = user.spent[exact(2h)]
  spent_ever     = user.spent[forever]
  was_1h         = was.clicks[1h]
  was_2h         = was.spent[exact(2h)]
  was_ever       = was.spent[forever]
  newest_price   = newest.price
  newest_page    = newest.page
  pages          = newest.pages
  most           = newest.most
  began          = newest.began
  was_price      = newest_was.price
  was_pages      = newest_was.pages
  again          = pair.again
  visits         = visited.visits[exact(1h)]
  visit_time     = visited.time[6h]
  visit_mean     = visited.mean[6h]
  visits_before  = visited_before.visits[6h]
  time_before    = visited_before.time[exact(1h)]
  plan           = plans.plan
  level          = plans.level
  plan_was       = plans_was.plan
  level_was      = plans_was.level
  section        = sections.section
  owner_plan     = of_owner.plan
  owner_spent    = owner.spent[1h]
  owner_visits   = owner_page.visits[6h]
}

stream dear_visits
  from visits
  lookup of_user as user on user_id == lower(who)
  lookup newest on user_id == who before
  lookup plans on name == who
  lookup sections on page == newest.page
  where length > 1 and plans.plan is not null
  keep visit, who
  to parquet("dear_visits")
{
  spent = user.spent[exact(2h)]
  price = newest.price
  seen  = sections.section
  plan  = plans.plan
}
"""

ACCEPTED = """
CREATE TABLE {name} AS SELECT * FROM all_{name} e WHERE NOT EXISTS (
  SELECT 1 FROM all_{name} earlier WHERE earlier.rowid < e.rowid AND earlier.{time} - {lateness} > e.{time})
"""
"""An event that is older than the newest before it by more than the lateness is late, and changes no value."""

CLICKS_UP_TO = "(e.ts < r.ts OR (e.ts = r.ts AND e.id <= r.id))"
"""Features of the stream's own source: all events up to the row's in the declared order, which is that of `ties`."""
IN_1H = "e.ts >= (r.ts - 3600000000) / 60000000 * 60000000"
"""`1h`: its oldest edge moves in steps of one minute."""
IN_2H = "e.ts > r.ts - 7200000000"
NEWEST = "e.price > 1.0 AND e.user_id = r.user_id"
LAST = "ORDER BY e.ts DESC, e.id DESC LIMIT 1"
LASTS = "FROM clicks e WHERE e.price > 1.0 AND e.user_id ="
PLAN = """(SELECT CASE WHEN p.gone THEN NULL ELSE p.{column} END FROM plans p
  WHERE p.name = {key} AND p.since {up_to} r.{time} AND p.seen {up_to} r.{time}
  ORDER BY p.since DESC, p.level DESC, p.name DESC, p.plan DESC, p.level DESC, p.since DESC, p.seen DESC, p.gone DESC
  LIMIT 1)"""
"""The newest row; then what `ties` decides; then the greatest by all columns, null being the least."""


def _plan(column: str, up_to: str, key: str = "r.user_id", time: str = "ts") -> str:
    return PLAN.format(column=column, up_to=up_to, key=key, time=time)


def _of_user(aggregate: str, within: str, up_to: str = CLICKS_UP_TO) -> str:
    return f"(SELECT {aggregate} FROM clicks e WHERE e.user_id = r.user_id AND {up_to} AND {within})"


def _newest(aggregate: str, up_to: str = CLICKS_UP_TO) -> str:
    return f"(SELECT {aggregate} FROM clicks e WHERE {NEWEST} AND {up_to} AND {IN_1H})"


def _of_page(aggregate: str, within: str, up_to: str = "e.at <= r.ts") -> str:
    return f"(SELECT {aggregate} FROM visits e WHERE e.page = r.page AND {up_to} AND {within})"


IN_EXACT_1H = "e.at > r.ts - 3600000000"
IN_6H = "e.at >= (r.ts - 21600000000) / 300000000 * 300000000"
BEGAN = f"""(SELECT CASE WHEN r.ts - max(e.ts) < 10800000000 THEN (
    SELECT first.page FROM clicks first
    WHERE first.price > 1.0 AND first.user_id = r.user_id AND (first.ts, first.id) >= (
      SELECT begin.ts, begin.id FROM clicks begin
      WHERE begin.price > 1.0 AND begin.user_id = r.user_id AND (begin.ts, begin.id) <= (r.ts, r.id)
        AND NOT EXISTS (
          SELECT 1 FROM clicks near WHERE near.price > 1.0 AND near.user_id = r.user_id
            AND (near.ts, near.id) < (begin.ts, begin.id) AND begin.ts - near.ts < 10800000000)
      ORDER BY begin.ts DESC, begin.id DESC LIMIT 1)
    ORDER BY first.ts, first.id LIMIT 1) END
  FROM clicks e WHERE {NEWEST} AND {CLICKS_UP_TO})"""
"""Everything since the key was last silent for three hours; nothing, once it is silent for so long."""


def _section(column: str, page: str) -> str:
    return f"(SELECT s.{column} FROM sections s WHERE s.page = {page} ORDER BY s.weight DESC, s.section DESC LIMIT 1)"


OWNER = _section("owner", "lower(r.page)")
"""What is looked up is the key of what is looked up further, all as of the row's time."""

SCORED = {
    "clicks_1h": _of_user("count(*)", IN_1H),
    "clicks_2h": _of_user("count(*)", IN_2H),
    "clicks_ever": _of_user("count(*)", "true"),
    "spent_1h": _of_user("sum(e.price)", IN_1H),
    "spent_2h": _of_user("sum(e.price)", IN_2H),
    "spent_ever": _of_user("sum(e.price)", "true"),
    "was_1h": _of_user("count(*)", IN_1H, "e.ts < r.ts"),
    "was_2h": _of_user("sum(e.price)", IN_2H, "e.ts < r.ts"),
    "was_ever": _of_user("sum(e.price)", "true", "e.ts < r.ts"),
    "newest_price": f"(SELECT e.price {LASTS} r.user_id AND {CLICKS_UP_TO} AND {IN_1H} {LAST})",
    "newest_page": f"(SELECT e.page {LASTS} r.user_id AND {CLICKS_UP_TO} AND {IN_1H} {LAST})",
    "pages": _newest("count(DISTINCT e.page)"),
    "most": _newest("max(e.price)"),
    "began": BEGAN,
    "was_price": f"(SELECT e.price {LASTS} r.user_id AND e.ts < r.ts AND {IN_1H} {LAST})",
    "was_pages": _newest("count(DISTINCT e.page)", "e.ts < r.ts"),
    "again": f"""(SELECT count(*) FROM clicks e WHERE e.page = r.page AND e.user_id = r.user_id AND e.price > 1.0
        AND {CLICKS_UP_TO} AND e.ts >= (r.ts - 21600000000) / 300000000 * 300000000)""",
    "visits": _of_page("count(*)", IN_EXACT_1H),
    "visit_time": _of_page("sum(e.length)", IN_6H),
    "visit_mean": _of_page("avg(e.length)", IN_6H),
    "visits_before": _of_page("count(*)", IN_6H, "e.at < r.ts"),
    "time_before": _of_page("sum(e.length)", IN_EXACT_1H, "e.at < r.ts"),
    "plan": _plan("plan", "<="),
    "level": _plan("level", "<="),
    "plan_was": _plan("plan", "<"),
    "level_was": _plan("level", "<"),
    "section": _section("section", "lower(r.page)"),
    "owner_plan": _plan("plan", "<=", OWNER),
    "owner_spent": f"(SELECT sum(e.price) FROM clicks e WHERE e.user_id = {OWNER} AND {CLICKS_UP_TO} AND {IN_1H})",
    "owner_visits": f"(SELECT count(*) FROM visits v WHERE v.page = (SELECT e.page {LASTS} {OWNER} AND e.ts < r.ts"
    f" AND {IN_1H} {LAST}) AND v.at <= r.ts AND v.at >= (r.ts - 21600000000) / 300000000 * 300000000)",
}
DEAR = {
    "spent": "(SELECT sum(e.price) FROM clicks e WHERE e.user_id = lower(r.who) AND e.ts <= r.at"
    " AND e.ts > r.at - 7200000000)",
    "price": f"(SELECT e.price {LASTS} r.who AND e.ts < r.at"
    f" AND e.ts >= (r.at - 3600000000) / 60000000 * 60000000 {LAST})",
    "seen": _section(
        "section",
        f"(SELECT e.page {LASTS} r.who AND e.ts < r.at AND e.ts >= (r.at - 3600000000) / 60000000 * 60000000 {LAST})",
    ),
    "plan": _plan("plan", "<=", "r.who", "at"),
}
QUERIES = {
    "scored": f"SELECT r.ts, r.id, r.user_id, r.page, r.price, {', '.join(SCORED.values())} FROM clicks r",
    "dear_visits": f"SELECT * FROM (SELECT r.at, r.visit, r.who, {', '.join(DEAR.values())} AS plan FROM visits r"
    " WHERE r.length > 1) WHERE plan IS NOT NULL",
}


class Data:
    """Generated rows of all inputs, by source and table, in the order of their files."""

    def __init__(self, seed: int) -> None:
        """Equal for equal seeds."""
        random = Random(seed)
        users = ["a", "b", "C", None]
        pages = ["x", "y", "X", None]
        times = [START + random.randrange(0, 12 * 60) * MINUTE for _ in range(EVENTS // 3)]
        times += [START + hours * HOUR + off for hours in range(13) for off in (-1, 0, 1)]

        def time() -> int:
            return random.choice((*times, START + random.randrange(12 * HOUR)))

        clicks = [
            {
                "id": number,
                "user_id": random.choice(users),
                "page": random.choice(pages[:3]),
                "price": random.choice((None, 0.25, 1.0, 1.25, 2.5, 7.75, -3.5)),
                "ts": time(),
            }
            for number in random.sample(range(EVENTS), EVENTS)
        ]
        visits = [
            {
                "visit": number,
                "who": random.choice((*users, "c", "A")),
                "page": random.choice(pages),
                "length": random.randrange(6),
                "at": time(),
            }
            for number in random.sample(range(EVENTS), EVENTS)
        ]
        plans = []
        for _ in range(60):
            since = time()
            seen = random.choice((since, since, since - HOUR, since + MINUTE, since + 2 * HOUR))
            plan = {
                "name": random.choice(("a", "b", "C", "never asked for")),
                "plan": random.choice(("free", "paid", None)),
                "level": random.randrange(3),
                "since": since,
                "seen": seen,
                "gone": random.choice((None, False, False, True)),
            }
            plans.append(plan)
            if random.random() < 0.4:  # a correction of it, which becomes known later
                plans.append({**plan, "plan": "corrected", "level": 3, "seen": max(since, seen) + 90 * MINUTE})
        random.shuffle(plans)
        sections = [
            {"page": page, "section": section, "weight": weight, "owner": owner}
            for page, section, weight, owner in [
                ("x", "s", 1, "a"),
                ("x", "t", 2, "C"),
                ("x", "u", 2, "b"),
                ("y", "v", 0, "C"),
                ("z", "w", 9, "a"),
            ]
        ]
        self.rows: dict[str, list[dict[str, Any]]] = {
            "clicks": _out_of_order(random, clicks, "ts", 80 * MINUTE),
            "visits": _out_of_order(random, visits, "at", 40 * MINUTE),
            "plans": plans,
            "sections": sections,
        }

    def write(self, folder: Path, program: str = PROGRAM) -> None:
        """A project of the program and these rows."""
        (folder / "main.feat").write_text(program, encoding="utf-8")
        for name, rows in self.rows.items():
            lines = (json.dumps({column: _text(column, value) for column, value in row.items()}) for row in rows)
            (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def database(self) -> sqlite3.Connection:
        """The same rows as SQL has them, without events that are late."""
        connection = sqlite3.connect(":memory:")
        for name, rows in self.rows.items():
            columns = list(rows[0])
            of_all = f"all_{name}" if name in ("clicks", "visits") else name
            connection.execute(f"CREATE TABLE {of_all} ({', '.join(columns)})")
            places = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {of_all} VALUES ({places})", (tuple(row.values()) for row in rows))
        connection.execute(ACCEPTED.format(name="clicks", time="ts", lateness=HOUR))
        connection.execute(ACCEPTED.format(name="visits", time="at", lateness=30 * MINUTE))
        connection.execute("CREATE INDEX of_user ON clicks (user_id, ts, id)")
        connection.execute("CREATE INDEX of_page ON visits (page, at)")
        return connection


TIMES = {"ts", "at", "since", "seen"}


def _text(column: str, value: Any) -> Any:
    if column not in TIMES:
        return value
    seconds, rest = divmod(value, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{rest:06}Z"


def _out_of_order(random: Random, rows: list[dict[str, Any]], time: str, most: int) -> list[dict[str, Any]]:
    """Most in the order of time, a few twice; some come later, a few of them so much that they are late."""
    return sorted(
        [*rows, *random.sample(rows, 10)], key=lambda row: row[time] + random.choice((0, 0, 0, random.randrange(most)))
    )


def rows_of(folder: Path, name: str) -> Counter[tuple[Any, ...]]:
    """Ours, without `_event`; times in µs."""
    table = featlang.load(folder).run(name, on="reference").drop_columns(["_event"])
    columns = [table[0].cast("int64"), *table.columns[1:]]
    return Counter(zip(*(column.to_pylist() for column in columns), strict=True))


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("seed", SEEDS)
def test_rows_are_those_of_sql(tmp_path: Path, seed: int, name: str) -> None:
    data = Data(seed)
    data.write(tmp_path)
    database = data.database()
    expected = Counter(database.execute(QUERIES[name]).fetchall())
    found = rows_of(tmp_path, name)
    assert sum(expected.values()) > EVENTS / 20
    assert found - expected == Counter()
    assert expected - found == Counter()


FOUND = f"AND {IN_1H} {LAST}) AND v.at"
LEAKS = {
    "features with what comes later at their time": ("scored", CLICKS_UP_TO, "e.ts <= r.ts"),
    "a row without its own event": ("scored", "e.id <= r.id", "e.id < r.id"),
    "before with what is of the same time": ("scored", "e.ts < r.ts AND e.ts", "e.ts <= r.ts AND e.ts"),
    "another source without what is of the same time": ("scored", "e.at <= r.ts", "e.at < r.ts"),
    "another source with a moment of the future": ("scored", "e.at <= r.ts", "e.at <= r.ts + 1"),
    "another source before, with the same time": ("scored", "e.at < r.ts", "e.at <= r.ts"),
    "an exact window with its oldest edge": ("scored", "e.at > r.ts", "e.at >= r.ts"),
    "a window whose edge does not move in steps": ("scored", IN_1H, "e.ts >= r.ts - 3600000000"),
    "rows of a table before they were known": ("scored", "p.seen <= r.ts", "true"),
    "rows of a table before they count": ("scored", "p.since <= r.ts", "true"),
    "rows of a table of the same time, before": ("scored", "p.since < r.ts", "p.since <= r.ts"),
    "rows of a table that were known at the same time, before": ("scored", "p.seen < r.ts", "p.seen <= r.ts"),
    "keys that are found at another time": ("scored", f"e.ts < r.ts {FOUND}", f"e.ts <= r.ts {FOUND}"),
    "what is found by a found key, before its time": ("scored", "AND v.at <= r.ts", "AND v.at < r.ts"),
    "rows that were deleted": ("scored", "CASE WHEN p.gone THEN NULL ELSE p.plan END", "p.plan"),
    "the least of the ties": ("scored", "ORDER BY s.weight DESC", "ORDER BY s.weight"),
    "ties by no column": ("scored", "s.weight DESC, s.section DESC", "s.weight DESC, s.section"),
    "features of the other source, before": ("dear_visits", "e.ts < r.at", "e.ts <= r.at"),
    "features of the other source with its future": ("dear_visits", "e.ts <= r.at", "e.ts <= r.at + 3600000000"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_sql_that_leaks_differs(scored: Scored, leak: str) -> None:
    """The data tells them apart: so rows that leak would too."""
    name, text, other = LEAKS[leak]
    assert text in QUERIES[name]
    leaking = QUERIES[name].replace(text, other)
    assert any(Counter(database.execute(leaking).fetchall()) != expected[name] for database, expected in scored)


Scored = list[tuple[sqlite3.Connection, dict[str, Counter[tuple[Any, ...]]]]]


@pytest.fixture(scope="module")
def scored() -> Scored:
    """Databases of all seeds, with what the queries find in them."""
    databases = [Data(seed).database() for seed in SEEDS]
    return [
        (each, {name: Counter(each.execute(query).fetchall()) for name, query in QUERIES.items()}) for each in databases
    ]


LABELLED = """
source orders(user_id: string, amount: float, @label returned: bool, ts: timestamp) {
  time   = ts
  ties   = [amount]
  stream = jsonl("orders.jsonl")
}

table limits(user_id: string, most: int, since: timestamp, seen: timestamp) by user_id {
  time    = since
  known   = seen
  history = jsonl("limits.jsonl")
}
"""
BY_USER = "features of_user from orders by user_id over 1h { orders = count() spent = sum(amount) }\n"


def _project(folder: Path, text: str, orders: list[str], limits: list[str]) -> Path:
    (folder / "main.feat").write_text(LABELLED + text, encoding="utf-8")
    (folder / "orders.jsonl").write_text("".join(f"{line}\n" for line in orders), encoding="utf-8")
    (folder / "limits.jsonl").write_text("".join(f"{line}\n" for line in limits), encoding="utf-8")
    return folder


def _order(amount: float, ts: str, *, returned: bool = False) -> str:
    time = f"2026-03-05T{ts}Z"
    return json.dumps({"user_id": "a", "amount": amount, "returned": returned, "ts": time})


def _limit(most: int, since: str, seen: str) -> str:
    times = {"since": f"2026-03-{since}Z", "seen": f"2026-03-{seen}Z"}
    return json.dumps({"user_id": "a", "most": most, **times})


TRAINING = """
stream training from orders lookup limits on user_id before keep amount, returned to parquet("training") {
  most = limits.most
}
"""


def test_a_row_that_is_dated_back_reaches_no_earlier_label(tmp_path: Path) -> None:
    """It counts from Wednesday and is known from Friday on: one of Thursday does not see it, one of Saturday does."""
    limits = [_limit(10, "01T00:00:00", "01T00:00:00"), _limit(99, "04T00:00:00", "06T12:00:00")]
    orders = [_order(1.0, "12:00:00"), _order(2.0, "12:00:00", returned=True)]
    orders.append(_order(3.0, "12:00:00").replace("03-05", "03-07"))
    rows = featlang.load(_project(tmp_path, TRAINING, orders, limits)).run("training")
    found = sorted(zip(*(rows[name].to_pylist() for name in ("amount", "most")), strict=True))
    assert found == [(1.0, 10), (2.0, 10), (3.0, 99)]


def test_rows_of_the_time_of_a_label_are_left_out_under_before(tmp_path: Path) -> None:
    """Of the table and of features alike: also the label's own event, which is of its time."""
    text = BY_USER + TRAINING.replace("before keep", "before lookup of_user as was on user_id before keep").replace(
        "most = limits.most", "most = limits.most n = was.orders spent = was.spent"
    )
    limits = [_limit(10, "01T00:00:00", "01T00:00:00"), _limit(99, "05T12:00:00", "05T12:00:00")]
    limits.append(_limit(98, "05T11:00:00", "05T12:00:00"))
    orders = [_order(0.5, "11:59:59.999999"), _order(1.0, "12:00:00"), _order(2.0, "12:00:00", returned=True)]
    orders.append(_order(4.0, "12:00:00.000001"))
    rows = featlang.load(_project(tmp_path, text, orders, limits)).run("training")
    found = sorted(zip(*(rows[name].to_pylist() for name in ("amount", "most", "n", "spent")), strict=True))
    assert found == [(0.5, 10, 0, None), (1.0, 10, 1, 0.5), (2.0, 10, 1, 0.5), (4.0, 99, 3, 3.5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(TRAINING.replace(" before", ""), ["F237"], id="a table at the time of the label"),
        pytest.param(
            BY_USER
            + TRAINING.replace("limits on", "of_user on")
            .replace(" before", "")
            .replace("limits.most", "of_user.spent"),
            ["F237"],
            id="features at the time of the label",
        ),
        pytest.param("features f from orders by user_id over 1h { n = count_if(returned) }", ["F231"], id="of a label"),
        pytest.param(
            "features f from orders where returned by user_id over 1h { n = count() }", ["F231"], id="filtered"
        ),
        pytest.param(
            "stream s from orders { won = returned }\nfeatures f from s by user_id over 1h { n = count() where won }",
            ["F231"],
            id="through a stream",
        ),
    ],
)
def test_labels_are_stopped_where_the_program_is(tmp_path: Path, text: str, said: list[str]) -> None:
    project = featlang.load(_project(tmp_path, text, [], []))
    assert [each.code for each in project.check()] == said
    with pytest.raises(featlang.FeatError):
        project.run()


def test_a_lookup_at_the_time_of_a_label_sees_what_happens_then(tmp_path: Path) -> None:
    """Where it is said that this is meant: what a lookup without `before` sees."""
    text = BY_USER + TRAINING.replace("before keep", "at ts lookup of_user as own on user_id at ts keep").replace(
        "most = limits.most", "most = limits.most n = own.orders"
    )
    limits = [_limit(10, "01T00:00:00", "01T00:00:00"), _limit(99, "05T12:00:00", "05T12:00:00")]
    orders = [_order(0.5, "11:59:59.999999"), _order(1.0, "12:00:00"), _order(2.0, "12:00:00", returned=True)]
    rows = featlang.load(_project(tmp_path, text, orders, limits)).run("training")
    found = sorted(zip(*(rows[name].to_pylist() for name in ("amount", "most", "n")), strict=True))
    assert found == [(0.5, 10, 1), (1.0, 99, 2), (2.0, 99, 3)]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("ts + 1h", "F240"),
        ("ts - 1h + 61m", "F240"),
        ('start_of(ts, "day", "UTC")', "F240"),
        ("ts - 1h", "F502"),
    ],
)
def test_lookups_at_other_times_are_refused(tmp_path: Path, moment: str, said: str) -> None:
    """Into the future, or nobody knows where, and into the past, as long as no lookup has a time of its own."""
    text = BY_USER + TRAINING.replace("limits on user_id before", f"of_user on user_id at {moment}").replace(
        "limits.most", "of_user.orders"
    )
    project = featlang.load(_project(tmp_path, text, [_order(1.0, "12:00:00")], []))
    assert [each.code for each in project.check()] == [said]
    with pytest.raises(featlang.FeatError):
        project.run()
