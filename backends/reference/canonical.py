"""The canonical encoding of values, the tie key and the order of events (docs/decoding.md)."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

from featlang.compiler.structures import structure
from featlang.stdlib.aggregates.decimal_values import unscaled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from featlang.compiler import ir


def encode(value: Any, type_name: ir.TypeName) -> bytes:
    """Encode one value, so that unsigned bytes compare as values do, null first."""
    if value is None:
        return b"\x00"
    kind = structure(type_name)
    match kind.kind:
        case "decimal":
            return b"\x01" + (unscaled(value, kind.scale) + 2**127).to_bytes(16, "big")
        case "list":
            items = [b"\x01" + encode(item, kind.parts[0].type) for item in value]
            return b"\x01" + b"".join(items) + b"\x00"
        case "map":
            key, held = (part.type for part in kind.parts)
            entries = sorted((encode(name, key), encode(each, held)) for name, each in value)
            return b"\x01" + b"".join(b"\x01" + name + each for name, each in entries) + b"\x00"
        case "struct":
            return b"\x01" + b"".join(encode(each, part.type) for each, part in zip(value, kind.parts, strict=True))
    if type_name == "bool":
        return b"\x01\x01" if value else b"\x01\x00"
    if type_name == "float":
        return b"\x01" + _float(value)
    if type_name == "string":
        return b"\x01" + _terminated(value.encode("utf-8"))
    if type_name == "bytes":
        return b"\x01" + _terminated(value)
    return b"\x01" + integer(value)


def size_of(value: Any, type_name: ir.TypeName) -> int:
    """How many bytes `encode` gives."""
    if value is None:
        return 1
    kind = structure(type_name)
    parts = [part.type for part in kind.parts]
    match kind.kind:
        case "decimal":
            return 17
        case "list":
            return 2 + sum(1 + size_of(item, parts[0]) for item in value)
        case "map":
            return 2 + sum(1 + size_of(key, parts[0]) + size_of(each, parts[1]) for key, each in value)
        case "struct":
            return 1 + sum(map(size_of, value, parts))
        case "bool":
            return 2
        case "string" | "bytes":
            held: bytes = value.encode("utf-8") if kind.kind == "string" else value
            return 3 + len(held) + held.count(0)
        case _:
            return 9


def encode_all(values: dict[str, Any], columns: Iterable[ir.Column]) -> bytes:
    """Encode the values of the columns, one after another."""
    return b"".join(encode(values[column.name], column.type) for column in columns)


def integer(value: int) -> bytes:
    """Encode as 8 bytes, big-endian, with the sign bit flipped."""
    return (value + 2**63).to_bytes(8, "big")


def order(values: dict[str, Any], source: ir.Source) -> bytes:
    """Give an event's place in the declared order: its time, the columns of `ties`, the tie key."""
    by_name = {column.name: column for column in source.columns}
    ties = encode_all(values, [by_name[name] for name in source.ties])
    return integer(values[source.time]) + ties + tie_key(values, source)


def tie_key(values: dict[str, Any], source: ir.Source) -> bytes:
    """Give what orders the simultaneous events that `ties` does not: equal for events equal in all columns."""
    return hashlib.sha256(encode_all(values, source.columns)).digest()[:16]


def _float(value: float) -> bytes:
    bits = int.from_bytes(struct.pack(">d", value), "big")
    bits = bits ^ (2**64 - 1) if bits >> 63 else bits | 2**63
    return bits.to_bytes(8, "big")


def _terminated(text: bytes) -> bytes:
    return text.replace(b"\x00", b"\x00\xff") + b"\x00\x00"
