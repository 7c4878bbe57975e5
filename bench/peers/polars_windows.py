"""Polars: one sorted integer key of user and time together, and rolling over it without groups.

Rows see all events of their time (RANGE). Variants:
* `best`: users are numbered and set apart by more than a day in one key, so that `rolling_*_by` runs once over the
  whole column and binary search finds where windows begin. A page counts from its event to the user's next event on it,
  or for an hour: distinct pages are the events so far less the ends so far.
* `plain`: `DataFrame.rolling(…, group_by="user_id")` with `n_unique`, as the documentation has it.
"""

# Tried, in seconds for 2,000,000 events: `best` 4.3, `plain` 8.5 (medians of two quiet runs, commit cbdfb1758d15,
# rows written with zstd). Beside other work: reading and sorting 4.8 and 6.2, all windows of `best` 9.0 and 9.4,
# writing rows as zstd, Polars' default, 2.1 and 1.5, as Snappy 1.3 and 0.8: Snappy is what all sides write.
from __future__ import annotations

import os
import sys

PARALLELISM = sys.argv[sys.argv.index("--parallelism") + 1] if "--parallelism" in sys.argv else "2"
os.environ["POLARS_MAX_THREADS"] = PARALLELISM  # is read when polars is imported

import polars as pl  # noqa: E402
from common import FEATURES, LATENESS, WINDOWS, arguments, measure  # noqa: E402

SCHEMA = {
    name: pl.Float64 if name == "price" else pl.String
    for name in ("event_id", "user_id", "page_id", "action", "price", "ts")
}


def events(file: str) -> pl.DataFrame:
    """The accepted events by user and time."""
    micros = pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us").cast(pl.Int64)
    return (
        pl.scan_ndjson(file, schema=SCHEMA)
        .select("user_id", "page_id", "price", micros.alias("ts"), (pl.col("action") == "click").alias("click"))
        .filter(pl.col("ts") >= pl.col("ts").cum_max().shift(1, fill_value=0) - LATENESS)
        .sort("user_id", "ts")
        .collect()
    )


def best(file: str) -> pl.DataFrame:
    """All rows."""
    found = events(file)
    since = pl.col("ts") - pl.col("ts").min()
    apart = since.max() + 2 * WINDOWS["24h"]  # no window of a user reaches another's events
    found = found.with_columns(
        key=pl.col("user_id").rle_id().cast(pl.Int64) * apart + since,
        row=pl.int_range(pl.len()),
    )
    key = found["key"]
    end = key.search_sorted(key, side="right")
    begins = {name: key.search_sorted(key - width, side="right") for name, width in WINDOWS.items()}
    clicks = pl.concat([pl.Series([0]), found["click"].cast(pl.Int64).cum_sum()])  # before the row

    next_of_page = pl.col("row").shift(-1).over("user_id", "page_id")
    leaves = key.search_sorted(key + WINDOWS["1h"], side="left")
    ends = found.select(pl.min_horizontal(next_of_page, leaves.alias("leaves").cast(pl.Int64))).to_series().sort()
    last = end - 1
    pages = end - ends.search_sorted(last, side="right")

    def over(aggregate: str, window: str) -> pl.Expr:
        rolling = getattr(pl.col("price"), f"rolling_{aggregate}_by")
        return rolling("key", window_size=f"{WINDOWS[window]}i")

    return found.select(
        "user_id",
        pl.col("ts").cast(pl.Datetime("us", "UTC")),
        *((end - begins[window]).cast(pl.Int64).alias(f"views_{window}") for window in WINDOWS),
        *(
            pl.when(over("max", window).is_not_null()).then(over("sum", window)).alias(f"total_{window}")
            for window in WINDOWS
        ),
        *(over("mean", window).alias(f"mean_{window}") for window in WINDOWS),
        *(over("max", window).alias(f"most_{window}") for window in WINDOWS),
        *((clicks.gather(end) - clicks.gather(begins[window])).alias(f"clicks_{window}") for window in ("1h", "24h")),
        pages.cast(pl.Int64).alias("pages"),
    )


def plain(file: str) -> pl.DataFrame:
    """All rows."""
    found = events(file).with_columns(pl.col("ts").cast(pl.Datetime("us", "UTC")))
    parts = []
    for window in WINDOWS:
        price = pl.col("price")
        has = price.count() > 0
        aggregates = [
            pl.len().cast(pl.Int64).alias(f"views_{window}"),
            pl.when(has).then(price.sum()).alias(f"total_{window}"),
            price.mean().alias(f"mean_{window}"),
            price.max().alias(f"most_{window}"),
        ]
        if window != "5m":
            aggregates.append(pl.col("click").sum().cast(pl.Int64).alias(f"clicks_{window}"))
        if window == "1h":
            aggregates.append(pl.col("page_id").n_unique().cast(pl.Int64).alias("pages"))
        parts.append(found.rolling("ts", period=window, group_by="user_id").agg(aggregates))
    together = pl.concat([parts[0], *(part.drop("user_id", "ts") for part in parts[1:])], how="horizontal")
    return together.select("user_id", "ts", *FEATURES)


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__, ("best", "plain"))

    def work() -> int:
        rows = (best if chosen.variant == "best" else plain)(str(chosen.input))
        if not chosen.no_rows:
            rows.write_parquet(chosen.out, compression="snappy")
        return int(rows.height)

    measure(work)


if __name__ == "__main__":
    main()
