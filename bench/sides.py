"""The sides of the benchmark: ours and the peers, how each is started, and how its seconds are read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parent
PREFIX = 200_000
LONGER_PREFIX = 500_000
"""Events of the named prefixes, for peers that need over 10 minutes for the whole."""
HEAP = "2g"
"""Of every JVM: what `feat run` gives Spark."""
EXACT, SLIDING = "clicks_exact", "clicks"
"""Projects of ours."""
Endings = tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """One thing that is measured.

    `about` is its line in the results. `script` and `variant` name a peer, `engine` and `project` a run of ours.
    `reads` is `jsonl` (all events), or the accepted ones as `accepted` (JSON lines) or `parquet`. A side with `prefix`
    runs on so many events only. `rows` says whether it writes its rows.
    """

    name: str
    about: str
    reads: str
    script: str = ""
    variant: str = ""
    engine: str = ""
    project: str = EXACT
    prefix: int | None = None
    rows: bool = True

    @property
    def compared_on(self) -> str:
        """The engine of ours that its rate is compared with: Spark where it reads what Spark reads."""
        return self.engine or ("spark" if self.reads == "parquet" else "flink")

    @property
    def checks(self) -> dict[str, Endings]:
        """The sides of ours whose rows its own must equal, each in the columns with these endings."""
        if not self.rows or self.name in REFERENCES:
            return {}
        if self.variant == "stepped":  # one window has steps, where ours by default has them too
            return {"flink_exact": ("_5m", "_1h", "pages"), "flink": ("_24h",)}
        return {"flink" if self.project == SLIDING else "flink_exact": ("",)}


REFERENCES = ("flink_exact", "flink")
"""Ours that values are compared with: of exact windows, and of the default ones."""
OURS = (
    Side("flink_exact", "ours on Flink, exact windows", "jsonl", engine="flink"),
    Side("flink", "ours on Flink, sliding windows (the default)", "jsonl", engine="flink", project=SLIDING),
    Side("spark_exact", "ours on Spark, exact windows", "parquet", engine="spark"),
    Side("spark", "ours on Spark, sliding windows (the default)", "parquet", engine="spark", project=SLIDING),
    Side("flink_exact_no_rows", "ours on Flink, exact windows", "jsonl", engine="flink", rows=False),
    Side("flink_no_rows", "ours on Flink, sliding windows", "jsonl", engine="flink", project=SLIDING, rows=False),
    Side("spark_exact_no_rows", "ours on Spark, exact windows", "parquet", engine="spark", rows=False),
    Side("spark_no_rows", "ours on Spark, sliding windows", "parquet", engine="spark", project=SLIDING, rows=False),
)
PEERS = (
    Side("flink_sql", "Flink SQL, nested OVER windows", "accepted", "flink_sql", prefix=LONGER_PREFIX),
    Side(
        "flink_sql_stepped",
        "Flink SQL, 24h stepped by 15m as ours by default (HOP joined to OVER)",
        "accepted",
        "flink_sql",
        "stepped",
    ),
    Side("flink_process", "PyFlink, KeyedProcessFunction in Python", "accepted", "flink_process"),
    Side("python_loop", "Python loop, tuned (two processes, msgspec, running totals)", "jsonl", "python_loop"),
    Side("python_deques", "Python loop with deques, standard library", "jsonl", "python_loop", "deques"),
    Side("duckdb", "DuckDB, RANGE windows", "jsonl", "duckdb_windows"),
    Side("duckdb_parquet", "DuckDB, RANGE windows, of Parquet", "parquet", "duckdb_windows"),
    Side("polars", "Polars, tuned (one key, rolling without groups)", "jsonl", "polars_windows"),
    Side("polars_plain", "Polars, `rolling` by group", "jsonl", "polars_windows", "plain"),
    Side("spark_windows", "PySpark windows, tuned (growing frames, block maxima)", "parquet", "spark_windows"),
    Side(
        *("spark_windows_plain", "PySpark windows, `rangeBetween`", "parquet", "spark_windows", "plain"),
        prefix=LONGER_PREFIX,
    ),
    Side("spark_range_join", "Spark range join", "parquet", "spark_range_join", prefix=PREFIX),
    Side("spark_floor", "ours on Spark: decode, shuffle, sort, without folding", "parquet", "spark_floor", rows=False),
    Side("spark_sort", "Spark itself: decode, shuffle, sort", "parquet", "spark_sort", rows=False),
    *(
        Side(f"{name}_no_rows", about, reads, script, rows=False)
        for name, about, reads, script in (
            ("python_loop", "Python loop, tuned", "jsonl", "python_loop"),
            ("duckdb", "DuckDB, RANGE windows", "jsonl", "duckdb_windows"),
            ("duckdb_parquet", "DuckDB, RANGE windows, of Parquet", "parquet", "duckdb_windows"),
            ("polars", "Polars, tuned", "jsonl", "polars_windows"),
        )
    ),
)
SIDES = {side.name: side for side in (*OURS, *PEERS)}
FLOORS = ("spark_floor", "spark_sort")
"""These compute no values."""


def jvm_variables() -> dict[str, str]:
    """The environment in which every JVM has the same heap and collector."""
    return os.environ | {"JVM_ARGS": f"-XX:+UseParallelGC -Xmx{HEAP}"}


def run(side: Side, data: Path, out: Path, parallelism: int) -> dict[str, float]:
    """One run into the folder `out`, which is emptied before: `seconds` of work, `total` of the process, `rows`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = _ours(side, data, out) if side.engine else _peer(side, data, out, parallelism)
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own
        command, env=jvm_variables(), capture_output=True, text=True, check=False
    )
    wall = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"{side.name} failed ({done.returncode}):\n{(done.stderr + done.stdout)[-3000:]}")
    if side.engine:
        report = json.loads((out / "rows" / "run.json").read_text(encoding="utf-8"))
        seconds = sum(report["seconds"][phase] for phase in ("read", "compute", "write"))
        rows = report["written"]["user_activity"] if side.rows else report["sources"]["clicks"]["accepted"]
        return {"seconds": seconds, "total": wall, "rows": rows}
    measured: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured | {"total": wall}


def rows_of(side: Side, out: Path) -> Path:
    """Where a run left its rows."""
    return out / "rows" / "user_activity" if side.engine else out / "rows"


def _ours(side: Side, data: Path, out: Path) -> list[str]:
    """`feat run` in a copy of the project whose source is bound to the data."""
    project = out / "project"
    project.mkdir()
    shutil.copy(BENCH / side.project / "clicks.feat", project)
    role = "stream" if side.reads == "jsonl" else "history"
    settings = {"bind": {"clicks": {role: f'{side.reads}("{data}")'}}}
    text = json.dumps({"environments": {"local": settings}})  # JSON is YAML
    (project / "feat.yaml").write_text(text, encoding="utf-8")
    feat = Path(sys.executable).with_name("feat")
    flags = [] if side.rows else ["--no-rows"]
    return [str(feat), "run", "--on", side.engine, "--project", str(project), "--out", str(out / "rows"), *flags]


def _peer(side: Side, data: Path, out: Path, parallelism: int) -> list[str]:
    script = BENCH / "peers" / f"{side.script}.py"
    rows = ["--out", str(out / "rows")] if side.rows else ["--no-rows"]
    variant = ["--variant", side.variant] if side.variant else []
    return [sys.executable, str(script), str(data), *rows, "--parallelism", str(parallelism), *variant]
