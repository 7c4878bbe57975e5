"""What all peers share: their arguments, the work, the clock, and the one line of JSON that they print.

A peer's `seconds` contain reading the input, computing all rows, and writing them to Parquet, with the engine, its
session and its imports up before: what `feat run` calls `read`, `compute` and `write`. With `--no-rows` all rows are
computed, and none is written.
`total` begins with the process.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

WINDOWS = {"5m": 300_000_000, "1h": 3_600_000_000, "24h": 86_400_000_000}
"""Each holds (t - w, t], in µs."""
LATENESS = 2_000_000
"""µs. An event is late, and left out, if it is earlier than the greatest time before it in the file less this."""
FEATURES = [
    *(f"{feature}_{window}" for feature in ("views", "total", "mean", "most") for window in WINDOWS),
    *("clicks_1h", "clicks_24h", "pages"),
]
"""The columns of a row after `user_id` and `ts`. A peer whose rows see only the ties before them has `_tie` too."""


def arguments(about: str | None, variants: tuple[str, ...] = ("best",)) -> argparse.Namespace:
    """The command line of a peer; the first variant is the one whose figure stands."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path, help="what bench/clicks.py wrote")
    parser.add_argument("--out", type=Path, help="a Parquet file or, for Spark, a folder of them")
    parser.add_argument("--no-rows", action="store_true", help="compute all rows, write none")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--variant", choices=variants, default=variants[0])
    chosen = parser.parse_args()
    if not chosen.no_rows and not chosen.out:
        parser.error("give --out FILE or --no-rows")
    return chosen


def measure(work: Callable[[], int]) -> None:
    """Runs the work, which gives the number of its rows, and prints the result."""
    started = time.monotonic()
    rows = work()
    seconds = time.monotonic() - started
    print(json.dumps({"rows": rows, "seconds": round(seconds, 3), "total": round(_age(), 3)}))


def _age() -> float:
    """Seconds since this process began."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
