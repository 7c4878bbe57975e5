"""The tokens of a text that parsed, comments included: what the formatter writes again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["comment", "doc", "word", "number", "text", "sign"]


class Token(NamedTuple):
    """A piece of the text, and where it stands."""

    kind: Kind
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""(?P<doc>\#\#(?!\#)[^\n]*)
    |(?P<comment>\#[^\n]*)
    |(?P<text>"(?:\\[^\n\r]|[^"\\\n\r])*")
    |(?P<word>[^\W\d]\w*)
    |(?P<number>\d\w*(?:\.\d\w*)?(?:(?<=[eE])[+-]\d\w*)?)
    |(?P<sign>\?\?|==|!=|<=|>=|->|\S)
    """,
    re.VERBOSE,
)


def tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """The tokens of a part of the text that begins and ends between two of them."""
    for match in _TOKEN.finditer(text, start, end):
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # every alternative is named by its kind
        yield Token(kind, match[0], match.start(), match.end())
