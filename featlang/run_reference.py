"""The reference interpreter as an engine: the same files in OUT as the generated jobs write."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from featlang.backends.connectors import sqlite
from featlang.backends.reference.interpreter import run_reference
from featlang.backends.reference.records import Input
from featlang.backends.reference.result import ReferenceResult, Refused, Row
from featlang.backends.reference.to_table import rows_to_table
from featlang.compiler import ir
from featlang.run_report import RunReport, SourceReport

REFUSED = pa.schema(
    [
        ("raw", pa.binary()),
        ("path", pa.string()),
        ("record", pa.int64()),
        ("code", pa.string()),
        ("text", pa.string()),
    ]
)
"""The columns of rejects and of late events."""


def compute(
    program: ir.Program,
    features: Sequence[str],
    inputs: Mapping[str, Input],
    now: int,
    **limits: Any,
) -> tuple[ReferenceResult, RunReport]:
    """Run the reference, with a report of it. `limits` are those of `run_reference`."""
    started = time.monotonic()
    result = run_reference(program, features, inputs, now, **limits)
    report = RunReport("reference")
    for name, source in result.sources.items():
        rejected = dict(sorted(source.rejected.items()))
        report.sources[name] = SourceReport(source.read, source.accepted, len(source.late), rejected)
    for name, block in result.features.items():
        report.written[name] = len(block.rows)
        for value, reasons in block.nulls.items():
            for reason, count in reasons.items():
                report.add_null(name, value, reason, count)
    report.seconds["compute"] = time.monotonic() - started
    return result, report


def tables(program: ir.Program, result: ReferenceResult) -> dict[str, pa.Table]:
    """The rows of each `features` block."""
    blocks = {block.name: block for block in program.features}
    return {name: rows_to_table(program, blocks[name], found.rows) for name, found in result.features.items()}


def refused_table(refused: Collection[Refused]) -> pa.Table:
    """Rejects or late events as a table."""
    columns = [[getattr(each, name) for each in refused] for name in REFUSED.names]
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, REFUSED, strict=True)], schema=REFUSED)


def write(program: ir.Program, result: ReferenceResult, out: Path) -> None:
    """Write rows, rejects and late events below `out`."""
    for name, table in tables(program, result).items():
        _write(table, out / name)
    for name, source in result.sources.items():
        _write(refused_table(source.rejects), out / "_rejects" / name)
        _write(refused_table(source.late), out / "_late" / name)
    for block in program.features:
        for sink in block.sinks:
            if block.name in result.features and sink.kind == "cassandra":
                settings = sqlite.binding(sink.target, out)
                _store(program, block, result.features[block.name].rows, Path(settings["path"]), settings["table"])


def _store(program: ir.Program, block: ir.Features, rows: Sequence[Row], database: Path, table: str) -> None:
    """Write the last row of each key into a table of the local store, as the engines do."""
    last: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row.keys not in last or (last[row.keys].time, last[row.keys].tie) < (row.time, row.tie):
            last[row.keys] = row
    columns = [*block.key, program.source(block.source).time, "_tie", *(v.name for v in block.values if v.written)]
    names = ", ".join(map(_quoted, columns))
    key = ", ".join(map(_quoted, block.key))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"CREATE TABLE {_quoted(table)} ({names}, PRIMARY KEY ({key})) WITHOUT ROWID")
        connection.executemany(
            f"INSERT INTO {_quoted(table)} VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - quoted
            [(*row.keys, row.time, row.tie, *row.values.values()) for row in last.values()],
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write(table: pa.Table, folder: Path) -> None:
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet")
