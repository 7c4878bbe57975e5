"""`feat dataset`: rows of a spine with what was known before them, on the reference unless a test says more."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import featlang
from tests.cli.conftest import Feat
from tests.cli.dataset_project import PROGRAM, SPINE, card_of, dataset_project, minutes, rows_of, spine_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a source, two blocks and a table."""
    return dataset_project(tmp_path / "project")


# --- values


@pytest.mark.parametrize("engine", ["reference", "spark"])
def test_rows_are_those_of_a_stream_that_is_written_by_hand(folder: Path, feat: Feat, engine: str) -> None:
    spine = spine_file(folder)
    result = feat("dataset", "recent", "plans", "odd", "--spine", spine, "--project", folder, "--on", engine)
    assert result.code == 0, result.err
    with (folder / "all.feat").open("a") as file:
        file.write(f"""
source labels(user: string?, @label label: int, ts: timestamp) {{
  time = ts stream = parquet("{spine}") history = parquet("{spine}")
}}
stream rows from labels
  lookup recent on user before lookup plans on user before lookup odd on user before
  keep user, label to parquet("rows")
{{
  recent_n_1h = recent.n[1h] recent_n_1d = recent.n[1d]
  recent_total_1h = recent.total[1h] recent_total_1d = recent.total[1d] recent_last_ever = recent.last_ever
  plans_plan = plans.plan plans_from = plans.from plans_since = plans.since
  odd_seen_exact_10m = odd.seen[exact(10m)] odd_seen_1h_step_5s = odd.seen[sliding(1h, step=5s)]
  odd_seen_forever = odd.seen[forever(ttl=30d)]
}}
""")
    by_hand = featlang.load(folder).run("rows").drop_columns(["_event"])
    rows = [{name: row[name] for name in by_hand.column_names} for row in rows_of(folder)]
    assert sorted(rows, key=repr) == sorted(by_hand.to_pylist(), key=repr)
    assert [row["label"] for row in rows] == SPINE["label"], "in the order of the spine"
    assert rows[0]["recent_n_1d"] == 60


def test_columns_of_one_name_have_no_prefix(folder: Path, feat: Feat) -> None:
    spine = spine_file(folder)
    assert feat("dataset", "recent", "--spine", spine, "--project", folder).code == 0
    table = pq.read_table(folder / "out" / "dataset.parquet")
    assert table.column_names == [*SPINE, "n_1h", "n_1d", "total_1h", "total_1d", "last_ever"]
    assert table.select([*SPINE]).to_pylist() == pa.table(SPINE).to_pylist()


def test_what_happens_at_the_time_of_a_label_is_not_seen(folder: Path, feat: Feat) -> None:
    spine = spine_file(folder)
    assert feat("dataset", "recent", "plans", "--spine", spine, "--project", folder).code == 0
    rows = rows_of(folder)
    assert [row["recent_n_1d"] for row in rows] == [60, 30, 31, 0, 1, 0]
    assert [row["recent_last_ever"] for row in rows] == [59, 29, 30, None, 7, None]
    assert [row["plans_plan"] for row in rows] == ["paid", "free", "paid", None, None, None]


def test_carried_columns_change_no_value(folder: Path, feat: Feat) -> None:
    found = []
    for number, label in enumerate(([1, 0, 1, 0, 1, 0], ["x", None, "y", "", "z", "z"])):
        spine = spine_file(folder, {**SPINE, "label": label, "x": [number] * 6})
        assert feat("dataset", "recent", "plans", "--spine", spine, "--project", folder).code == 0
        rows = rows_of(folder)
        assert [row["label"] for row in rows] == label
        found.append([{name: value for name, value in row.items() if "_" in name} for row in rows])
    assert found[0] == found[1]


def test_of_the_project_only_what_is_looked_up_is_read(folder: Path, feat: Feat) -> None:
    with (folder / "all.feat").open("a") as file:
        file.write('source gone(k: string, t: timestamp) { time = t stream = jsonl("gone.jsonl") }\n')
        file.write("features of_gone from gone by k over 1h { n = count() }\n")
    assert feat("dataset", "recent", "--spine", spine_file(folder), "--project", folder).code == 0
    missing = feat("dataset", "of_gone", "--spine", spine_file(folder), "--on", "k=user", "--project", folder)
    assert missing.code == 1
    assert "F404" in missing.err


