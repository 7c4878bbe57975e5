"""Writes a seeded spine of requests and events of the same users, items and devices, which are Zipf-distributed.

`python bench/training_data.py FOLDER [--spine N] [--events N] [--seed S] [--share S]`: `requests.parquet` and
`events.parquet`, in the order of time. Equal arguments give equal bytes (with equal versions of numpy and pyarrow).
No two events share a time, so what came last is the same for everyone; one request in ten has the time of an event.
"""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

START = int(datetime(2026, 3, 1, tzinfo=timezone.utc).timestamp()) * 1_000
DAYS = 90
KEYS = {"user": 200_000, "item": 20_000, "device": 2_000}
"""How many there are of each; the one of rank r is drawn in proportion to 1/r."""
MOST_CENTS = 1_000_000
OF_AN_EVENT = 0.1
"""The share of requests whose time is that of an event."""
ROWS_OF_A_GROUP = 250_000

Numbers = NDArray[np.int64]


def write(folder: Path, spine: int, events: int, seed: int = 1, share: float = 1.0) -> None:
    """Both files; of each only the rows of the first `share` of the time."""
    dice = np.random.default_rng(seed)
    span = DAYS * 86_400_000
    step = span // events  # ms
    times = np.arange(events) * step + dice.integers(0, step, events)
    requested = dice.integers(0, span, spine)
    same = dice.random(spine) < OF_AN_EVENT
    requested[same] = times[dice.integers(0, events, int(same.sum()))]
    requested.sort()
    cents = dice.integers(0, MOST_CENTS, events)
    until = int(span * share)
    _written(folder / "events.parquet", "event_id", times, until, dice, {"cents": cents})
    _written(folder / "requests.parquet", "request_id", requested, until, dice, {})


def _written(
    file: Path, name: str, times: Numbers, until: int, dice: np.random.Generator, more: dict[str, Numbers]
) -> None:
    columns = {name: pa.array(np.arange(len(times)))}
    for key, count in KEYS.items():
        columns[key] = pa.array(_zipf(dice, count, len(times))).cast(pa.string())
    columns |= {other: pa.array(values) for other, values in more.items()}
    columns["ts"] = pa.array((START + times) * 1_000, pa.timestamp("us", tz="UTC"))
    rows = pa.table(columns).slice(0, int(np.searchsorted(times, until)))
    fields = [pa.field(field.name, field.type, nullable=False) for field in rows.schema]
    pq.write_table(rows.cast(pa.schema(fields)), file, row_group_size=ROWS_OF_A_GROUP, compression="zstd")


def _zipf(dice: np.random.Generator, count: int, draws: int) -> Numbers:
    shares = np.cumsum(1 / np.arange(1, count + 1))
    return np.minimum(np.searchsorted(shares / shares[-1], dice.random(draws)), count - 1)


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--spine", type=int, default=2_000_000)
    arguments.add_argument("--events", type=int, default=10_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--share", type=float, default=1.0, help="of the time: only its first rows")
    chosen = arguments.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    write(chosen.folder, chosen.spine, chosen.events, chosen.seed, chosen.share)


if __name__ == "__main__":
    main()
