"""The ratios that the benchmark's issue names, each beside its target."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Ratio = Callable[[str, str], tuple[int, "float | None"]]
"""On how many events a side of ours was compared with a peer, and our rate ÷ its own, if both are known."""


class Target(NamedTuple):
    """What is asked: so many times the rate of `peer` is `meant`, by the side `exact` of ours, and `default` beside it.

    Nothing is asked where `meant` is None: the row is for information. `exact` is None where it would do more work.
    """

    about: str
    exact: str | None
    default: str
    peer: str
    meant: float | None


def _of(about: str, ours: str, peer: str, meant: float | None, suffix: str = "") -> Target:
    return Target(about, f"{ours}_exact{suffix}", f"{ours}{suffix}", peer, meant)


TARGETS = (
    _of("Flink ÷ Flink SQL", "flink", "flink_sql", 20),
    Target(
        "Flink ÷ Flink SQL, its 24h stepped as ours by default, its 5m and 1h exact",
        None,
        "flink",
        "flink_sql_stepped",
        None,
    ),
    _of("Flink ÷ process function in Python", "flink", "flink_process", 30),
    _of("Flink ÷ plain Python loop (deques, two processes)", "flink", "python_deques", 3),
    _of("Flink ÷ Python loop, tuned (two processes)", "flink", "python_loop", 3),
    _of("Spark ÷ window functions (`rangeBetween`)", "spark", "spark_windows_plain", 15),
    _of("Spark ÷ window functions, tuned", "spark", "spark_windows", 15),
    _of("Spark ÷ DuckDB, both of Parquet", "spark", "duckdb_parquet", 1.5),
    _of("Spark ÷ DuckDB, which decodes JSON lines besides", "spark", "duckdb", 1.5),
    _of("Spark ÷ our own decoding, shuffling, sorting; rows not written", "spark", "spark_floor", None, "_no_rows"),
    _of("Spark ÷ Spark's decoding, shuffling, sorting; rows not written", "spark", "spark_sort", 0.7, "_no_rows"),
)


NOTES = """\
Only exact windows decide, which are the work that peers do; our default windows are less. Rows without a target are for
information: the slower our own decoding, shuffling and sorting, the greater is the ratio to them."""


def targets(ratio: Ratio) -> list[str]:
    """The table as Markdown, and what it means."""
    titles = ("ratio", "events", "exact windows", "default windows (less work)", "meant", "reached")
    lines = [f"| {' | '.join(titles)} |", "|---|--:|--:|--:|--:|---|"]
    for target in TARGETS:
        events, default = ratio(target.default, target.peer)
        exact = ratio(target.exact, target.peer)[1] if target.exact else None
        told = [f"{each:.2f}" if each else "-" for each in (exact, default)]
        meant = "-" if target.meant is None else f"≥ {target.meant:g}"
        lines.append(f"| {' | '.join([target.about, f'{events:,}', *told, meant, reached(target, exact)])} |")
    return [*lines, "", *NOTES.splitlines()]


def reached(target: Target, exact: float | None) -> str:
    """Whether the target is reached, by exact windows."""
    if target.meant is None:
        return "-"
    if exact is None:
        return "not measured"
    return "yes" if exact >= target.meant else "no"
