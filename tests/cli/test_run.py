"""`feat run` on the reference: what it writes, and what it makes of data that is not right."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import featlang
from tests.cli.conftest import Feat

COLUMNS = ["user_id", "ts", "_tie", "clicks_5m", "clicks_1h", "clicks_1d"]


def rows(folder: Path) -> list[dict[str, object]]:
    """Rows in an order of their own."""
    return sorted(pq.read_table(folder).to_pylist(), key=repr)


def one_source(folder: Path, kind: str, name: str, content: bytes) -> Path:
    """A project that counts by `k` what one file holds."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / name).write_bytes(content)
    (folder / "all.feat").write_text(
        "source s(k: string, x: int?, t: timestamp) {\n"
        f'  time = t ties = [x] lateness = 1h stream = {kind}("data/{name}")\n'
        "}\n"
        "features f from s by k over 1h { n = count() total = sum(x) }\n"
    )
    return folder


def test_run_writes_rows_counts_and_refused_records(project: Path, feat: Feat) -> None:
    result = feat("run", "--on", "reference", "--project", project)
    assert result.code == 0
    assert "200 accepted" in result.out
    out = project / "out" / "reference"
    table = pq.read_table(out / "user_engagement")
    assert table.column_names[: len(COLUMNS)] == COLUMNS
    assert table.schema.field("ts").type == pa.timestamp("us", tz="UTC")
    assert table.num_rows == 200
    run = json.loads((out / "run.json").read_text())
    assert run["sources"] == {"clicks": {"read": 200, "accepted": 200, "rejected": {}, "late": 0, "quarantined": 0}}
    assert run["written"] == {"user_engagement": 200}
    assert run["nulls"]["user_engagement"]["ctr_5m"]["division_by_zero"] > 0
    assert set(run["seconds"]) == {"start", "read", "compute", "write", "total"}
    for kind in ("_rejects", "_late", "_quarantine"):
        assert pq.read_table(out / kind / "clicks").column_names == ["raw", "path", "record", "code", "text"]


def test_since_and_until_give_the_same_rows_of_a_whole_run(project: Path, feat: Feat) -> None:
    assert feat("run", "--project", project, "--out", project / "whole").code == 0
    since, until = "2026-01-01T12:00:00Z", "2026-01-01T18:00:00+00:00"
    assert feat("run", "--project", project, "--out", project / "part", "--since", since, "--until", until).code == 0
    whole, part = rows(project / "whole" / "user_engagement"), rows(project / "part" / "user_engagement")
    assert part == [row for row in whole if 12 <= row["ts"].hour < 18 and row["ts"].day == 1]  # type: ignore[attr-defined]
    assert 0 < len(part) < len(whole)


def test_a_failed_run_leaves_what_was_there(project: Path, feat: Feat) -> None:
    assert feat("run", "--project", project).code == 0
    before = rows(project / "out" / "reference" / "user_engagement")
    (project / "data" / "clicks.jsonl").rename(project / "data" / "gone")
    failed = feat("run", "--project", project)
    assert failed.code == 1
    assert "F404" in failed.err
    assert rows(project / "out" / "reference" / "user_engagement") == before
    assert sorted(path.name for path in (project / "out").iterdir()) == ["reference"]


def test_a_folder_that_no_run_has_written_is_not_replaced(project: Path, feat: Feat) -> None:
    result = feat("run", "--project", project, "--out", project)
    assert result.code == 1
    assert "no run has written" in result.err
    assert (project / "sources.feat").is_file()


def test_a_folder_of_logs_that_no_run_has_written_is_not_removed(project: Path, feat: Feat) -> None:
    notes = project / "out" / "reference.failed" / "notes.md"
    notes.parent.mkdir(parents=True)
    notes.write_text("what failed last week")
    result = feat("run", "--project", project)
    assert result.code == 1
    assert f"{notes.parent} holds something that no run has written" in result.err
    assert notes.is_file()


def test_a_link_to_a_folder_stays_one(project: Path, feat: Feat) -> None:
    (project / "big").mkdir()
    (project / "link").symlink_to("big")
    (project / "fresh").symlink_to("new")
    for _ in range(2):
        assert feat("run", "--project", project, "--out", project / "link").code == 0
        assert feat("run", "--project", project, "--out", project / "fresh").code == 0
    assert (project / "link").is_symlink()
    assert (project / "big" / "run.json").is_file()
    assert (project / "new" / "run.json").is_file()


