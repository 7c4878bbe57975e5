"""Comments that ignore warnings."""

from __future__ import annotations

import pytest

from featlang.dsl.format import format_text
from tests.compiler.programs import codes

SOURCE = "source s(k: string, n: int, ts: timestamp) { time = ts }\n"
HEAD = "features g from s by k over 1h {\n"


@pytest.mark.parametrize(
    "body",
    [
        "a = last(n)  # feat: ignore[F301] the file has no ties",
        "# feat: ignore[F301] the file has no ties\na = last(n)",
        "# feat: ignore[F301] the file has no ties\n\n# more\na = last(n)",
        "# feat: ignore[F301, F304] both are meant\na = last(n) / 0",
        "a = last(n) }  # feat: ignore[F301] no ties\nfeatures h from s by k over 1h { b = sum(n)",
    ],
)
def test_a_warning_is_ignored_where_it_is_said(body: str) -> None:
    assert codes(SOURCE, HEAD + body + "\n}") == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("a = last(n)\n# feat: ignore[F301] too late", ["F301", "F305"]),
        ("# feat: ignore[F304] another\na = last(n)", ["F305", "F301"]),
        ('a = last(k) == "# feat: ignore[F301] a text"', ["F301"]),
        ("# feat: ignore[F301] hidden\na = last(nn)", ["F109"]),
        ("# feat: ignore[F301] one\na = last(n)  # feat: ignore[F301] another", ["F305"]),
        ("# feat: ignore[F301] one\n# feat: ignore[F301] another\na = sum(n)", ["F305", "F305"]),
        ("# feat: ignore[F109] an error\na = sum(nn)", ["F230", "F109"]),
        ("# feat: ignore[F301]\na = last(n)", ["F230", "F301"]),
    ],
)
def test_nothing_else_is(body: str, found: list[str]) -> None:
    assert codes(SOURCE, HEAD + body + "\n}") == found


def test_in_yaml_as_well() -> None:
    text = """
source s:
  columns: {k: string, n: int, ts: timestamp}
  define: {time: ts}
features g:
  from: s
  by: k
  over: 1h
  define:
    a: last(n)  # feat: ignore[F301] no ties
    # feat: ignore[F301] no ties
    b: first(n)
"""
    assert codes("", **{"g.feat.yaml": text}) == []


@pytest.mark.parametrize(
    "text",
    [
        "features g from s by k over 1h { a = last(n) }  # feat: ignore[F301] no ties\n",
        "# feat: ignore[F301] no ties\nfeatures g from s by k over 1h { a = last(n) }\n",
    ],
)
def test_beside_a_declaration_it_is_about_all_of_it(text: str) -> None:
    """The formatter spreads it over lines, and the comment goes behind its last one."""
    assert codes(SOURCE, text) == []
    spread = format_text("g.feat", text)
    assert spread.count("\n") > text.count("\n")
    assert codes(SOURCE, spread) == []
