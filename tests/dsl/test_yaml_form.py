"""The YAML form: the same definitions, there and back, with places that point into the YAML file."""

from __future__ import annotations

import time
from random import Random

import pytest
from syrupy.assertion import SnapshotAssertion

from featlang.dsl import tree
from featlang.dsl.diagnostics import FeatError, ReadOtherwiseError
from featlang.dsl.format import format_text, meaning
from featlang.dsl.modules import format_file, parse_file
from featlang.dsl.parse import parse
from featlang.dsl.render import render
from featlang.dsl.tokens import tokens
from featlang.dsl.yaml_form import parse_yaml, scalar, to_text
from featlang.dsl.yaml_write import to_yaml
from tests.dsl.test_format import TEXTS

ENGAGEMENT = """\
# About the file.

import: shop.sources

features user_engagement:  # all of them
  doc: How actively a user reads the site.
  '@owner': '"growth"'
  # the clicks
  from: clicks
  where: not is_bot
  by: user_id
  over: 5m, 1h, 30d
  define:
    clicks: count() where action == "click"

    # a share
    ctr: clicks / views ?? 0.0  # of views
    on:
      doc: |-
        In two
        lines.
      '@label':
      is: 0.50
"""
IN_TEXT = """\
# About the file.

import shop.sources

## How actively a user reads the site.
@owner("growth")
features user_engagement  # all of them
  # the clicks
  from clicks
  where not is_bot
  by user_id
  over 5m, 1h, 30d
{
  clicks = count() where action == "click"

  # a share
  ctr = clicks / views ?? 0.0  # of views
  ## In two
  ## lines.
  @label
  on = 0.50
}
"""


def test_the_two_forms_of_one_file() -> None:
    # `on` is a keyword of the language, which the parser refuses as a name; the form does not care.
    yaml, text = ENGAGEMENT.replace("    on:", "    yes:"), IN_TEXT.replace("  on =", "  yes =")
    assert format_file("a.feat.yaml", yaml) == yaml
    assert format_text("a.feat", to_text("a.feat.yaml", yaml).text) == text
    assert to_yaml("a.feat", text) == yaml


@pytest.mark.parametrize("name", TEXTS)
def test_there_and_back(name: str) -> None:
    text = format_text(name, TEXTS[name])
    yaml = to_yaml(name, text)
    assert format_text(name, to_text(name, yaml).text) == text
    assert format_file("a.feat.yaml", yaml) == yaml


def test_types_have_the_look_of_the_text() -> None:
    text = (
        "source s(a: decimal<10, 2>? = 1.00, b: list<struct<x: int?, y: map<string, int>>>?)\n\n"
        "def f(x: decimal<10, 2>?, y: int?) -> int? = y\n\n"
        "features q from s by a { z: int? = count() }\n"
    )
    yaml = to_yaml("a.feat", text)
    for line in (
        "a: decimal<10, 2>? = 1.00",
        "b: 'list<struct<x: int?, y: map<string, int>>>?'",
        "returns: int?",
        "type: int?",
    ):
        assert f" {line}\n" in yaml
    assert format_text("a.feat", to_text("a.feat.yaml", yaml).text) == format_text("a.feat", text)
    assert format_file("a.feat.yaml", yaml) == yaml


@pytest.mark.parametrize(
    "text",
    [
        "def f(x: int) -> int = x  # behind\n\n# end\n",
        "def f(x: int) -> int = x  # behind\n\n# above\ndef g(x: int) -> int = x  # behind\n",
        "features q from s by a {\n  z: int? = count()  # behind\n}\n",
        "features q from s by a {\n  @pii\n  z: int? = count()  # behind\n}  # closed\n\n# end\n",
        "features q from s by a {\n  z = count()\n  # the last\n}  # closed\n\ndef f(x: int) -> int = x\n",
        "source s(\n  @pii\n  x: int,  # behind\n  # the last\n) {\n  time = t\n}  # closed\n",
    ],
)
def test_comments_stay_behind_what_they_are_behind(text: str) -> None:
    assert format_text("a.feat", text) == text
    yaml = to_yaml("a.feat", text)
    assert format_text("a.feat", to_text("a.feat.yaml", yaml).text) == text
    assert format_file("a.feat.yaml", yaml) == yaml


