"""Text to tree. Every text gives a tree: what cannot be read is reported and skipped up to the next declaration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from lark import Lark, TextSlice, Token, UnexpectedCharacters, UnexpectedToken
from lark.lexer import PatternStr

from featlang.dsl import tree
from featlang.dsl.build import Builder
from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.dsl.explain import MAX_TOKENS, Failure, after_lead, explain, nearly_keyword
from featlang.dsl.shape import MAX_DEPTH, check_shape
from featlang.dsl.words import KEYWORDS, KINDS

MAX_LENGTH = 4_000_000
"""The longest text that is read, in characters."""

MAX_MISTAKES = 200
"""So many mistakes of one file are reported; after so many places that do not fit the grammar, reading stops."""

GRAMMAR = Path(__file__).with_name("grammar.lark")

_OPENING = {"LPAR": "(", "LSQB": "[", "LBRACE": "{"}
_CLOSING = {"RPAR", "RSQB", "RBRACE"}
_ONE_AT_A_TIME = Lock()  # lark's callbacks are bound to one builder

_WORD = r"[A-Za-z_]\w*"
_KEYWORD = rf"(?:{'|'.join(KEYWORDS)})(?!\w)"
_HEAD = re.compile(rf"({_WORD})\s+({_WORD})")
_NEXT = re.compile(
    rf"^(?:import[ \t]+{_WORD}"
    rf"|(?:(?!{_KEYWORD}){_WORD}|[ \t]+(?:{'|'.join(KINDS)}))[ \t]+(?!{_KEYWORD}){_WORD}(?!\w|[ \t]*[=:,.]))",
    re.MULTILINE,
)
_HIDDEN = (
    (
        re.compile(r"\r(?!\n)"),
        "a line ends in a carriage return alone",
        "save the file with the line ends of Unix or Windows",
    ),
    (
        re.compile("[\u202a-\u202e\u2066-\u2069]"),
        "a character that turns the direction of text",
        "remove it; in a text, write it as in `\\u{202E}`",
    ),
    (re.compile("[\ud800-\udfff]"), "half of a surrogate pair, which is no character", "remove it"),
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read of a file, what could not, and the names of the declarations that are missing for it.

    `broken` lets later stops keep silent about names that a skipped declaration would have defined.
    """

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[str] = frozenset()


def parse(path: str, text: str) -> Parsed:
    """Read one `.feat` text; `path` names it in spans. Never raises.

    Diagnostics come in the order of the text. Declarations with an error are left out of the file.
    """
    if len(text) > MAX_LENGTH:
        title = f"the file has {len(text):,} characters; {MAX_LENGTH:,} are the most that is read"
        large = Diagnostic("F002", title, Span(path, 0, 0), help="split it into files and `import` them")
        return Parsed(tree.File(path, text, (), ()), (large,))
    with _ONE_AT_A_TIME:
        parser, builder = _parser()
        builder.begin(path, text)
        diagnostics: list[Diagnostic] = []
        broken: set[str] = set()
        start: int | None = 1 if text.startswith("\ufeff") else 0
        while start is not None:
            failure = _read(parser, builder, text, start)
            if failure is None:
                break
            before = list(builder.declarations)
            nearly = nearly_keyword(path, failure, builder.declarations, lambda part: _tried(parser, builder, part))
            diagnostics += explain(path, failure, builder.declarations, nearly)
            broken |= {each.name.text for each in before[len(builder.declarations) :]}
            head = _HEAD.match(text, failure.first)
            if head:
                broken.add(head[2])
            start = _next_declaration(text, failure) if len(diagnostics) < MAX_MISTAKES else None
        declarations, refused = check_shape(text, builder.declarations)
        diagnostics += builder.diagnostics + refused + _hidden(path, text, diagnostics)
        broken |= {each.name.text for each in builder.declarations} - {each.name.text for each in declarations}
        file = tree.File(path, text, tuple(builder.imports), declarations)
    once = {(each.code, each.span): each for each in reversed(diagnostics)}
    ordered = sorted(once.values(), key=lambda each: (each.span.start, each.code))
    if len(ordered) >= MAX_MISTAKES:
        last = ordered[MAX_MISTAKES - 1].span
        title = f"reading stopped after {MAX_MISTAKES} mistakes"
        ordered[MAX_MISTAKES:] = [Diagnostic("F004", title, last, help="correct these first")]
    return Parsed(file, tuple(ordered), frozenset(broken))


