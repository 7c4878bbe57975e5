"""A local Flink for a peer: the same Java, heap, collector, class path and parallelism as our own runs have.

The heap is what the environment variable JVM_ARGS says, as for ours. Rows are written as Parquet by Flink's own format,
over the same Parquet library and with the same codec as ours. `seconds` begin when the job is RUNNING and end when it
has finished; what has started before is in `total`, which begins with this module.
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

import pyarrow.parquet as pq
from common import FEATURES

from featlang.backends.flink.local import flink_environment
from featlang.backends.kernel.jars import jar_set

BEGAN = time.monotonic()
FLOATS = ("total", "mean", "most")
SETTINGS = {
    "pipeline.object-reuse": "true",
    "state.backend.type": "hashmap",
    "table.local-time-zone": "UTC",
    "rest.bind-port": "0",
}
LOCK = Path(__file__).with_name("jars.lock")
"""Flink's Parquet format, which its wheel lacks: there is none of 2.2.1, that of 2.2.0 is the nearest."""
AS_PARQUET = {
    "connector": "filesystem",
    "format": "parquet",
    "parquet.compression": "SNAPPY",
    "parquet.write.int64.timestamp": "true",
    "parquet.timestamp.time.unit": "micros",
    "parquet.utc-timezone": "true",
}


@contextmanager
def flink() -> Iterator[Path]:
    """Lets this process start Flink; gives a folder for what is needed only while it runs."""
    with tempfile.TemporaryDirectory(prefix="bench-flink-", ignore_cleanup_errors=True) as scratch:
        variables = flink_environment(Path(scratch), Path(scratch))
        jars = map(str, jar_set("parquet-format", LOCK))
        os.environ.update(variables | {"HADOOP_CLASSPATH": os.pathsep.join([*jars, variables["HADOOP_CLASSPATH"]])})
        yield Path(scratch)


def create_tables(tables: Any, chosen: argparse.Namespace) -> None:
    """Declares `clicks`, the input, and `features`, the rows: Parquet files in a folder, or a black hole."""
    tables.execute_sql(f"""
        CREATE TABLE clicks (user_id STRING, page_id STRING, action STRING, price DOUBLE, ts TIMESTAMP_LTZ(3),
          WATERMARK FOR ts AS ts - INTERVAL '2.001' SECOND)
        WITH ('connector' = 'filesystem', 'path' = '{chosen.input.resolve()}', 'format' = 'json',
          'json.timestamp-format.standard' = 'ISO-8601')""")
    options = {"connector": "blackhole"} if chosen.no_rows else AS_PARQUET | {"path": str(chosen.out.resolve())}
    sink = ", ".join(f"'{name}' = '{value}'" for name, value in options.items())
    types = ", ".join(f"{name} {'DOUBLE' if name.startswith(FLOATS) else 'BIGINT'}" for name in FEATURES)
    tables.execute_sql(f"""
        CREATE TABLE features (user_id STRING, ts TIMESTAMP_LTZ(3), {types})
        WITH ({sink})""")


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


def _lines(file: Path) -> int:
    """The number of events of an input, each of which has a row."""
    with file.open("rb") as read:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: read.read(1 << 24), b""))


def written(chosen: argparse.Namespace) -> int:
    """How many rows there are, counted after the clock has stopped."""
    if chosen.no_rows:
        return _lines(chosen.input)
    # Flink gives its files no ending, and no name that readers of folders would pass over.
    files = [file for file in chosen.out.rglob("*") if file.is_file()]
    return sum(pq.read_metadata(file.rename(file.with_name(f"{file.name}.parquet"))).num_rows for file in files)
