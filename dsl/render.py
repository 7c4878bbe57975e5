"""Diagnostics as text: screens for people, lines for editors, JSON for tools, commands for GitHub workflows."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from featlang.dsl.diagnostics import Diagnostic, Span

Format = Literal["full", "concise", "json", "github"]

TAB = 4
"""A tab is shown as so many spaces."""

WIDEST = 200
"""Of a longer line only so many characters are shown."""

_RED, _YELLOW, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character offset, both from 1; columns count characters. Past the end means the end."""
    offset = max(0, min(offset, len(text)))
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, start) + 1, offset - start + 1


def render(
    diagnostics: Iterable[Diagnostic],
    texts: Mapping[str, str],
    format: Format = "full",  # noqa: A002  its name on the command line
    *,
    colour: bool = False,
) -> str:
    """Show diagnostics, in the order given; `texts` has the text of each file that their spans name.

    A file without a text is shown by its path alone. Colour applies to `full` and `concise`. The result ends with a
    line end unless it is empty; `json` is a list on one line for each diagnostic.
    """
    pages = {path: _Page(path, text) for path, text in texts.items()}

    def page(span: Span) -> _Page:
        return pages.setdefault(span.file, _Page(span.file, ""))

    paint = _paint if colour else _plain
    if format == "full":
        return "\n".join(_full(each, page, paint) for each in diagnostics)
    if format == "concise":
        return "".join(_concise(each, page, paint) for each in diagnostics)
    if format == "github":
        return "".join(_github(each, page) for each in diagnostics)
    lines = [json.dumps(_plain_data(each, page)) for each in diagnostics]
    return "[" + ",".join(f"\n {line}" for line in lines) + "\n]\n" if lines else "[]\n"


Paint = Callable[[str, str], str]


def _paint(style: str, text: str) -> str:
    return f"{style}{text}{_RESET}" if text else text


def _plain(_style: str, text: str) -> str:
    return text


class _Page:
    """One file's text, with its lines found once."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.starts = [0]
        start = text.find("\n")
        while start >= 0:
            self.starts.append(start + 1)
            start = text.find("\n", start + 1)

    def position(self, offset: int) -> tuple[int, int]:
        """As `position`, in time that does not grow with the file."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line without its end."""
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].removesuffix("\r")


@dataclass(frozen=True)
class _Mark:
    """An underline in one line: columns from 1, half-open, and what is written behind it."""

    line: int
    start: int
    end: int
    sign: str
    text: str


# --- full


