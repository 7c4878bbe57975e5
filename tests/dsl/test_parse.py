"""The parser: it never raises, goes on at the next declaration, and keeps to its limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import GrammarError

from featlang.dsl.parse import GRAMMAR, parse
from featlang.dsl.render import Format, render
from featlang.dsl.words import KEYWORDS, KINDS

EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in Path(__file__).with_name("examples").glob("*.feat")}
FORMATS: tuple[Format, ...] = ("full", "concise", "json", "github")


def names(text: str) -> list[str]:
    return [declaration.name.text for declaration in parse("test.feat", text).file.declarations]


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in parse("test.feat", text).diagnostics]


def test_grammar_has_no_conflicts() -> None:
    grammar = GRAMMAR.read_text(encoding="utf-8")
    Lark(grammar, start="file", parser="lalr", strict=True)
    with pytest.raises(GrammarError, match=r"(?i)collision|conflict"):
        Lark(grammar.replace("?sign: postfix", "?sign: postfix | reference"), start="file", parser="lalr", strict=True)


def test_empty_files() -> None:
    for text in ("", " \n\t\r\n", "# nothing\n### here", "\ufeff"):
        parsed = parse("test.feat", text)
        assert (parsed.file.declarations, parsed.file.imports, parsed.diagnostics) == ((), (), ())
        assert (parsed.file.path, parsed.file.text) == ("test.feat", text)


GOOD = "features {} from c by k {{ a = count() }}\n"


@pytest.mark.parametrize(
    "bad",
    [
        "features bad from c by k { a = b && c }\n",
        "features bad from c by k { a = count( }\n",
        "features bad from c by k { a = 'x'\n  b = 2 }\n",
        "features bad from c by k { a = count()\n",
        "features bad from c by k { a = (1 +\n",
        "source bad(a: int b: int) { time = a }\n",
        "features bad form c by k { a = 1 }\n",
        "## Docs.\n@owner(1)\nfeatures bad from c by { a = 1 }\n",
        "def bad(x) -> int = 1\n",
        "  stream bad from § {}\n",
    ],
)
def test_reading_goes_on_at_the_next_declaration(bad: str) -> None:
    text = GOOD.format("first") + bad + GOOD.format("second") + bad + "\n## Docs.\n@owner(2)\n" + GOOD.format("third")
    parsed = parse("test.feat", text)
    assert names(text) == ["first", "second", "third"]
    assert parsed.file.declarations[2].doc == "Docs."
    assert [annotation.name.text for annotation in parsed.file.declarations[2].annotations] == ["owner"]
    found = [each.code for each in parsed.diagnostics]
    assert len(found) == 2
    assert found[0] == found[1]
    assert "bad" in parsed.broken
    assert parsed.broken.isdisjoint({"first", "second", "third"})


def test_imports_survive_mistakes() -> None:
    parsed = parse("test.feat", "import a.b\nfeatures 5\nimport c\n")
    assert [[name.text for name in each.path] for each in parsed.file.imports] == [["a", "b"], ["c"]]


def test_a_misspelt_kind_is_put_right() -> None:
    text = "featurs f from c by k { a = 1 }"
    assert codes(text) == ["F005"]
    (declaration,) = parse("test.feat", text).file.declarations
    assert (declaration.kind.text, declaration.name.text) == ("features", "f")
    assert codes("featurs f from c by k { a = 1 && 2 }") == ["F005", "F017"]


@pytest.mark.parametrize(
    "value",
    [
        "(" * 10_000 + "x" + ")" * 10_000,
        "(" * 10_000,
        "[" * 2_000,
        "f(" * 2_000,
        "x" + "[x" * 2_000,
        "-" * 2_000 + "x",
        "- " * 2_000 + "x",
        "x" + " + x" * 2_000,
        "x" + ".x" * 2_000,
        "x" + "[0]" * 2_000,
        "if x then y else " * 2_000 + "z",
    ],
    ids=lambda value: value[:12],
)
def test_deep_nesting_is_refused(value: str) -> None:
    text = f"features deep from c by k {{ a = {value} }}\n" + GOOD.format("next")
    assert codes(text) == ["F003"]
    assert names(text) == ["next"]
    assert parse("test.feat", text).broken == {"deep"}


def test_deep_negation_and_types_are_refused() -> None:
    assert codes(f"stream s from c where {'not ' * 2_000} x") == ["F003"]
    assert codes(f"model m(a: {'list<' * 2_000}int{'>' * 2_000}) -> int") == ["F003"]


def test_what_is_not_too_deep_is_read() -> None:
    for value in ("(" * 190 + "x" + ")" * 190, "x" + " + x" * 190, "if x then y else " * 190 + "z"):
        assert codes(f"features f from c by k {{ a = {value} }}") == []


def test_a_large_file_is_read_whole() -> None:
    text = EXAMPLES["clickstream"]
    copies = 1_000_000 // len(text) + 1
    parsed = parse("test.feat", text * copies)
    assert parsed.diagnostics == ()
    assert len(parsed.file.declarations) == 2 * copies


def check_any(text: str) -> None:
    parsed = parse("test.feat", text)
    spans = [each.span for each in parsed.diagnostics]
    spans += [each.span for each in parsed.file.declarations]
    spans += [label.span for each in parsed.diagnostics for label in each.labels]
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)
    for shape in FORMATS:
        assert bool(parsed.diagnostics) <= bool(render(parsed.diagnostics, {"test.feat": text}, shape))
    assert parse("test.feat", text) == parsed


SIGNS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "=",
    "==",
    "!=",
    "??",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    ".",
    ",",
    ":",
    "->",
    "@",
]
ODD = ["name", "x", "é", "1", "1.5", "5min", "1h", '"text"', '"', "'", "#", "##", "\n", " ", "\t", "\0", "\ud800"]
TOKENS = st.sampled_from([*KINDS, *KEYWORDS, *SIGNS, *ODD])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check_any(text)


@settings(max_examples=120, deadline=None)
@given(st.lists(TOKENS, max_size=60).map(" ".join))
def test_any_tokens(text: str) -> None:
    check_any(text)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_any_damage(name: str, data: st.DataObject) -> None:
    text = EXAMPLES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 12, len(text))))
        text = text[:start] + data.draw(TOKENS) + text[end:]
    check_any(text)
