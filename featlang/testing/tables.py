"""Small tables of text, `a | b` over lines, and the values of their cells.

A cell is what one would write by hand: `null`, `12`, `0.5`, `true`, `2026-01-01T00:00:00Z` (without offset: UTC),
`2026-01-01`, `5m`, a bare text, or a text in quotes where it holds `|`, spaces at its ends, or would be read as
`null`. Lists, maps and structs are JSON, as in `["a", "b"]`. `~0.333` in an expectation is met by what rounds to it.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

from featlang.backends.reference import json_values
from featlang.compiler import ir
from featlang.compiler.structures import MAX_PRECISION, Part, is_structured, kind_of, structure
from featlang.dsl.build import MICROSECONDS
from featlang.stdlib.aggregates.decimal_values import decimal_value
from featlang.stdlib.aggregates.order import order_key
from featlang.stdlib.functions import text_times as times

PER_UNIT = {"s": 1_000_000, "ms": 1_000, "us": 1}
_DURATION = re.compile(r"(-?)([0-9]{1,19})(us|ms|[smhdw])")
_INT = re.compile(r"-?0*[0-9]{1,19}")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_RULE = re.compile(r"[|\-: ]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_INT64 = range(-(2**63), 2**63)
_SHOWN = 60
"""How much of a wrong cell a message shows, in characters."""


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
    if is_structured(kind):
        return _holding(text, kind)
    if kind_of(kind) == "decimal":
        return _decimal(text, kind)
    if near and kind == "float" and text.startswith("~") and _FLOAT.fullmatch(text[1:]):
        return Near(text[1:])
    found = _READERS[kind](text)
    if found is None:
        message = f"{_shown(text)} is no {kind}; {_WRITTEN[kind]}"
        raise CellError(message)
    return found


def _holding(text: str, kind: ir.TypeName) -> Any:
    """A list, map or struct in JSON, whose texts are cells; in quotes too, as in a row of YAML."""
    text = _string(text) or text
    try:
        found = json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=_each_key_once)
    except CellError:
        raise
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list | dict):
        example = "`[1, 2]`" if kind_of(kind) == "list" else '`{"a": 1}`'
        message = f"{_shown(text)} is no {kind}; write it in JSON, as in {example}"
        raise CellError(message)
    return _part(found, Part("", kind, nullable=True))


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, part in pairs:
        if name in found:
            message = f"the key {_shown(json.dumps(name, ensure_ascii=False))} is written twice; keep one"
            raise CellError(message)
        found[name] = part
    return found


def _shown(text: str) -> str:
    return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text or "nothing"


def _part(found: Any, part: Part) -> Any:
    """What JSON has for a part of a value."""
    kind = structure(part.type)
    if found is None:
        return None
    if kind.kind == "list" and isinstance(found, list):
        return tuple(_part(item, kind.parts[0]) for item in found)
    if kind.kind == "map" and isinstance(found, dict):
        key, held = kind.parts
        entries = [
            (value(name, key.type) if key.type == "int" else name, _part(item, held)) for name, item in found.items()
        ]
        if len({name for name, _ in entries}) < len(entries):
            message = f"a key of `{part.type}` is written twice, as in `1` and `01`; keep one"
            raise CellError(message)
        return tuple(sorted(entries, key=lambda entry: order_key(entry[0])))
    if kind.kind == "struct" and isinstance(found, dict):
        unknown = [name for name in found if name not in {each.name for each in kind.parts}]
        if unknown:
            message = f"`{part.type}` has no field `{unknown[0]}`"
            raise CellError(message)
        return tuple(_part(found.get(each.name), each) for each in kind.parts)
    if isinstance(found, bool):
        found = str(found).lower()
    if not isinstance(found, str):
        message = f"a {'list' if isinstance(found, list) else 'map'} is no {part.type}"
        raise CellError(message)
    return found if part.type == "string" else value(found, part.type)


def _decimal(text: str, kind: ir.TypeName) -> Decimal:
    wanted = structure(kind)
    if _FLOAT.fullmatch(text) and len(text) <= MAX_PRECISION + 10:
        unscaled = wanted.unscaled(Fraction(text))
        if unscaled is not None:
            return decimal_value(unscaled, wanted.scale)
    message = f"{_shown(text)} is no {kind}; write it as in `{decimal_value(1250, 2) if wanted.scale else 12}`"
    raise CellError(message)


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
    except ValueError:
        return None


_READERS: dict[str, Callable[[str], Any]] = {
    "bool": {"true": True, "false": False}.get,
    "int": _int,
    "float": _float,
    "string": _string,
    "timestamp": lambda text: times.microseconds_from_text(text, zone_is_utc=True),
    "date": times.days_from_date,
    "duration": _duration,
    "bytes": _bytes,
}
_WRITTEN: dict[str, str] = {
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
    if is_structured(kind):
        return _without_parameters(_json(json_values.as_json(found, kind, _in_json)))
    match kind:
        case "bool":
            return "true" if found else "false"
        case "float":
            return repr(found)
        case "string":
            return _without_parameters(_json(found)) if "${" in found else quoted(found)
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


def _in_json(found: Any, kind: ir.TypeName) -> Any:
    """A scalar or decimal in JSON, as `_part` reads it back."""
    return found if kind in {"bool", "int", "float", "string"} else written(found, kind)


def quoted(text: str) -> str:
    """A text as a cell, bare where it can be; `${…}` in it stays a parameter."""
    bare = text and text == text.strip() and not set(text) & set('|"\\') and text.isprintable()
    other = text == "null" or text.startswith(("#", "~")) or _RULE.fullmatch(text)
    return text if bare and not other else _json(text)


def _json(found: Any) -> str:
    """JSON in which what no YAML file may hold is escaped."""
    text = json.dumps(found, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _without_parameters(text: str) -> str:
    return text.replace("${", "\\u0024{")


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

    def scalar(found: Any, kind: ir.TypeName) -> Any:
        if kind in {"timestamp", "duration"} and column.unit is not None:
            return found * 1_000 if column.unit == "ns" else _in_unit(found, PER_UNIT[column.unit])
        return _in_json(found, kind)

    return json_values.as_json(found, column.type, scalar)


def _in_unit(microseconds: int, length: int) -> int | float:
    return microseconds // length if microseconds % length == 0 else microseconds / length
