"""The same sum by Flink SQL: `python examples/sliding_sums/flink_sql.py` prints a line for each payment."""

import os
import tempfile
from pathlib import Path

from featlang.backends.flink.local import flink_environment

PAYMENTS = Path(__file__).resolve().with_name("payments.jsonl")
TABLE = f"""
CREATE TABLE payments (account STRING, amount DOUBLE, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '{PAYMENTS}', 'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601')
"""
QUERY = """
SELECT amount, SUM(amount) OVER (
  PARTITION BY account ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS total
FROM payments
"""


def main() -> None:
    """Runs the query in a Flink of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        os.environ.update(flink_environment(Path(scratch), Path(scratch)))
        from pyflink.table import (  # noqa: PLC0415 - takes the environment set above
            EnvironmentSettings,
            TableEnvironment,
        )

        tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
        tables.get_config().set("parallelism.default", "1")
        tables.execute_sql(TABLE)
        with tables.execute_sql(QUERY).collect() as rows:
            for amount, total in rows:
                print(amount, total)


if __name__ == "__main__":
    main()
