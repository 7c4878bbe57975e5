"""The four forms in which diagnostics are shown."""

from __future__ import annotations

import json

import pytest

from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.dsl.render import Format, position, render


def at(text: str, part: str, file: str = "a.feat") -> Span:
    start = text.index(part)
    return Span(file, start, start + len(part))


def full(text: str, diagnostic: Diagnostic) -> list[str]:
    return render([diagnostic], {"a.feat": text}).splitlines()


def test_the_documented_screen() -> None:
    text = "\n" * 30 + "  intensity = clicks * avg_dwell\n"
    diagnostic = Diagnostic(
        "F204",
        "`clicks` has windows 5m, 1h, 30d and `avg_dwell` has 1h, 30d",
        at(text, "clicks", "engagement.feat"),
        labels=(Label(at(text, "avg_dwell", "engagement.feat"), "1h, 30d"),),
        help="pick one window, as in `clicks[1h] * avg_dwell[1h]`, or give both the same windows",
    )
    assert render([diagnostic], {"engagement.feat": text}) == (
        "error[F204]: `clicks` has windows 5m, 1h, 30d and `avg_dwell` has 1h, 30d\n"
        " --> engagement.feat:31:15\n"
        "   |\n"
        "31 |   intensity = clicks * avg_dwell\n"
        "   |               ^^^^^^   --------- 1h, 30d\n"
        "   = help: pick one window, as in `clicks[1h] * avg_dwell[1h]`, or give both the same windows\n"
    )


def test_two_texts_in_a_line() -> None:
    text = "a = b + c"
    diagnostic = Diagnostic("F200", "no", at(text, "b"), "int", (Label(at(text, "c"), "string"),))
    assert full(text, diagnostic)[3:] == ["1 | a = b + c", "  |     ^   - string", "  |     int"]


def test_a_label_before_the_place_and_lines_between() -> None:
    text = "{\n\n\nx }"
    diagnostic = Diagnostic("F007", "no", at(text, "x"), labels=(Label(at(text, "{"), "opened here"),), level="warning")
    assert full(text, diagnostic) == [
        "warning[F007]: no",
        " --> a.feat:4:1",
        "  |",
        "1 | {",
        "  | - opened here",
        "...",
        "4 | x }",
        "  | ^",
    ]


def test_several_lines() -> None:
    text = "f(\n  x,\n  y)"
    diagnostic = Diagnostic("F200", "no", Span("a.feat", 0, len(text)), "all this")
    assert full(text, diagnostic)[3:] == ["1 | f(", "  | ^^ from here", "...", "3 |   y)", "  |   ^^ all this"]
    through_line_end = Diagnostic("F200", "no", Span("a.feat", 0, 3), "this")
    assert full(text, through_line_end)[3:] == ["1 | f(", "  | ^^ this"]


def test_tabs_wide_and_combining_characters() -> None:
    text = '\ta = "日本e\u0301" && x'
    assert full(text, Diagnostic("F017", "no", at(text, "&&")))[3:] == [
        '1 |     a = "日本e\u0301" && x',
        "  |                 ^^",
    ]


def test_the_end_of_the_file() -> None:
    assert full("a\nbc", Diagnostic("F001", "no", Span("a.feat", 4, 4)))[1:] == [
        " --> a.feat:2:3",
        "  |",
        "2 | bc",
        "  |   ^",
    ]
    assert full("a\n", Diagnostic("F001", "no", Span("a.feat", 2, 2)))[1:] == [" --> a.feat:2:1", "  |", "2 |", "  | ^"]
    assert full("a", Diagnostic("F001", "no", Span("a.feat", 90, 99)))[1] == " --> a.feat:1:2"


def test_a_label_in_another_file() -> None:
    diagnostic = Diagnostic("F101", "no", Span("a.feat", 0, 1), labels=(Label(Span("b.feat", 2, 3), "first here"),))
    assert render([diagnostic], {"a.feat": "x", "b.feat": "\n\nx"}).splitlines() == [
        "error[F101]: no",
        " --> a.feat:1:1",
        "  |",
        "1 | x",
        "  | ^",
        " ::: b.feat:3:1",
        "  |",
        "3 | x",
        "  | - first here",
    ]


