"""Functions of texts, and between texts and numbers."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.aggregates.exact import INT_MAX, INT_MIN
from featlang.stdlib.functions.declaration import UNDEFINED, FunctionDeclaration, Signature

KERNEL = "TextFunctions"

LONGEST = 16 * 2**20
"""The longest text that a function makes, in bytes of UTF-8: as long as the longest record."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def _undefined() -> Exceptional:
    return Exceptional(UNDEFINED)


def fitting_text(text: str) -> str:
    """The text, unless it is longer than any may be."""
    if len(text) * 4 > LONGEST and len(text.encode("utf-8")) > LONGEST:
        raise Exceptional("overflow")
    return text


def _substr(text: str, start: int, length: int) -> str:
    if start < 0 or length < 0:
        raise _undefined()
    return text[start : start + length]


def _index_of(text: Any, part: Any) -> int:
    if isinstance(text, tuple):
        if part not in text:
            raise _undefined()
        return text.index(part)
    found: int = text.find(part)
    if found < 0:
        raise _undefined()
    return found


def _split_part(text: str, separator: str, index: int) -> str:
    parts = text.split(separator) if separator else [text]
    if not 0 <= index < len(parts):
        raise _undefined()
    return parts[index]


def _replace(text: str, part: str, by: str) -> str:
    if not part:
        return text
    if by and len(text) // len(part) * len(by) > LONGEST:  # before it is made
        length = len(text.encode("utf-8")) + text.count(part) * (len(by.encode("utf-8")) - len(part.encode("utf-8")))
        if length > LONGEST:
            raise Exceptional("overflow")
    return fitting_text(text.replace(part, by))


def _to_float(value: Any) -> float:
    if not isinstance(value, str):
        return float(value)
    text = value.strip(" ")
    if not _NUMBER.fullmatch(text):
        raise _undefined()
    found = float(text)
    if not math.isfinite(found):
        raise _undefined()
    return found + 0.0


def _to_int(value: Any) -> int:
    if isinstance(value, float | Decimal):
        found = math.trunc(value)
    elif isinstance(value, str):
        text = value.strip(" ")
        digits = text.lstrip("+-0")
        if not _INTEGER.fullmatch(text) or len(digits) > 19:
            raise _undefined()
        found = int(digits or "0") * (-1 if text.startswith("-") else 1)
    else:
        found = int(value)
    if not INT_MIN <= found <= INT_MAX:
        raise _undefined()
    return found


def _to_string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if isinstance(value, str) else repr(value)


TEXT = (Signature(("string",), "string"),)
PAIR = (Signature(("string", "string"), "bool"),)

