"""Rows of a Parquet file as plain values, and the schema check before them (docs/decoding.md)."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from featlang.backends.reference.input_error import InputError
from featlang.compiler.structures import Structure, is_structured, structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from featlang.compiler import ir


def _is_integer(physical: str, logical: dict[str, Any]) -> bool:
    return physical in ("INT32", "INT64") and (logical["Type"] == "None" or logical.get("isSigned", False))


def _is_bytes(physical: str, logical: dict[str, Any]) -> bool:
    plain = {"BYTE_ARRAY": ("None", "Enum", "JSON", "BSON"), "FIXED_LEN_BYTE_ARRAY": ("None", "UUID")}
    return logical["Type"] in plain.get(physical, ())


HOLDS: dict[str, Callable[[str, dict[str, Any]], bool]] = {
    "bool": lambda physical, _: physical == "BOOLEAN",
    "int": _is_integer,
    "float": lambda physical, logical: physical in ("DOUBLE", "FLOAT") or _is_integer(physical, logical),
    "string": lambda physical, logical: physical == "BYTE_ARRAY" and logical["Type"] == "String",
    "bytes": _is_bytes,
    "timestamp": lambda physical, logical: physical == "INT96" or logical["Type"] == "Timestamp",
    "duration": lambda physical, logical: physical == "INT64" and _is_integer(physical, logical),
    "date": lambda _, logical: logical["Type"] == "Date",
    "decimal": lambda physical, logical: logical["Type"] == "Decimal" or _is_integer(physical, logical),
}
"""Whether a column of a physical and a logical type can be read as a declared type."""


def parquet_rows(path: str, opened: Path | bytes, source: ir.Source) -> Iterator[dict[str, Any]]:
    """Read the declared columns of each row.

    Strings come as bytes (the decoder checks them), timestamps as exact µs (finer ones floored), dates as days.
    Raises `InputError` for a file that is not Parquet, or lacks a column, or holds it in another type.
    """
    try:
        file = _opened(pa.BufferReader(opened) if isinstance(opened, bytes) else pa.OSFile(str(opened)))
        _check_schema(path, file, source)
        for batch in file.iter_batches():
            columns = [_plain(batch.column(batch.schema.get_field_index(c.name)), c.type) for c in source.columns]
            names = [column.name for column in source.columns]
            for cells in zip(*columns, strict=True):
                yield dict(zip(names, cells, strict=True))
    except (OSError, pa.ArrowException) as error:
        raise InputError(path, f" cannot be read as Parquet: {error}") from error


def _opened(file: pa.NativeFile) -> pq.ParquetFile:
    """Open a file by the schema of Parquet alone, whatever types Arrow has written beside it for itself."""
    size = file.size()
    end = file.read_at(min(size, 8), max(size - 8, 0))
    footer = int.from_bytes(end[:4], "little") + 8
    metadata = None
    if end[4:] == b"PAR1" and footer < size:
        tail = file.read_at(footer, size - footer).replace(b"ARROW:schema", b"arrow_schema")
        metadata = pq.read_metadata(pa.BufferReader(b"PAR1" + tail))
    return pq.ParquetFile(file, metadata=metadata, coerce_int96_timestamp_unit="us")


def _check_schema(path: str, file: pq.ParquetFile, source: ir.Source) -> None:
    names = file.schema_arrow.names
    leaves = iter([file.schema.column(n) for n in range(len(file.schema))])
    held = {field.name: list(itertools.islice(leaves, _leaves(field.type))) for field in file.schema_arrow}
    for column in source.columns:
        if names.count(column.name) != 1:
            raise InputError(path, f" has no (or more than one) column `{column.name}`; it has {', '.join(names)}")
        kind = file.schema_arrow.field(column.name).type
        if not _holds(column.type, kind, held[column.name]):
            raise InputError(path, f": column `{column.name}` is {kind}, which cannot be read as {column.type}")


def _holds(type_name: ir.TypeName, kind: pa.DataType, leaves: list[Any]) -> bool:
    """Say whether what the file holds, of these leaves, can be read as a type."""
    wanted = structure(type_name)
    if not is_structured(type_name):
        if types.is_nested(kind):
            return False
        (leaf,) = leaves
        logical = json.loads(leaf.logical_type.to_json())
        return HOLDS[wanted.kind](leaf.physical_type, logical) and int(logical.get("scale", 0)) <= max(wanted.scale, 0)
    is_kind = {"list": types.is_list, "map": types.is_map, "struct": types.is_struct}[wanted.kind]
    if not is_kind(kind):
        return False
    held = (
        [kind.field(n) for n in range(kind.num_fields)] if wanted.kind != "map" else [kind.key_field, kind.item_field]
    )
    by_name: dict[str, tuple[pa.Field, list[Any]]] = {}
    for field in held:
        count = _leaves(field.type)
        by_name[field.name] = field, leaves[:count]
        leaves = leaves[count:]
    names = [part.name for part in wanted.parts] if wanted.kind == "struct" else [field.name for field in held]
    return all(
        name in by_name and _holds(part.type, by_name[name][0].type, by_name[name][1])
        for name, part in zip(names, wanted.parts, strict=True)
    )


def _leaves(kind: pa.DataType) -> int:
    if types.is_map(kind):
        return _leaves(kind.key_type) + _leaves(kind.item_type)
    return sum(_leaves(kind.field(n).type) for n in range(kind.num_fields)) if types.is_nested(kind) else 1


def _parts(array: pa.Array, wanted: Structure) -> list[Any]:
    """Give lists as lists, maps as lists of pairs, structs as dicts."""
    valid = array.is_valid().to_pylist()
    held: list[Any]
    if wanted.kind == "struct":
        columns = [_plain(array.flatten()[array.type.get_field_index(part.name)], part.type) for part in wanted.parts]
        names = [part.name for part in wanted.parts]
        rows = zip(*columns, strict=True)
        return [dict(zip(names, row, strict=True)) if there else None for row, there in zip(rows, valid, strict=True)]
    if wanted.kind == "map":
        key, item = (part.type for part in wanted.parts)
        held = list(zip(_plain(array.keys, key), _plain(array.items, item), strict=True))
    else:
        held = _plain(array.values, wanted.parts[0].type)
    ends = array.offsets.to_pylist()
    return [held[ends[n] : ends[n + 1]] if there else None for n, there in enumerate(valid)]


def _plain(array: pa.Array, type_name: ir.TypeName) -> list[Any]:
    if is_structured(type_name):
        return _parts(array, structure(type_name))
    match type_name:
        case "string":
            array = array.cast(pa.large_binary())
        case "date":
            array = array.cast(pa.date32()).cast(pa.int32())
        case "int" | "duration":
            array = array.cast(pa.int64())
        case "timestamp":
            counts = array.cast(pa.int64()).to_pylist()
            return [None if count is None else _microseconds(count, array.type.unit) for count in counts]
    return list(array.to_pylist())


def _microseconds(count: int, unit: str) -> int:
    return count // 1000 if unit == "ns" else count * {"s": 1_000_000, "ms": 1000, "us": 1}[unit]
