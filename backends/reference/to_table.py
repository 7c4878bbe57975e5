"""Rows of the reference as a `pyarrow.Table` with the columns and types of the engines' output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.backends.reference.result import Row
    from featlang.compiler import ir

ARROW_TYPES: dict[ir.TypeName, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "bytes": pa.binary(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "duration": pa.int64(),
    "date": pa.date32(),
}


def rows_to_table(program: ir.Program, block: ir.Features, rows: Sequence[Row]) -> pa.Table:
    """Make the table: the key columns, the time under its own name, `_tie`, then the written values in declared order.

    All but the keys, the time and `_tie` may be null. Instants are timestamp[us, UTC], durations int64 µs.
    """
    source = program.source(block.source)
    types = {column.name: column.type for column in source.columns}
    written = [value for value in block.values if value.written]
    fields = [
        *(pa.field(name, ARROW_TYPES[types[name]], nullable=False) for name in block.key),
        pa.field(source.time, ARROW_TYPES["timestamp"], nullable=False),
        pa.field("_tie", pa.int64(), nullable=False),
        *(pa.field(value.name, ARROW_TYPES[value.type]) for value in written),
    ]
    columns = [
        *([row.keys[position] for row in rows] for position in range(len(block.key))),
        [row.time for row in rows],
        [row.tie for row in rows],
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
    return pa.array(values, kind)