def test_a_mounted_folder_is_refused_before_the_work(project: Path, feat: Feat) -> None:
    result = feat("run", "--project", project, "--out", "/")
    assert result.code == 1
    assert "name a folder below it" in result.err


def test_flags_are_environment_variables(project: Path, feat: Feat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEAT_RUN_PROJECT", str(project))
    monkeypatch.setenv("FEAT_RUN_OUT", str(project / "elsewhere"))
    monkeypatch.setenv("FEAT_RUN_ROWS", "0")
    result = feat("run")
    assert (result.code, "avg_dwell" in result.out) == (0, False)
    assert (project / "elsewhere" / "run.json").is_file()


def test_malformed_json_in_mid_file_is_a_reject_with_its_place(project: Path, feat: Feat) -> None:
    data = project / "data" / "clicks.jsonl"
    lines = data.read_text().splitlines(keepends=True)
    assert feat("run", "--project", project).code == 0
    expected = rows(project / "out" / "reference" / "user_engagement")
    data.write_text("".join([*lines[:100], '{"event_id": "broken\n', *lines[100:]]))
    assert feat("run", "--project", project).code == 0
    (reject,) = pq.read_table(project / "out" / "reference" / "_rejects" / "clicks").to_pylist()
    assert (reject["raw"], reject["path"], reject["record"]) == (b'{"event_id": "broken', str(data), 101)
    assert reject["code"] == "malformed"
    assert rows(project / "out" / "reference" / "user_engagement") == expected


def test_a_short_csv_row_is_a_reject(tmp_path: Path, feat: Feat) -> None:
    content = b"k,x,t\na,1,2024-01-01T00:00:00Z\na,2\na,3,2024-01-01T00:00:01Z\n"
    project = one_source(tmp_path / "p", "csv", "s.csv", content)
    assert feat("run", "--project", project).code == 0
    (reject,) = pq.read_table(project / "out" / "reference" / "_rejects" / "s").to_pylist()
    assert (reject["raw"], reject["record"], reject["code"]) == (b"a,2", 2, "short")
    assert {row["total"] for row in rows(project / "out" / "reference" / "f")} == {1, 4}


def test_an_empty_source_gives_no_rows_with_the_right_columns(tmp_path: Path, feat: Feat) -> None:
    project = one_source(tmp_path / "p", "jsonl", "s.jsonl", b"")
    assert feat("run", "--project", project).code == 0
    table = pq.read_table(project / "out" / "reference" / "f")
    assert (table.num_rows, table.column_names) == (0, ["k", "t", "_tie", "n", "total"])


@pytest.mark.parametrize(
    ("kind", "name", "content", "expected"),
    [
        ("parquet", "s.parquet", b"PAR1 and then nothing", "s.parquet"),
        ("parquet", "s.parquet", b"", "s.parquet"),
        ("csv", "s.csv", b"k,x\na,1\n", "names column `t` not"),
        ("csv", "s.csv", b"k,x,t,k\na,1,2,3\n", "names column `k` twice"),
    ],
    ids=["truncated parquet", "empty parquet", "missing column", "doubled column"],
)
def test_a_file_that_is_wrong_as_a_whole_ends_the_run_with_a_message(
    kind: str, name: str, content: bytes, expected: str, tmp_path: Path, feat: Feat
) -> None:
    result = feat("run", "--project", one_source(tmp_path / "p", kind, name, content))
    assert result.code == 1
    assert result.err.startswith("reference: computing")
    assert "error: " in result.err
    assert expected in result.err


def test_unknown_column_and_wrong_type_are_findings(project: Path, feat: Feat) -> None:
    (project / "engagement.feat").write_text(
        "import sources\n"
        "features f from clicks by user_id over 1h {\n"
        "  a = sum(dwel_ms) b = sum(action) c = count() where action == 1\n"
        "}\n"
    )
    result = feat("run", "--project", project)
    assert result.code == 1
    assert "did you mean `dwell_ms`" in result.err
    assert result.err.count("error[F") == 3


def test_huge_and_deep_files_are_findings(project: Path, feat: Feat) -> None:
    (project / "engagement.feat").write_text("features f from clicks by user_id over 1h { a = " + "(" * 10_000 + "1 }")
    assert feat("check", project).code == 1
    (project / "engagement.feat").write_text("# " + "x" * 1_000_000 + "\n")
    assert feat("check", project).code == 0
    (project / "engagement.feat").write_text("features " * 110_000)
    assert feat("check", project).code == 1
    (project / "engagement.feat").write_bytes(b"\xff\xfe\x00")
    assert feat("check", project).code == 1


def test_the_same_in_python(project: Path) -> None:
    loaded = featlang.load(project)
    assert loaded.check() == ()
    table = loaded.run("user_engagement")
    assert table.num_rows == 200
    assert loaded.run()["user_engagement"].equals(table)
    with pytest.raises(
        KeyError, match="there is no `features` block or stream `nothing`; there is one: `user_engagement`"
    ):
        loaded.run("nothing")
    with pytest.raises(ValueError, match="there is no engine `beam`; the engines are `flink`, `spark`, `reference`"):
        loaded.run(on="beam")  # type: ignore[call-overload]  # what a user may type
    with pytest.raises(ValueError, match="since: 'yesterday' is not a time; write it as in 2024-03-01 or"):
        loaded.run(since="yesterday")
    with pytest.raises(ValueError, match="is not after since='2026-01-02'"):
        loaded.run(since="2026-01-02", until="2026-01-01")
    with pytest.raises(ValueError, match=r"since: '1.5' is not a time; write it as in 2024-03-01"):
        loaded.run(since=1.5)  # type: ignore[call-overload]
    assert loaded.run("user_engagement", since=0, until="2026-01-01T08:00:00+01:00").num_rows == 0
    assert loaded.run("user_engagement", until=date(2026, 1, 1)).num_rows == 0
    (project / "data" / "clicks.jsonl").unlink()
    with pytest.raises(featlang.FeatError, match="F404"):
        loaded.run()
    (project / "bad.feat").write_text("features f from nothing by k { a = count() }\n")
    with pytest.raises(featlang.FeatError, match="nothing"):
        featlang.load(project).run()


def test_data_that_cannot_be_read_is_a_run_error_in_python(project: Path) -> None:
    (project / "data" / "clicks.csv").write_text("user_id,user_id\n")
    settings = project / "feat.yaml"
    settings.write_text(settings.read_text().replace('jsonl("data/clicks.jsonl")', 'csv("data/clicks.csv")'))
    with pytest.raises(featlang.RunError, match="the header names column `event_id` not"):
        featlang.load(project).run()


def test_rows_of_tables_that_are_not_right_are_counted_or_change_nothing(tmp_path: Path, feat: Feat) -> None:
    """A row without a key is a reject; the deletion of a row that was never there leaves nothing there."""
    (tmp_path / "all.feat").write_text(
        'source s(k: string?, t: timestamp) { time = t  stream = jsonl("s.jsonl") }\n'
        "table plans(k: string?, plan: string, at: timestamp, gone: bool?) by k {\n"
        '  time = at  deleted = gone  history = jsonl("plans.jsonl")\n'
        "}\n"
        'stream planned from s lookup plans on k to parquet("planned") { plan = plans.plan }\n'
    )
    keys = ["ann", "bob", "cleo", None]
    events = [{"k": key, "t": "2026-01-01T12:00:00Z"} for key in keys]
    plans = [
        {"k": "ann", "plan": "free", "at": "2026-01-01T00:00:00Z"},
        {"k": None, "plan": "nobody's", "at": "2026-01-01T00:00:00Z"},
        {"plan": "nobody's", "at": "2026-01-01T00:00:00Z"},
        {"k": "bob", "plan": "never there", "at": "2026-01-01T00:00:00Z", "gone": True},
        {"k": "cleo", "plan": "paid", "at": "soon"},
    ]
    for name, lines in (("s", events), ("plans", plans)):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert feat("run", "--project", tmp_path).code == 0
    out = tmp_path / "out" / "reference"
    found = {row["k"]: row["plan"] for row in pq.read_table(out / "planned").to_pylist()}
    assert found == {"ann": "free", "bob": None, "cleo": None, None: None}
    counted = json.loads((out / "run.json").read_text())["sources"]["plans"]
    assert counted["read"] == 5
    assert counted["rejected"] == {"null_key": 2, "type": 1}
    refused = pq.read_table(out / "_rejects" / "plans").to_pylist()
    assert [(row["record"], row["code"], row["text"]) for row in refused if row["code"] == "null_key"] == [
        (2, "null_key", "key `k` of `plans` is null"),
        (3, "null_key", "key `k` of `plans` is null"),
    ]