@pytest.mark.parametrize("key", ["import:", "lookup:"])
@pytest.mark.parametrize("form", ["# note\n{indent}{key}", "{key}  # note", "{key}\n{indent}  # note"])
def test_comments_beside_a_list_stay(key: str, form: str) -> None:
    yaml = "import:\n  - a\n  - b\n\nstream t:\n  from: s\n  lookup:\n    - u on k\n    - v on k\n  keep: k\n"
    indent = "  " if key == "lookup:" else ""
    yaml = yaml.replace(f"{indent}{key}", indent + form.format(key=key, indent=indent))
    written = format_file("a.feat.yaml", yaml)
    assert written.count("# note") == 1
    assert format_file("a.feat.yaml", written) == written
    assert format_file("a.feat.yaml", written, ".feat").count("# note") == 1


def test_comments_at_the_end_of_a_list_stay() -> None:
    yaml = (
        "import:\n  - a\n  - b\n    # one\n\nstream t:\n  from: s\n  lookup:\n    - u on k\n    - v on k\n      # two\n"
    )
    written = format_file("a.feat.yaml", yaml)
    assert [written.count(f"# {word}") for word in ("one", "two")] == [1, 1]
    assert format_file("a.feat.yaml", written) == written


@pytest.mark.parametrize("name", TEXTS)
def test_comments_survive_wherever_they_stand(name: str) -> None:
    dice = Random(name)
    text = TEXTS[name]
    places = [token.end for token in tokens(text, 0, len(text)) if token.kind not in {"doc", "comment"}]
    for number, place in enumerate(sorted(dice.sample(places, min(len(places), 8)), reverse=True)):
        text = f"{text[:place]}{dice.choice((' ', chr(10)))}# note {number}\n{text[place:]}"
    back = to_text(name, to_yaml(name, text)).text
    assert meaning(parse(name, back).file) == meaning(parse(name, text).file)


@pytest.mark.parametrize(
    ("docs", "yaml"),
    [
        ("## one\n# mid\n## two", "  # mid\n  doc: |-\n    one\n    two"),
        ("##   first\n## second", "  doc: |2-\n      first\n    second"),
        ("##\n##   first\n## second", "  doc: |2-\n\n      first\n    second"),
        ("##\n##", '  doc: "\\n"'),
        ("##\n## a\n##", '  doc: "\\na\\n"'),
        ("##", "  doc: ''"),
        ("##   a", "  doc: '  a'"),
        ("## a\u2028b", '  doc: "a\\U00002028b"'),
        ("## a\u2028b\n## c", '  doc: "a\\U00002028b\\nc"'),
        ("## doc\n# c", "  # c\n  doc: doc"),
        ("## doc\n\n# c\n", "\n  # c\n\n  doc: doc"),
        ("## one\n@pii\n# c\n## two", "  # c\n  doc: |-\n    one\n    two\n  '@pii':"),
        ("# a\n@pii\n# b\n\n## one\n# c", "  # c\n  '@pii':\n  # b\n\n  doc: one"),
    ],
)
def test_what_stands_above_a_declaration_comes_back(docs: str, yaml: str) -> None:
    text = f"{docs}\nsource s(x: int) {{\n  time = x\n}}\n"
    written = to_yaml("a.feat", text)
    head, _, _ = written.partition("\n  columns:")
    assert head.removeprefix("# a\n") == f"source s:\n{yaml}"
    assert format_file("a.feat.yaml", written) == written
    back = format_file("a.feat.yaml", written, ".feat")
    assert meaning(parse("a.feat", back).file) == meaning(parse("a.feat", text).file)
    assert to_yaml("a.feat", back) == written


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("source s(x: int) {}\nsource s(x: int) {}\n", 27),
        ("source s(x: int, x: int) {}\n", 17),
        ("features f from s by k { a = count() a = sum(x) }\n", 37),
        ("features f from s by k { use t(a) use t( a ) }\n", 34),
        ("@x @x(1)\nsource s(x: int) {}\n", 3),
    ],
)
def test_what_is_written_twice_has_no_yaml_form(text: str, at: int) -> None:
    with pytest.raises(FeatError) as failure:
        to_yaml("a.feat", text)
    (found,) = failure.value.diagnostics
    assert (found.code, found.span.start) == ("F016", at)


