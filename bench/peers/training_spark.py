"""Spark: requests with the running features of the events of their user, item and device. Input: the folder.

* `asof`: for each key in turn the union of requests and events, shuffled and sorted once by key and time, with one
  window that grows; only the requests go on to the next key.
* `range_join`: for each key requests joined with the events of the key up to their time, aggregated; then the next.
"""

# Tried, for 2,000,000 requests among 10,000,000 events: `asof` 56.8 s; `range_join` 129.1 s for a fortieth of them
# (bench/TRAINING.md, quiet). What `IN_MEMORY` does was measured with clicks: spark_session.py. Not tried: the as-of
# join of pandas on Spark, which Spark rewrites to a range join with `min_by`.
from __future__ import annotations

from common import arguments, measure
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f
from spark_session import spark_session, written

KEYS = ("user", "item", "device")
FEATURES = [f"{key}_{feature}" for key in KEYS for feature in ("events", "total", "newest")]
IN_MEMORY = 100_000
"""Rows of one key that a window keeps in memory before it writes them to disk; by default 4,096. Keys are large."""


def asof(requests: DataFrame, events: DataFrame) -> DataFrame:
    """All rows."""
    rows = requests
    for key in KEYS:
        of_events = events.select(key, "t", "cents", f.lit(0).alias("is_request"))
        of_requests = rows.withColumns({"cents": f.lit(None).cast("long"), "is_request": f.lit(1)})
        both = of_requests.unionByName(of_events, allowMissingColumns=True)
        so_far = Window.partitionBy(key).orderBy("t", "is_request").rowsBetween(Window.unboundedPreceding, 0)
        rows = (
            both.withColumns(
                {
                    f"{key}_events": f.count("cents").over(so_far),
                    f"{key}_total": f.sum("cents").over(so_far),
                    f"{key}_newest": f.last("cents", ignorenulls=True).over(so_far),
                }
            )
            .where("is_request = 1")
            .drop("cents", "is_request", key)
        )
    return rows


def range_join(requests: DataFrame, events: DataFrame) -> DataFrame:
    """All rows."""
    rows = requests
    for key in KEYS:
        of_events = events.select(f.col(key).alias("of"), f.col("t").alias("past"), "cents")
        pairs = rows.join(
            of_events.hint("shuffle_hash"), (f.col(key) == f.col("of")) & (f.col("past") <= f.col("t")), "left"
        )
        rows = pairs.groupBy(*rows.columns).agg(
            f.count("cents").alias(f"{key}_events"),
            f.sum("cents").alias(f"{key}_total"),
            f.max_by("cents", "past").alias(f"{key}_newest"),
        )
    return rows


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__, ("asof", "range_join"))
    with spark_session(chosen.parallelism) as spark:
        spark.conf.set("spark.sql.windowExec.buffer.in.memory.threshold", str(IN_MEMORY))

        def work() -> int:
            requests, events = (_read(spark, chosen.input / f"{name}.parquet") for name in ("requests", "events"))
            rows = (asof if chosen.variant == "asof" else range_join)(requests, events)
            found = rows.select("request_id", f.timestamp_micros("t").alias("ts"), *FEATURES)
            return written(found, None if chosen.no_rows else chosen.out, chosen.input / "requests.parquet")

        measure(work)


def _read(spark: SparkSession, file: object) -> DataFrame:
    return spark.read.parquet(str(file)).withColumn("t", f.unix_micros("ts")).drop("ts")


if __name__ == "__main__":
    main()
