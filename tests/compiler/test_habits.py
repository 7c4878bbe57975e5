"""What people type in their first hour, from Python, pandas and SQL: one message each, and what it tells to type."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from featlang.compiler.compile import compile_program
from featlang.compiler.decimals import TooLong, result
from featlang.compiler.habits import FUNCTIONS, PROPERTIES, TYPES, VALUES
from featlang.compiler.sources import PROPERTIES as KNOWN_PROPERTIES
from featlang.compiler.structures import MAX_PRECISION, SCALARS, decimal_of
from featlang.dsl.render import render
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions import FUNCTIONS as SCALAR_FUNCTIONS
from tests.compiler.programs import EVENTS, block, compiled

IN_FEATURES = {
    'a = count_if(«page» = "x")': ("F206", 'write `page == "x"` to compare; `=` names an argument'),
    "a = «average»(n)": ("F111", "write `avg(…)`"),
    "a = «nunique»(n)": ("F111", "write `count_distinct(…)`"),
    "a = «coalesce»(sum(n), 0)": ("F111", "write `x ?? y`"),
    "a = «now»()": ("F111", "values depend on event time only; the newest is `max(…)` of the time column"),
    "a = «median»(x)": ("F111", "`approx_quantile(…)` will give it; it is not compiled yet"),
    "a = avg(«ok»)": ("F205", "write `count_if(ok)` for how many are true, `avg(if ok then 1 else 0)` for their share"),
    'a = sum(«page == "x"»)': ("F205", 'write `count_if(page == "x")` for how many are true'),
    "a = sum(«page»)": (
        "F205",
        "it takes an int, a float, a decimal or a duration; texts are counted, as in `count_distinct(page)`",
    ),
    "a = count_if(«n»)": ("F205", "it takes a bool; compare it with something, as in `n > 0`"),
    "a = «sum(n, 1h)»": ("F206", "the window stands last: `sum(n) over 1h`"),
    "a = «sum(n, over=1h)»": ("F206", "the window stands last: `sum(n) over 1h`"),
    "a = count() / «count»": ("F110", "an aggregate is called: write `count(…)`"),
    "a = count() over 5m, 1h\nb = «a_5m» * 12": ("F110", "write `a[5m]`"),
    'a = count() over «"5m"»': ("F216", "write `5m`, without quotes"),
    "a = count() over «[5m, 1h]»": ("F216", "write the windows one after the other, without brackets, as in `5m, 1h`"),
    "a = count() over «sliding(1h, 5m)»": ("F216", "write `sliding(1h, step=5m)`"),
    "a = count() over «sliding(1h, slide=5m)»": ("F216", "write `sliding(1h, step=5m)`"),
    "a = count() over «61001ms»": (
        "F218",
        "give it a step that does, as in `sliding(61001ms, step=1ms)`, or write `exact(61001ms)`",
    ),
    "a = count() over sliding(1h), «1h»": ("F219", "keep one"),
    "a = count() where page «!=» null": ("F024", "write `page is not null`"),
    "a = count() where page == «None»": ("F109", "write `page is null`"),
    "a = count() where ok == «True»": ("F109", "write `true`"),
    "a = if any(ok) then «None» else 1": ("F110", "write `null`"),
    "a = count() where page == «click»": (
        "F109",
        'the columns are `id`, `user`, `page`, `ok`, `n`, `m`, `x`, `y` and 4 more; a text stands in quotes: `"click"`',
    ),
    'a = count() where page == "a" or «"b"»': ("F202", 'compare it too, or write `page in ["a", "b"]`'),
    "a = «sum(n)» or false": ("F202", "write `sum(n) ?? …` for a default; `or` is between bools"),
    'a = count() where «n == "1"»': ("F201", "a number is written without quotes: `1`"),
    "a = count() where «page == 5»": ("F201", 'a text stands in quotes: `"5"`'),
    'a = count() where «ts > "2024-01-01"»': ("F201", 'write `to_timestamp("2024-01-01T00:00:00Z")`'),
    'a = count() where «"2024-01-01 10:30" < ts»': ("F201", 'write `to_timestamp("2024-01-01 10:30Z")`'),
    'a = count() where «ts > "yesterday"»': ("F201", 'write it as in `to_timestamp("2026-01-31T10:00:00Z")`'),
    'a = count() where «day == "2024-01-01"»': ("F201", 'write `to_date("2024-01-01")`'),
    'a = count() where «day == "1.2.2024"»': ("F201", 'write it as in `to_date("2026-01-31")`'),
    'a = last(«page + "x"»)': (
        "F201",
        "texts are joined with `concat(a, b)`; `to_int(x)` and `to_float(x)` make numbers of them",
    ),
    "a = «max(day) + 1d»": (
        "F201",
        "write `add_days(d, 1)` for another date, `days_between(start, end)` for the days between",
    ),
    'a = count() where matches(page, "«\\d»+")': (
        "F013",
        "write `\\\\d`, if the text holds a `\\`; "
        'the escapes are `\\"`, `\\\\`, `\\n`, `\\t`, `\\r`, `\\u0041` and `\\u{1F600}`',
    ),
    "a = sum(«events.n»)": ("F236", "write `n` alone"),
    "a = count() where " + "«" + " and ".join(["ok"] * 66) + "»": (
        "F212",
        "filter in the head of the block as well, or look values up in a list, as in `x in [1, 2]`",
    ),
    "a = count_if(n in «[" + ", ".join(["1"] * 10_001) + "]»)": ("F228", "compute it before it reaches this source"),
}

IN_SOURCES = {
    "source s(a: «str», ts: timestamp) { time = ts }": ("F222", "write `string`"),
    "source s(a: «bigint», ts: timestamp) { time = ts }": ("F222", "write `int`"),
    "source s(a: «double», ts: timestamp) { time = ts }": ("F222", "write `float`"),
    "source s(a: «boolean», ts: timestamp) { time = ts }": ("F222", "write `bool`"),
    "source s(ts: timestamp) { time = ts «watermark» = 5s }": ("F112", "write `lateness`"),
    'source s(ts: timestamp) { time = ts «topic» = "x" }': ("F112", 'write `stream = kafka("web.clicks")`'),
    'source s(ts: timestamp) «from kafka("x")» { time = ts }': (
        "F116",
        "name what it reads in its block, as in `stream = …`",
    ),
    'source s(ts: timestamp) { time = ts stream = csv("a.csv", «sep»=";") }': (
        "F112",
        "the only option is `null`; a csv has a header, commas and double quotes",
    ),
    'source s(ts: timestamp) { time = ts stream = csv("a.csv", «nul»="-") }': ("F112", "did you mean `null`?"),
    "source s(ts: timestamp) { time = ts lateness = «5» }": ("F223", "write it as in `lateness = 2s`"),
    "source «s»(ts: timestamp, " + ", ".join(f"c{i}: int" for i in range(1_000)) + ") { time = ts }": (
        "F228",
        "leave out columns that no feature reads: fields that are not declared are ignored",
    ),
}

ORDERS = """\
source orders(
  user: string,
  tags: list<string>,
  scores: map<string, float>,
  address: struct<city: string, zip: int>,
  n: int,
  amount: decimal<10, 2>,
  exact: decimal<38, 30>,
  ts: timestamp,
) {
  time = ts
  ties = [user]
}
"""

IN_ORDERS = {
    'a = count() where «tags == "gift"»': ("F201", 'write `"gift" in tags`'),
    'a = count() where «"gift" != tags»': ("F201", 'write `not ("gift" in tags)`'),
    'a = count() where «scores == "fraud"»': ("F201", 'write `"fraud" in scores`'),
    'a = count_if(«contains(tags, "gift")»)': ("F205", 'write `"gift" in tags`'),
    "a = sum(«scores.fraud»)": ("F236", 'write `scores["fraud"]`'),
    'a = last(«address["city"]»)': ("F236", "write `address.city`"),
    'a = last(«address["cty"]»)': ("F236", "did you mean `city`?"),
    "a = last(«address[0]»)": ("F236", "lists and maps have items, and features of several windows have `[1h]`"),
    "a = count() where «n > exact»": ("F201", "an int has up to 19 digits: write `to_decimal(n, 8, 0)`"),
    "a = sum(«exact * exact»)": (
        "F201",
        "that has 76 digits, and a decimal has 38: take fewer on both sides, as in `to_decimal(x, 18, 9)`",
    ),
}

DEFINITION = "def square(x: decimal<10, 2>) -> decimal<4, 2> = «x * x»\n"

TEXTS = {
    **{body: (ORDERS + block(body, "from orders by user over 1h"), *said) for body, said in IN_ORDERS.items()},
    DEFINITION: (DEFINITION, "F203", "write `-> decimal<20, 4>`, or `to_decimal(x * x, 4, 2)`"),
    **{body: (EVENTS + block(body), *said) for body, said in IN_FEATURES.items()},
    **{text: (text, *said) for text, said in IN_SOURCES.items()},
}
KNOWN_BAD = Path(__file__).with_name("known_bad_messages.md")


def split(marked: str) -> tuple[str, int, int]:
    start, end = marked.index("«"), marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), start, end


@pytest.mark.parametrize("name", TEXTS, ids=lambda name: name[:60])
def test_the_one_message_says_what_to_type(name: str) -> None:
    marked, code, advice = TEXTS[name]
    text, start, end = split(marked)
    found = compile_program({"main.feat": text}).diagnostics
    assert [(each.code, each.span.start, each.span.end, each.help) for each in found] == [(code, start, end, advice)]


@pytest.mark.parametrize(
    "body",
    [
        'a = count() where "gift" in tags',
        'a = count() where not ("gift" in tags)',
        'a = sum(scores["fraud"])',
        "a = last(address.city)",
        "a = count() where to_decimal(n, 8, 0) > exact",
        "a = sum(to_decimal(exact, 18, 9) * to_decimal(exact, 18, 9))",
    ],
)
def test_what_is_told_of_parts_and_digits_compiles(body: str) -> None:
    assert compiled(ORDERS, block(body, "from orders by user over 1h")).diagnostics == ()


@pytest.mark.parametrize(
    "body",
    [
        'a = count() where ts > to_timestamp("2024-01-01T00:00:00Z") and ts > to_timestamp("2024-01-01 10:30Z")',
        'a = count() where day == to_date("2024-01-01")',
        'a = last(concat(page, "x"))\nb = max(to_int(page))\nc = max(to_float(page))',
        "a = add_days(max(day), 1)\nb = days_between(min(day), max(day))",
        'a = count() where matches(page, "\\\\d+")',
    ],
)
def test_what_is_told_of_texts_and_times_compiles(body: str) -> None:
    assert compiled(EVENTS, block(body)).diagnostics == ()


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "%"])
def test_fewer_digits_on_both_sides_are_few_enough(operator: str) -> None:
    scales = range(MAX_PRECISION + 1)
    for left, right in itertools.product(scales, scales):
        if isinstance(result(operator, decimal_of(38, left), decimal_of(38, right)), TooLong):
            fewer = [decimal_of(18, min(scale, 9)) for scale in (left, right)]
            assert not isinstance(result(operator, *fewer), TooLong)


def test_too_many_aggregates() -> None:
    body = "\n".join(f"a{i} = sum(n + {i})" for i in range(1_001))
    (found,) = compile_program({"main.feat": EVENTS + block(body)}).diagnostics
    assert (found.code, found.help) == ("F228", "split it into blocks with less in each")


def test_habits_lead_to_what_there_is() -> None:
    known = {*AGGREGATES, *SCALAR_FUNCTIONS}
    assert {meant for meant in FUNCTIONS.values() if meant.isidentifier()} <= known
    assert not known & FUNCTIONS.keys()
    assert set(TYPES.values()) <= {*SCALARS, "decimal", "list", "map", "struct"}
    assert not {*SCALARS, "decimal", "list", "map", "struct"} & TYPES.keys()
    assert {meant.partition(" ")[0] for meant in PROPERTIES.values()} <= {*KNOWN_PROPERTIES}
    assert set(VALUES.values()) == {"null", "true", "false"}


def test_what_is_not_compiled_is_said_once() -> None:
    text = EVENTS + 'model half(x: float) -> float { onnx = "a" }\n' + block("a = half(sum(x))\nb = sum(nn)")
    assert [each.code for each in compile_program({"main.feat": text}).diagnostics] == ["F501", "F116", "F109"]
    broken = EVENTS + "def half(x) -> float = x / 2\n" + block("a = half(sum(x))")
    assert [each.code for each in compile_program({"main.feat": broken}).diagnostics] == ["F015"]


def known_bad() -> list[tuple[str, str]]:
    """The programs of known_bad_messages.md, and what it says that they are told."""
    parts = KNOWN_BAD.read_text(encoding="utf-8").split("```")
    return list(zip(parts[1::4], parts[3::4], strict=True))


@pytest.mark.parametrize(("text", "said"), known_bad())
def test_messages_known_to_be_bad(text: str, said: str) -> None:
    body = text.removeprefix("feat\n")
    whole = {"main.feat": body}
    assert render(compile_program(whole).diagnostics, whole) == said.removeprefix("text\n")
