"""Rows of the reference as a `pyarrow.Table` with the columns and types of the engines' output."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from featlang.compiler.structures import structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.backends.reference.result import Row, StreamRow
    from featlang.compiler import ir

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_SCALARS: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "bytes": pa.binary(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "duration": pa.int64(),
    "date": pa.date32(),
}


def arrow_type(type_name: ir.TypeName) -> pa.DataType:
    """Give the type of a column of rows. What is within another may be null, but for a map's keys."""
    kind = structure(type_name)
    parts = [arrow_type(part.type) for part in kind.parts]
    match kind.kind:
        case "decimal":
            return pa.decimal128(kind.precision, kind.scale)
        case "list":
            return pa.list_(pa.field("element", parts[0]))
        case "map":
            return pa.map_(*parts)
        case "struct":
            return pa.struct([pa.field(part.name, each) for part, each in zip(kind.parts, parts, strict=True)])
        case scalar:
            return _SCALARS[scalar]


def rows_to_table(program: ir.Program, block: ir.Features, rows: Sequence[Row]) -> pa.Table:
    """Make the table: the key columns, the time under its own name, `_tie`, then the written values in declared order.

    All but the keys, the time and `_tie` may be null. Instants are timestamp[us, UTC], durations int64 µs.
    """
    source = program.source(block.source)
    types = {column.name: column.type for column in source.columns}
    written = [value for value in block.values if value.written]
    fields = [
        *(pa.field(name, arrow_type(types[name]), nullable=False) for name in block.key),
        pa.field(source.time, arrow_type("timestamp"), nullable=False),
        pa.field("_tie", pa.int64(), nullable=False),
        *(pa.field(value.name, arrow_type(value.type)) for value in written),
    ]
    columns = [
        *([row.keys[position] for row in rows] for position in range(len(block.key))),
        [row.time for row in rows],
        [row.tie for row in rows],
        *([row.values[value.name] for row in rows] for value in written),
    ]
    arrays = [to_array(values, field.type) for values, field in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def stream_to_table(program: ir.Program, stream: ir.Stream, rows: Sequence[StreamRow]) -> pa.Table:
    """Make the table: the time under its own name, `_event`, then the written values in declared order.

    All but the time and `_event` may be null.
    """
    written = [value for value in stream.values if value.written]
    fields = [
        pa.field(program.time_of(stream), arrow_type("timestamp"), nullable=False),
        pa.field("_event", pa.string(), nullable=False),
        *(pa.field(value.name, arrow_type(value.type)) for value in written),
    ]
    columns: list[list[Any]] = [
        [row.time for row in rows],
        [row.event for row in rows],
        *([row.values[value.name] for row in rows] for value in written),
    ]
    arrays = [to_array(values, field.type) for values, field in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def to_array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Make a column of values as the reference has them: times and days are integers, which pyarrow takes by a cast."""
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    if pa.types.is_date32(kind):
        return pa.array(values, pa.int32()).cast(kind)
    if pa.types.is_nested(kind):
        return pa.array([python_value(value, kind) for value in values], kind)
    return pa.array(values, kind)


def plain(column: pa.ChunkedArray) -> list[Any]:
    """Give a column's values as the reference has them: instants as µs, dates as days."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    values: list[Any] = column.to_pylist()
    return [_flat(value, column.type) for value in values] if pa.types.is_nested(column.type) else values


def _flat(value: Any, kind: pa.DataType) -> Any:
    """Undo `python_value`."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return tuple((_flat(key, kind.key_type), _flat(item, kind.item_type)) for key, item in value)
    if pa.types.is_list(kind):
        return tuple(_flat(item, kind.value_type) for item in value)
    if pa.types.is_struct(kind):
        return tuple(_flat(value[field.name], field.type) for field in kind)
    if pa.types.is_timestamp(kind):
        return (value - EPOCH) // timedelta(microseconds=1)
    return (value - EPOCH.date()).days if pa.types.is_date32(kind) else value


def python_value(value: Any, kind: pa.DataType) -> Any:
    """Give a value as pyarrow takes and gives it: instants and dates, lists, maps as pairs, structs as dicts."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return [(python_value(key, kind.key_type), python_value(item, kind.item_type)) for key, item in value]
    if pa.types.is_list(kind):
        return [python_value(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: python_value(item, field.type) for item, field in zip(value, kind, strict=True)}
    if pa.types.is_timestamp(kind):
        return EPOCH + timedelta(microseconds=value)
    return EPOCH.date() + timedelta(days=value) if pa.types.is_date32(kind) else value
