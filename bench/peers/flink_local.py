"""A local Flink for a peer: the same Java, heap, collector, class path and parallelism as our own runs have.

The heap is what the environment variable JVM_ARGS says, as for ours. `seconds` begin when the job is RUNNING, about
0.2 s before its first record, and end when it has finished; what has started before is in `total`, which begins with
this module.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from common import FEATURES

from featlang.backends.flink.local import flink_environment

BEGAN = time.monotonic()
FLOATS = ("total", "mean", "most")
SETTINGS = {
    "pipeline.object-reuse": "true",
    "state.backend.type": "hashmap",
    "table.local-time-zone": "UTC",
    "rest.bind-port": "0",
}
WRITTEN = pa.schema(
    [
        *(("user_id", pa.string()), ("ts", pa.timestamp("us", tz="UTC"))),
        *((name, pa.float64() if name.startswith(FLOATS) else pa.int64()) for name in FEATURES),
    ]
)


@contextmanager
def flink() -> Iterator[Path]:
    """Lets this process start Flink; gives a folder for what is needed only while it runs."""
    with tempfile.TemporaryDirectory(prefix="bench-flink-", ignore_cleanup_errors=True) as scratch:
        os.environ.update(flink_environment(Path(scratch), Path(scratch)))
        yield Path(scratch)


def create_tables(tables: Any, chosen: argparse.Namespace, csv: Path) -> None:
    """Declares `clicks`, the input, and `features`, the rows: CSV files in a folder, or a black hole."""
    tables.execute_sql(f"""
        CREATE TABLE clicks (user_id STRING, page_id STRING, action STRING, price DOUBLE, ts TIMESTAMP_LTZ(3),
          WATERMARK FOR ts AS ts - INTERVAL '2.001' SECOND)
        WITH ('connector' = 'filesystem', 'path' = '{chosen.input.resolve()}', 'format' = 'json',
          'json.timestamp-format.standard' = 'ISO-8601')""")
    sink = f"'connector' = 'filesystem', 'path' = '{csv}', 'format' = 'csv'"
    types = ", ".join(f"{name} {'DOUBLE' if name.startswith(FLOATS) else 'BIGINT'}" for name in FEATURES)
    tables.execute_sql(f"""
        CREATE TABLE features (user_id STRING, ts TIMESTAMP_LTZ(3), {types})
        WITH ({"'connector' = 'blackhole'" if chosen.no_rows else sink})""")


def wait(job: Any) -> float:
    """Seconds for which the job (a JobClient) runs."""
    while "CREATED" in (state := str(job.get_job_status().result())) or "INITIALIZING" in state:
        time.sleep(0.01)
    started = time.monotonic()
    job.get_job_execution_result().result()
    return time.monotonic() - started


def report(rows: int, seconds: float) -> None:
    """Prints the peer's line."""
    print(json.dumps({"rows": rows, "seconds": round(seconds, 3), "total": round(time.monotonic() - BEGAN, 3)}))


def lines(file: Path) -> int:
    """The number of events of an input, each of which has a row."""
    with file.open("rb") as read:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: read.read(1 << 24), b""))


def to_parquet(csv: Path, out: Path) -> int:
    """Copies a folder of CSV files, after the clock has stopped: Flink's wheel has no Parquet format.

    Gives the number of rows.
    """
    types = pc.ConvertOptions(column_types=WRITTEN, strings_can_be_null=True)
    names = pc.ReadOptions(column_names=WRITTEN.names)
    parts = [file for file in sorted(csv.rglob("*")) if file.is_file() and file.stat().st_size]
    rows = pa.concat_tables([pc.read_csv(part, names, convert_options=types) for part in parts])
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, out / "rows.parquet")
    return int(rows.num_rows)