def test_features_of_united_rows_are_looked_up(folder: Path, feat: Feat) -> None:
    """Those of `ann` and `bob` as before, each twice; the card names the sources of both inputs."""
    with (folder / "all.feat").open("a") as file:
        file.write("""
source taps(user: string, x: int, at: timestamp) { time = at ties = [x] stream = jsonl("taps.jsonl") }
stream inputs from clicks, taps lookup plans on user keep user, x { plan = plans.plan }
features both from inputs by user over 1h, 1d { n = count() paid = count_if(plan == "paid") last_x = last(x) }
""")
    taps = [json.loads(line) for line in (folder / "clicks.jsonl").read_text().splitlines()]
    lines = [json.dumps({"user": tap["user"], "x": -tap["x"], "at": tap["ts"]}) for tap in taps]
    (folder / "taps.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert feat("dataset", "both", "--spine", spine_file(folder), "--project", folder).code == 0
    rows = rows_of(folder)
    assert [row["n_1d"] for row in rows] == [120, 60, 62, 0, 2, 0]
    assert [row["paid_1d"] for row in rows] == [60, 0, 2, 0, 0, 0]
    assert [row["last_x_1d"] for row in rows] == [-59, -29, -30, None, -7, None]
    assert set(card_of(folder)["sources"]) == {"clicks", "taps", "plans"}


# --- spines of all kinds


def test_a_csv_spine(folder: Path, feat: Feat) -> None:
    spine = folder / "labels.csv"
    spine.write_text(
        "\ufeffuid,when,zip,price,count,account,note\n"
        'ann,2026-01-01T12:30:00Z,007,1.5,1,12345678901234567890,"a,\nb"\n'
        "ann,2026-01-01 13:30:30+01:00,10000,-2,2,1,NA\n"
        '"",2026-01-02,1,3e2,-3,2,""\n',
        encoding="utf-8",
    )
    result = feat("dataset", "recent", "--spine", spine, "--on", "user=uid", "--null", "NA", "--project", folder)
    assert result.code == 1, "a day may be any date, so it is not taken for the time"
    assert "--time COLUMN" in result.err
    arguments = ("--on", "user=uid", "--null", "NA", "--time", "when", "--project", folder)
    assert feat("dataset", "recent", "--spine", spine, *arguments).code == 0
    rows = rows_of(folder)
    assert [row["when"] for row in rows] == [minutes(30), minutes(30.5), minutes(12 * 60)]
    assert [row["n_1d"] for row in rows] == [30, 31, 0]
    assert [row["uid"] for row in rows] == ["ann", "ann", ""]
    assert [row["zip"] for row in rows] == ["007", "10000", "1"]
    assert [row["price"] for row in rows] == [1.5, -2.0, 300.0]
    assert [row["count"] for row in rows] == [1, 2, -3]
    assert [row["account"] for row in rows] == ["12345678901234567890", "1", "2"]
    assert [row["note"] for row in rows] == ["a,\nb", None, ""]
    types = {column["name"]: column["type"] for column in card_of(folder)["columns"]}
    assert [types[name] for name in ("zip", "price", "count")] == ["string", "double", "int64"]


def test_a_spine_of_json_lines(folder: Path, feat: Feat) -> None:
    spine = folder / "labels.jsonl"
    lines = [
        {"user": "ann", "at": "2026-01-01T12:30:00.000001Z", "tags": ["a"]},
        {"user": None, "at": "2026-01-01T12:30:00Z"},
    ]
    spine.write_text("".join(json.dumps(line) + "\n\n" for line in lines))
    assert feat("dataset", "recent", "--spine", spine, "--project", folder).code == 0
    assert [(row["n_1d"], row["tags"]) for row in rows_of(folder)] == [(31, ["a"]), (0, None)]


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        ([int(minutes(30).timestamp() * 1000)], "ms"),
        ([int(minutes(30).timestamp()) * 10**9], "ns"),
        (pa.array([minutes(30)], pa.timestamp("ns", tz="Europe/Warsaw")), None),
        (pa.array([minutes(30).replace(tzinfo=None)], pa.timestamp("s")), None),
        (["2026-01-01T12:30:00"], None),
    ],
)
def test_times_of_all_kinds(folder: Path, feat: Feat, times: Any, unit: str | None) -> None:
    spine = spine_file(folder, {"user": pa.array(["ann"]).dictionary_encode(), "when": times})
    flags = ("--unit", unit) if unit else ()
    assert feat("dataset", "recent", "--spine", spine, "--time", "when", *flags, "--project", folder).code == 0
    assert rows_of(folder)[0]["n_1d"] == 30


