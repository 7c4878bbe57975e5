"""The kernel's encoding of lists, maps, structs and decimals (docs/decoding.md) as values of Python, for tests."""

from __future__ import annotations

import struct
from typing import Any

from featlang.compiler.structures import Structure, structure
from featlang.stdlib.aggregates.decimal_values import decimal_value


def value_of(encoded: bytes, type_name: str) -> Any:
    """A list and a struct as a tuple, a map as a tuple of pairs, a decimal as `Decimal`."""
    value, end = _value(encoded, 0, structure(type_name))
    if end != len(encoded):
        message = f"{encoded.hex()} is no {type_name}"
        raise ValueError(message)
    return value


def _part(data: bytes, at: int, kind: Structure) -> tuple[Any, int]:
    return (None, at + 1) if data[at] == 0 else _value(data, at + 1, kind)


def _value(data: bytes, at: int, kind: Structure) -> tuple[Any, int]:
    parts = [structure(part.type) for part in kind.parts]
    match kind.kind:
        case "list" | "map":
            found = []
            while data[at]:
                entry, at = _several(data, at + 1, parts)
                found.append(entry if kind.kind == "map" else entry[0])
            return tuple(found), at + 1
        case "struct":
            return _several(data, at, parts)
        case "decimal":
            return decimal_value(int.from_bytes(data[at : at + 16], "big") - 2**127, kind.scale), at + 16
        case "bool":
            return bool(data[at]), at + 1
        case "float":
            bits = int.from_bytes(data[at : at + 8], "big")
            plain = bits ^ 2**63 if bits >> 63 else bits ^ (2**64 - 1)
            return struct.unpack(">d", plain.to_bytes(8, "big"))[0], at + 8
        case "string" | "bytes":
            end = at
            while data[end : end + 2] != b"\x00\x00":
                end += 2 if data[end] == 0 else 1
            value = data[at:end].replace(b"\x00\xff", b"\x00")
            return value.decode("utf-8") if kind.kind == "string" else value, end + 2
        case _:
            return int.from_bytes(data[at : at + 8], "big") - 2**63, at + 8


def _several(data: bytes, at: int, kinds: list[Structure]) -> tuple[tuple[Any, ...], int]:
    found = []
    for kind in kinds:
        value, at = _part(data, at, kind)
        found.append(value)
    return tuple(found), at
