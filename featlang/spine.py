"""A spine: a row for each label, with the columns of keys, a time, and whatever else is carried beside them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from featlang.backends.reference.cell_types import OutOfRange, Unreadable, read_field
from featlang.backends.reference.csv_fields import Field
from featlang.backends.reference.reject_text import text_of
from featlang.backends.reference.to_table import arrow_type, to_array
from featlang.compiler import ir
from featlang.compiler.report import did_you_mean, listed, with_article
from featlang.data import ENDINGS
from featlang.run_error import RunError
from featlang.stdlib.functions import text_times

Unit = Literal["s", "ms", "us", "ns"]

READ_FROM_TEXT = ("timestamp", "date", "bytes")
"""Types that JSON has no values of, and so are texts; of a CSV file all are."""

LOOKED_AT = 100
"""So many texts of a column are looked at to see whether it holds times."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class SpineError(RunError):
    """A spine that no training set can be made of; the message says what to do."""


@dataclass(frozen=True)
class Spine:
    """Its rows as they were read; `path` says where, as messages call it. Of a CSV file every column is text."""

    path: str
    kind: Literal["csv", "jsonl", "parquet", "table"]
    table: pa.Table

    def column(self, name: str) -> pa.ChunkedArray:
        """A column; texts as plain strings, whatever way Arrow has of holding them. Raises `SpineError`."""
        if name not in self.table.column_names:
            advice = did_you_mean(name, self.table.column_names, "its columns")
            message = f"{self.path} has no column `{name}`; {advice}"
            raise SpineError(message)
        column = self.table.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        return column.cast(pa.string()) if _is_text(column.type) else column


@dataclass(frozen=True)
class Converted:
    """A column as one of the language's types, and why rows of it cannot be read, by row: code and text."""

    values: pa.ChunkedArray
    refused: Mapping[int, tuple[str, str]] = field(default_factory=dict)


# --- reading


def read_spine(path: Path, null: str = "") -> Spine:
    """Read a file by its ending, or a folder of Parquet files; `null` is what a CSV file writes for it."""
    if not path.exists():
        message = f"there is no spine {path}"
        raise SpineError(message)
    kind = "parquet" if path.is_dir() else ENDINGS.get(path.suffix.lower())
    if kind is None:
        message = f"{path} does not say what it holds; end its name in {', '.join(ENDINGS)}"
        raise SpineError(message)
    readers: Mapping[str, Callable[[], pa.Table]] = {
        "csv": lambda: _read_csv(path, null),
        "jsonl": lambda: _read_jsonl(path),
        "parquet": lambda: pq.read_table(path),
    }
    try:
        table = readers[kind]()
    except (pa.ArrowException, UnicodeDecodeError, csv.Error, OverflowError) as error:
        message = f"{path} cannot be read as {kind}: {error}"
        raise SpineError(message) from error
    return checked(Spine(str(path), kind, table))


def spine_of(data: Any) -> Spine:
    """A table, or a data frame that gives Arrow its columns. Raises `SpineError` for anything else."""
    try:
        return checked(Spine("the spine", "table", data if isinstance(data, pa.Table) else pa.table(data)))
    except (pa.ArrowException, TypeError) as error:
        message = f"a spine is a path, a pyarrow.Table or a data frame: {error}"
        raise SpineError(message) from error


def checked(spine: Spine) -> Spine:
    """The spine, if it has rows and each column has a name of its own. Raises `SpineError`."""
    twice = [name for name, count in Counter(spine.table.column_names).items() if count > 1]
    if twice:
        message = f"{spine.path} has several columns `{twice[0]}`; rename all but one"
        raise SpineError(message)
    if not spine.table.num_rows:
        message = f"{spine.path} has no rows"
        raise SpineError(message)
    try:
        spine.table.validate(full=True)
    except pa.ArrowInvalid as error:  # a text that is not UTF-8
        message = f"{spine.path} holds what it cannot hold: {error}"
        raise SpineError(message) from error
    return spine


def _read_csv(path: Path, null: str) -> pa.Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()),
        null_values=["", null],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return pacsv.read_csv(path, parse_options=pacsv.ParseOptions(newlines_in_values=True), convert_options=options)


def _read_jsonl(path: Path) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            rows.append(_json_row(path, number, line))
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: _json_column(path, name, [row.get(name) for row in rows]) for name in names})


def _json_column(path: Path, name: str, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError) as error:
        message = f"{path}: the column `{name}` holds values of different types, or too large ones: {error}"
        raise SpineError(message) from error


def _json_row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_members)
    except ValueError as error:
        message = f"{path}: line {number} is no JSON: {error}"
        raise SpineError(message) from error
    if not isinstance(row, dict):
        message = f"{path}: line {number} is no JSON object"
        raise SpineError(message)
    return row


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        message = "a key stands in it twice"
        raise ValueError(message)
    return members


# --- the time


def time_of(spine: Spine, given: str | None, keys: Iterable[str]) -> str:
    """The column of the time: the one that is named, else the only one that holds timestamps. Raises `SpineError`."""
    if given is not None:
        spine.column(given)
        return given
    found = [name for name in spine.table.column_names if name not in keys and _holds_times(spine.column(name))]
    if len(found) == 1:
        only: str = found[0]
        return only
    if found:
        message = (
            f"{spine.path} has several timestamps: {listed(found)}; say which is the time, as in --time {found[0]}"
        )
        raise SpineError(message)
    message = (
        f"{spine.path} has no column of timestamps; say which is the time, as in --time COLUMN (of numbers with "
        f"--unit s, ms, us or ns); its columns are {listed(spine.table.column_names)}"
    )
    raise SpineError(message)


