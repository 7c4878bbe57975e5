"""`# feat: ignore[F301] reason`: a warning that is known, and meant; on its line, or on a line above it.

Beside a declaration, in front of its first line or behind its last one, it is about all of the declaration: so the
formatter, which spreads a short one over lines, changes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from featlang.compiler.codes import CODES, WARNING_CODES
from featlang.compiler.report import Report, did_you_mean
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.dsl.modules import YAML
from featlang.dsl.tokens import tokens

_IGNORE = re.compile(r"#+\s*feat:\s*ignore\b(?:\[(?P<codes>[^\]\n]*)\])?(?P<reason>[^\n]*)")
_COMMENT = re.compile(r"(?:(?<=\s)|(?<![^\n]))#[^\n]*")


@dataclass(frozen=True, slots=True)
class _Ignore:
    """One code of one comment: where it stands, and the lines (from 0) that it is about, the last one included."""

    code: str
    span: Span
    first: int
    last: int


def without_ignored(
    diagnostics: Iterable[Diagnostic], files: Iterable[tree.File], *, whole: bool = True
) -> tuple[Diagnostic, ...]:
    """The diagnostics without the warnings that are ignored, and with what is wrong with the comments that say so.

    `whole` says that the files are all of the project: only then is it known what nobody uses.
    """
    report = Report()
    ignores: dict[tuple[str, str], list[_Ignore]] = {}
    texts: dict[str, str] = {}
    for file in files:
        if "ignore" in file.text:
            texts[file.path] = file.text
            for each in _ignores(file, report):
                ignores.setdefault((file.path, each.code), []).append(each)
    if not texts:
        return tuple(diagnostics)
    used: set[_Ignore] = set()
    kept: list[Diagnostic] = []
    for diagnostic in diagnostics:
        text = texts.get(diagnostic.span.file, "")
        line = text.count("\n", 0, diagnostic.span.start)
        about = [
            each
            for each in ignores.get((diagnostic.span.file, diagnostic.code), ())
            if each.first <= line <= each.last and diagnostic.level == "warning"
        ]
        if about:
            used.add(min(about, key=lambda each: each.last - each.first))  # one is enough
        else:
            kept.append(diagnostic)
    report.add(kept)
    if not report.failed:  # an error may hide what would be ignored
        unused = [ignore for found in ignores.values() for ignore in found if ignore not in used]
        _tell_unused(unused, report, whole=whole)
    return report.ordered()


def _tell_unused(ignores: Iterable[_Ignore], report: Report, *, whole: bool) -> None:
    for ignore in ignores:
        if whole or ignore.code != "F302":
            title = f"there is no {ignore.code} to ignore here"
            report.warning("F305", title, ignore.span, "remove it; it belongs on the line of the warning, or above it")


def _ignores(file: tree.File, report: Report) -> Iterator[_Ignore]:
    declared = _declared(file)
    for start, comment in _comments(file):
        match = _IGNORE.match(comment)
        if match is None:
            continue
        span = Span(file.path, start, start + len(comment.rstrip()))
        if not match["codes"] or not match["reason"].strip(" :-—"):
            title = "this does not say what is ignored, and why"
            report.error("F230", title, span, "write it as in `# feat: ignore[F301] the file has no ties`")
            continue
        for written in re.finditer("[^,]+", match["codes"]):
            code = written[0].strip()
            if code not in WARNING_CODES:
                what = "is no code"
                advice = did_you_mean(code, list(WARNING_CODES), "the warnings")
                if code in CODES:
                    what, advice = "is an error, which cannot be ignored", "correct what it tells of"
                at = start + match.start("codes") + written.start() + written[0].find(code)
                title = f"`{code}` {what}" if code else "there is nothing between two commas"
                report.error("F230", title, Span(file.path, at, at + max(len(code), 1)), advice)
            else:
                yield _Ignore(code, span, *_lines(file.text, start, declared))


def _comments(file: tree.File) -> Iterator[tuple[int, str]]:
    if file.path.endswith(YAML):
        yield from ((match.start(), match[0]) for match in _COMMENT.finditer(file.text))
    else:
        yield from ((t.start, t.text) for t in tokens(file.text, 0, len(file.text)) if t.kind == "comment")


def _declared(file: tree.File) -> list[tuple[int, int, int]]:
    """Of each declaration the first and the last line, and where it ends."""
    ends = [match.start() for match in re.finditer("\n", file.text)]
    return [
        (bisect_left(ends, each.kind.span.start), bisect_left(ends, each.span.end), each.span.end)
        for each in file.declarations
    ]


def _lines(text: str, start: int, declared: Iterable[tuple[int, int, int]]) -> tuple[int, int]:
    """The first and the last line that a comment is about."""
    line = _line(text, start)
    for first, last, end in declared:
        if line == first or (line == last and start > end):
            return first, last
    return line, line


def _line(text: str, start: int) -> int:
    """The line that a comment is about: its own, or the next that holds more than a comment."""
    number = text.count("\n", 0, start)
    lines = text.split("\n")
    if lines[number].lstrip().startswith("#"):
        while number + 1 < len(lines) and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
            number += 1
    return number
