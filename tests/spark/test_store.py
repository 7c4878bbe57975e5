"""The local online store, written by the kernel's JDBC writer and read back with Python's sqlite3."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.backends.kernel.build import compile_java, runtime_jar, write_jar
from featlang.backends.kernel.jars import jar_set
from featlang.backends.kernel.java_home import find_java

Trial = Callable[[str, Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Runs a scenario of `StoreTrial` on a database file."""
    runtime = runtime_jar(["store"])
    classes = compile_java([Path(__file__).with_name("java") / "store"], [runtime])
    jar = tmp_path_factory.mktemp("store") / "trial.jar"
    write_jar(classes, jar)
    class_path = ":".join(map(str, [jar, runtime, *jar_set("sqlite")]))

    def run(scenario: str, database: Path) -> subprocess.CompletedProcess[str]:
        command = [str(find_java().executable), "-cp", class_path, "StoreTrial", scenario, str(database)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_every_type_and_odd_names_are_kept_and_the_last_written_row_of_a_key_wins(trial: Trial, tmp_path: Path) -> None:
    database = tmp_path / "new folder" / "online.sqlite"
    done = trial("types", database)
    assert done.returncode == 0, done.stderr
    columns = ('user "id"', "shop", "as_of", "_written", "a", "b", "c", "d", "e", "f'; DROP TABLE x; --")
    shop = b"\x00\xff"
    assert read_table(database, 'features."odd" name') == [
        dict(zip(columns, values, strict=True))
        for values in (
            ("nul\0\u017c\U0001f600'", shop, -(2**63), 0, 0, 5e-324, "", b"", 2**63 - 1, -719162),
            ("x", shop, 2, 1, None, None, None, None, None, None),
            ("y", shop, -1, 0, None, -1e308, "second", None, -7, 2932896),
        )
    ]


def test_writers_share_one_file(trial: Trial, tmp_path: Path) -> None:
    database = tmp_path / "online.sqlite"
    done = trial("parallel", database)
    assert done.returncode == 0, done.stderr
    expected = [
        {"k": first + i, "as_of": 5_500 + i, "_written": 5_500 + i, "n": 5_500 + i}
        for first in range(0, 8_000, 1_000)
        for i in range(500)
    ]
    assert read_table(database, "small") == expected


def test_no_row_replaces_one_that_was_written_later(trial: Trial, tmp_path: Path) -> None:
    database = tmp_path / "online.sqlite"
    done = trial("older", database)
    assert done.returncode == 0, done.stderr
    assert read_table(database, "small") == [
        {"k": 1, "as_of": 5, "_written": 20, "n": 1},
        {"k": 2, "as_of": 9, "_written": 20, "n": 7},
        {"k": 3, "as_of": 6, "_written": 20, "n": 5},
    ]


def test_an_open_that_fails_leaves_no_connection(trial: Trial, tmp_path: Path) -> None:
    done = trial("refused", tmp_path / "online.sqlite")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "0", "0"]


def test_a_table_of_other_columns_is_refused(trial: Trial, tmp_path: Path) -> None:
    database = tmp_path / "online.sqlite"
    assert trial("parallel", database).returncode == 0
    before = read_table(database, "small")
    done = trial("other_columns", database)
    assert done.returncode == 1
    assert "table small" in done.stderr
    assert "drop the table, or write to another" in done.stderr
    assert read_table(database, "small") == before


def test_settings_that_lack_something_are_named_and_not_shown(trial: Trial, tmp_path: Path) -> None:
    done = trial("no_table", tmp_path / "online.sqlite")
    assert done.returncode == 1
    assert 'a store\'s settings lack "table"' in done.stderr
    assert "password" in done.stderr
    assert "hush" not in done.stderr


def test_a_binding_names_the_file_below_out(tmp_path: Path) -> None:
    assert binding("features.t", tmp_path) == {
        "kind": "sqlite",
        "path": str(tmp_path / "online.sqlite"),
        "table": "features.t",
        "emit": "every",
    }
    assert binding("t", tmp_path, 1_000_000)["emit"] == 1_000_000
