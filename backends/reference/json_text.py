"""One JSON object from text, by RFC 8259 and nothing looser, with numbers kept as they were written."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

DEEPEST = 100

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


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
            return any("\ud800" <= character <= "\udfff" for character in value)
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
