"""A record to the values of an event, or why it is a reject (docs/decoding.md, the checks in their order)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from featlang.backends.reference.avro import NotAvro, avro_fields
from featlang.backends.reference.cell_types import NullInside, OutOfRange, RepeatedKey, Unreadable, read_field
from featlang.backends.reference.csv_fields import Malformed, csv_fields
from featlang.backends.reference.debezium import NotEnvelope, row_of
from featlang.backends.reference.json_text import NotJson, json_object
from featlang.backends.reference.reject_text import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.backends.connectors.kafka.topics import Message
    from featlang.backends.reference.debezium import Places
    from featlang.backends.reference.records import Input, Record
    from featlang.compiler import ir

Code = Literal["malformed", "short", "long", "envelope", "null_value", "type", "range"]


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
    fields, places = _fields(source, given, record)
    message = record.message
    beside = {} if message is None else {each.name: _beside(message, each) for each in source.columns if each.is_beside}
    fields |= beside
    values: dict[str, Any] = {}
    not_finite = []
    for column in sorted(source.columns, key=lambda each: each.name in beside):  # they are read last
        field = fields.get(column.name)
        if field is None and not column.nullable:
            raise Reject(code="null_value", text=f"column `{column.name}` is null")
        place = places.get(column.name, ())
        cells = "parquet" if column.name in beside else _cells(given)
        value = None if field is None else _value(cells, column, field, record, place)
        values[column.name] = _finite(value)
        if values[column.name] != value:
            not_finite.append(column.name)
    if source.time and values[source.time] is None:
        raise Reject(code="null_value", text=f"column `{source.time}` is null")
    return Decoded(values, tuple(not_finite))


def _finite(value: Any) -> Any:
    """Give the value with null for each float in it that is not finite, and 0.0 for -0.0."""
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    return tuple(_finite(part) for part in value) if isinstance(value, tuple) else value


def _beside(message: Message, column: ir.Column) -> Any:
    """Give what a column takes from a message besides its value, as a columnar file would hold it; None for null."""
    match column.message:
        case "key":
            return message.key
        case "partition":
            return message.partition
        case "offset":
            return message.offset
        case "timestamp":
            return message.timestamp * 1000
    return next((value for name, value in reversed(message.headers) if name == column.header), None)


def _value(cells: str, column: ir.Column, field: Any, record: Record, place: Sequence[str]) -> Any:
    try:
        return read_field(cells, column, field)
    except Unreadable as error:
        raw = "" if cells == "parquet" else record.raw.decode("utf-8")
        text = text_of(cells, column, error, raw, place)
        raise Reject(code=_code(error), text=text) from None


def _cells(given: Input) -> str:
    """What the fields are like: those of Avro are as a columnar file has them."""
    return "parquet" if given.format == "avro" else given.format


def _code(error: Unreadable) -> Code:
    match error:
        case NullInside():
            return "null_value"
        case RepeatedKey():
            return "malformed"
        case OutOfRange():
            return "range"
        case _:
            return "type"


def _fields(source: ir.Source, given: Input, record: Record) -> tuple[dict[str, Any], Places]:
    """Split the record into fields by name: absent or None for null, otherwise what the format's readers take.

    Where a JSON field is not a member of the record itself, its place is the names that lead to it.
    """
    if record.too_long:
        raise Reject(code="malformed", text="longer than 16 MiB")
    if record.cells is not None:
        return dict(record.cells), {}
    try:
        if given.format == "avro":
            framed = given.options.get("framing") == "confluent"
            return avro_fields(record.raw, given.options["schema"], framed=framed), {}
        text = record.raw.decode("utf-8")
        if given.options.get("format") == "debezium":
            return row_of(json_object(text), text, source)
        return json_object(text) if given.format == "jsonl" else _csv_row(given, record, text), {}
    except NotEnvelope as error:
        raise Reject(code="envelope", text=str(error)) from None
    except UnicodeDecodeError as error:
        raise Reject(code="malformed", text=f"not UTF-8 at byte {error.start + 1}") from None
    except (NotAvro, NotJson, Malformed) as error:
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
