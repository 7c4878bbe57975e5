"""The local online store: stored rows of a block are upserted into a table of one SQLite file.

Columns are those of the block's stored rows: keys (the primary key), `as_of`, `_written` (the write timestamp, µs), the
features. A row replaces one of the same key whose `_written` is not greater. int, duration (µs), timestamp (µs UTC),
date (days since 1970-01-01) and bool (0 or 1) are INTEGER, float is REAL, string TEXT, bytes BLOB. A decimal is TEXT
with all its digits; lists, maps and structs are TEXT, in JSON whose parts are as those columns, bytes in base64.
Written by the kernel's `featlang.store.SqliteStore` in every host.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.json_values import as_json, from_json
from featlang.compiler.structures import is_structured, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.compiler import ir

DATABASE = "online.sqlite"
"""The file below OUT to which stores are bound in the environment `local`."""


def binding(table: str, out: Path, emit: object = "every") -> dict[str, object]:
    """The settings of the store that stands for `cassandra("TABLE", emit=…)` in a local run, for the jobs' conf file.

    `emit` is `every`, `change` or a time in µs, in which Flink writes a key at most once.
    """
    return {"kind": "sqlite", "path": str(out / DATABASE), "table": table, "emit": emit}


def stored(value: Any, type_name: str) -> Any:
    """What SQLite holds for a value of the reference: of a decimal, a list, a map and a struct a text."""
    if value is None or not is_structured(type_name):
        return format(value, "f") if isinstance(value, Decimal) else value
    return json.dumps(as_json(value, type_name, _in_json), ensure_ascii=False, separators=(",", ":"))


def loaded(held: Any, type_name: str) -> Any:
    """The value of the reference that `stored`, or an engine, left in a table."""
    if held is None:
        return None
    if is_structured(type_name):
        return from_json(json.loads(held), type_name, _out_of_json)
    if kind_of(type_name) == "decimal":
        return Decimal(held)
    return bool(held) if type_name == "bool" else held


def _in_json(value: Any, type_name: str) -> Any:
    return base64.b64encode(value).decode("ascii") if type_name == "bytes" else stored(value, type_name)


def _out_of_json(held: Any, type_name: str) -> Any:
    return base64.b64decode(held) if type_name == "bytes" else loaded(held, type_name)


def read_keys(
    database: Path, table: str, columns: Sequence[tuple[str, ir.TypeName]], keys: Sequence[tuple[Any, ...]]
) -> list[dict[str, Any] | None]:
    """The row of each key, values as the reference has them; None where there is none. The first columns are the key.

    `sqlite3.OperationalError` if there is no such table.
    """
    names = [_quoted(name) for name, _ in columns]
    is_key = " AND ".join(f"{name} = ?" for name, _ in zip(names, keys[0] if keys else (), strict=False))
    query = f"SELECT {', '.join(names)} FROM {_quoted(table)} WHERE {is_key}"  # noqa: S608 - quoted above
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        found = [connection.execute(query, key).fetchone() for key in keys]
    return [
        row and {name: loaded(held, kind) for (name, kind), held in zip(columns, row, strict=True)} for row in found
    ]


def rows(database: Path, table: str, columns: Sequence[tuple[str, ir.TypeName]]) -> list[dict[str, Any]]:
    """A table's rows in the order of their keys, values as the reference has them; raises like `read_table`."""
    return [{name: loaded(row[name], kind) for name, kind in columns} for row in read_table(database, table)]


def read_table(database: Path, table: str) -> list[dict[str, Any]]:
    """A table's rows in the order of their keys, values as stored. `sqlite3.OperationalError` if there is none."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {_quoted(table)}")]  # noqa: S608 - quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
