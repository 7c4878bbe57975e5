"""A local Spark for the peers: the JVM, heap, collector and Java of `feat run --on spark`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from featlang.backends.spark.gateway import spark_gateway

IN_MEMORY = 1_000_000
"""Rows of one key that a window keeps as they are; by default 4,096, beyond which it copies them into pages."""
# Tried with the first 200,000 events, rows not written, two runs each beside other work, in seconds, 4,096 against
# this: `rangeBetween` 85 and 54 against 50 and 35; tuned windows 32 and 33 against 14 and 13.


@contextmanager
def spark_session(parallelism: int, jars: tuple[Path, ...] = ()) -> Iterator[SparkSession]:
    """A session that is up, and has read nothing yet."""
    with spark_gateway(jars, cores=parallelism) as variables:
        os.environ.update(variables)
        settings: dict[str, bool | float | int | str | None] = {
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.windowExec.buffer.in.memory.threshold": str(IN_MEMORY),
            "spark.sql.shuffle.partitions": str(parallelism),
            "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
            "spark.sql.files.maxPartitionBytes": "16m",  # the input is small, and every core should read
        }
        spark = SparkSession.builder.appName("bench").config(map=settings).getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()


def clicks(spark: SparkSession, file: Path) -> DataFrame:
    """What a row needs of an accepted event; `t` in µs. `cents` are whole numbers: their sums are exact."""
    return spark.read.parquet(str(file)).select(
        "user_id",
        "page_id",
        f.unix_micros("ts").alias("t"),
        (f.col("action") == "click").cast("int").alias("click"),
        "price",
        f.round(f.col("price") * 100).cast("long").alias("cents"),
    )


def written(rows: DataFrame, out: Path | None, file: Path) -> int:
    """All rows computed, and written if there is a folder; gives their number, that of the events in the file."""
    if out:
        rows.write.mode("overwrite").parquet(str(out))
    else:
        rows.write.format("noop").mode("overwrite").save()
    return int(pq.read_metadata(file).num_rows)
