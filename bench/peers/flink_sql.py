"""Flink SQL: an OVER aggregate for each window length, of which a query takes one, so they are nested.

Times are milliseconds, which is all that Flink SQL orders by. Late events are dropped by Flink's own rule, which depends on the watermark's moment.
Rows of a user at one millisecond all see each other (RANGE).
"""

# Tried, in seconds from the job's RUNNING to its end, rows not written, on the first 200,000 events, beside other
# work: `nested` 13.0, `outward`, which nests the windows the other way round, 20.1. `stepped` is less work than
# `nested`, and comparable to ours by default only: 81.6 for 2,000,000 events, where `nested` took 81.5 for 500,000
# (medians of two quiet runs, commit cbdfb1758d15, rows written as CSV). Object reuse, the heap backend and the
# parallel collector are set for all.
from __future__ import annotations

import argparse

from common import FEATURES, arguments
from flink_local import SETTINGS, create_tables, flink, report, wait, written

# (t - w, t] in milliseconds.
PRECEDING = {
    "5m": "'4:59.999' MINUTE TO SECOND(3)",
    "1h": "'59:59.999' MINUTE TO SECOND(3)",
    "24h": "'0 23:59:59.999' DAY TO SECOND(3)",
}
QUARTER = "TIMESTAMPDIFF(MINUTE, TIMESTAMP '1970-01-01 00:00:00', {}) / 15"


def over(window: str, inner: str, more: str = "", *, clicks: bool = True) -> str:
    """The features of a window, beside all columns of an inner query."""
    features = [
        f"COUNT(*) OVER w AS views_{window}",
        f"SUM(price) OVER w AS total_{window}",
        f"AVG(price) OVER w AS mean_{window}",
        f"MAX(price) OVER w AS most_{window}",
        *([f"COUNT(CASE WHEN action = 'click' THEN 1 END) OVER w AS clicks_{window}"] if clicks else []),
    ]
    frame = f"(PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL {PRECEDING[window]} PRECEDING AND CURRENT ROW)"
    return f"SELECT *, {', '.join(features)}{more} FROM {inner} WINDOW w AS {frame}"


PAGES = ", COUNT(DISTINCT page_id) OVER w AS pages"
MINUTES_AND_HOUR = over("5m", f"({over('1h', 'clicks', PAGES)})", clicks=False)
NESTED = over("5m", f"({over('1h', '(' + over('24h', 'clicks') + ')', PAGES)})", clicks=False)
OUTWARD = over("24h", f"({over('1h', '(' + over('5m', 'clicks', clicks=False) + ')', PAGES)})")
STEPPED = f"""
WITH past AS (
  SELECT user_id, {QUARTER.format("window_end")} AS tile, window_time, COUNT(*) AS events, SUM(price) AS total, COUNT(price) AS prices,
    MAX(price) AS most, COUNT(*) FILTER (WHERE action = 'click') AS clicks
  FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '15' MINUTE, INTERVAL '24' HOUR))
  GROUP BY user_id, window_start, window_end, window_time
), recent AS (
  SELECT *, COUNT(*) OVER w AS events, SUM(price) OVER w AS total, COUNT(price) OVER w AS prices, MAX(price) OVER w AS most,
    COUNT(CASE WHEN action = 'click' THEN 1 END) OVER w AS clicks
  FROM (SELECT *, {QUARTER.format("CAST(ts AS TIMESTAMP(3))")} AS tile FROM ({MINUTES_AND_HOUR}))
  WINDOW w AS (PARTITION BY user_id, tile ORDER BY ts RANGE BETWEEN INTERVAL '15' MINUTE PRECEDING AND CURRENT ROW)
)
SELECT recent.user_id, ts, views_5m, views_1h, total_5m, total_1h, mean_5m, mean_1h, most_5m, most_1h, clicks_1h, pages,
  recent.events + COALESCE(past.events, 0) AS views_24h,
  COALESCE(recent.total + past.total, recent.total, past.total) AS total_24h,
  COALESCE(recent.total + past.total, recent.total, past.total) / NULLIF(recent.prices + COALESCE(past.prices, 0), 0) AS mean_24h,
  COALESCE(GREATEST(recent.most, past.most), recent.most, past.most) AS most_24h,
  recent.clicks + COALESCE(past.clicks, 0) AS clicks_24h
FROM recent LEFT JOIN past ON recent.user_id = past.user_id AND recent.tile = past.tile
  AND recent.ts BETWEEN past.window_time AND past.window_time + INTERVAL '15' MINUTE
"""
VARIANTS = {"outward": OUTWARD, "stepped": STEPPED, "nested": NESTED}


def run(chosen: argparse.Namespace) -> None:
    """Starts the job and waits for it."""
    from pyflink.common import Configuration  # noqa: PLC0415 - its JVM takes the environment that is set by now
    from pyflink.table import EnvironmentSettings, TableEnvironment  # noqa: PLC0415

    settings = Configuration()
    for key, value in (SETTINGS | {"parallelism.default": str(chosen.parallelism)}).items():
        settings.set_string(key, value)
    tables = TableEnvironment.create(
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(settings).build()
    )
    create_tables(tables, chosen)
    columns = ", ".join(("user_id", "ts", *FEATURES))
    query = f"INSERT INTO features SELECT {columns} FROM ({VARIANTS[chosen.variant]})"
    seconds = wait(tables.execute_sql(query).get_job_client())
    report(written(chosen), seconds)


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__, tuple(VARIANTS))
    with flink():
        run(chosen)


if __name__ == "__main__":
    main()
