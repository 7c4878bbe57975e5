"""A record to the values of an event, or why it is a reject (docs/decoding.md, the checks in their order)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from featlang.backends.reference.cell_types import NullInside, OutOfRange, RepeatedKey, WrongType, reader_of
from featlang.backends.reference.csv_fields import Malformed, csv_fields
from featlang.backends.reference.json_text import NotJson, json_object

if TYPE_CHECKING:
    from featlang.backends.reference.records import Input, Record
    from featlang.compiler import ir

Code = Literal["malformed", "short", "long", "null_value", "type", "range"]


class Reject(Exception):  # noqa: N818 - an output of the language, not a failure
    """A record that is no event: the code, and a text for people."""

    def __init__(self, code: Code, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Decoded:
    """An event's values by declared column, and the columns whose NaN or infinity became null."""

    values: dict[str, Any]
    not_finite: tuple[str, ...]


def decode(source: ir.Source, given: Input, record: Record) -> Decoded:
    """Read the record's event. Raises `Reject`."""
    fields = _fields(given, record)
    values: dict[str, Any] = {}
    not_finite = []
    for column in source.columns:
        field = fields.get(column.name)
        if field is None and not column.nullable:
            raise Reject(code="null_value", text=f"column `{column.name}` is null")
        value = None if field is None else _value(given, column, field)
        values[column.name] = _finite(value)
        if values[column.name] != value:
            not_finite.append(column.name)
    if values[source.time] is None:
        raise Reject(code="null_value", text=f"column `{source.time}` is null")
    return Decoded(values, tuple(not_finite))


def _finite(value: Any) -> Any:
    """Give the value with null for each float in it that is not finite, and 0.0 for -0.0."""
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return tuple(_finite(part) for part in value) if isinstance(value, tuple) else value


def _value(given: Input, column: ir.Column, field: Any) -> Any:
    try:
        return reader_of(given.kind, column.type)(column, field)
    except NullInside:
        raise Reject(code="null_value", text=f"column `{column.name}` holds a null") from None
    except RepeatedKey:
        raise Reject(code="malformed", text=f"column `{column.name}` has a key twice") from None
    except WrongType:
        raise Reject(code="type", text=f"column `{column.name}` cannot be read as {column.type}") from None
    except OutOfRange:
        raise Reject(code="range", text=f"column `{column.name}` is out of the range of {column.type}") from None


def _fields(given: Input, record: Record) -> dict[str, Any]:
    """Split the record into fields by name: absent or None for null, otherwise what the format's readers take."""
    if record.too_long:
        raise Reject(code="malformed", text="longer than 16 MiB")
    if record.cells is not None:
        return dict(record.cells)
    try:
        text = record.raw.decode("utf-8")
        return json_object(text) if given.kind == "jsonl" else _csv_row(given, record, text)
    except UnicodeDecodeError as error:
        raise Reject(code="malformed", text=f"not UTF-8 at byte {error.start + 1}") from None
    except (NotJson, Malformed) as error:
        raise Reject(code="malformed", text=str(error)) from None


def _csv_row(given: Input, record: Record, text: str) -> dict[str, Any]:
    fields = csv_fields(text)
    if len(fields) != len(record.header):
        code: Code = "short" if len(fields) < len(record.header) else "long"
        raise Reject(code=code, text=f"{len(fields)} fields, the header has {len(record.header)}")
    nulls = {"", given.options.get("null", "")}
    return {
        name: None if not field.quoted and field.text in nulls else field
        for name, field in zip(record.header, fields, strict=True)
    }
