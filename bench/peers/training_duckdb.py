"""DuckDB: running features of the events by window functions, then an ASOF join for each key. Input: the folder."""

# Nothing else was tried: 17.6 s for 2,000,000 requests among 10,000,000 events (bench/TRAINING.md), twice as fast as
# ours.
from __future__ import annotations

import duckdb
from common import arguments, measure

KEYS = ("user", "item", "device")
RUNNING = """
    SELECT "{key}", ts, count(*) OVER w AS events, (sum(cents) OVER w)::BIGINT AS total, cents AS newest
    FROM read_parquet('{folder}/events.parquet')
    WINDOW w AS (PARTITION BY "{key}" ORDER BY ts ROWS UNBOUNDED PRECEDING)
"""
FOUND = """
    coalesce({key}_.events, 0) AS {key}_events, {key}_.total AS {key}_total, {key}_.newest AS {key}_newest
"""
JOINED = 'ASOF LEFT JOIN ({running}) {key}_ ON spine."{key}" = {key}_."{key}" AND spine.ts >= {key}_.ts'


def query(folder: str) -> str:
    """All rows."""
    found = ", ".join(FOUND.format(key=key) for key in KEYS)
    joins = "\n".join(JOINED.format(key=key, running=RUNNING.format(key=key, folder=folder)) for key in KEYS)
    return f"SELECT request_id, spine.ts, {found} FROM read_parquet('{folder}/requests.parquet') spine {joins}"  # noqa: S608 - of constants


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {chosen.parallelism}")
    connection.execute("SET TimeZone = 'UTC'")

    def work() -> int:
        rows = query(str(chosen.input))
        if chosen.no_rows:
            connection.execute(f"CREATE TEMP TABLE rows AS {rows}")
            return int(connection.execute("SELECT count(*) FROM rows").fetchone()[0])
        chosen.out.mkdir(parents=True)
        (count,) = connection.execute(f"COPY ({rows}) TO '{chosen.out}/rows.parquet' (FORMAT parquet)").fetchone()
        return int(count)

    measure(work)


if __name__ == "__main__":
    main()
