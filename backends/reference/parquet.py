"""Rows of a Parquet file as plain values, and the schema check before them (docs/decoding.md)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from featlang.backends.reference.input_error import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from featlang.compiler import ir


HOLDS: dict[ir.TypeName, Callable[[pa.DataType], bool]] = {
    "bool": types.is_boolean,
    "int": types.is_signed_integer,
    "float": lambda kind: types.is_float32(kind) or types.is_float64(kind) or kind in (pa.int32(), pa.int64()),
    "string": lambda kind: types.is_string(kind) or types.is_large_string(kind),
    "bytes": lambda kind: (types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)),
    "timestamp": types.is_timestamp,
    "duration": lambda kind: kind == pa.int64() or types.is_duration(kind),
    "date": types.is_date,
}
"""Whether a column of the file can be read as a declared type."""


def parquet_rows(path: str, opened: Path | bytes, source: ir.Source) -> Iterator[dict[str, Any]]:
    """Read the declared columns of each row.

    Strings come as bytes (the decoder checks them), timestamps as exact µs (finer ones floored), dates as days.
    Raises `InputError` for a file that is not Parquet, or lacks a column, or holds it in another type.
    """
    try:
        file = pq.ParquetFile(
            pa.BufferReader(opened) if isinstance(opened, bytes) else opened, coerce_int96_timestamp_unit="us"
        )
        _check_schema(path, file.schema_arrow, source)
        for batch in file.iter_batches():
            columns = [_plain(batch.column(batch.schema.get_field_index(c.name)), c.type) for c in source.columns]
            names = [column.name for column in source.columns]
            for cells in zip(*columns, strict=True):
                yield dict(zip(names, cells, strict=True))
    except (OSError, pa.ArrowException) as error:
        raise InputError(path, f" cannot be read as Parquet: {error}") from error


def _check_schema(path: str, schema: pa.Schema, source: ir.Source) -> None:
    for column in source.columns:
        if len(schema.get_all_field_indices(column.name)) != 1:
            names = ", ".join(schema.names)
            raise InputError(path, f" has no (or more than one) column `{column.name}`; it has {names}")
        kind = _storage(schema.field(column.name).type)
        if not HOLDS[column.type](kind):
            raise InputError(path, f": column `{column.name}` is {kind}, which is no {column.type}")


def _storage(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if types.is_dictionary(kind) else kind


def _plain(array: pa.Array, type_name: ir.TypeName) -> list[Any]:
    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    match type_name:
        case "string":
            array = array.cast(pa.large_binary())
        case "date":
            array = array.cast(pa.date32()).cast(pa.int32())
        case "duration":
            array = array.cast(pa.int64())
        case "timestamp":
            counts = array.cast(pa.int64()).to_pylist()
            return [None if count is None else _microseconds(count, array.type.unit) for count in counts]
    return list(array.to_pylist())


def _microseconds(count: int, unit: str) -> int:
    return count // 1000 if unit == "ns" else count * {"s": 1_000_000, "ms": 1000, "us": 1}[unit]


def row_as_json(cells: Mapping[str, Any]) -> bytes:
    """Show a row to people as one line of JSON: bytes as text where they are UTF-8, otherwise in base64."""
    shown = {name: _shown(cell) if isinstance(cell, bytes) else cell for name, cell in cells.items()}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _shown(cell: bytes) -> str:
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(cell).decode("ascii")
