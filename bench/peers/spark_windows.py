"""PySpark window functions over Parquet of accepted events. Rows see all events of their time (RANGE).

Spark scans a frame that slides again for each row; only a frame that begins with its partition grows. Variants:
* `best`: no frame slides but that of the maximum over 5m. Counts and sums are growing ones up to t less those up to t -
  w. The maximum over a longer w is the greater of the running one since the last multiple of w and, from where the
  window begins, the one up to that multiple. Distinct pages are the pages entered less those left: each is left at the
  user's next event on it, or after an hour.
* `plain`: `rangeBetween` of each window, `size(collect_set(…))` for distinct pages.
"""

# Tried, in seconds, once the session is up:
# * `plain` on 50,000 events 9.1, while `best` took 24 for 2,000,000 (medians of two quiet runs, commit cbdfb1758d15,
#   when windows kept 4,096 rows of a key in memory): what slides is looked at again for each row;
# * 1,000,000 rows of a key in memory, for both: see spark_session.py; `plain` is 1.6 times as fast by it, `best` 2.4
#   times;
# * `plain` took 7.1 for the first 50,000 events and 17.3 for 200,000 (busy machine, 4,096 rows): 7,000 events/s of the
#   first, 14,700 of the next 150,000. A short prefix, by the whole seconds, is against this peer, not for it.
#   With 1,000,000 rows in memory 87.7 for 500,000, and `best` 39.7 for 2,000,000 with rows written, beside other work.
# Not tried: a function in Python for each user (`applyInPandas`), which would be the Python loop with Spark around
# it.
from __future__ import annotations

from common import FEATURES, WINDOWS, arguments, measure
from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as f
from spark_session import clicks, spark_session, written

START = Window.unboundedPreceding


def _of_user() -> WindowSpec:
    return Window.partitionBy("user_id").orderBy("t")


def _rows(events: DataFrame) -> DataFrame:
    return events.select("user_id", f.timestamp_micros("t").alias("ts"), *FEATURES)


def plain(events: DataFrame) -> DataFrame:
    """All rows."""
    frames = {name: _of_user().rangeBetween(1 - width, 0) for name, width in WINDOWS.items()}
    columns = {
        f"{feature}_{name}": aggregate.over(frame)
        for name, frame in frames.items()
        for feature, aggregate in {
            "views": f.count(f.lit(1)),
            "total": f.sum("price"),
            "mean": f.avg("price"),
            "most": f.max("price"),
        }.items()
    }
    columns |= {f"clicks_{name}": f.sum(f.col("click").cast("long")).over(frames[name]) for name in ("1h", "24h")}
    columns["pages"] = f.size(f.collect_set("page_id").over(frames["1h"])).cast("long")
    return _rows(events.withColumns(columns))


def best(events: DataFrame, partitions: int) -> DataFrame:
    """All rows."""
    events = events.repartition(partitions, "user_id")  # once: whatever follows stays with its user
    events = _with_pages(events)
    for name in ("1h", "24h"):
        events = _with_blocks(events, name)
    so_far, first = _of_user().rangeBetween(START, 0), _of_user().rowsBetween(START, 0)
    counted = {
        "views": f.count(f.lit(1)),
        "prices": f.count("cents"),
        "cents": f.sum("cents"),
        "clicks": f.sum("click"),
    }

    def within(feature: str, name: str) -> Column:
        """In (t - w, t]."""
        before = counted[feature].over(_of_user().rangeBetween(START, -WINDOWS[name]))
        return counted[feature].over(so_far) - f.coalesce(before, f.lit(0))

    def most(name: str) -> Column:
        """Over one or two blocks."""
        after = f.last(f.col(f"next_{name}")).over(_of_user().rangeBetween(START, -WINDOWS[name]))
        begin = f.coalesce(after, f.first(f.col(f"rest_{name}")).over(first))
        before = f.when(begin["block"] < f.col(f"block_{name}"), begin["most"])
        return f.greatest(f.col(f"running_{name}"), before)

    events = events.withColumns(
        {f"next_{name}": f.lead(f"rest_{name}").over(_of_user()) for name in ("1h", "24h")}
    ).withColumns(
        {
            **{f"views_{name}": within("views", name) for name in WINDOWS},
            **{f"prices_{name}": within("prices", name) for name in WINDOWS},
            **{f"cents_{name}": within("cents", name) for name in WINDOWS},
            **{f"clicks_{name}": within("clicks", name) for name in ("1h", "24h")},
            "most_5m": f.max("price").over(_of_user().rangeBetween(1 - WINDOWS["5m"], 0)),
            "most_1h": most("1h"),
            "most_24h": most("24h"),
        }
    )
    some = {name: f.when(f.col(f"prices_{name}") > 0, f.col(f"cents_{name}") / 100) for name in WINDOWS}
    events = events.withColumns(
        {
            **{f"total_{name}": some[name] for name in WINDOWS},
            **{f"mean_{name}": some[name] / f.col(f"prices_{name}") for name in WINDOWS},
        }
    )
    return _rows(events)


def _with_pages(events: DataFrame) -> DataFrame:
    """`pages`: the distinct ones of the last hour."""
    returns = f.lead("t").over(Window.partitionBy("user_id", "page_id").orderBy("t"))
    leaves = f.least(f.col("t") + WINDOWS["1h"], returns)  # never returns: null, which `least` passes over
    kept = [f.col(name) for name in ("click", "price", "cents")]
    enter = f.struct("t", f.lit(1).alias("step"), *kept)
    leave = f.struct(
        f.col("leaves").alias("t"), f.lit(-1).alias("step"), *(f.lit(None).cast(t).alias(n) for n, t in _TYPES.items())
    )
    steps = events.withColumn("leaves", leaves).select("user_id", f.inline(f.array(enter, leave)))
    pages = f.sum("step").over(_of_user().rangeBetween(START, 0))
    return steps.withColumn("pages", pages).where("step = 1").drop("step")


_TYPES = {"click": "int", "price": "double", "cents": "long"}


def _with_blocks(events: DataFrame, name: str) -> DataFrame:
    """The running maximum in a user's block of time w, and the maximum of the rest of the block, itself included."""
    block = f"block_{name}"
    in_block = Window.partitionBy("user_id", block)
    rest = f.max("price").over(in_block.orderBy(f.desc("t")).rangeBetween(START, 0))
    return (
        events.withColumn(block, f.col("t") - f.col("t") % WINDOWS[name])
        .withColumn(f"running_{name}", f.max("price").over(in_block.orderBy("t").rangeBetween(START, 0)))
        .withColumn(f"rest_{name}", f.struct(f.col(block).alias("block"), rest.alias("most")))
    )


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__, ("best", "plain"))
    with spark_session(chosen.parallelism) as spark:

        def work() -> int:
            events = clicks(spark, chosen.input)
            rows = best(events, chosen.parallelism) if chosen.variant == "best" else plain(events)
            return written(rows, None if chosen.no_rows else chosen.out, chosen.input)

        measure(work)


if __name__ == "__main__":
    main()
