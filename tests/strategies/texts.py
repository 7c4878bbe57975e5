"""Events as bytes: the many ways in which the same values can be written in JSON and CSV (docs/decoding.md)."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from featlang.compiler.structures import kind_of, structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from random import Random

    from featlang.compiler import ir

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UNIT_MICROSECONDS = {"s": 1_000_000, "ms": 1000, "us": 1}
NOT_FINITE = "not finite"
"""Stands for a NaN or an infinity among the values of an event."""


def representable(column: ir.Column, value: Any) -> Any:
    """Round a time down to what the column's unit can write; other values stay."""
    if column.type not in ("timestamp", "duration") or value is None or column.unit is None:
        return value
    if column.unit == "ns":
        return max(-(2**63) // 1000 + 1, min(2**63 // 1000 - 1, value))
    return value // UNIT_MICROSECONDS[column.unit] * UNIT_MICROSECONDS[column.unit]


def json_line(random: Random, columns: Sequence[ir.Column], values: Mapping[str, Any]) -> bytes:
    """Write an event as a line of JSON: any order, spaces, escapes; nulls maybe absent; maybe with unknown fields."""
    members = [
        (_json_text(random, column.name), _json_value(random, column, values[column.name]))
        for column in columns
        if values[column.name] is not None or random.random() < 0.5
    ]
    if random.random() < 0.2:
        unknown = random.choice(('{"a":[1,2,{"b":null}]}', "1e999", "[[[[]]]]", '"\\ud83d\\ude00"', "-0", '"\\u0000"'))
        members.append(('"unknown field"', unknown))
    if random.random() < 0.3:
        random.shuffle(members)
    space = random.choice(("", "", "", " ", "\t"))
    text = f",{space}".join(f"{name}{space}:{space}{value}" for name, value in members)
    return f"{space}{{{text}{space}}}{space}".encode()


def csv_line(random: Random, columns: Sequence[ir.Column], values: Mapping[str, Any], null: str) -> bytes:
    """Write an event as a CSV record with the columns in the given order; fields are quoted by need, or at times."""
    return ",".join(_csv_field(random, column, values[column.name], null) for column in columns).encode()


def _json_text(random: Random, text: str) -> str:
    written = json.dumps(text, ensure_ascii=random.random() < 0.3)
    if text and random.random() < 0.05:  # every character escaped, astral ones as two surrogates
        units = text.encode("utf-16-be")
        pairs = zip(units[::2], units[1::2], strict=True)
        return '"' + "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs) + '"'
    return written


def _json_value(random: Random, column: ir.Column, value: Any) -> str:
    if value is None:
        return "null"
    if value is NOT_FINITE:
        return random.choice(("1e400", "-1e400", "1" + "0" * 400))
    match column.type:
        case "bool":
            return "true" if value else "false"
        case "string":
            return _json_text(random, value)
        case "bytes":
            return _json_text(random, base64.b64encode(value).decode())
        case _ if kind_of(column.type) in {"decimal", "list", "map", "struct"}:
            return _json_holding(random, column, value)
        case _:
            written = number_or_time(random, column, value)
            is_text = column.type == "date" or (column.type == "timestamp" and column.unit is None)
            return f'"{written}"' if is_text else written


def _json_holding(random: Random, column: ir.Column, value: Any) -> str:
    """Write a decimal, list, map or struct."""
    kind = structure(column.type)
    if kind.kind == "decimal":
        written = _decimal_text(random, value)
        return f'"{written}"' if random.random() < 0.3 else written.removeprefix("+")
    inner = [column.model_copy(update={"type": part.type}) for part in kind.parts]
    space = random.choice(("", "", " "))
    if kind.kind == "list":
        items = [_json_value(random, inner[0], item) for item in value]
        return f"[{space}{f'{space},{space}'.join(items)}{space}]"
    if kind.kind == "map":
        members = [(_json_text(random, str(key)), _json_value(random, inner[1], item)) for key, item in value]
    else:
        members = [
            (_json_text(random, part.name), _json_value(random, each, item))
            for part, each, item in zip(kind.parts, inner, value, strict=True)
            if item is not None or random.random() < 0.5
        ]
        if random.random() < 0.2:
            members.append(('"unknown"', random.choice(("null", "[{}]", '{"a":[1,{}]}', '"]"', "1e9"))))
    if random.random() < 0.3:
        random.shuffle(members)
    return f"{{{space}{f'{space},'.join(f'{name}{space}:{space}{item}' for name, item in members)}{space}}}"


def _decimal_text(random: Random, value: Decimal) -> str:
    plain = format(value, "f")
    if random.random() < 0.3:
        return f"{value:.{max(len(value.as_tuple().digits) - 1, 0)}e}".replace("e+", random.choice(("e", "E+", "e+0")))
    return plain.rstrip("0").rstrip(".") if "." in plain and random.random() < 0.3 else plain


def _csv_field(random: Random, column: ir.Column, value: Any, null: str) -> str:
    if value is None:
        return random.choice(("", null))
    match column.type:
        case "bool":
            text = random.choice((str(value), str(value).lower(), str(value).upper()))
        case "string":
            text = value
        case "bytes":
            text = base64.b64encode(value).decode()
        case _ if kind_of(column.type) == "decimal":
            text = _decimal_text(random, value)
        case _ if value is NOT_FINITE:
            text = random.choice(("NaN", "nan", "Infinity", "-Infinity", "inf", "-inf", "+inf", "1e400", " NaN "))
        case _:
            text = number_or_time(random, column, value)
            if column.type in ("int", "duration") and value >= 0 and random.random() < 0.2:
                text = f"+00{text}"
            if column.type != "date" and random.random() < 0.2:
                text = f" {text} "
    if text in ("", null) or any(mark in text for mark in ',"\r\n') or random.random() < 0.1:
        text = text.replace('"', '""')
        return f'"{text}"'
    return text


def number_or_time(random: Random, column: ir.Column, value: Any) -> str:
    """Write an int, float, timestamp, duration or date, without quotes."""
    match column.type:
        case "float":
            return _float_text(random, value)
        case "date":
            return (EPOCH + timedelta(days=value)).date().isoformat()
        case "timestamp" if column.unit is None:
            return _instant_text(random, column, value)
        case "timestamp" | "duration" if column.unit == "ns":
            return str(value * 1000 + random.choice((0, 1, 999)))
        case "timestamp" | "duration":
            return str(value // UNIT_MICROSECONDS[column.unit or "us"])
        case _:
            return str(value)


def _float_text(random: Random, value: float) -> str:
    if value == int(value) and abs(value) < 1e16 and random.random() < 0.5:
        return "-0" if str(value) == "-0.0" else str(int(value))
    return random.choice((repr(value), repr(value).upper(), f"{value:.17e}"))


def _instant_text(random: Random, column: ir.Column, value: int) -> str:
    far_from_edges = -62_000_000_000_000_000 < value < 253_000_000_000_000_000
    minutes = random.choice((0, 0, 60, -330, 1080, -719)) if far_from_edges else 0
    moment = EPOCH + timedelta(microseconds=value) + timedelta(minutes=minutes)
    day = f"{moment.year:04}-{moment.month:02}-{moment.day:02}"
    clock = f"{moment.hour:02}:{moment.minute:02}"
    if moment.second or moment.microsecond or random.random() < 0.7:
        clock += f":{moment.second:02}"
        if moment.microsecond or random.random() < 0.3:
            clock += random.choice(".,") + f"{moment.microsecond:06}" + random.choice(("", "", "9", "999999"))
    if minutes == 0:
        offset = random.choice(("Z", "z", "+00:00", "-0000", *([""] * 3 if column.zone else [])))
    else:
        hours, rest = divmod(abs(minutes), 60)
        sign = "-" if minutes < 0 else "+"
        offset = random.choice((f"{sign}{hours:02}:{rest:02}", f"{sign}{hours:02}{rest:02}"))
        if rest == 0 and random.random() < 0.3:
            offset = f"{sign}{hours:02}"
    return f"{day}{random.choice('T ')}{clock}{offset}"