def _full(diagnostic: Diagnostic, page: Callable[[Span], _Page], paint: Paint) -> str:
    style = _RED if diagnostic.level == "error" else _YELLOW
    here = page(diagnostic.span)
    own = [label for label in diagnostic.labels if label.span.file == diagnostic.span.file]
    others = [label for label in diagnostic.labels if label.span.file != diagnostic.span.file]
    marks = _marks(here, diagnostic.span, "^", diagnostic.label)
    for label in own:
        marks += _marks(here, label.span, "-", label.text)
    elsewhere = [(page(label.span), _marks(page(label.span), label.span, "-", label.text)) for label in others]
    numbers = [mark.line for mark in marks] + [mark.line for _, found in elsewhere for mark in found]
    width = len(str(max(numbers)))
    head = paint(style, f"{diagnostic.level}[{diagnostic.code}]") + paint(_BOLD, f": {_safe(diagnostic.title)}")
    lines = [head, *_excerpt(here, diagnostic.span.start, marks, width, "-->", paint, style)]
    for other, found in elsewhere:
        start = other.starts[found[0].line - 1] + found[0].start - 1
        lines += _excerpt(other, start, found, width, ":::", paint, style)
    if diagnostic.help:
        lines.append(f"{' ' * width} {paint(_BLUE, '=')} {paint(_BOLD, 'help:')} {_safe(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _marks(page: _Page, span: Span, sign: str, text: str) -> list[_Mark]:
    """The underlines of a span: one, or one in its first and one in its last line."""
    first, start = page.position(span.start)
    last, end = page.position(span.end)
    if first == last:
        return [_Mark(first, start, max(end, start + 1), sign, text)]
    opening = _Mark(first, start, max(len(page.line(first)) + 1, start + 1), sign, "from here")
    content = page.line(last)
    indent = len(content) - len(content.lstrip()) + 1
    if end <= indent:  # it ends with a line end
        return [_Mark(first, start, opening.end, sign, text)]
    return [opening, _Mark(last, indent, end, sign, text or "to here")]


def _excerpt(
    page: _Page, start: int, marks: list[_Mark], width: int, arrow: str, paint: Paint, style: str
) -> list[str]:
    """The place, and the marked lines with what is below them."""
    line, column = page.position(start)
    bar = paint(_BLUE, "|")
    blank = f"{' ' * width} {bar}"
    lines = [f" {paint(_BLUE, arrow)} {page.path}:{line}:{column}", blank]
    if not page.text:
        return lines[:1]
    above = 0
    for number in sorted({mark.line for mark in marks}):
        if above and number > above + 1:
            lines.append(paint(_BLUE, "..."))
        above = number
        here = sorted((mark for mark in marks if mark.line == number), key=lambda mark: (mark.start, mark.sign != "^"))
        content, here = _clip(page.line(number), here)
        lines.append(f"{paint(_BLUE, f'{number:>{width}}')} {bar} {_spread(content)}".rstrip())
        lines += [f"{blank} {row}" for row in _underlines(content, here, paint, style)]
    return lines


def _clip(content: str, marks: list[_Mark]) -> tuple[str, list[_Mark]]:
    """Of a very long line, the part around the first mark."""
    if len(content) <= WIDEST:
        return content, marks
    start = max(0, min(marks[0].start - 1 - WIDEST // 4, len(content) - WIDEST))
    shown = content[start : start + WIDEST]
    moved = [
        replace(mark, start=mark.start - start, end=min(mark.end - start, WIDEST + 1))
        for mark in marks
        if mark.start - start <= WIDEST
    ]
    return ("…" + shown[1:] if start else shown) + ("…" if start + WIDEST < len(content) else ""), moved


def _underlines(content: str, marks: list[_Mark], paint: Paint, style: str) -> list[str]:
    """The row of underlines, with the text of the last; then a row for each other text, from right to left."""
    row, filled = "", 0
    for mark in marks:
        start, end = _columns(content, mark)
        start = max(start, filled)
        if end > start:
            row += " " * (start - filled) + paint(style if mark.sign == "^" else _BLUE, mark.sign * (end - start))
            filled = end
    texts = [(mark, _safe(mark.text)) for mark in marks if mark.text]
    if texts and texts[-1][0] == marks[-1]:
        mark, text = texts.pop()
        row += " " + paint(style if mark.sign == "^" else _BLUE, text)
    rows = [row]
    for mark, text in reversed(texts):
        indent = " " * _columns(content, mark)[0]
        rows.append(indent + paint(style if mark.sign == "^" else _BLUE, text))
    return rows


def _columns(content: str, mark: _Mark) -> tuple[int, int]:
    """Where an underline starts and ends on the screen, from 0; at least one cell."""
    start = _shown_width(content[: mark.start - 1])
    return start, max(start + 1, _shown_width(content[: mark.end - 1]))


def _shown_width(text: str) -> int:
    """How many cells of a terminal `_spread(text)` takes."""
    return sum(_cells(character) for character in _spread(text))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _spread(text: str) -> str:
    """A line as it is shown: tabs as spaces, what a terminal might act on as a sign."""
    return _safe(text.replace("\t", " " * TAB))


def _safe(text: str) -> str:
    """Keep control, format and lone surrogate characters from the terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(each) in {"Cc", "Cf", "Cs"} else each for each in text)


# --- concise, github, json


def _concise(diagnostic: Diagnostic, page: Callable[[Span], _Page], paint: Paint) -> str:
    line, column = page(diagnostic.span).position(diagnostic.span.start)
    style = _RED if diagnostic.level == "error" else _YELLOW
    level = paint(style, f"{diagnostic.level}[{diagnostic.code}]")
    return f"{diagnostic.span.file}:{line}:{column}: {level}: {_safe(diagnostic.title)}\n"


def _github(diagnostic: Diagnostic, page: Callable[[Span], _Page]) -> str:
    """A workflow command; https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    line, column = page(diagnostic.span).position(diagnostic.span.start)
    end_line, end_column = page(diagnostic.span).position(diagnostic.span.end)
    properties = {"file": diagnostic.span.file, "line": line, "endLine": end_line, "title": diagnostic.code}
    if line == end_line:  # columns are only shown within one line
        properties |= {"col": column, "endColumn": end_column}
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    message = _safe(diagnostic.title) + (f"\nhelp: {_safe(diagnostic.help)}" if diagnostic.help else "")
    return f"::{diagnostic.level} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _plain_data(diagnostic: Diagnostic, page: Callable[[Span], _Page]) -> dict[str, object]:
    labels = [{**_place(label.span, page), "text": label.text} for label in diagnostic.labels]
    return {
        **_place(diagnostic.span, page),
        "code": diagnostic.code,
        "level": diagnostic.level,
        "title": diagnostic.title,
        "label": diagnostic.label,
        "help": diagnostic.help,
        "labels": labels,
    }


def _place(span: Span, page: Callable[[Span], _Page]) -> dict[str, object]:
    line, column = page(span).position(span.start)
    end_line, end_column = page(span).position(span.end)
    return {"file": span.file, "line": line, "column": column, "end_line": end_line, "end_column": end_column}
