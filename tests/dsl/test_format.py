"""The formatter: one look, comments kept, meaning kept, and a second run changes nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from featlang.dsl.diagnostics import FeatError
from featlang.dsl.format import format_text
from featlang.dsl.layout import WIDTH
from featlang.dsl.tokens import tokens

EXAMPLES = sorted(
    [*Path(__file__).parent.glob("examples/*.feat"), *Path(__file__).parents[2].glob("examples/*/*.feat")]
)
TEXTS = {path.stem + "-" + path.parent.name: path.read_text(encoding="utf-8") for path in EXAMPLES}


def fmt(text: str) -> str:
    """Formats twice: the second time changes nothing."""
    once = format_text("a.feat", text)
    assert format_text("a.feat", once) == once
    return once


@pytest.mark.parametrize("name", TEXTS)
def test_the_examples_have_the_look(name: str) -> None:
    assert (fmt(TEXTS[name]) == TEXTS[name]) == (name != "everything-examples")


@pytest.mark.parametrize("name", TEXTS)
def test_line_ends_and_spaces_make_no_difference(name: str) -> None:
    """The same tokens on one line each, or on as few lines as comments allow, give the same text."""
    text = fmt(TEXTS[name])
    kept = [line for line in text.split("\n") if line.strip() and not line.strip().startswith(("# ", "###"))]
    text = fmt("\n".join(kept))
    each = [token.text + ("\n" if token.kind == "doc" else "") for token in tokens(text, 0, len(text))]
    assert fmt("\n".join(each)) == text
    assert fmt(" ".join(each)) == text


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("seed", range(20))
def test_comments_at_random_places_stay(name: str, seed: int) -> None:
    """`format_text` itself compares comments and meaning before it gives a text."""
    dice = Random(seed)
    text = TEXTS[name]
    places = [token.end for token in tokens(text, 0, len(text)) if token.kind not in {"doc", "comment"}]
    for number, place in enumerate(sorted(dice.sample(places, min(len(places), dice.randint(1, 8))), reverse=True)):
        before = dice.choice((" ", "\n", "\n\n", "  "))
        text = f"{text[:place]}{before}# note {number}\n{dice.choice(('', chr(10)))}{text[place:]}"
    written = fmt(text)
    assert written.count("# note ") == text.count("# note ")


def test_a_head_is_on_one_line_where_it_fits() -> None:
    assert fmt("features f\n  by k  from s\n{ a=count() }") == "features f from s by k {\n  a = count()\n}\n"
    long = "where " + " and ".join(f"column_{i} > {i}" for i in range(5))
    written = fmt(f"features f from source_of_events {long} by user over 1h {{ a = count() }}")
    assert written == (f"features f\n  from source_of_events\n  {long}\n  by user\n  over 1h\n{{\n  a = count()\n}}\n")


def test_clauses_have_one_order() -> None:
    mixed = 'stream s to kafka("t") keep a where x lookup b on k lookup c as d on k == j before from e'
    wanted = 'stream s from e lookup b on k lookup c as d on k == j before where x keep a to kafka("t")\n'
    assert fmt(mixed) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("a=-b- -c", "a = -b - -c"),
        ("a=not(b)or c", "a = not (b) or c"),
        ("a=f( x , y = -1 ,)[ 1h ] . z", "a = f(x, y=-1)[1h].z"),
        ("a=x in[1,2 , ]", "a = x in [1, 2]"),
        ("a=x not   in [ ]", "a = x not in []"),
        ("a=(x is not null)==(y is null)", "a = (x is not null) == (y is null)"),
        ('a="#"+"a  b"', 'a = "#" + "a  b"'),
        ("a=if b then-1 else(2)", "a = if b then -1 else (2)"),
        ("a=1_000*1.5e-3/2e+4%30d", "a = 1_000 * 1.5e-3 / 2e+4 % 30d"),
        ('a=f(null="NA")', 'a = f(null="NA")'),
        ("a=count()over 5m,sliding(1h,step=1s)where x", "a = count() where x over 5m, sliding(1h, step=1s)"),
    ],
)
def test_spaces(written: str, wanted: str) -> None:
    assert fmt(f"features f from s by k {{ {written} }}").split("\n")[1] == f"  {wanted}"


def test_types_and_defaults() -> None:
    text = "def f(a:decimal<10,2>?=1,b : struct<x:int,y :list< int? >>)->float=a"
    assert fmt(text) == "def f(a: decimal<10, 2>? = 1, b: struct<x: int, y: list<int?>>) -> float = a\n"


def test_long_values_break_at_what_is_loosest() -> None:
    names = [f"name_of_feature_{i}" for i in range(8)]
    added = fmt(f"features f from s by k {{ total = {' + '.join(names)} }}")
    assert added.split("\n")[1:4] == [
        "  total = name_of_feature_0",
        "    + name_of_feature_1",
        "    + name_of_feature_2",
    ]
    called = fmt(f"features f from s by k {{ total = score({', '.join(names)}) ?? 0.0 }}")
    assert called.split("\n")[1] == "  total = score("
    assert called.split("\n")[-5:-1] == ["    name_of_feature_6,", "    name_of_feature_7,", "  ) ?? 0.0", "}"]


def test_conditions_chain() -> None:
    text = (
        'stream s from e { segment = if users.lifetime_value > 500 then "vip" else if users.lifetime_value > 50 '
        'then "regular" else "new" }'
    )
    assert fmt(text) == (
        "stream s from e {\n"
        "  segment =\n"
        '    if users.lifetime_value > 500 then "vip"\n'
        '    else if users.lifetime_value > 50 then "regular"\n'
        '    else "new"\n'
        "}\n"
    )


def test_comments_keep_their_place() -> None:
    text = """\
