"""DuckDB: three named RANGE windows over integer µs. Rows see all events of their time.

Of JSON lines it leaves out the late events itself; Parquet holds the accepted ones.
"""

from __future__ import annotations

import duckdb
from common import FEATURES, LATENESS, WINDOWS, arguments, measure

# Seconds for 1,997,925 events on 2 cores, reading (0.9 s) and writing apart, tables in memory. Tried and left:
#   7.1  `avg(price)` beside sum, and `count(*) filter (…)` for clicks; the quotient and `count(click)` need 5.9
#   8.3  partitions by hash(user_id), hash(page_id) instead of the texts
#   5.9  the same windows over a table that is sorted already; `preserve_insertion_order = false`
#   8.7  totals as differences of running totals (`last_value(s) - first_value(s - x)`), plus 3.5 for the running totals
#   over 100: one key of user and time, without partitions: one partition is one task
# Distinct pages alone take 0.5 of it: `count(DISTINCT …)` as a window is a merge-sort tree.
COLUMNS = {name: "DOUBLE" if name == "price" else "VARCHAR" for name in ("user_id", "page_id", "action", "price")}
COLUMNS["ts"] = "TIMESTAMP"
NEEDED = "user_id, page_id, price, epoch_us(ts) AS t, CASE WHEN action = 'click' THEN true END AS click"
HISTORY = f"SELECT {NEEDED} FROM read_parquet(?)"  # noqa: S608 - of constants
EVENTS = f"""
    SELECT {NEEDED}
    FROM (
        SELECT *, max(ts) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS greatest
        FROM read_json(?, format = 'newline_delimited', columns = {COLUMNS})
    )
    WHERE greatest IS NULL OR ts >= greatest - to_microseconds({LATENESS})
"""  # noqa: S608 - of constants
COUNTED = ", ".join(
    f"""count(*) OVER w{name} AS views_{name}, sum(price) OVER w{name} AS total_{name},
    count(price) OVER w{name} AS prices_{name}, max(price) OVER w{name} AS most_{name}"""
    for name in WINDOWS
)
NAMED = ", ".join(
    f"w{name} AS (PARTITION BY user_id ORDER BY t RANGE BETWEEN {width - 1} PRECEDING AND CURRENT ROW)"
    for name, width in WINDOWS.items()
)
MEANS = {f"mean_{name}": f"total_{name} / prices_{name} AS mean_{name}" for name in WINDOWS}  # of nothing: null
ROWS = f"""
    SELECT user_id, make_timestamptz(t) AS ts, {", ".join(MEANS.get(name, name) for name in FEATURES)}
    FROM (
        SELECT user_id, t, {COUNTED}, count(click) OVER w1h AS clicks_1h, count(click) OVER w24h AS clicks_24h,
            count(DISTINCT page_id) OVER w1h AS pages
        FROM events
        WINDOW {NAMED}
    )
"""  # noqa: S608 - of constants


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {chosen.parallelism}")
    connection.execute("SET TimeZone = 'UTC'")

    def work() -> int:
        events = HISTORY if chosen.input.suffix == ".parquet" else EVENTS
        connection.execute(f"CREATE TEMP TABLE events AS {events}", [str(chosen.input)])
        if chosen.no_rows:
            connection.execute(f"CREATE TEMP TABLE rows AS {ROWS}")
        else:
            connection.execute(f"COPY ({ROWS}) TO '{chosen.out}' (FORMAT parquet)")
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])

    measure(work)


if __name__ == "__main__":
    main()
