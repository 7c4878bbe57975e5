"""The online store of an environment, read by key: a cluster of Cassandra, or the file that a run left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featlang import moments
from featlang.api import Project, Time, moment_of
from featlang.backends.connectors import sqlite
from featlang.backends.connectors.cassandra.table import table_of
from featlang.backends.connectors.stored_rows import stored_columns
from featlang.compiler import ir
from featlang.compiler.report import did_you_mean
from featlang.online_row import Keys, Reader, Row, Stored
from featlang.run_error import RunError

if TYPE_CHECKING:
    from cassandra.cluster import Session
    from typing_extensions import Self


class Online:
    """The online store of an environment. Threads may share it; `close` it, or use it in `with`."""

    def __init__(self, project: Project, env: str | None, out: Path | None, now: Time | None) -> None:
        """Connect where the environment has a cluster. Raises as `featlang.online` says."""
        self._program = project.program
        self._now = moment_of("now", now)
        cassandra = project.source.environment(env).cassandra
        self._place: Session | Path
        if cassandra is None:
            self._place = _database(project.source.folder, out)
        else:
            from featlang.backends.connectors.cassandra import cluster  # noqa: PLC0415 - needs the driver

            self._place = cluster.connect(cassandra)
        self._readers: dict[str, Reader] = {}

    def get(self, block: str, /, **key: Any) -> Row:
        """The row of a key, whose columns are named: `get("user_engagement", user_id="u1")`.

        Raises `KeyError` where there is no such block, `TypeError` where the key is not the block's, and `RunError`
        where the store does not answer, or is not of these definitions.
        """
        return self.get_many(block, [key])[0]

    def get_many(self, block: str, keys: Iterable[Mapping[str, Any]]) -> list[Row]:
        """The rows of many keys, in their order, read at once. Raises as `get` does."""
        if block not in self._readers:
            self._readers[block] = self._reader(block)
        return self._readers[block].rows(list(keys), moments.now() if self._now is None else self._now)

    def close(self) -> None:
        """Let go of the connections."""
        if not isinstance(self._place, Path):
            self._place.cluster.shutdown()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _reader(self, name: str) -> Reader:
        block = next((each for each in self._program.features if each.name == name), None)
        stored = [each.name for each in self._program.features if _sink(each)]
        if block is None:
            message = f"there is no `features` block `{name}`; {did_you_mean(name, stored, 'those that are stored')}"
            raise KeyError(message)
        sink = _sink(block)
        if sink is None:
            message = f'`{name}` is in no online store; write `to cassandra("features.{name}")` in its head'
            raise RunError(message)
        if isinstance(self._place, Path):
            columns = stored_columns(self._program, block)
            return Reader(self._program, block, sink, partial(_read_file, self._place, sink.target, columns))
        from featlang.backends.connectors.cassandra import cluster  # noqa: PLC0415 - needs the driver

        table = table_of(self._program, block, sink)
        found = cluster.found_table(self._place, table)
        problems = ["it is not there"] if found is None else table.refusals(found) or table.changes(found)
        if problems:
            message = f"table {table} of `{name}`: {problems[0]}; `feat plan-ddl` shows what it needs"
            raise RunError(message)
        return Reader(self._program, block, sink, cluster.keys_of(self._place, table).read)


def _sink(block: ir.Features) -> ir.Connector | None:
    return next((sink for sink in block.sinks if sink.kind == "cassandra"), None)


def _database(folder: Path, out: Path | None) -> Path:
    """The local store that a run left: below its OUT, else the newest of those below the project's folder."""
    found = [out / sqlite.DATABASE] if out else sorted(folder.glob(f"out/*/{sqlite.DATABASE}"), key=_modified)
    if not found or not found[-1].is_file():
        message = f"{found[0] if out else folder / 'out'} has no online store; type feat run, and name its OUT by `out`"
        raise RunError(message)
    return found[-1]


def _modified(file: Path) -> int:
    return file.stat().st_mtime_ns


def _read_file(
    database: Path, table: str, columns: Sequence[tuple[str, ir.TypeName]], keys: Sequence[Keys]
) -> list[Stored | None]:
    try:
        return sqlite.read_keys(database, table, columns, keys)
    except sqlite3.OperationalError as error:
        message = f"table {table} of {database}: {error}; type feat run to write it anew"
        raise RunError(message) from None
