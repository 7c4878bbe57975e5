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
from typing import Any

from featlang.compiler.structures import is_structured, structure

DATABASE = "online.sqlite"
"""The file below OUT to which stores are bound in the environment `local`."""


def binding(table: str, out: Path, emit: object = "every") -> dict[str, object]:
    """The settings of the store that stands for `cassandra("TABLE", emit=…)` in a local run, for the jobs' conf file.

    `emit` is `every`, `change` or a time in µs, in which Flink writes a key at most once.
    """
    return {"kind": "sqlite", "path": str(out / DATABASE), "table": table, "emit": emit}


def stored(value: Any, type_name: str) -> Any:
    """What SQLite holds for a value of the reference: of a decimal, a list, a map and a struct a text."""
    if value is None:
        return None
    if is_structured(type_name):
        return json.dumps(_as_json(value, type_name), ensure_ascii=False, separators=(",", ":"))
    return format(value, "f") if isinstance(value, Decimal) else value


def _as_json(value: Any, type_name: str) -> Any:
    kind = structure(type_name)
    parts = [part.type for part in kind.parts]
    match kind.kind:
        case _ if value is None:
            return None
        case "list":
            return [_as_json(item, parts[0]) for item in value]
        case "map":
            return {str(key): _as_json(item, parts[1]) for key, item in value}
        case "struct":
            return {part.name: _as_json(item, part.type) for item, part in zip(value, kind.parts, strict=True)}
        case "bytes":
            return base64.b64encode(value).decode("ascii")
        case "decimal":
            return format(value, "f")
        case _:
            return value


def read_table(database: Path, table: str) -> list[dict[str, Any]]:
    """A table's rows in the order of their keys, values as stored. `sqlite3.OperationalError` if there is none."""
    quoted = '"' + table.replace('"', '""') + '"'
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {quoted}")]  # noqa: S608 - quoted above
