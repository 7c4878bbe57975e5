"""From a place where the text does not fit the grammar to a message that says what to type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.dsl.mistakes import MISTAKES, UNITS, Mistake
from featlang.dsl.shape import DEEP_HELP, DEEP_TITLE, is_open, wrong_kind
from featlang.dsl.suggest import nearest
from featlang.dsl.words import CLAUSES, KEYWORDS, KINDS, shorten


@dataclass(frozen=True, slots=True)
class Failure:
    """Where reading stopped, and what the parser knew there. Places are offsets in `text`."""

    text: str
    offset: int
    """The start of what does not fit; the end of the text where something is missing there."""
    first: int
    """Where the declaration that is being read starts, behind its docs and annotations."""
    brackets: tuple[tuple[str, int], ...]
    """The open brackets, outermost first, with their places."""
    expected: frozenset[str]
    """The terminals that would have fitted: words and signs as they are written, others by the name of the terminal."""
    deep: bool = False
    """Whether the brackets are nested too deeply; then `offset` is the first that is."""
    long: bool = False
    """Whether a definition has too many words and signs; then `offset` is the first too many."""


CLOSERS = {"(": ")", "[": "]", "{": "}"}

MAX_TOKENS = 45_000
"""The most words and signs of one definition: twenty thousand values in a list, and what goes with them."""
LONG_TITLE = f"this definition has more than {MAX_TOKENS:,} words and signs"
LONG_HELP = "divide it, or compute what it lists before it reaches the source"

_OF_OTHERS = {"F011", "F017", "F018", "F033"}
"""What is written otherwise elsewhere is told as that, although it may be near to a keyword."""
_FOLLOWING = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_LAST_WORD = re.compile(r"(?<![\w.\"@])[A-Za-z_]\w*(?=\s*\Z)")
_MAX_CHOICES = 4  # a longer list of what would have fitted is left out
_BEFORE = 300  # so many characters before the place are looked at: enough for a line and some
_LEAD = re.compile(r"(?:\s+|#[^\n]*|@\w+(?:\([^()]*\))?)*")
_WORD = re.compile(r'"(?:\\.|[^"\\\n])*"?|\w+|==|!=|<=|>=|\?\?|->|.')
_HEAD = re.compile(r"([A-Za-z_]\w*)\s*")
_KIND_ABOVE = re.compile(rf"(?:^|\n)[ \t]*({'|'.join(KINDS)})[ \t]+\Z")
_KIND_HERE = re.compile(rf"({'|'.join(KINDS)})[ \t]+[A-Za-z_]\w*[ \t]*(?![ \t\w]*[=:,.)])")

_VALUE = frozenset({"INT", "FLOAT", "STRING", "DURATION", "NAME", "null", "true", "false", "(", "[", "-", "if", "not"})
_OPERATORS = frozenset(
    {"+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "??", "and", "or", "in", "is", "not", "[", ".", "("}
)
_NAMES = {"NAME": "a name", "INT": "a number", "STRING": "a text"}


def after_lead(text: str, start: int) -> int:
    """Skip the spaces, docs, annotations and comments before a declaration."""
    match = _LEAD.match(text, start)
    return match.end() if match else start


def explain(
    path: str, failure: Failure, declarations: list[tree.Declaration], nearly: Diagnostic | None = None
) -> list[Diagnostic]:
    """What to say about a failure, given what was read before it, and the misspelt keyword that it may be.

    A declaration before it that was cut short by a clause nobody knows is taken out of `declarations`.
    """
    if failure.deep or failure.long:
        span = Span(path, failure.offset, failure.offset + 1)
        if failure.deep:
            return [Diagnostic("F003", DEEP_TITLE, span, help=DEEP_HELP)]
        return [Diagnostic("F002", LONG_TITLE, span, help=LONG_HELP)]
    specific = _unclosed(path, failure) or _planned(path, failure)
    if nearly is not None and (specific is None or specific.code not in _OF_OTHERS):
        specific = nearly
    above = declarations[-1] if declarations else None
    if above is not None and (not is_open(above) or failure.text[above.span.end : failure.first].strip()):
        above = None
    head = _HEAD.match(failure.text, failure.first)
    kind = tree.Name(head[1], Span(path, head.start(1), head.end(1))) if head and head.end() <= failure.offset else None
    unknown = kind is not None and kind.text not in KINDS
    if specific is not None:
        if unknown or (above is not None and above.kind.text not in KINDS):
            _drop_head(failure, declarations)
        wrong = wrong_kind(kind, None) if kind is not None and unknown and above is None else None
        return [*wrong.diagnostics, specific] if wrong is not None and wrong.meant else [specific]
    if above is not None and above.kind.text not in KINDS:
        return []  # its kind will be reported, and this follows from it
    if kind is not None and unknown:
        wrong = wrong_kind(kind, above)
        if wrong.breaks_head:
            _drop_head(failure, declarations)
        return [*wrong.diagnostics, _unexpected(path, failure)] if wrong.meant else list(wrong.diagnostics)
    return [_unexpected(path, failure)]


def nearly_keyword(
    path: str, failure: Failure, declarations: list[tree.Declaration], read: Callable[[str], Failure | None]
) -> Diagnostic | None:
    """A misspelt keyword at the failure, or right before it: with the keyword in its place the text can be read on.

    `read` reads a text up to the first thing that does not fit.
    """
    if failure.deep or failure.long:
        return None
    text, offset = failure.text, failure.offset
    above = declarations[-1] if declarations else None
    joined = is_open(above) and above is not None and not text[above.span.end : failure.first].strip()
    start = above.kind.span.start if joined and above is not None else failure.first
    following = _FOLLOWING.match(text, _word_end(text, offset))
    end = _word_end(text, following.end() if following else offset)
    last = _LAST_WORD.search(text, max(start, offset - _BEFORE), offset)
    for place in (_NAME.match(text, offset), last):
        if place is None or place[0].lower() in {*KEYWORDS, "elif", "elsif", "elseif"}:
            continue
        meant = nearest(place[0], KEYWORDS)
        if meant is None:
            continue
        found = read(f"{text[start : place.start()]}{meant}{text[place.end() : end]}")
        moved = len(meant) - len(place[0]) - start
        if found is None or found.offset >= end + moved:
            what = "clause" if meant in CLAUSES else "keyword"
            span = Span(path, place.start(), place.end())
            return Diagnostic("F006", f"`{place[0]}` is not a {what}", span, help=f"did you mean `{meant}`?")
    return None


def _drop_head(failure: Failure, declarations: list[tree.Declaration]) -> None:
    """Take out the declaration that the failure cut short, with the clauses of it that were read as declarations."""
    end = failure.first
    while declarations and is_open(declarations[-1]) and not failure.text[declarations[-1].span.end : end].strip():
        dropped = declarations.pop()
        if dropped.kind.text in KINDS:
            break
        end = dropped.span.start


def _planned(path: str, failure: Failure) -> Diagnostic | None:
    """The first row of the table of mistakes that fits."""
    text, offset = failure.text, failure.offset
    start = max(0, offset - _BEFORE)
    window = text[start:offset]
    inside = failure.brackets[-1][0] if failure.brackets else ""
    for row in MISTAKES:
        if (row.inside and row.inside != inside) or (row.expects and row.expects not in failure.expected):
            continue
        at = row.at_pattern.match(text, offset)
        before = row.before_pattern.search(window) if at else None
        if at is None or before is None:
            continue
        groups = {name: shorten(found) for name, found in {**before.groupdict(""), **at.groupdict("")}.items()}
        if groups.pop("point", ""):
            place = start + before.start("point"), at.end() if "rest" in groups else start + before.end("point")
        elif at.end() > offset:
            place = offset, at.end()
        else:
            place = offset, _word_end(text, offset)
        return _diagnostic(row, Span(path, *place), text, groups)
    return None


def _diagnostic(row: Mistake, span: Span, text: str, groups: dict[str, str]) -> Diagnostic:
    word = groups.get("word", "")
    groups["unit"] = UNITS.get(word, UNITS.get(word.removesuffix("s"), ""))
    groups["found"] = _shown(text, span)
    return Diagnostic(row.code, row.title.format(**groups), span, help=row.help.format(**groups))


def _unclosed(path: str, failure: Failure) -> Diagnostic | None:
    """A bracket that is not closed, or that closes nothing."""
    text, offset = failure.text, failure.offset
    found = text[offset : offset + 1]
    here = Span(path, offset, offset + 1)
    if not failure.brackets:
        if found and found in CLOSERS.values():
            return Diagnostic("F007", f"`{found}` closes nothing", here, help="leave it out")
        return None
    opener, place = failure.brackets[-1]
    opened = Span(path, place, place + 1)
    help_text = f"write `{CLOSERS[opener]}`"
    outer = {CLOSERS[each] for each, _ in failure.brackets}
    if found and found in set(CLOSERS.values()) - outer:
        return Diagnostic("F007", f"`{found}` closes nothing", here, help="leave it out")
    if found and found in (outer - {CLOSERS[opener]}) | ({"{"} if opener != "{" else set()):
        label = Label(here, f"`{CLOSERS[opener]}` is missing before this")
    elif not found:
        label = Label(Span(path, len(text), len(text)), "the file ends here")
    else:
        above = _KIND_ABOVE.search(text[max(0, offset - _BEFORE) : offset])
        starts_line = not text[text.rfind("\n", 0, offset) + 1 : offset].strip()
        here_or_below = _KIND_HERE.match(text, after_lead(text, offset)) if starts_line else None
        head = above or here_or_below
        if head is None:
            return None
        start = max(0, offset - _BEFORE) + head.start(1) if above else head.start(1)
        label = Label(Span(path, start, start + len(head[1])), "the next declaration starts here")
    return Diagnostic("F007", f"`{opener}` is not closed", opened, labels=(label,), help=help_text)


def _unexpected(path: str, failure: Failure) -> Diagnostic:
    """The message where no planned one fits."""
    text, offset = failure.text, failure.offset
    span = Span(path, offset, _word_end(text, offset))
    choices = _choices(failure.expected)
    at_end = span.end == span.start
    found = "the end of the file" if at_end else f"`{_shown(text, span)}`"
    if not choices or len(choices) > _MAX_CHOICES:
        advice = "finish the declaration" if at_end else "leave it out"
        return Diagnostic("F001", f"{found} does not fit here", span, help=advice)
    listed = choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"
    advice = f"write {listed} here" + ("" if at_end else f", or leave {found} out")
    return Diagnostic("F001", f"{found} stands where {listed} is expected", span, help=advice)


def _choices(expected: frozenset[str]) -> list[str]:
    """What would have fitted, in words, alike things together."""
    rest = set(expected) - {"DOC", "@", "$END"}
    choices = []
    if {"INT", "STRING"} <= rest:
        rest -= _VALUE
        choices.append("a value")
    if {"+", "*"} <= rest:
        rest -= _OPERATORS
        choices.append("an operator")
    if {"by", "keep"} <= rest:
        rest -= set(CLAUSES)
        choices.append("a clause")
    return choices + sorted(_NAMES.get(each, f"`{each}`") for each in rest)


def _word_end(text: str, offset: int) -> int:
    match = _WORD.match(text, offset)
    return match.end() if match else offset


def _shown(text: str, span: Span) -> str:
    """The text of a span, short enough for a title."""
    return shorten(text[span.start : span.end].strip())
