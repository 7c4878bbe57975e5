"""Store parity: what a store holds is what the reference says of that time, and a planted wrong value is found."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import featlang
from featlang.backends.connectors import sqlite
from featlang.backends.connectors.stored_rows import stored_columns
from featlang.backends.reference import run_reference
from featlang.compiler import ir
from featlang.parity import BlockParity, ParityReport
from featlang.parity_sample import row_names
from featlang.parity_stores import StoreParity, checked, compare_store, moments, stored
from featlang.run_inputs import inputs_of
from tests.cli.conftest import Feat

NOW = 1_800_000_000_000_000
BLOCK = """import sources
features user_engagement from clicks by user_id over 5m, 1d to cassandra("users") {
  clicks = count() dwell = avg(dwell_ms) bounced = any(dwell_ms < 1000) first_seen = min(ts) over forever
}
"""


@pytest.fixture
def database(project: Path, feat: Feat) -> Path:
    """The reference's store of the block, as an engine would leave it."""
    (project / "engagement.feat").write_text(BLOCK)
    assert feat("run", "--project", project).code == 0
    return project / "out" / "reference" / "online.sqlite"


def compared(project: Path, database: Path) -> tuple[ir.Features, StoreParity]:
    """The store beside the reference and the rows of the run."""
    loaded = featlang.load(project)
    (block,) = loaded.program.features
    inputs = inputs_of(loaded.source, loaded.program, [block.name], None, "parity")
    rows = pq.read_table(project / "out" / "reference" / block.name)
    found = in_store(loaded.program, block, database)
    wanted = checked(moments(found, block), row_names(rows, block), block, 2_000)
    result = run_reference(loaded.program, [block.name], inputs, now=NOW, values_wanted={block.name: wanted})
    return block, compare_store("flink", "users", found, block, rows, result.features[block.name].values_at)


def in_store(program: ir.Program, block: ir.Features, database: Path) -> pa.Table:
    """What the store has."""
    return stored(program, block, sqlite.rows(database, "users", stored_columns(program, block)))


def change(database: Path, statement: str, *values: object) -> None:
    """Change the store behind everyone's back."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


def test_a_store_that_is_right(project: Path, database: Path) -> None:
    _, parity = compared(project, database)
    assert parity.problems() == []
    assert (parity.rows, parity.values.rows, parity.values.values) == (5, 5, 5 * 7)


def test_values_are_those_of_the_time_that_the_row_tells_of(project: Path, database: Path) -> None:
    change(database, "UPDATE users SET as_of = as_of + 86400000000 * 3")
    _, parity = compared(project, database)
    assert set(parity.values.differing) >= {"clicks_5m", "clicks_1d", "dwell_1d"}
    assert "first_seen_forever" not in parity.values.differing
    change(database, "UPDATE users SET clicks_5m = 0, clicks_1d = 0, dwell_5m = NULL, dwell_1d = NULL")
    change(database, "UPDATE users SET bounced_5m = 0, bounced_1d = 0")
    assert compared(project, database)[1].problems() == []


def test_a_planted_last_bit_is_found(project: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        ((value,),) = connection.execute("SELECT dwell_1d FROM users WHERE user_id = 'user_2'")
    change(database, "UPDATE users SET dwell_1d = ? WHERE user_id = 'user_2'", math.nextafter(value, math.inf))
    block, parity = compared(project, database)
    report = ParityReport([BlockParity(block, 200, 200, [], stores=[parity])])
    (problem,) = report.problems()
    assert "`dwell_1d` in table `users` of flink is not the reference's in 1 of 5 rows" in problem
    assert "'user_id': 'user_2'" in problem
    assert report.differing == 1


def test_a_key_that_is_missing_and_one_that_has_no_rows_are_found(project: Path, database: Path) -> None:
    change(database, "UPDATE users SET user_id = 'nobody' WHERE user_id = 'user_1'")
    _, parity = compared(project, database)
    assert "1 keys are missing in table `users` of flink, and 1 are there that have no rows" in parity.problems()


def test_a_sample_of_keys_is_checked_where_all_would_take_too_long(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = featlang.load(project).program.features
    asked = [((f"user_{i}",), 10) for i in range(100)]
    rows = [((f"user_{i}",), time, 0) for i in range(100) for time in range(10)]
    assert checked(asked, rows, block, 7) == set(asked)
    monkeypatch.setattr("featlang.parity_stores.CHEAP_SCANS", 1_000)
    chosen = checked(asked, rows, block, 7)
    assert len(chosen) == 7
    assert chosen == checked(list(reversed(asked)), rows, block, 7)


def test_an_empty_store_has_columns(project: Path, database: Path) -> None:
    change(database, "DELETE FROM users")
    loaded = featlang.load(project)
    (block,) = loaded.program.features
    table = in_store(loaded.program, block, database)
    assert table.num_rows == 0
    assert table.schema.field("as_of").type == pa.timestamp("us", tz="UTC")
