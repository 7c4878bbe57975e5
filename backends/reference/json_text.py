"""One JSON object from text, by RFC 8259 and nothing looser, with numbers kept as they were written."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEEPEST = 100

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJson(Exception):  # noqa: N818 - said of a record, not a failure of the program
    """A text that is not one well-formed JSON object; its text says why."""

    def __init__(self, why: str) -> None:
        """Keep the words for people."""
        super().__init__(why)


class Number(str):
    """A number's text."""

    __slots__ = ()

    def is_integer_text(self) -> bool:
        """Say whether it was written as only `-?digits`."""
        return self.removeprefix("-").isdigit()


def json_object(text: str) -> dict[str, Any]:
    """Parse the object that the text holds, made of None, bool, `Number`, str, list and dict. Raises `NotJson`.

    The standard library's parser takes `NaN` and `Infinity`, repeated keys, lone surrogates and any depth;
    each is refused here.
    """
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        raise NotJson(why=f"nested deeper than {DEEPEST}")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(why=f"not JSON: {error.msg} at character {error.pos + 1}") from error
    if not isinstance(value, dict):
        raise NotJson(why="not a JSON object")
    if "\\u" in text and _has_lone_surrogate(value):
        raise NotJson(why="a lone surrogate")
    return value


def quoted(text: str) -> str:
    """Put a text in quotes, as JSON has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if c < " " else c for c in escaped) + '"'


def value_text(text: str, path: Sequence[str | int]) -> str:
    """Give a value as it is written in a text that was parsed, by the names and numbers that lead to it."""
    at = _behind_space(text, 0)
    for step in path:
        at = next(start for name, start in _held(text, at) if name == step)
    return text[at : _DECODER.raw_decode(text, at)[1]]


def _held(text: str, start: int) -> Iterator[tuple[str | int, int]]:
    """Give the names of an object's members, or the numbers of an array's items, and where their values begin."""
    at = _behind_space(text, start + 1)
    for number in itertools.count():
        name: str | int = number
        if text[start] == "{":
            name, at = _DECODER.raw_decode(text, at)
            at = _behind_space(text, _behind_space(text, at) + 1)
        yield name, at
        at = _behind_space(text, _DECODER.raw_decode(text, at)[1])
        if text[at] != ",":
            return
        at = _behind_space(text, at + 1)


def _behind_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _depth(text: str) -> int:
    depth = deepest = 0
    for piece in _STRUCTURE.findall(text):
        if piece in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif piece in "]}":
            depth -= 1
    return deepest


def _has_lone_surrogate(value: Any) -> bool:
    # Bytes were valid UTF-8, and the parser joins escaped pairs: a surrogate that is left was alone.
    match value:
        case dict():
            return any(_has_lone_surrogate(part) for item in value.items() for part in item)
        case list():
            return any(_has_lone_surrogate(item) for item in value)
        case str():
            return _SURROGATE.search(value) is not None
        case _:
            return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson(why="a key occurs twice in one object")
    return members


def _refuse(constant: str) -> NoReturn:
    raise NotJson(why=f"{constant} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Number, parse_int=Number, parse_constant=_refuse)
