"""`make bench-oracle`: rows of examples/flights' `departures` against DuckDB's ASOF join of the same files.

`python bench/oracle.py [--on spark|flink]`. What is looked up of the weather is compared row by row: each departure
with the newest row of its airport up to its hour. Needs the example's data (`python examples/fetch.py`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
from sides import BENCH, jvm_variables

FLIGHTS = BENCH.parent / "examples" / "flights"
OUT = BENCH / "out" / "oracle"
IDENTITY = "time_hour, carrier, flight, origin, dest, dep_delay"
"""What tells departures apart: two with all of it alike would have the same weather."""
FOUND = "wind, freezing, wet, poor_sight"
OURS = f"SELECT {IDENTITY}, {FOUND} FROM read_parquet('{{rows}}/**/*.parquet')"  # noqa: S608 - of constants
FILE = "read_csv('{data}/{name}.csv', nullstr = 'NA', header = true, sample_size = -1)"
THEIRS = f"""
    SELECT {IDENTITY.replace(", ", ", f.").replace("time_hour", "f.time_hour::TIMESTAMPTZ AS time_hour")},
        w.wind_speed::DOUBLE AS wind, w.temp <= 32 AS freezing, w.precip > 0 AS wet, w.visib < 3 AS poor_sight
    FROM {FILE.replace("{name}", "flights")} f
    ASOF LEFT JOIN {FILE.replace("{name}", "weather")} w
        ON f.origin = w.origin AND f.time_hour::TIMESTAMPTZ >= w.time_hour::TIMESTAMPTZ
    WHERE f.dep_time IS NOT NULL
"""  # noqa: S608 - of constants
DIFFERING = "SELECT count(*) FROM (SELECT * FROM {} EXCEPT ALL SELECT * FROM {})"


def main() -> None:
    """The command line. Exits 1 where a row differs."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--on", choices=["spark", "flink"], default="spark")
    chosen = arguments.parse_args()
    data = FLIGHTS / "data"
    if not all((data / f"{name}.csv").is_file() for name in ("flights", "weather")):
        sys.exit("the example has no data: run `python examples/fetch.py`")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    rows = OUT / "rows"
    feat = Path(sys.executable).with_name("feat")
    command = [feat, "run", "departures", "--on", chosen.on, "--project", FLIGHTS, "--out", rows]
    subprocess.run(command, env=jvm_variables(), check=True)  # noqa: S603 - our own
    written = json.loads((rows / "run.json").read_text(encoding="utf-8"))["written"]["departures"]
    found = compared(rows / "departures", data)
    print(f"{found['theirs']:,} departures by DuckDB, {found['ours']:,} by us ({written:,} written)")
    print(f"only by us: {found['only ours']:,}; only by DuckDB: {found['only theirs']:,}")
    sys.exit(bool(found["only ours"] or found["only theirs"] or found["ours"] != written or not written))


def compared(rows: Path, data: Path) -> dict[str, int]:
    """How many rows each side has, and how many of them the other has not, each as often as it is there."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TABLE ours AS {OURS.format(rows=rows)}")
    connection.execute(f"CREATE TABLE theirs AS {THEIRS.format(data=data)}")
    queries = {
        "ours": "SELECT count(*) FROM ours",
        "theirs": "SELECT count(*) FROM theirs",
        "only ours": DIFFERING.format("ours", "theirs"),
        "only theirs": DIFFERING.format("theirs", "ours"),
    }
    return {name: connection.sql(query).fetchall()[0][0] for name, query in queries.items()}


if __name__ == "__main__":
    main()
