"""A few rows of what a run wrote, to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from featlang.compiler.streams import EVENT


def last_rows(folder: Path, time: str, count: int) -> list[dict[str, Any]]:
    """The last rows by time of the Parquet files in a folder, latest first."""
    data = ds.dataset(folder, format="parquet")
    second = "_tie" if "_tie" in data.schema.names else EVENT
    order = pc.sort_indices(data.to_table(columns=[time, second]), [(time, "descending"), (second, "descending")])
    rows: list[dict[str, Any]] = data.take(order.slice(0, count)).to_pylist()
    return rows


def cell(value: Any) -> str:
    """A value as a person reads it; what a terminal might act on is escaped."""
    text = "null" if value is None else str(value)
    return text if text.isprintable() else repr(text)[1:-1]
