"""Spark range join over Parquet of accepted events: each event with those of its user in the last 24 hours, aggregated.

Every pair is looked at, so the work grows with the square of what a window holds. Rows see all events of their time
(RANGE). Distinct pages are the events of the hour whose page the user has not returned to by t: a count needs no sets,
and the aggregation stays in generated code.
"""

# Tried and left, on 200,000 events of 3 days: `bins`, a second key of the join (the day; each event under its own and
# the next): 116 s against 104 s without, on a busy machine. On the first 50,000 and 200,000 of 2,000,000 events of 3
# days 9.4 and 36.8 s, rows not written, on a busy machine too.

from __future__ import annotations

from common import FEATURES, WINDOWS, arguments, measure
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f
from spark_session import clicks, spark_session, written

DAY = WINDOWS["24h"]


def rows(events: DataFrame, variant: str, partitions: int) -> DataFrame:
    """All rows."""
    events = events.repartition(partitions, "user_id")
    returns = f.lead("t").over(Window.partitionBy("user_id", "page_id").orderBy("t"))
    past = events.select("user_id", f.col("t").alias("past"), "price", "click", returns.alias("returns"))
    now = events.select("user_id", "t", f.monotonically_increasing_id().alias("id"))
    on = ["user_id"]
    if variant == "bins":
        bin_of_past = f.col("past") - f.col("past") % DAY
        past = past.withColumn("bin", f.explode(f.array(bin_of_past, bin_of_past + DAY)))
        now = now.withColumn("bin", f.col("t") - f.col("t") % DAY)
        on = ["user_id", "bin"]
    pairs = now.join(past.hint("shuffle_hash"), on).where(
        (f.col("past") <= f.col("t")) & (f.col("past") > f.col("t") - DAY)
    )

    def within(name: str, value: Column) -> Column:
        return value if name == "24h" else f.when(f.col("past") > f.col("t") - WINDOWS[name], value)

    one = f.lit(1)
    stays = f.col("returns").isNull() | (f.col("returns") > f.col("t"))
    aggregates = {
        **{f"views_{name}": f.count(within(name, one)) for name in WINDOWS},
        **{f"total_{name}": f.sum(within(name, f.col("price"))) for name in WINDOWS},
        **{f"mean_{name}": f.avg(within(name, f.col("price"))) for name in WINDOWS},
        **{f"most_{name}": f.max(within(name, f.col("price"))) for name in WINDOWS},
        **{f"clicks_{name}": f.count(within(name, f.when(f.col("click") == 1, 1))) for name in ("1h", "24h")},
        "pages": f.count(within("1h", f.when(stays, 1))),
    }
    found = pairs.groupBy("user_id", "t", "id").agg(*(column.alias(name) for name, column in aggregates.items()))
    return found.select("user_id", f.timestamp_micros("t").alias("ts"), *FEATURES)


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__, ("best", "bins"))
    with spark_session(chosen.parallelism) as spark:

        def work() -> int:
            events = clicks(spark, chosen.input)
            joined = rows(events, chosen.variant, chosen.parallelism)
            return written(joined, None if chosen.no_rows else chosen.out, chosen.input)

        measure(work)


if __name__ == "__main__":
    main()