# About the file.

import a  # first
import b

# About f.
## Its docs.
@owner("x")  # who
features f  # head
  # the source
  from s  # from
  by k
{  # open
  # one
  a = count()  # counts

  # two
  bb = sum(x)
  # last
}  # end
# The end.
"""
    written = fmt(text)
    assert (
        written
        == """\
# About the file.

import a  # first
import b

# About f.
## Its docs.
@owner("x")
# who
features f  # head
  # the source
  from s  # from
  by k
{
  # open
  # one
  a = count()  # counts

  # two
  bb = sum(x)
  # last
}  # end

# The end.
"""
    )


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("# license\n\ndef a() -> int = 1\nimport b\n", "# license\n\nimport b\n\ndef a() -> int = 1\n"),
        ("# license\n\n# of b\nimport b\n", "# license\n\n# of b\nimport b\n"),
        (
            "# license\n\n# file\n\n# of a\n## a\ndef a() -> int = 1\n# of b\nimport b\n",
            "# license\n\n# file\n\n# of b\nimport b\n\n# of a\n## a\ndef a() -> int = 1\n",
        ),
        ("# of a\ndef a() -> int = 1\nimport b\n", "import b\n\n# of a\ndef a() -> int = 1\n"),
        ("# license\n\n## a\ndef a() -> int = 1\n", "# license\n\n## a\ndef a() -> int = 1\n"),
    ],
)
def test_what_is_said_of_the_file_stays_at_its_top(written: str, wanted: str) -> None:
    assert fmt(written) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("source#one\ns#two\n", "#one\nsource s  #two\n"),
        ("source#one\ns#two\nfrom x", "source s  #two\n  #one\n  from x\n"),
    ],
)
def test_comments_within_a_head(written: str, wanted: str) -> None:
    assert fmt(written) == wanted


def test_what_does_not_parse_is_left_alone() -> None:
    with pytest.raises(FeatError) as failure:
        format_text("a.feat", "features f from s by k { a = }")
    assert [each.code for each in failure.value.diagnostics]


def test_lines_are_short_where_they_can_be() -> None:
    dice = Random(5)
    for _ in range(100):
        text = f"features f from s by k {{ value = {_random(dice, 4)} }}"
        written = fmt(text)
        atoms = max(len(token.text) for token in tokens(written, 0, len(written)))
        assert max(map(len, written.split("\n"))) <= WIDTH + atoms + 40


def _random(dice: Random, depth: int) -> str:
    if depth == 0 or dice.random() < 0.1:
        return dice.choice(("clicks", "page_views[30d]", "1.5", '"text of some length"', "user.ltv"))
    inner = [_random(dice, depth - 1) for _ in range(dice.randint(1, 4))]
    form = dice.randrange(6)
    if form == 0:
        return f"f({', '.join(inner)})"
    if form == 1:
        return f"({dice.choice(('+', '-', '*', '??')).join(f' ({each}) ' for each in inner)})"
    if form == 2:
        return f"(if {inner[0]} then {inner[-1]} else {inner[0]})"
    if form == 3:
        return "(" + dice.choice((" and ", " or ")).join(f"not ({each})" for each in inner) + ")"
    if form == 4:
        return f"[{', '.join(inner)}]"
    return f"g(a={inner[0]}, b=-({inner[-1]}))[1h]"