TEXTS = (
    FunctionDeclaration(
        "length",
        "The number of characters (code points) of a text, of bytes, of a list's items or of a map's entries.",
        ("text",),
        (
            Signature(("string",), "int"),
            Signature(("bytes",), "int", "lengthOfBytes"),
            Signature(("list<T>",), "int", "ListFunctions.length"),
            Signature(("map<K, V>",), "int", "ListFunctions.length"),
        ),
        len,
        KERNEL,
        ('length("naïve")', "5"),
    ),
    FunctionDeclaration(
        "lower",
        "The text with small letters instead of the 26 capital ones of ASCII; other characters stay.",
        ("text",),
        TEXT,
        lambda text: text.translate(_LOWER),
        KERNEL,
        ('lower("ÀB")', '"Àb"'),
    ),
    FunctionDeclaration(
        "upper",
        "The text with capital letters instead of the 26 small ones of ASCII; other characters stay.",
        ("text",),
        TEXT,
        lambda text: text.translate(_UPPER),
        KERNEL,
        ('upper("àb")', '"àB"'),
    ),
    FunctionDeclaration(
        "trim",
        "The text without the spaces (U+0020) at its ends.",
        ("text",),
        TEXT,
        lambda text: text.strip(" "),
        KERNEL,
        ('trim("  a b ")', '"a b"'),
    ),
    FunctionDeclaration(
        "substr",
        "So many characters from a place on, the first of which is 0: as many of them as there are. Null where the "
        "place or the number is below 0.",
        ("text", "start", "length"),
        (Signature(("string", "int", "int"), "string"),),
        _substr,
        KERNEL,
        ('substr("abcdef", 2, 3)', '"cde"'),
        partial=True,
        defaults=(2**31 - 1,),
    ),
    FunctionDeclaration(
        "concat",
        "The texts one after another; null if one of them is, and where it would be longer than 16 MiB.",
        ("first", "second"),
        (Signature(("string", "string"), "string"),),
        lambda *texts: fitting_text("".join(texts)),
        KERNEL,
        ('concat("a", "b", "c")', '"abc"'),
        variadic=True,
    ),
    FunctionDeclaration(
        "contains",
        "Whether a text holds another.",
        ("text", "part"),
        PAIR,
        lambda text, part: part in text,
        KERNEL,
        ('contains("/cart/pay", "cart")', "true"),
    ),
    FunctionDeclaration(
        "starts_with",
        "Whether a text begins with another.",
        ("text", "start"),
        PAIR,
        lambda text, start: text.startswith(start),
        KERNEL,
        ('starts_with("/cart/pay", "/cart")', "true"),
    ),
    FunctionDeclaration(
        "ends_with",
        "Whether a text ends with another.",
        ("text", "end"),
        PAIR,
        lambda text, end: text.endswith(end),
        KERNEL,
        ('ends_with("a.html", ".html")', "true"),
    ),
    FunctionDeclaration(
        "index_of",
        "Where a text first holds another, in characters, or a list an item, from 0; null where it does not.",
        ("text", "part"),
        (Signature(("string", "string"), "int"), Signature(("list<T>", "T"), "int", "ListFunctions.indexOf")),
        _index_of,
        KERNEL,
        ('index_of("abc", "c")', "2"),
        partial=True,
    ),
    FunctionDeclaration(
        "replace",
        "The text with another part wherever a part stands, from left to right; the empty part stands nowhere.",
        ("text", "part", "by"),
        (Signature(("string", "string", "string"), "string"),),
        _replace,
        KERNEL,
        ('replace("a-b-c", "-", "_")', '"a_b_c"'),
    ),
    FunctionDeclaration(
        "split_part",
        "The part of that number, from 0, between separators; null where there is none.",
        ("text", "separator", "index"),
        (Signature(("string", "string", "int"), "string"),),
        _split_part,
        KERNEL,
        ('split_part("/news/2026/01", "/", 1)', '"news"'),
        partial=True,
    ),
    FunctionDeclaration(
        "to_float",
        "A number as a float. A text is ASCII digits with sign, point and exponent, spaces around it; else null.",
        ("value",),
        (
            Signature(("int",), "float"),
            Signature(("float",), "float"),
            Signature(("string",), "float"),
            Signature(("decimal",), "float", "DecimalFunctions.toFloat"),
        ),
        _to_float,
        KERNEL,
        ('to_float("1.5")', "1.5"),
        partial=True,
    ),
    FunctionDeclaration(
        "to_int",
        "A number as an int: a float or decimal is truncated towards zero, a text is ASCII digits with a sign, spaces "
        "around it, true is 1. Null where no int is that large, and of other texts.",
        ("value",),
        (
            Signature(("int",), "int"),
            Signature(("float",), "int"),
            Signature(("string",), "int"),
            Signature(("bool",), "int"),
            Signature(("decimal",), "int", "DecimalFunctions.toInt"),
        ),
        _to_int,
        KERNEL,
        ("to_int(-1.9)", "-1"),
        partial=True,
    ),
    FunctionDeclaration(
        "to_string",
        "A value as text: a float with the fewest digits that give it back, as in 0.1 and 1e+23, a decimal with all of "
        "its digits.",
        ("value",),
        (
            Signature(("string",), "string"),
            Signature(("int",), "string"),
            Signature(("float",), "string"),
            Signature(("bool",), "string"),
            Signature(("decimal",), "string", "DecimalFunctions.toString"),
        ),
        _to_string,
        KERNEL,
        ("to_string(0.1)", '"0.1"'),
    ),
)