def test_a_file_without_text() -> None:
    diagnostic = Diagnostic("F400", "no such file", Span("feat.yaml", 0, 0), help="create it")
    assert render([diagnostic], {}).splitlines() == [
        "error[F400]: no such file",
        " --> feat.yaml:1:1",
        "  = help: create it",
    ]


def test_a_very_long_line_is_cut() -> None:
    text = "x" * 100_000 + "!" + "y" * 100_000
    lines = full(text, Diagnostic("F001", "no", at(text, "!"), "here"))
    assert lines[1] == " --> a.feat:1:100001"
    assert lines[3] == "1 | …" + "x" * 49 + "!" + "y" * 149 + "…"
    assert lines[4] == "  | " + " " * 50 + "^ here"


def test_nothing_reaches_the_terminal_that_it_could_act_on() -> None:
    text = "\x1b[31m\u202e\ud800\x07 x"
    shown = render([Diagnostic("F009", "\x1b[2J", at(text, "x"), "\r", help="\x00")], {"a.feat": text})
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert shown.splitlines()[3:5] == ["1 | \ufffd[31m\ufffd\ufffd\ufffd x", "  |          ^ \ufffd"]


def test_colour() -> None:
    diagnostic = Diagnostic("F001", "no", Span("a.feat", 0, 1), "here", help="do")
    shown = render([diagnostic], {"a.feat": "x"}, colour=True)
    assert "\x1b[1;31merror[F001]\x1b[0m" in shown
    plain = shown
    for code in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == render([diagnostic], {"a.feat": "x"})


def test_concise() -> None:
    diagnostics = [
        Diagnostic("F001", "one", Span("a.feat", 2, 3)),
        Diagnostic("F300", "two", Span("b.feat", 0, 1), level="warning"),
    ]
    shown = render(diagnostics, {"a.feat": "x\ny", "b.feat": "z"}, "concise")
    assert shown == "a.feat:2:1: error[F001]: one\nb.feat:1:1: warning[F300]: two\n"


def test_json() -> None:
    text = 'é\n"y'
    diagnostic = Diagnostic("F001", "one\ud800", Span("a.feat", 2, 4), "l", (Label(Span("a.feat", 0, 3), "m"),), "h")
    shown = render([diagnostic, diagnostic], {"a.feat": text}, "json")
    shown.encode("utf-8")
    expected = {
        "file": "a.feat",
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 3,
        "code": "F001",
        "level": "error",
        "title": "one\ud800",
        "label": "l",
        "help": "h",
        "labels": [{"file": "a.feat", "line": 1, "column": 1, "end_line": 2, "end_column": 2, "text": "m"}],
    }
    assert json.loads(shown) == [expected, expected]
    assert json.loads(render([], {}, "json")) == []


def test_github() -> None:
    text = "x\ny"
    diagnostic = Diagnostic("F001", "100 %, no: `x`", Span("a,b:c.feat", 2, 3), help="two\nlines")
    assert render([diagnostic], {"a,b:c.feat": text}, "github") == (
        "::error file=a%2Cb%3Ac.feat,line=2,endLine=2,title=F001,col=1,endColumn=2"
        "::100 %25, no: `x`%0Ahelp: two\ufffdlines\n"
    )
    over_lines = Diagnostic("F300", "no", Span("a.feat", 0, 3), level="warning")
    assert render([over_lines], {"a.feat": text}, "github") == "::warning file=a.feat,line=1,endLine=2,title=F300::no\n"


@pytest.mark.parametrize("form", ["full", "concise", "github"])
def test_nothing_to_show(form: Format) -> None:
    assert render([], {}, form) == ""


@pytest.mark.parametrize(
    ("offset", "expected"), [(-1, (1, 1)), (0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (3, (2, 2)), (99, (2, 3))]
)
def test_position(offset: int, expected: tuple[int, int]) -> None:
    assert position("a\nbc", offset) == expected
