"""Types that hold others, and decimals: `list<int?>`, `map<string, float>`, `struct<a: int>`, `decimal<10, 2>`.

A type is its text everywhere; here it is taken apart, and put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal, get_args

Scalar = Literal["bool", "int", "float", "string", "timestamp", "duration", "date", "bytes"]
"""`timestamp` and `duration` are int64 microseconds, `date` is int64 days since 1970-01-01."""

SCALARS: tuple[Scalar, ...] = get_args(Scalar)

MAP_KEYS = ("string", "int")
"""What a map may have as its keys: what JSON can write as one."""

MAX_PRECISION = 38
"""The most digits of a decimal: what 128 bits hold."""

MAX_NESTED = 8
"""How deep types may stand in types."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a type holds: a field by its name, the items of a list, the keys or the values of a map."""

    name: str
    type: str
    nullable: bool

    @property
    def text(self) -> str:
        """As it is written behind its name."""
        return f"{self.type}?" if self.nullable else self.type


@dataclass(frozen=True, slots=True)
class Structure:
    """A type taken apart: a list has one part, a map its keys and its values, a struct its fields.

    A decimal has `precision` digits, of which `scale` stand behind the point.
    """

    kind: str
    parts: tuple[Part, ...] = ()
    precision: int = 0
    scale: int = 0

    @property
    def text(self) -> str:
        """The type."""
        if self.kind == "decimal":
            return f"decimal<{self.precision}, {self.scale}>"
        inner = ", ".join(f"{part.name}: {part.text}" if part.name else part.text for part in self.parts)
        return f"{self.kind}<{inner}>" if inner else self.kind

    def unscaled(self, number: Fraction) -> int | None:
        """A number as a decimal without its point; None where the decimal does not hold it as it is."""
        digits = number * 10**self.scale
        return digits.numerator if digits.denominator == 1 and abs(digits) < 10**self.precision else None


_LETTER = re.compile(r"\b[A-Z]\b(?!:)")
"""A letter of a pattern, and no field of a struct."""

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|\d+|[<>,:?])")


@cache
def structure(text: str) -> Structure:
    """Take a type apart. Raises `ValueError` where the text is no type."""
    if text in SCALARS:
        return Structure(text)
    tokens = _Tokens(text)
    found = _type(tokens)
    if tokens.left() or found.text != text:
        message = f"{text!r} is no type"
        raise ValueError(message)
    return found


def kind_of(text: str) -> str:
    """What sort of type it is: a scalar's name, `decimal`, `list`, `map` or `struct`."""
    return text.partition("<")[0]


def has_parts(text: str) -> bool:
    """Whether it is no scalar: whether the kernel must know it to read its values."""
    return text not in SCALARS


def is_structured(text: str) -> bool:
    """Whether it holds values of other types."""
    return kind_of(text) in {"list", "map", "struct"}


def list_of(type_name: str, *, nullable: bool) -> str:
    """A list of items of a type."""
    return Structure("list", (Part("", type_name, nullable),)).text


def decimal_of(precision: int, scale: int) -> str:
    """A decimal of so many digits, of which `scale` stand behind the point."""
    return Structure("decimal", (), precision, scale).text


def item_of(text: str) -> Part:
    """What a list's items are, or a map's values."""
    return structure(text).parts[-1]


def united(one: str, other: str) -> str | None:
    """The type that holds the values of both, if they differ at most in what may be null; else None."""
    if one == other:
        return one
    left, right = structure(one), structure(other)
    if left.kind != right.kind or left.kind == "decimal" or len(left.parts) != len(right.parts):
        return None
    parts = []
    for mine, theirs in zip(left.parts, right.parts, strict=True):
        both = united(mine.type, theirs.type) if mine.name == theirs.name else None
        if both is None:
            return None
        parts.append(Part(mine.name, both, mine.nullable or theirs.nullable))
    return Structure(left.kind, tuple(parts)).text if parts else None


def match(pattern: str, text: str, bound: Mapping[str, str], *, nullable: bool = False) -> dict[str, str] | None:
    """What the letters of a pattern, as in `list<T>`, stand for in a type; None if that is of another form.

    A letter stands for a type, the same wherever it stands (but for what may be null within it), with `?` where what it
    stands for may be null somewhere. `bound` holds those that are known.
    """
    if len(pattern) == 1:
        both = united(bound.get(pattern, text).removesuffix("?"), text)
        mark = "?" if nullable or bound.get(pattern, "").endswith("?") else ""
        return None if both is None else {**bound, pattern: f"{both}{mark}"}
    if "<" not in pattern:
        return dict(bound) if pattern in {text, kind_of(text)} else None
    kind, inner = pattern[:-1].split("<", 1)
    wanted = inner.split(", ")
    if kind != kind_of(text) or kind in {"struct", "decimal"}:
        return None
    found: dict[str, str] | None = dict(bound)
    for each, part in zip(wanted, structure(text).parts, strict=True):
        found = None if found is None else match(each, part.type, found, nullable=part.nullable)
    return found


def filled(pattern: str, bound: Mapping[str, str]) -> str:
    """A pattern with its letters replaced by what they stand for, as far as they are bound."""
    return _LETTER.sub(lambda letter: bound.get(letter.group(), letter.group()), pattern).removesuffix("?")


def is_type(text: str) -> bool:
    """Whether a text is a type, and no pattern with a letter left."""
    return not _LETTER.search(text)


class _Tokens:
    """What a text of a type is made of, one after another."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._next = 0

    def _split(self, text: str) -> Iterator[str]:
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.wrong()
            yield found.group(1)
            at = found.end()

    def wrong(self) -> ValueError:
        return ValueError(f"{self._text!r} is no type")

    def left(self) -> bool:
        return self._next < len(self._tokens)

    def peek(self) -> str:
        return self._tokens[self._next] if self.left() else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise self.wrong()
        self._next += 1
        return token


def _type(tokens: _Tokens) -> Structure:
    kind = tokens.take()
    if kind in SCALARS:
        return Structure(kind)
    tokens.take("<")
    if kind == "decimal":
        precision = int(tokens.take())
        tokens.take(",")
        found = Structure(kind, (), precision, int(tokens.take()))
    else:
        parts = [_part(tokens, named=kind == "struct")]
        while tokens.peek() == ",":
            tokens.take(",")
            parts.append(_part(tokens, named=kind == "struct"))
        found = Structure(kind, tuple(parts))
    tokens.take(">")
    if (kind, len(found.parts)) not in {("decimal", 0), ("list", 1), ("map", 2)} and kind != "struct":
        raise tokens.wrong()
    return found


def _part(tokens: _Tokens, *, named: bool) -> Part:
    name = tokens.take() if named else ""
    if named:
        tokens.take(":")
    inner = _type(tokens).text
    nullable = tokens.peek() == "?"
    if nullable:
        tokens.take("?")
    return Part(name, inner, nullable)