def test_a_form_that_is_read_as_something_else_is_not_written() -> None:
    with pytest.raises(ReadOtherwiseError, match="read as something else"):
        to_yaml("a.feat", "# a comment\x85in two lines, as YAML sees it\nsource s(x: int) {}\n")


def test_a_sink_in_parentheses() -> None:
    yaml = to_yaml("a.feat", 'features f from (s) by k over (1h) to ("x") {}\n')
    assert yaml == 'features f:\n  from: (s)\n  by: k\n  over: (1h)\n  to: ("x")\n  define: {}\n'
    assert format_file("a.feat.yaml", yaml) == yaml


_DOCS = ("##", "## doc", "##   more", "## a: b", "##\ttab", "## # x", "## 'q'", "##- x", "## a\u2028b", "## \x85c")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("seed", range(8))
def test_comments_and_docs_at_random_places_come_back(name: str, seed: int) -> None:
    text = _with_comments(name, Random(f"{name} {seed}"))
    yaml = to_yaml(name, text)
    assert format_file("a.feat.yaml", yaml) == yaml
    back = format_file("a.feat.yaml", yaml, ".feat")
    assert format_text(name, back) == back
    assert meaning(parse(name, back).file) == meaning(parse(name, text).file)
    assert to_yaml(name, back) == yaml


def _with_comments(name: str, dice: Random) -> str:
    """Some declarations of an example, with comments at any places, and docs where they may stand."""
    text, file = TEXTS[name], parse(name, TEXTS[name]).file
    ends = [0, *(each.span.end for each in file.imports), *(each.span.end for each in file.declarations)]
    first = dice.randrange(len(ends) - 1)
    start, end = ends[first], ends[min(first + dice.randint(1, 3), len(ends) - 1)]
    text = text[start:end]
    places = [token.end for token in tokens(text, 0, len(text)) if token.kind not in {"doc", "comment"}]
    leads = [place for node in parse(name, text).file.declarations for place in _leads(node)]
    added = [(dice.choice([0, *places, *leads]), f"# note {number}") for number in range(dice.randint(1, 6))]
    added += [(dice.choice(leads), dice.choice(_DOCS)) for _ in range(dice.choice((0, 1, 2, 4))) if leads]
    for place, line in sorted(added, key=lambda each: each[0], reverse=True):
        before, after = dice.choice((" ", "\n", "\n\n")), dice.choice(("\n", "\n\n"))
        text = f"{text[:place]}{before}{line}{after}{text[place:]}"
    return text


def _leads(node: tree.Declaration) -> list[int]:
    """Where docs may stand."""
    bindings = [entry for entry in node.body or () if isinstance(entry, tree.Binding)]
    annotated: list[tree.Declaration | tree.Column | tree.Binding] = [node, *(node.columns or ()), *bindings]
    starts = [each.span.start if isinstance(each, tree.Declaration) else each.name.span.start for each in annotated]
    return starts + [annotation.span.start for each in annotated for annotation in each.annotations]


@pytest.mark.parametrize("name", TEXTS)
def test_spans_point_into_the_yaml_file(name: str) -> None:
    yaml = to_yaml(name, TEXTS[name])
    parsed = parse_yaml(name, yaml)
    names = [name for d in parsed.file.declarations for name in _names(d)]
    assert len(names) > len(parsed.file.declarations)
    assert all(yaml[each.span.start : each.span.end] == each.text for each in names)