def _hidden(path: str, text: str, found: list[Diagnostic]) -> list[Diagnostic]:
    """Characters by which an editor shows another text than is read, also in texts and comments; each kind once."""
    if text.isascii() and "\r" not in text:
        return []
    covered = {each.span.start for each in found if each.code == "F009"}
    hidden = []
    for pattern, title, advice in _HIDDEN:
        match = pattern.search(text)
        if match is not None and match.start() not in covered:
            hidden.append(Diagnostic("F009", title, Span(path, match.start(), match.end()), help=advice))
    return hidden


@cache
def _parser() -> tuple[Lark, Builder]:
    """Build the parser once a process; at a fifth of a second it needs no cache on disk. A test looks for conflicts."""
    builder = Builder()
    parser = Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        start="file",
        parser="lalr",
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=builder,
    )
    return parser, builder


def _read(parser: Lark, builder: Builder, text: str, start: int) -> Failure | None:
    """Read from `start` to the end, or to the first thing that does not fit."""
    interactive = parser.parse_interactive(TextSlice(text, start, len(text)))
    brackets: list[tuple[str, int]] = []
    first = start  # where the declaration starts that is being read
    found = builder.count
    last = ""
    tokens = 0  # of the definition, or the head, that is being read
    try:
        for token in interactive.lexer_thread.lex(interactive.parser_state):  # type: ignore[no-untyped-call]
            interactive.feed_token(token)
            if builder.count != found:
                found, first, tokens = builder.count, token.start_pos or 0, 0
            last = token.type
            tokens += 1
            if token.type == "EQUAL" and (not brackets or brackets[-1][0] == "{"):
                tokens = 0
            elif token.type in _OPENING:
                brackets.append((_OPENING[token.type], token.start_pos or 0))
            elif token.type in _CLOSING:
                brackets.pop()
            deep, long = len(brackets) > MAX_DEPTH, tokens > MAX_TOKENS
            if deep or long:
                lead = after_lead(text, first)
                return Failure(text, token.start_pos or 0, lead, tuple(brackets), frozenset(), deep=deep, long=long)
        interactive.feed_token(Token("$END", "", len(text), 0, 0))
    except (UnexpectedCharacters, UnexpectedToken) as error:
        offset = error.pos_in_stream or 0
        expected = interactive.accepts()  # type: ignore[no-untyped-call]
        if last == "RBRACE" and "$END" in expected and not brackets:
            # The declaration before the mistake is complete; only the token that would show it is missing.
            interactive.feed_token(Token("$END", "", len(text), 0, 0))
        if builder.count != found:
            first = offset
        written = frozenset(_written(parser)[name] for name in expected)
        return Failure(text, offset, after_lead(text, first), tuple(brackets), written)
    return None


def _tried(parser: Lark, builder: Builder, text: str) -> Failure | None:
    """Read a text of which nothing is kept, to the end or to the first thing that does not fit."""
    kept = builder.imports, builder.declarations, builder.diagnostics
    builder.begin(builder.path, builder.text)
    failure = _read(parser, builder, text, 0)
    builder.imports, builder.declarations, builder.diagnostics = kept
    return failure


@cache
def _written(parser: Lark) -> dict[str, str]:
    """How each terminal is written where that is one text, otherwise its name."""
    written = {"$END": "$END"}
    for terminal in parser.terminals:
        pattern = terminal.pattern
        word = pattern.value.removesuffix(r"(?!\w)")
        written[terminal.name] = word if isinstance(pattern, PatternStr) or word.isalpha() else terminal.name
    return written


def _next_declaration(text: str, failure: Failure) -> int | None:
    """Where to go on: the next line that starts like a declaration, with the docs and annotations before it."""
    line = text.rfind("\n", 0, failure.offset) + 1
    match = _NEXT.search(text, max(line, failure.first + 1))
    if match is None:
        return None
    start = match.start()
    while True:
        above = text.rfind("\n", 0, start - 1) + 1
        if above <= failure.first or not text.startswith(("##", "@"), above):
            break
        start = above
    return start
