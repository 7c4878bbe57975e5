"""Typed escapers: the only way by which a name or a literal of a definition gets into generated Java."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from featlang.compiler import ir
from featlang.compiler.structures import has_parts, kind_of

_CHUNK = 10_000  # a class file's string constant holds at most 65,535 bytes

_JAVA_TYPES: dict[str, str] = {
    "bool": "boolean",
    "int": "long",
    "float": "double",
    "timestamp": "long",
    "duration": "long",
    "date": "long",
}
"""The Java type in which generated code holds a value of a type; bytes for all others."""

ZERO: dict[str, str] = {"boolean": "false", "long": "0L", "double": "0.0", "byte[]": "null"}
"""What a variable holds while its value is null."""


def type_of(type_name: ir.TypeName) -> str:
    """The Java type in which generated code holds a value of a type."""
    return _JAVA_TYPES.get(type_name, "byte[]")


def structure(type_name: ir.TypeName) -> str:
    """A Java expression for the `Structure` of a type with parts."""
    return f"Structure.of({string(type_name)})"


def string(text: str) -> str:
    """A Java expression for the String `text`."""
    chunks = [_quoted(text[i : i + _CHUNK]) for i in range(0, len(text), _CHUNK)] or ['""']
    return chunks[0] if len(chunks) == 1 else f'String.join("", {", ".join(chunks)})'


def _quoted(text: str) -> str:
    return '"' + "".join(_character(c) for c in text) + '"'


def _character(character: str) -> str:
    code = ord(character)
    if character.isascii() and (character.isalnum() or character in " _-.,:;/()<>=+*!?@#$%&[]{}|~^'"):
        return character
    # Java undoes \uXXXX before it finds where a text ends, so quotes and controls are written in octal.
    if character.isascii():
        return f"\\{code:03o}"
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def comment(text: str) -> str:
    """`text` for a Java comment: nothing in it can end the comment or be undone as an escape."""
    return "".join(c if c.isascii() and c.isprintable() and c not in "\\*" else "?" for c in text)


def boolean(value: object) -> str:
    """A Java boolean literal."""
    return "true" if value else "false"


def long(value: int) -> str:
    """A Java long literal of an int64."""
    if not -(2**63) <= value < 2**63:
        message = f"{value} is not an int64"
        raise ValueError(message)
    return "Long.MIN_VALUE" if value == -(2**63) else f"{value}L"


def long_or_none(value: int | None) -> str:
    """A Java long literal of an int64 that is not negative; -1 for None."""
    return long(-1 if value is None else value)


def double(value: float) -> str:
    """A Java double literal of a finite float, exact to the bit."""
    return float(value).hex()


def identity(hexadecimal: str) -> str:
    """A Java long literal of 16 hex digits."""
    return f"0x{int(hexadecimal, 16):016x}L"


def longs(items: list[str]) -> str:
    """A Java `long[]` of literals."""
    return f"new long[] {{{', '.join(items)}}}"


def ints(items: list[int]) -> str:
    """A Java `int[]`."""
    return f"new int[] {{{', '.join(map(str, items))}}}"


def strings(items: list[str]) -> str:
    """A Java `String[]`."""
    return f"new String[] {{{', '.join(map(string, items))}}}"


def items(type_name: ir.TypeName, values: Sequence[Any]) -> str:
    """A Java expression for the table of a list's constants, none of which is null."""
    match type_of(type_name):
        case "long":
            return f"Items.longs({string(','.join(map(str, values)))})"
        case "double":
            return f"Items.doubles({string(','.join(double(float(value)) for value in values))})"
        case _ if kind_of(type_name) == "decimal":
            return f"Items.decimals({string(','.join(values))})"
        case _:
            return f"Items.texts({string(''.join(map(_sized, values)))})"


def encoded_items(type_name: ir.TypeName, values: Sequence[Any]) -> str:
    """A Java expression for constants as a list holds them, one after another."""
    return f"Items.encoded(Type.{kind_of(type_name).upper()}, {_texts(type_name, values)})"


def encoded_part(type_name: ir.TypeName, value: Any) -> str:
    """A Java expression for one constant as it is compared with the parts of a list or a map."""
    return f"Items.part(Type.{kind_of(type_name).upper()}, {_texts(type_name, [value])})"


def _texts(type_name: ir.TypeName, values: Sequence[Any]) -> str:
    """A Java expression for the text of constants, each behind its length."""
    match type_of(type_name):
        case "boolean":
            texts = [None if value is None else boolean(value) for value in values]
        case "double":
            texts = [None if value is None else double(float(value)) for value in values]
        case _:
            texts = [None if value is None else str(value) for value in values]
    return string("".join(map(_sized, texts)))


def _sized(text: str | None) -> str:
    """A text behind its length in Java's chars; null has the length -1."""
    return "-1:" if text is None else f"{len(text.encode('utf-16-le')) // 2}:{text}"


def column(
    name: str, type_name: ir.TypeName, *, nullable: bool, unit: str | None = None, zone: str | None = None
) -> str:
    """A Java `Column`."""
    unit_text = "null" if unit is None else string(unit)
    kind = structure(type_name) if has_parts(type_name) else f"Type.{type_name.upper()}"
    return f"new Column({string(name)}, {kind}, {boolean(nullable)}, {unit_text}, {boolean(zone)})"