def _names(node: tree.Declaration) -> list[tree.Name]:
    names = [node.kind, node.name, *(column.name for column in node.columns or ())]
    for entry in node.body or ():
        names += [entry.name] if isinstance(entry, tree.Binding) else [entry.template.function]
    for clause in node.clauses:
        names += clause.keys if isinstance(clause, tree.ByClause) else ()
        names += clause.columns if isinstance(clause, tree.KeepClause) else ()
    return names


@pytest.mark.parametrize(
    "value",
    [
        "total: 'a ''quoted'' {}'",
        'total: "an \\"escaped\\" {}"',
        "total: |\n      x +\n      {}",
        "total: >-\n      x +\n      {}",
        "total: x +\n      {}",
    ],
)
def test_a_mistake_in_any_kind_of_scalar_is_found_where_it_is(value: str) -> None:
    text = "features f:\n  from: s\n  by: k\n  define:\n    " + value.format("$") + "\n"
    (found, *_) = parse_yaml("a.feat.yaml", text).diagnostics
    assert found.span.start == text.index("$") or text[found.span.start] in "aq'\"\\"


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("features f:\n  from: [a\n", "F041", None),
        ("a: &x b\nc: *x\n", "F041", "&x"),
        ("a: !!python/object/apply:os.system [ls]\n", "F041", "!!"),
        ("features f:\n  <<: {}\n", "F041", "<<"),
        ("- a\n", "F042", "- a"),
        ("text\n", "F042", "text"),
        ("features:\n  from: a\n", "F042", "features"),
        ("features f: text\n", "F042", "text"),
        ("features f:\n  from: [a, b]\n", "F042", "[a, b]"),
        ("features f:\n  form: a\n", "F043", "form"),
        ("features f:\n  define:\n    a: {doc: x}\n", "F042", "a"),
        ("features f:\n  define:\n    a: {iz: x, is: y}\n", "F043", "iz"),
        ("features f:\n  define:\n    a: x\n    a: y\n", "F016", "a: y"),
        ("source s:\n  columns:\n    a: {doc: x}\n", "F042", "a: {"),
        ("features f:\n  define: [a]\n", "F042", "[a]"),
        ("features f:\n  ? [a]\n  : b\n", "F042", "[a]"),
        ("features f:\n  from: \x00\n", "F041", "\x00"),
        ("a: " + "[" * 100 + "]" * 100, "F041", None),
        ("features f:\n  where: a <> b\n", "F017", "<>"),
        ("features f:\n  define:\n    a: x +\n", "F022", None),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    text: str, code: str, at: str | None, snapshot: SnapshotAssertion
) -> None:
    found = parse_yaml("a.feat.yaml", text).diagnostics
    assert code in [each.code for each in found]
    (first, *_) = [each for each in found if each.code == code]
    assert 0 <= first.span.start <= first.span.end <= len(text)
    if at is not None:
        assert text.startswith(at, first.span.start)
    assert render(found, {"a.feat.yaml": text}) == snapshot


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 x"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    started = time.monotonic()
    assert parse_yaml("a.feat.yaml", "\n".join(lines)).diagnostics[0].code == "F041"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "text", ["yes", "0.50", "~", "a: b", "'q'", "# c", "x # y", "-", "[1]", "{a}", "a\tb", "é", "@x"]
)
def test_scalars_stay_text(text: str) -> None:
    converted = to_text("a", f"import: {scalar(text)}\n")
    assert converted.text.strip() == f"import {text}"


def test_random_changes_never_crash() -> None:
    dice = Random(3)
    base = to_yaml("a", TEXTS["paywall-examples"])
    for _ in range(400):
        text = base
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(text))
            end = min(len(text), start + dice.randrange(12))
            text = (
                text[:start]
                + dice.choice(("", ":", "- ", "{", "]", '"', "'", "#", "\n", "  ", "|", "&", "é"))
                + text[end:]
            )
        parsed = parse_file("a.feat.yaml", text)
        for each in parsed.diagnostics:
            assert 0 <= each.span.start <= each.span.end <= len(text)