def test_days_count_from_midnight(folder: Path, feat: Feat) -> None:
    spine = spine_file(folder, {"user": ["ann", "ann"], "day": [date(2026, 1, 1), date(2026, 1, 2)]})
    assert feat("dataset", "recent", "--spine", spine, "--time", "day", "--project", folder).code == 0
    assert [row["last_ever"] for row in rows_of(folder)] == [None, 59]


def test_keys_of_other_types_and_names(folder: Path, feat: Feat) -> None:
    """One column is a text for one block and a number for another; `NAME.key` is of one block alone."""
    (folder / "all.feat").write_text(
        'source s(k: string, n: int, d: date, t: timestamp) { time = t ties = [n] stream = csv("s.csv") }\n'
        "features by_k from s by k over 1h { count = count() }\n"
        "features by_n from s by n over 1h { count = count() }\n"
        "features by_d from s by d, k over 1h { count = count() }\n"
    )
    (folder / "s.csv").write_text(
        "k,n,d,t\n7,8,2026-01-01,2026-01-01T12:00:00Z\n8,7,2026-01-01,2026-01-01T12:00:01Z\n"
        "8,7,2026-01-02,2026-01-01T12:00:02Z\n"
    )
    spine = folder / "labels.csv"
    spine.write_text("id,other,d,t\n7,8,2026-01-01,2026-01-01T12:30:00Z\nx,8,2026-01-01,2026-01-01T12:30:00Z\n")
    names = ("by_k", "by_n", "by_d")
    result = feat(
        *("dataset", *names, "--spine", spine, "--project", folder),
        *("--on", "k=id", "--on", "n=id", "--on", "by_d.k=other"),
    )
    assert result.code == 0, result.err
    assert [[row[f"{name}_count"] for name in names] for row in rows_of(folder)] == [[1, 2, 1]]
    refused = pq.read_table(folder / "out" / "dataset.refused.parquet").to_pylist()
    assert [(row["_row"], row["id"], row["_code"]) for row in refused] == [(2, "x", "type")]


# --- the card, and rows that are refused


def test_the_card(folder: Path, feat: Feat) -> None:
    spine = spine_file(folder)
    result = feat("dataset", "recent", "plans", "--spine", spine, "--project", folder)
    card = card_of(folder)
    assert card["rows"] == 6
    assert card["time"] == {"column": "ts", "first": minutes(5).isoformat(), "last": minutes(90).isoformat()}
    columns = {column["name"]: column for column in card["columns"]}
    assert columns["label"] == {"name": "label", "role": "carried", "type": "int64", "nulls": 0, "min": 0, "max": 1}
    assert columns["user"] == {"name": "user", "role": "key", "type": "string", "nulls": 1, "distinct": 2}
    assert columns["recent_n_1h"]["reads"] == "n[1h]"
    assert columns["plans_plan"]["of"] == "plans"
    assert card["names"]["recent"]["on"] == {"user": "user"}
    assert card["spine"] == {"path": str(spine), "rows": 6, "refused": {}, "null_keys": {"user": 1}}
    assert {name: source["read"] for name, source in card["sources"].items()} == {"clicks": 61, "plans": 4}
    assert (card["engine"], card["semantics"]) == ("reference", 1)
    assert "6 rows, 12 columns (1 key, 1 time, 2 carried, 8 value)" in result.out
    assert "user is null in 1 rows" in result.out
    stored = pq.read_schema(folder / "out" / "dataset.parquet").metadata[b"featlang"]
    assert json.loads(stored) == card


