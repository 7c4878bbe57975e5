"""Labels flow into no feature, personal data into no sink that does not accept it."""

from __future__ import annotations

import pytest

from tests.compiler.programs import codes, compiled, program

SOURCE = """
source people(
  user:  string,
  @pii
  email: string,
  @pii
  age:   int?,
  @pii
  height: int,
  plan:  string,
  @label
  left:  bool,
  ts:    timestamp,
) { time = ts ties = [plan] }
"""
UNLABELLED = SOURCE.replace("@label", "")


def block(body: str, head: str = "by user", sink: str = ' to kafka("out")') -> str:
    """A block that is written somewhere."""
    return f"features f from people {head} over 1h{sink} {{\n{body}\n}}\n"


@pytest.mark.parametrize(
    "body",
    [
        "a = avg(age)",
        "a = last(email)",
        "a = count() where age > 18",
        "a = count_if(age > 18)",
        "_a = avg(age)\nb = _a / 2",
        "a = greatest(max(age), 3)",
        "a = if count() >= 9 then avg(age) else null",
        "a = if count() >= 10 then max(age) else null",
        "a = if count() >= 10 then avg(age) else last(age) / 1",
        "a = last(concat(email, plan))",
        'a = if count() >= 10 then sum(if email == "x" then age else null) else null',
        'a = if count() >= 10 then sum(if plan == "x" then age else 0) else null',
        "a = if count() >= 10 then avg(age) else null",
        "a = if count(plan) >= 10 then avg(age) else null",
        "a = if count() >= 10 or count(age) >= 10 then avg(age) else null",
        'a = if count(if email == "x" then 1 else null) >= 10 then count() else null',
        'a = if count() >= 10 then count() else null where email == "x"',
        'a = if count() >= 10 then count_if(email == "x") else null',
        'a = if count() >= 10 then any(email == "x") else null',
        'a = if count() >= 10 and any(email == "x") then 1 else null',
        "a = if count(age) >= 10 then first(age) else null",
        "a = if count(age) >= 10 then min(age) else null",
        "a = if count(age) >= 10 then sum(age * 2) else null",
        "a = if count() >= 10 then sum(age ?? 0) else null",
        "_max = max(age)\na = if count(age) >= 10 then _max + count() else null",
        "a = if count(age) >= 10 then (if count() > 20 then max(age) else null) else null",
        "a = (if count(age) >= 10 then avg(age) else null) ?? avg(age)",
    ],
)
def test_what_is_computed_from_personal_data_is_personal(body: str) -> None:
    assert codes(SOURCE, block(body)) == ["F232"]
    accepted = program(SOURCE, block(body, sink=' to kafka("out", accepts="pii")'))
    assert [value.pii for value in accepted.features[0].values if value.written] == [True]
    assert codes(SOURCE, block(body, sink="")) == []


@pytest.mark.parametrize(
    "body",
    [
        "a = count()",
        "a = last(plan)",
        "a = count_distinct(hash64(email))",
        "a = last(hash_bucket(email, 100))",
        "a = if count(age) >= 10 then avg(age) else null",
        "a = if count() >= 10 then sum(height) else null",
        "a = if count_distinct(age) > 9 and avg(age) > 30 then sum(age) / count(age) else 0",
        'a = if count() >= 10 then avg(height) else null where plan == "x"',
        "a = if count() >= 10 then count_distinct(email) else null",
        'a = if count() >= 10 then (if any(plan == "x") then avg(height) else null) ?? 0 else null',
        'a = if count_distinct(plan) > 9 and any(plan == "x") then stddev(height) else null',
        '@declassify("a share of all users")\na = avg(age)',
        '_age = avg(age)\n@declassify("only whether one is grown up")\na = _age > 18',
    ],
)
def test_hashes_many_and_reasons_end_it(body: str) -> None:
    assert codes(SOURCE, block(body)) == []


def test_keys_and_the_head_count_as_well() -> None:
    assert codes(SOURCE, block("a = count()", "by email")) == ["F232"]
    assert codes(SOURCE, block("a = count()", "where age > 18 by user")) == ["F232"]
    assert codes(SOURCE, block("a = if count() >= 10 then avg(age) else null", "where age > 18 by user")) == ["F232"]


def test_each_sink_says_what_it_accepts() -> None:
    sinks = ' to kafka("a"), cassandra("b", accepts="pii"), druid("c")'
    assert codes(SOURCE, block("a = avg(age)", sink=sinks)) == ["F232", "F232"]
    assert codes(SOURCE, block("a = avg(age)", sink=' to kafka("a", accepts="all")')) == ["F223"]


def test_the_way_is_shown() -> None:
    (found,) = compiled(SOURCE, block("_mean = avg(age)\n_half = _mean / 2\nscore = _half + 1")).diagnostics
    assert found.title.endswith("`age` → `_mean` → `_half` → `score`")
    assert [label.text for label in found.labels] == ["personal"]


def test_all_that_comes_there_is_named() -> None:
    (found,) = compiled(SOURCE, block("a = last(age)\nb = count()\nc = max(age)\nd = max(height)")).diagnostics
    assert found.title.endswith("`age` → `a`; also `c`, `d`")


TABLE = 'table t(email: string, part: string, n: int) by email, part { history = parquet("t/") }\n'


