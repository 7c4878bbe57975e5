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
from featlang.backends.reference.result import ReferenceResult, Refused, Stored
from featlang.backends.reference.to_table import rows_to_table, stream_to_table
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
"""The columns of rejects, of late and of quarantined events."""


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
        report.sources[name] = SourceReport(
            source.read, source.accepted, len(source.late), rejected, len(source.quarantined)
        )
        for column, count in source.not_finite.items():
            report.add_null(name, column, "not_finite", count)
    for name, block in result.features.items():
        report.written[name] = len(block.rows)
        for value, reasons in block.nulls.items():
            for reason, count in reasons.items():
                report.add_null(name, value, reason, count)
    for name, stream in result.streams.items():
        report.written[name] = len(stream.rows)
        for value, reasons in stream.nulls.items():
            for reason, count in reasons.items():
                report.add_null(name, value, reason, count)
    report.seconds["compute"] = time.monotonic() - started
    return result, report


def tables(program: ir.Program, result: ReferenceResult) -> dict[str, pa.Table]:
    """The rows of each `features` block and stream."""
    blocks = {block.name: block for block in program.features}
    streams = {stream.name: stream for stream in program.streams}
    return {
        **{name: rows_to_table(program, blocks[name], found.rows) for name, found in result.features.items()},
        **{name: stream_to_table(program, streams[name], found.rows) for name, found in result.streams.items()},
    }


def refused_table(refused: Collection[Refused]) -> pa.Table:
    """Rejects, late or quarantined events as a table."""
    columns = [[getattr(each, name) for each in refused] for name in REFUSED.names]
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, REFUSED, strict=True)], schema=REFUSED)


def write(program: ir.Program, result: ReferenceResult, out: Path, *, rows: bool = True) -> None:
    """Write rows (where they are wanted), stores, rejects, late and quarantined events below `out`."""
    if rows:
        for name, table in tables(program, result).items():
            _write(table, out / name)
    for name, source in result.sources.items():
        _write(refused_table(source.rejects), out / "_rejects" / name)
        _write(refused_table(source.late), out / "_late" / name)
        _write(refused_table(source.quarantined), out / "_quarantine" / name)
    for block in program.features:
        for sink in block.sinks:
            if block.name in result.features and sink.kind == "cassandra":
                _store(block, result.features[block.name].stored, out / sqlite.DATABASE, sink.target)


def _store(block: ir.Features, rows: Mapping[tuple[Any, ...], Stored], database: Path, table: str) -> None:
    """Write what a store has of each key into a table of the local one, as the engines do."""
    columns = [*block.key, "as_of", "_written", *(v.name for v in block.values if v.written)]
    names = ", ".join(map(_quoted, columns))
    key = ", ".join(map(_quoted, block.key))
    types = [value.type for value in block.values if value.written]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"CREATE TABLE {_quoted(table)} ({names}, PRIMARY KEY ({key})) WITHOUT ROWID")
        connection.executemany(
            f"INSERT INTO {_quoted(table)} VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - quoted
            [
                (*keys, row.as_of, row.written, *map(sqlite.stored, row.values.values(), types))
                for keys, row in rows.items()
            ],
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write(table: pa.Table, folder: Path) -> None:
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet")