def test_a_table_without_a_time_is_named(folder: Path, feat: Feat) -> None:
    """Its rows count from the beginning, which no other line of the card tells."""
    with (folder / "all.feat").open("a") as file:
        file.write('table names(user: string, name: string) by user { history = csv("names.csv") }\n')
    (folder / "names.csv").write_text("user,name\nann,Ann\n")
    result = feat("dataset", "names", "plans", "--spine", spine_file(folder), "--project", folder)
    assert card_of(folder)["timeless"] == ["names"]
    assert "names has no time" in result.out
    assert "plans has no time" not in result.out


def test_a_definition_has_the_same_hash_until_its_values_may_change(folder: Path, feat: Feat) -> None:
    spine = spine_file(folder)

    def definitions() -> dict[str, str]:
        assert feat("dataset", "recent", "plans", "odd", "--spine", spine, "--project", folder).code == 0
        return {name: of["definition"] for name, of in card_of(folder)["names"].items()}

    before = definitions()
    (folder / "all.feat").write_text("## Of clicks.\n" + PROGRAM.replace("features recent", "## Now.\nfeatures recent"))
    assert definitions() == before
    (folder / "all.feat").write_text(PROGRAM.replace("sum(x)", "sum(x + 1)"))
    after = definitions()
    assert [name for name in before if before[name] != after[name]] == ["recent"]


def test_rows_that_have_no_time_are_refused_and_kept_apart(folder: Path, feat: Feat) -> None:
    spine = folder / "labels.csv"
    spine.write_text(
        "user,at,label\nann,2026-01-01T12:30:00Z,1\nann,,2\nann,soon,3\nann,0000-01-01T00:00:00Z,4\n,2026-01-01,5\n"
    )
    result = feat("dataset", "recent", "--spine", spine, "--time", "at", "--project", folder)
    assert result.code == 0
    refused = folder / "out" / "dataset.refused.parquet"
    assert f"1 null_value, 1 range, 1 type of the spine refused: {refused}" in result.err
    assert [row["label"] for row in rows_of(folder)] == [1, 5]
    kept = pq.read_table(refused).to_pylist()
    assert [(row["_row"], row["label"], row["_code"]) for row in kept] == [
        (2, "2", "null_value"),
        (3, "3", "type"),
        (4, "4", "range"),
    ]
    assert kept[0]["_text"] == "column `at` is null"
    assert card_of(folder)["spine"]["refused"] == {"null_value": 1, "range": 1, "type": 1}
    spine.write_text("user,at\nann,2026-01-01T12:30:00Z\n")
    assert feat("dataset", "recent", "--spine", spine, "--project", folder).code == 0
    assert not refused.exists(), "what an earlier run refused does not stay"


def test_a_time_of_another_age_is_refused_by_the_engine(folder: Path, feat: Feat) -> None:
    times = pa.array([minutes(30), None], pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    column = pa.array([times[0], 10**18], pa.int64()).cast(pa.timestamp("us"))
    spine = spine_file(folder, {"user": ["ann", "ann"], "at": column})
    assert feat("dataset", "recent", "--spine", spine, "--project", folder).code == 0
    assert len(rows_of(folder)) == 1
    assert card_of(folder)["spine"]["refused"] == {"range": 1}


# --- in Python


def test_in_python_a_spine_is_a_path_or_a_table(folder: Path) -> None:
    project = featlang.load(folder)
    of_path = project.dataset("recent", str(spine_file(folder)))
    of_table = project.dataset(["recent"], pa.table(SPINE), time="ts", on={"user": "user"})
    assert of_path.equals(of_table)
    assert json.loads(of_table.schema.metadata[b"featlang"])["spine"]["path"] == "the spine"
    with pytest.raises(featlang.RunError, match="a spine is a path"):
        project.dataset("recent", 7)
    with pytest.raises(KeyError, match="recent"):
        project.dataset("recnt", pa.table(SPINE))
    with pytest.raises(ValueError, match="spark"):
        project.dataset("recent", pa.table(SPINE), engine="sparc")  # type: ignore[arg-type]
