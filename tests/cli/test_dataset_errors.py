"""What `feat dataset` says where it was used wrongly, or the spine or the project is not right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.cli.conftest import Feat
from tests.cli.dataset_project import AT, PROGRAM, SPINE, dataset_project, rows_of, spine_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a source, two blocks and a table."""
    return dataset_project(tmp_path / "project")


NOT_UTF8 = pa.array([b"\xff"]).view(pa.string())

CENTURIES = pa.scalar(10**15, pa.timestamp("ms"))

WRONG: list[tuple[str, dict[str, Any] | bytes, str, int, str]] = [
    ("spine.parquet", SPINE, "recnt", 2, "no `features` block or table `recnt`; did you mean `recent`?"),
    ("spine.parquet", SPINE, "clicks", 2, "it is a `source`"),
    ("spine.parquet", {"ts": [AT], "uid": ["a"]}, "recent", 1, "--on user=COLUMN; its columns are `ts`, `uid`"),
    ("spine.parquet", {"a": [AT], "b": [AT], "user": ["a"]}, "recent", 1, "several timestamps: `a`, `b`"),
    ("spine.parquet", {"a": [1], "user": ["a"]}, "recent", 1, "no column of timestamps"),
    ("spine.parquet", {"a": [1], "user": ["a"]}, "recent --time a", 1, "--unit ms"),
    ("spine.parquet", {"a": [1.5], "user": ["a"]}, "recent --time a", 1, "is double, and no time"),
    ("spine.parquet", {"a": [AT], "user": ["a"]}, "recent --unit ms", 1, "leave out --unit"),
    ("spine.parquet", {"a": [AT], "user": ["a"]}, "recent --time b", 1, "has no column `b`"),
    ("spine.parquet", {"a": [AT], "user": [1]}, "recent", 1, "is int64, and the key `user` of `recent` is a string"),
    ("spine.parquet", SPINE, "recent --on uzer=user", 1, "no key `uzer`; did you mean `user`?"),
    ("spine.parquet", SPINE, "recent --on user=usr", 1, "has no column `usr`; did you mean `user`?"),
    ("spine.parquet", SPINE, "recent --on user=", 2, "is no KEY=COLUMN"),
    ("spine.parquet", SPINE, "recent --on user=ts --on user=user", 2, "two columns"),
    ("spine.parquet", SPINE, "recent --on sparc", 2, "did you mean `spark`?"),
    ("spine.parquet", SPINE, "recent --on spark --on flink", 2, "one engine"),
    ("spine.parquet", SPINE, "recent --out data.csv", 2, "end its name in .parquet"),
    ("spine.parquet", {"ts": [AT], "user": ["a"], "n_1h": [1]}, "recent", 1, "add --prefix"),
    ("spine.parquet", {"ts": [AT], "user": ["a"], "recent_n_1h": [1]}, "recent --prefix", 1, "rename that one"),
    ("spine.parquet", {"ts": pa.array([], pa.timestamp("us")), "user": []}, "recent", 1, "has no rows"),
    ("spine.parquet", {"ts": pa.array([None], pa.timestamp("us")), "user": ["a"]}, "recent", 1, "every row"),
    (
        "spine.parquet",
        {"ts": [AT], "user": [b"a"]},
        "recent",
        1,
        "is binary, and the key `user` of `recent` is a string",
    ),
    ("spine.parquet", {"ts": [AT], "user": NOT_UTF8}, "recent", 1, "Invalid UTF8"),
    ("spine.parquet", {"ts": [CENTURIES], "user": ["a"]}, "recent", 1, "out of the range of timestamp"),
    ("spine.parquet", b"PAR1", "recent", 1, "cannot be read as parquet"),
    ("spine.txt", b"", "recent", 1, "end its name in .csv, .jsonl, .parquet"),
    ("spine.csv", b"", "recent", 1, "cannot be read as csv"),
    ("spine.csv", b"a,b\n1\n", "recent", 1, "cannot be read as csv"),
    ("spine.csv", b"a,\xff\n1,2\n", "recent", 1, "cannot be read as csv"),
    ("spine.csv", b"user,ts,ts\na,2026-01-01T00:00:00Z,\n", "recent", 1, "several columns `ts`"),
    ("spine.csv", b"user,ts\na,then\n", "recent --time ts", 1, "the first because its column `ts` is `then`"),
    ("spine.jsonl", b"{", "recent", 1, "line 1 is no JSON"),
    ("spine.jsonl", b"[1]", "recent", 1, "line 1 is no JSON object"),
    ("spine.jsonl", b'{"a": 1, "a": 2}', "recent", 1, "twice"),
    ("spine.jsonl", b'{"a": 1}\n{"a": "b"}', "recent", 1, "the column `a` holds values of different types"),
    ("spine.jsonl", b'{"a": 99999999999999999999}', "recent", 1, "the column `a` holds"),
]


