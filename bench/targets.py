"""The ratios that the benchmark's issue names, each beside its target."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Ratio = Callable[[str, str], tuple[int, "float | None"]]
"""On how many events a side of ours was compared with a peer, and our rate ÷ its own, if both are known."""


class Target(NamedTuple):
    """What is asked: so many times the rate of `peer` is `meant`, by the sides `exact` and `default` of ours."""

    about: str
    exact: str
    default: str
    peer: str
    meant: float


def _of(about: str, ours: str, peer: str, meant: float, suffix: str = "") -> Target:
    return Target(about, f"{ours}_exact{suffix}", f"{ours}{suffix}", peer, meant)


TARGETS = (
    _of("Flink ÷ Flink SQL", "flink", "flink_sql", 20),
    _of("Flink ÷ process function in Python", "flink", "flink_process", 30),
    _of("Flink ÷ plain Python loop (deques, two processes)", "flink", "python_deques", 3),
    _of("Flink ÷ Python loop, tuned (two processes)", "flink", "python_loop", 3),
    _of("Spark ÷ window functions (`rangeBetween`)", "spark", "spark_windows_plain", 15),
    _of("Spark ÷ window functions, tuned", "spark", "spark_windows", 15),
    _of("Spark ÷ DuckDB, both of Parquet", "spark", "duckdb_parquet", 1.5),
    _of("Spark ÷ DuckDB, which decodes JSON lines besides", "spark", "duckdb", 1.5),
    _of("Spark ÷ our own decoding, shuffling, sorting; rows not written", "spark", "spark_floor", 0.7, "_no_rows"),
    _of("Spark ÷ Spark's decoding, shuffling, sorting; rows not written", "spark", "spark_sort", 0.7, "_no_rows"),
)


def targets(ratio: Ratio) -> list[str]:
    """The table as Markdown."""
    lines = ["| ratio | events | exact windows | default windows | meant | reached |", "|---|--:|--:|--:|--:|---|"]
    for target in TARGETS:
        events, exact = ratio(target.exact, target.peer)
        default = ratio(target.default, target.peer)[1]
        told = [f"{each:.2f}" if each else "-" for each in (exact, default)]
        cells = [target.about, f"{events:,}", *told, f"≥ {target.meant:g}", reached(target, exact, default)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def reached(target: Target, exact: float | None, default: float | None) -> str:
    """Whether the target is reached, and by which windows."""
    if exact is None and default is None:
        return "not measured"
    by = [name for name, found in (("exact", exact), ("default", default)) if found and found >= target.meant]
    return {0: "no", 1: f"{''.join(by)} windows only", 2: "yes"}[len(by)]