@pytest.mark.parametrize(
    ("stream", "ways"),
    [
        ("lookup t on email, part == plan keep user { who = t.email }", ["`email` → `who`"]),
        ("lookup t on email == plan, part == concat(email, plan) keep user { who = t.part }", ["`email` → `who`"]),
        ("lookup t on email == plan, part == email keep user { who = t.email }", []),
        ("lookup t on email, part == plan keep user { who = t.n }", []),
        ("lookup t on email == to_string(hash64(email)), part == plan keep user { who = t.email }", []),
        (
            "lookup t on email, part == plan lookup t as u on email == t.email ?? plan, part == plan "
            "keep user { who = u.email }",
            ["`email` → `who`"],
        ),
    ],
)
def test_a_key_of_what_is_found_is_what_it_was_looked_up_by(stream: str, ways: list[str]) -> None:
    found = compiled(UNLABELLED, TABLE, f"stream s from people {stream.replace('keep', TO + ' keep', 1)}").diagnostics
    assert [each.title.rpartition(": ")[2] for each in found if each.code == "F232"] == ways
    assert {each.code for each in found} <= {"F232"}


TO = 'to kafka("out")'
TIMED = "source e(k: string, n: int, @pii ts: timestamp) { time = ts  ties = [k] }\n"


@pytest.mark.parametrize(
    "text",
    [
        f"stream s from e {TO} keep k",
        f"features f from e by k over 1h {TO} {{ n = count() }}",
        f"stream s from e keep k {{ j = upper(k) }}\nfeatures f from s by j over 1h {TO} {{ n = count() }}",
        "source o(k: string, at: timestamp) { time = at  ties = [k] }\nstream os from o keep k\n"
        f"stream es from e keep k\nstream s from os, es {TO}",
    ],
)
def test_every_row_holds_its_time(text: str) -> None:
    assert codes(TIMED, text) == ["F232"]


RULES = "rules r(n: int?) -> int { x = 1 when n > 3\n otherwise = 0 }\nparams p { least: int = 1 }\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("stream s from people { b = r(age) }\nfeatures f from s by user over 1h { a = sum(b) }", []),
        (f"stream s from people {TO} keep user {{ b = r(age) }}", ["`age` → `b`"]),
        (f"stream s from people {TO} keep user {{ b = r(p.least) }}", []),
        (f"stream s from people {TO} keep user {{ b = 2 * (r(if left then 1 else 0) + p.least) }}", []),
        ("stream s from people { b = r(if left then 1 else 0) }\nfeatures f from s by user over 1h { a = sum(b) }",
         ["`left` → `b` → `a`"]),
        ("stream s from people { b = r(1) }\nfeatures f from s by user over 1h { a = any(left) }", ["`left` → `a`"]),
        ("stream s from people { b = r(age) }\nstream o from s { c = b }\n"
         f"features f from o by user over 1h {TO} {{ a = sum(c) }}", ["`age` → `c` → `a`"]),
    ],
)  # fmt: skip
def test_what_does_not_run_yet_is_proved_too(text: str, found: list[str]) -> None:
    """Rules, models and parameters are passed through."""
    diagnostics = compiled(SOURCE, RULES, text).diagnostics
    assert [each.title.rpartition(": ")[2] for each in diagnostics if each.level == "error"] == found


def test_the_way_leads_through_streams() -> None:
    """A stream whose rows are looked up or grouped by what it computes is read as its rows are."""
    table = 'table t(k: string, @label y: bool) by k { history = parquet("x/") }\n'
    picked = "stream s from people lookup t on k == plan where t.y keep user\n"
    (found,) = compiled(UNLABELLED, table, picked, block("n = count()").replace("people", "s")).diagnostics
    assert found.title == "the label `t.y` is a key: `t.y` → `s` → `user`"
    computed = "stream s from people lookup t on k == plan { q = t.y ?? false }\n"
    (found,) = compiled(UNLABELLED, table, computed, block("z = count_if(q)").replace("people", "s")).diagnostics
    assert found.title == "the label `t.y` flows into a feature: `t.y` → `q` → `z`"


@pytest.mark.parametrize(
    ("body", "head", "found"),
    [
        ("a = any(left)", "by user", ["F231"]),
        ("a = count() where left", "by user", ["F231"]),
        ("_a = any(left)\nb = not _a\nc = b or _a", "by user", ["F231"]),
        ("a = count_distinct(hash64(left))", "by user", ["F231"]),
        ("a = if count() >= 10 then any(left) else null", "by user", ["F231"]),
        ("a = count()", "where not left by user", ["F231"]),
        ("a = count()", "by left", ["F231"]),
        ("a = count()", "by user", []),
    ],
)
def test_a_label_flows_nowhere(body: str, head: str, found: list[str]) -> None:
    assert codes(SOURCE, block(body, head, sink="")) == found


@pytest.mark.parametrize(
    "text",
    [
        "source ends(k: string, @label n: int, ts: timestamp) { time = ts  ties = [k, n] }",
        "source ends(k: string, @label n: int, ts: timestamp) { time = ts  order = arrival(n) }",
        "@dedup(k, n, within=1h)\nsource ends(k: string, @label n: int, ts: timestamp) { time = ts }",
        "source ends(k: string, @label ts: timestamp) { time = ts }",
        "table ends(k: string, @label gone: bool, ts: timestamp) by k { time = ts  deleted = gone }",
    ],
)
def test_a_label_decides_no_order_and_no_deletion(text: str) -> None:
    assert codes(text) == ["F231"]


def test_marks_are_part_of_the_ir() -> None:
    source = program(SOURCE, block("a = count()", sink="")).sources[0]
    assert [column.name for column in source.columns if column.pii] == ["email", "age", "height"]
    assert [column.name for column in source.columns if column.label] == ["left"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('source s(@pii("x") a: string, ts: timestamp) { time = ts }', ["F206"]),
        (SOURCE + block("@declassify\na = count()"), ["F223"]),
        (SOURCE + block('@declasify("x")\na = count()'), ["F114"]),
    ],
)
def test_marks_that_are_written_wrongly(text: str, found: list[str]) -> None:
    assert codes(text) == found
