"""Small tables of text, `a | b` over lines, and the values of their cells.

A cell is what one would write by hand: `null`, `12`, `0.5`, `true`, `2026-01-01T00:00:00Z` (without offset: UTC),
`2026-01-01`, `5m`, a bare text, or a text in quotes where it holds `|`, spaces at its ends, or would be read as
`null`. `~0.333` in an expectation is met by what rounds to it.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from featlang.compiler import ir
from featlang.dsl.build import MICROSECONDS
from featlang.stdlib.functions import text_times as times

PER_UNIT = {"s": 1_000_000, "ms": 1_000, "us": 1}
_DURATION = re.compile(r"(-?)([0-9]+)(us|ms|[smhdw])")
_INT = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_RULE = re.compile(r"[|\-: ]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_INT64 = range(-(2**63), 2**63)


class CellError(ValueError):
    """A cell that is no value of its column's type; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Near:
    """A float that is met by any that rounds to it: `~0.33`."""

    text: str

    def met_by(self, value: object) -> bool:
        """Whether a value, rounded to as many decimals as were written, is this one."""
        if not isinstance(value, float):
            return False
        decimals = len(self.text.partition(".")[2])
        return f"{value:.{decimals}f}" == f"{float(self.text):.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was written, and the offset of it in the table's text."""

    text: str
    start: int


def parse(text: str) -> tuple[list[Cell], list[list[Cell]]]:
    """The header and the rows; empty lines, rules (`---|---`) and lines that begin with `#` are left out."""
    lines: list[list[Cell]] = []
    start = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped and not stripped.startswith("#") and not (_RULE.fullmatch(stripped) and "-" in stripped):
            lines.append(list(_cells(line, start)))
        start += len(line) + 1
    return (lines[0], lines[1:]) if lines else ([], [])


def _cells(line: str, start: int) -> Iterator[Cell]:
    """The cells of a line; a `|` at its ends parts nothing."""
    inner = line.strip()
    begin = start + line.index(inner)
    if inner.startswith("|"):
        inner, begin = inner[1:], begin + 1
    inner = inner.removesuffix("|")
    quoted = escaped = False
    place = 0
    for i, character in enumerate([*inner, "|"]):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == "|" and (not quoted or i == len(inner)):
            text = inner[place:i]
            yield Cell(text.strip(), begin + place + len(text) - len(text.lstrip()))
            place = i + 1


def value(text: str, kind: ir.TypeName, *, near: bool = False) -> Any:
    """A cell's value as the reference has it: times and durations as µs, dates as days. Raises `CellError`."""
    if text == "null":
        return None
    if near and kind == "float" and text.startswith("~") and _FLOAT.fullmatch(text[1:]):
        return Near(text[1:])
    found = _READERS[kind](text)
    if found is None:
        message = f"{text or 'nothing'} is no {kind}; {_WRITTEN[kind]}"
        raise CellError(message)
    return found


def _int(text: str) -> int | None:
    return int(text) if _INT.fullmatch(text) and int(text) in _INT64 else None


def _float(text: str) -> float | None:
    return float(text) + 0.0 if _FLOAT.fullmatch(text) and math.isfinite(float(text)) else None


def _string(text: str) -> str | None:
    if not text.startswith('"'):
        return text
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def _duration(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    return None if found is None else int(found[1] + found[2]) * MICROSECONDS[found[3]]


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


_READERS: dict[ir.TypeName, Callable[[str], Any]] = {
    "bool": {"true": True, "false": False}.get,
    "int": _int,
    "float": _float,
    "string": _string,
    "timestamp": lambda text: times.microseconds_from_text(text, zone_is_utc=True),
    "date": times.days_from_date,
    "duration": _duration,
    "bytes": _bytes,
}
_WRITTEN: dict[ir.TypeName, str] = {
    "bool": "write `true` or `false`",
    "int": "write digits, as in `12`",
    "float": "write it as in `0.5`",
    "string": "close the quotes",
    "timestamp": "write it as in `2026-01-01T00:00:00Z`",
    "date": "write it as in `2026-01-01`",
    "duration": "write it as in `5m` or `250ms`",
    "bytes": "write it in base64",
}


def written(found: Any, kind: ir.TypeName) -> str:
    """A value as a cell, which `value` reads back."""
    if found is None:
        return "null"
    match kind:
        case "bool":
            return "true" if found else "false"
        case "float":
            return repr(found)
        case "string":
            return _quoted(found)
        case "timestamp":
            return _instant(found)
        case "date":
            return (_EPOCH + timedelta(days=found)).date().isoformat()
        case "duration":
            return _length(found)
        case "bytes":
            return base64.b64encode(found).decode("ascii")
        case _:
            return str(found)


def _quoted(text: str) -> str:
    bare = text and text == text.strip() and not set(text) & set('|"\n\r\\') and text.isprintable()
    return text if bare and text != "null" and not text.startswith(("#", "~")) else json.dumps(text, ensure_ascii=False)


def _instant(microseconds: int) -> str:
    moment = _EPOCH + timedelta(microseconds=microseconds)
    text = moment.isoformat(timespec="microseconds" if microseconds % 1_000_000 else "seconds")
    return text.replace("+00:00", "Z")


def _length(microseconds: int) -> str:
    unit = next((unit for unit, length in reversed(MICROSECONDS.items()) if microseconds % length == 0), "us")
    return f"{microseconds // MICROSECONDS[unit]}{unit}" if microseconds else "0s"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]


def as_json(column: ir.Column, found: Any) -> Any:
    """A value as a record of a source in JSON has it, with the column's unit."""
    if found is None:
        return None
    if column.type in {"timestamp", "duration"} and column.unit is not None:
        return found * 1_000 if column.unit == "ns" else _in_unit(found, PER_UNIT[column.unit])
    return found if column.type in {"bool", "int", "float", "string"} else written(found, column.type)


def _in_unit(microseconds: int, length: int) -> int | float:
    return microseconds // length if microseconds % length == 0 else microseconds / length
