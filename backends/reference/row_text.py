"""A Parquet row as one line of JSON, for people who look at a reject: its declared columns as the file holds them.

Times are µs, dates days, durations as they stand, decimals texts, bytes base64, and so is a string that is not UTF-8.
"""

from __future__ import annotations

import base64
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.json_text import quoted
from featlang.compiler.structures import Structure, structure
from featlang.stdlib.aggregates.decimal_values import decimal_value
from featlang.stdlib.aggregates.exact import nearest_int

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from featlang.compiler import ir

MOST_UNSCALED = 2**127 - 1
"""What a number of more digits is shown as."""


def row_as_json(cells: Mapping[str, Any], columns: tuple[ir.Column, ...]) -> bytes:
    """Give the bytes, which the kernel's are too."""
    return _object((quoted(column.name), _text(cells[column.name], column.type)) for column in columns).encode("utf-8")


def _object(members: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


def _text(cell: Any, type_name: ir.TypeName) -> str:
    if cell is None:
        return "null"
    kind = structure(type_name)
    parts = kind.parts
    match kind.kind:
        case "list":
            return "[" + ",".join(_text(item, parts[0].type) for item in cell) + "]"
        case "map":
            return _object((_key(key), _text(item, parts[1].type)) for key, item in cell)
        case "struct":
            return _object((quoted(part.name), _text(cell[part.name], part.type)) for part in parts)
        case "bool":
            return "true" if cell else "false"
        case "float":
            return _float(float(cell))
        case "string":
            return _string(cell)
        case "bytes":
            return quoted(base64.b64encode(cell).decode("ascii"))
        case "decimal":
            return quoted(_decimal(cell, kind))
        case _:
            return str(nearest_int(cell))


def _key(key: bytes | int) -> str:
    return _string(key) if isinstance(key, bytes) else quoted(str(key))


def _string(cell: bytes) -> str:
    try:
        return quoted(cell.decode("utf-8"))
    except UnicodeDecodeError:
        return quoted(base64.b64encode(cell).decode("ascii"))


def _float(number: float) -> str:
    if math.isfinite(number):
        return repr(number or 0.0)
    return quoted("NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity")


def _decimal(number: Decimal | int, kind: Structure) -> str:
    unscaled = int(Fraction(number) * 10**kind.scale)
    return f"{decimal_value(max(-MOST_UNSCALED, min(unscaled, MOST_UNSCALED)), kind.scale):f}"