@pytest.mark.parametrize(("name", "content", "arguments", "code", "said"), WRONG, ids=[each[4] for each in WRONG])
def test_what_is_wrong_is_said(
    folder: Path, feat: Feat, name: str, content: dict[str, Any] | bytes, arguments: str, code: int, said: str
) -> None:
    if isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        spine_file(folder, content, name)
    result = feat("dataset", *arguments.split(), "--spine", folder / name, "--project", folder)
    assert result.code == code
    assert said in " ".join(result.err.replace("│", " ").split())
    assert not (folder / "out").exists()


def test_a_spine_is_there_and_not_overwritten(folder: Path, feat: Feat) -> None:
    missing = feat("dataset", "recent", "--spine", folder / "no.csv", "--project", folder)
    assert (missing.code, missing.err) == (1, f"error: there is no spine {folder / 'no.csv'}\n")
    spine = spine_file(folder)
    before = spine.read_bytes()
    result = feat("dataset", "recent", "--spine", spine, "--out", spine, "--project", folder)
    assert result.code == 2
    assert "is the spine" in result.err
    assert spine.read_bytes() == before


def test_personal_values_are_written_only_where_that_is_said(folder: Path, feat: Feat) -> None:
    (folder / "all.feat").write_text(PROGRAM.replace("x: int", "@pii x: int"))
    spine = spine_file(folder)
    result = feat("dataset", "recent", "--spine", spine, "--project", folder)
    assert result.code == 1
    assert "`last_ever`; add --pii" in result.err
    assert feat("dataset", "recent", "--spine", spine, "--project", folder, "--pii").code == 0
    assert rows_of(folder)[0]["last_ever"] == 59


def test_blocks_in_the_order_of_arrival_are_refused(folder: Path, feat: Feat) -> None:
    (folder / "all.feat").write_text(PROGRAM.replace("ties = [x]", "order = arrival(x) lateness = 1h"))
    result = feat("dataset", "recent", "--spine", spine_file(folder), "--project", folder)
    assert result.code == 1
    assert "`recent` is in the order of arrival" in result.err


def test_names_of_the_project_and_of_folders_do_not_disturb(folder: Path, feat: Feat) -> None:
    """A project may have a `dataset_spine` of its own, and its path may hold what ends a text."""
    with (folder / "all.feat").open("a") as file:
        file.write("features Dataset_Spine from clicks by user over 1h { value_0 = count() spine_row = count() }\n")
    (folder / 'in "ner').mkdir()
    (folder / "shop").mkdir()
    (folder / "all.feat").rename(folder / "shop" / "all.feat")
    result = feat("dataset", "Dataset_Spine", "--spine", spine_file(folder / 'in "ner'), "--project", folder)
    assert result.code == 0, result.err
    assert [row["spine_row"] for row in rows_of(folder)] == [30, 30, 31, 0, 1, 0]
    (folder / "shop").rename(folder / "my-shop")
    result = feat("dataset", "recent", "--spine", spine_file(folder), "--project", folder)
    assert result.code == 1
    assert "`my-shop` of `my-shop.all` is no name" in result.err


def test_columns_that_two_names_give_are_refused(folder: Path, feat: Feat) -> None:
    with (folder / "all.feat").open("a") as file:
        file.write("features a from clicks by user over 1h { b_c = count() }\n")
        file.write("features a_b from clicks by user over 1h { c = sum(x) }\n")
    result = feat("dataset", "a", "a_b", "--spine", spine_file(folder), "--project", folder)
    assert result.code == 1
    assert "`a` and `a_b` both give `a_b_c`" in result.err