def _holds_times(column: pa.ChunkedArray) -> bool:
    if not _is_text(column.type):
        return bool(pa.types.is_timestamp(column.type))
    texts = column.drop_null().slice(0, LOOKED_AT).to_pylist()
    return bool(texts) and all(
        text_times.microseconds_from_text(text.strip(" "), zone_is_utc=True) is not None for text in texts
    )


def as_time(spine: Spine, name: str, unit: Unit | None) -> Converted:
    """The time column as timestamps: texts as a CSV source reads them (without an offset UTC), and days, from midnight.

    Numbers need a unit. A null stays null. Raises `SpineError` for what is no time at all.
    """
    column = spine.column(name)
    kind = column.type
    number = pa.types.is_integer(kind)
    if unit is not None and not (number or (spine.kind == "csv" and _is_text(kind))):
        message = f"`{name}` of {spine.path} is {kind}, and not a number; leave out --unit"
        raise SpineError(message)
    if number and unit is None:
        message = f"`{name}` of {spine.path} is a number; say what it counts, as in --unit ms"
        raise SpineError(message)
    if number or _is_text(kind):
        declared = ir.Column(
            name=name, type="timestamp", nullable=True, unit=unit, zone="UTC" if unit is None else None
        )
        return _from_text(column.cast(pa.string()), declared)
    if pa.types.is_timestamp(kind):
        return Converted(_storable(spine, name, column))
    if pa.types.is_date(kind):
        return Converted(column.cast(pa.timestamp("us")))
    message = f"`{name}` of {spine.path} is {kind}, and no time; name another column, as in --time COLUMN"
    raise SpineError(message)


def _storable(spine: Spine, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Timestamps as Parquet has them; the engine floors those that are finer than µs."""
    if column.type.unit == "ns":
        return column
    try:
        return column.cast(pa.timestamp("us", column.type.tz))
    except pa.ArrowInvalid as error:
        message = f"`{name}` of {spine.path} holds a time that no calendar has: {error}"
        raise SpineError(message) from error


# --- keys, and what is carried


def as_key(spine: Spine, name: str, key: str, of: str, wanted: ir.TypeName) -> Converted:
    """A column as values of a key of what `of` names. Raises `SpineError` where its type is another."""
    column = spine.column(name)
    if _is_text(column.type) and wanted != "string" and (spine.kind == "csv" or wanted in READ_FROM_TEXT):
        return _from_text(column, ir.Column(name=name, type=wanted, nullable=True, zone="UTC"))
    if pa.types.is_null(column.type) or _HOLDS[wanted](column.type):
        try:
            is_instant = pa.types.is_timestamp(column.type)
            return Converted(_storable(spine, name, column) if is_instant else column.cast(arrow_type(wanted)))
        except pa.ArrowInvalid as error:
            message = f"`{name}` of {spine.path} is no key `{key}` of `{of}`: {error}"
            raise SpineError(message) from error
    message = (
        f"`{name}` of {spine.path} is {column.type}, and the key `{key}` of `{of}` is {with_article(wanted)}; "
        f"convert it, or name another column, as in --on {key}=COLUMN"
    )
    raise SpineError(message)


_HOLDS: Mapping[str, Callable[[pa.DataType], bool]] = {
    "string": pa.types.is_string,
    "int": pa.types.is_integer,
    "bool": pa.types.is_boolean,
    "date": pa.types.is_date,
    "timestamp": pa.types.is_timestamp,
    "bytes": lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
}
"""Which of Arrow's types a key of each type is read from."""


def carried(spine: Spine, name: str) -> pa.ChunkedArray:
    """A column that is carried: of a CSV file as ints or floats, if all its texts are (and none is like `007`)."""
    if spine.kind != "csv":
        return spine.table.column(name)
    column = spine.column(name)
    texts = pc.unique(column.drop_null()).to_pylist()
    try:
        if texts and all(_INTEGER.fullmatch(text) for text in texts):
            return column.cast(pa.int64())
        if texts and all(_FLOAT.fullmatch(text) for text in texts):
            return column.cast(pa.float64())
    except pa.ArrowInvalid:  # more digits than an int has: such a number is a name
        return column
    return column


def _from_text(column: pa.ChunkedArray, declared: ir.Column) -> Converted:
    """Texts as values of a type, each different text read once."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    values: list[Any] = []
    wrong: dict[int, tuple[str, str]] = {}
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        values.append(None)
        try:
            values[place] = _value(declared, text)
        except Unreadable as error:
            code = "range" if isinstance(error, OutOfRange) else "type"
            wrong[place] = code, text_of("csv", declared, error, text)
    read = to_array(values, arrow_type(declared.type)).take(encoded.indices)
    refused = {}
    if wrong:
        places = encoded.indices.to_pylist()
        refused = {row: wrong[place] for row, place in enumerate(places) if place in wrong}
    return Converted(pa.chunked_array([read]), refused)


def _value(declared: ir.Column, text: str) -> Any:
    if declared.type == "timestamp" and declared.unit is None:
        text = text.strip(" ")
        if text_times.days_from_date(text) is not None:
            text += "T00:00Z"
    return read_field("csv", declared, Field(text, quoted=False))


def _is_text(kind: pa.DataType) -> bool:
    views = (pa.types.is_string_view(kind),) if hasattr(pa.types, "is_string_view") else ()
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or any(views))
