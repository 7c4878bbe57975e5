"""The generated Spark job, run as deployed: results, the late rule, rejects, stores, times, at any parallelism."""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.backends.reference import canonical
from featlang.stdlib.functions.xxhash64 import xxhash64
from tests.spark import clicks, every_type
from tests.spark.conftest import Built, Run

BLOCKS = {features.name: features for features in clicks.program().features}
LINES = clicks.stream(3_000, seed=1)
PARQUET = {
    "bool": ("BOOLEAN", "NONE"),
    "int": ("INT64", "NONE"),
    "float": ("DOUBLE", "NONE"),
    "string": ("BYTE_ARRAY", "STRING"),
    "timestamp": ("INT64", "TIMESTAMP"),
    "duration": ("INT64", "NONE"),
    "date": ("INT32", "DATE"),
    "bytes": ("BYTE_ARRAY", "NONE"),
}
CLICKS = pa.schema(
    [
        *(("id", pa.int64()), ("user", pa.string()), ("page", pa.int64()), ("bot", pa.bool_())),
        ("ts", pa.timestamp("us", tz="UTC")),
    ]
)
REFUSED = {"raw": "binary", "path": "string", "record": "int64", "code": "string", "text": "string"}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The stream in three files, of which the second is empty: the late rule goes on from file to file."""
    folder = tmp_path_factory.mktemp("stream")
    parts = {"a.jsonl": LINES[:1_000], "b.jsonl": [], "c.jsonl": LINES[1_000:]}
    for name, lines in parts.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [str(folder / name) for name in parts]


def rows(folder: Path) -> list[tuple[object, ...]]:
    """A block's rows, times as µs, sorted."""
    table = pq.read_table(folder)
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, pc.cast(table.column(i), pa.int64()))
    return sorted(zip(*(column.to_pylist() for column in table.columns), strict=True), key=repr)


def place(out: Path, kind: str) -> list[tuple[str, int, str]]:
    table = pq.read_table(out / kind / "clicks")
    assert {f.name: str(f.type) for f in table.schema} == REFUSED
    return sorted((Path(r["path"]).name, r["record"], r["code"]) for r in table.to_pylist())


def in_files(records: list[int]) -> list[tuple[str, int]]:
    return [("a.jsonl", r) if r <= 1_000 else ("c.jsonl", r - 1_000) for r in records]


@pytest.mark.parametrize("parallelism", [1, 2, 7])
def test_rows_late_events_and_rejects_are_right_at_any_parallelism(
    parallelism: int, clicks_job: Built, run: Run, files: list[str], tmp_path: Path
) -> None:
    events, late, rejected = clicks.accepted(LINES)
    sources = {"clicks": {"kind": "jsonl", "files": files, "options": {}}}
    metrics = run(clicks_job, tmp_path, sources, list(BLOCKS), parallelism=parallelism)
    for name, features in BLOCKS.items():
        assert rows(tmp_path / name) == clicks.expected(LINES, features)

    assert place(tmp_path, "_late") == [(*where, "late") for where in in_files(late)]
    rejects = place(tmp_path, "_rejects")
    assert [(p, r) for p, r, code in rejects if code != "null_key"] == in_files(rejected)
    no_user = [e for e in events if e["user"] is None]
    null_keys = len(no_user) + sum(not e["bot"] for e in no_user)  # one for each block that the event would be in
    assert sum(code == "null_key" for _, _, code in rejects) == null_keys

    counted = metrics["sources"]["clicks"]
    assert counted["read"] == len(LINES)
    assert counted["accepted"] == len(events)
    assert counted["late"] == len(late) > 0
    assert counted["rejected"]["null_key"] == null_keys > 0
    assert sum(counted["rejected"].values()) == null_keys + len(rejected)
    assert metrics["groups"] == {n: {"written": len(clicks.expected(LINES, f))} for n, f in BLOCKS.items()}
    assert metrics["seconds"].keys() == {"start", "read", "compute", "write"}


def test_since_and_until_give_the_same_rows_and_a_store_gets_the_last_of_each_key(
    clicks_job: Built, run: Run, files: list[str], tmp_path: Path
) -> None:
    everything = clicks.expected(LINES, BLOCKS["visits"])
    times = sorted(int(str(row[1])) for row in everything)
    since, until = times[len(times) // 3], times[2 * len(times) // 3]
    sources = {"clicks": {"kind": "jsonl", "files": files, "options": {}}}
    stores = {"visits": [binding("features.visits", tmp_path)]}
    metrics = run(clicks_job, tmp_path, sources, ["visits"], since=since, until=until, stores=stores)
    inside = [row for row in everything if since <= int(str(row[1])) < until]
    assert rows(tmp_path / "visits") == inside
    assert metrics["groups"] == {"visits": {"written": len(inside)}}
    assert not (tmp_path / "pages").exists()

    last: dict[object, tuple[object, ...]] = {}
    for row in sorted(inside, key=lambda r: (r[1], r[2])):
        last[row[0]] = row
    stored = read_table(tmp_path / "online.sqlite", "features.visits")
    found = [(r["user"], r["as_of"], r["events"], r["last_id"]) for r in stored]
    assert sorted(found, key=repr) == sorted(((u, ts, *features) for u, ts, _, *features in last.values()), key=repr)
    assert list(stored[0]) == ["user", "as_of", "_written", "events", "last_id"]
    assert all(r["_written"] >= r["as_of"] for r in stored)


def test_keys_whose_hashes_begin_alike_have_rows_of_their_own(clicks_job: Built, run: Run, tmp_path: Path) -> None:
    """A partition is sorted by half of a key's hash and half of the time, so such keys lie among one another."""
    dice = random.Random("alike")
    users = [*alike(3), "a", "b"]
    moments = [sign * 2**power for power in range(55) for sign in (-1, 1)]
    times = sorted(dice.choice(moments) + dice.randrange(-3, 4) for _ in range(4_000))
    lines = [
        json.dumps({"id": number, "user": dice.choice(users), "page": number % 3, "bot": number % 2 == 0, "ts": time})
        for number, time in enumerate(times)
    ]
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(f"{line}\n" for line in dice.sample(lines, len(lines))), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}, "role": "history"}}
    run(clicks_job, tmp_path, sources, list(BLOCKS), parallelism=1)
    for name, features in BLOCKS.items():
        assert rows(tmp_path / name) == clicks.expected(lines, features)


def test_more_events_of_one_time_than_are_sorted_on_the_heap(clicks_job: Built, run: Run, tmp_path: Path) -> None:
    """A partition is sorted by hash and time first; of two users of nearly one hash, all events are of one time."""
    dice = random.Random("one time")
    numbers = range(100_000)
    users = alike(1)
    chosen = [dice.choice(users) for _ in numbers]
    lines = [f'{{"id":{n},"user":"{user}","page":0,"bot":true,"ts":{n // 90_000}}}\n' for n, user in enumerate(chosen)]
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(dice.sample(lines, len(lines))), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}, "role": "history"}}
    run(clicks_job, tmp_path, sources, ["visits"], parallelism=1)
    expected = []
    for user in users:
        of_user = [number for number in numbers if chosen[number] == user]
        first = sum(number < 90_000 for number in of_user)
        for seen, number in enumerate(of_user, 1):
            time = number // 90_000
            expected.append((user, time, seen - 1 - first * time, seen, number))
    assert rows(tmp_path / "visits") == sorted(expected, key=repr)


def alike(pairs: int) -> list[str]:
    """Pairs of users of whose hashes the first half is the same."""
    (user,) = [column for column in clicks.program().sources[0].columns if column.name == "user"]
    seen: dict[int, str] = {}
    found: list[str] = []
    number = 0
    while len(found) < 2 * pairs:
        name = f"user{number}"
        half = xxhash64(canonical.encode_all({"user": name}, [user])) >> 32
        found += [seen[half], name] if half in seen else []
        seen[half] = name
        number += 1
    return found


def test_no_events_give_empty_files_with_the_schema(clicks_job: Built, run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    sources = {"clicks": {"kind": "jsonl", "files": [str(tmp_path / "empty.jsonl")], "options": {}}}
    metrics = run(clicks_job, tmp_path, sources, list(BLOCKS))
    assert metrics["sources"]["clicks"] == {"read": 0, "accepted": 0, "late": 0, "rejected": {}, "quarantined": 0}
    assert place(tmp_path, "_late") == place(tmp_path, "_rejects") == place(tmp_path, "_quarantine") == []
    pages = pq.read_table(tmp_path / "pages")
    assert pages.num_rows == 0
    assert [(f.name, str(f.type)) for f in pages.schema] == [
        *(("page", "int64"), ("bot", "bool"), ("ts", "timestamp[us, tz=UTC]")),
        *(("_tie", "int64"), ("events", "int64"), ("last_id", "int64")),
    ]


def test_a_fold_of_a_job_may_have_nothing_to_do(streams_job: Built, run: Run, tmp_path: Path) -> None:
    """A stream alone is asked for, whose source no stage of the first fold reads."""
    (tmp_path / "visits.jsonl").write_text('{"who": "ann", "ts": "2024-01-01T00:00:00Z"}\n', encoding="utf-8")
    source = {"kind": "jsonl", "files": [str(tmp_path / "visits.jsonl")], "options": {}}
    metrics = run(streams_job, tmp_path / "out", {"visits": source}, ["shown"])
    assert metrics["groups"] == {"shown": {"written": 1}}
    assert pq.read_table(tmp_path / "out" / "shown").column("shown").to_pylist() == ["ANN"]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_history_is_read_in_parts_and_gives_what_a_stream_without_late_events_gives(
    kind: str, clicks_job: Built, run: Run, tmp_path: Path
) -> None:
    events, _, _ = clicks.accepted(LINES)
    records = [json.dumps(event) for event in events]
    assert clicks.accepted(records)[1] == []
    names = []
    for number, part in enumerate((events[:1_300], [], events[1_300:])):
        file = tmp_path / f"{number}.{kind}"
        if kind == "parquet":
            columns = {c.name: [event[c.name] for event in part] for c in clicks.program().sources[0].columns}
            times = pa.array(columns["ts"], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
            pq.write_table(pa.table({**columns, "ts": times}, schema=CLICKS), file, row_group_size=100)
        else:
            file.write_text("".join(f"{json.dumps(event)}\n" for event in part), encoding="utf-8")
        names.append(str(file))
    found = {}
    for role in ("stream", "history"):
        sources = {"clicks": {"kind": kind, "files": names, "options": {}, "role": role}}
        out = tmp_path / role
        metrics = run(clicks_job, out, sources, list(BLOCKS))
        assert place(out, "_late") == []
        found[role] = (metrics["sources"], place(out, "_rejects"), {name: rows(out / name) for name in BLOCKS})
    assert found["history"] == found["stream"]
    assert found["stream"][2]["visits"] == clicks.expected(records, BLOCKS["visits"])
    assert len(list((tmp_path / "history" / "_rejects" / "clicks").glob("*.parquet"))) > 1


def test_events_of_equal_time_may_stand_in_any_order(clicks_job: Built, run: Run, tmp_path: Path) -> None:
    events, _, _ = clicks.accepted(LINES)
    chance = random.Random(3)
    shuffled = sorted(events, key=lambda event: (event["ts"], chance.random()))
    assert shuffled != sorted(events, key=lambda event: (event["ts"], event["id"]))
    file = tmp_path / "shuffled.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in shuffled), encoding="utf-8")
    run(clicks_job, tmp_path, {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}, list(BLOCKS))
    for name, features in BLOCKS.items():
        assert rows(tmp_path / name) == clicks.expected(LINES, features)


def test_a_history_has_no_late_events_but_those_of_an_earlier_run(
    clicks_job: Built, run: Run, files: list[str], tmp_path: Path
) -> None:
    source: dict[str, object] = {"kind": "jsonl", "files": files, "options": {}}
    run(clicks_job, tmp_path / "stream", {"clicks": source}, ["visits"])
    source["role"] = "history"
    metrics = run(clicks_job, tmp_path / "all", {"clicks": source}, ["visits"])
    assert metrics["sources"]["clicks"]["late"] == 0

    source["exclude"] = str(tmp_path / "stream" / "_late" / "clicks")
    metrics = run(clicks_job, tmp_path / "excluded", {"clicks": source}, ["visits"])
    _, late, _ = clicks.accepted(LINES)
    assert metrics["sources"]["clicks"]["late"] == len(late)
    assert place(tmp_path / "excluded", "_late") == [(*where, "late") for where in in_files(late)]
    assert rows(tmp_path / "excluded" / "visits") == rows(tmp_path / "stream" / "visits")


def test_what_was_quarantined_in_an_earlier_run_is_so_again_and_what_was_out_of_sequence_is_decided_again(
    clicks_job: Built, run: Run, files: list[str], tmp_path: Path
) -> None:
    accepted, _, _ = clicks.accepted(LINES)
    path = files[0]
    refused = pa.table({"path": [path], "record": [1], "code": ["max_ahead"], "text": ["then"]})
    in_another_stage = pa.table(
        {"path": [path] * 2, "record": [1, 2], "code": ["out_of_sequence"] * 2, "text": ["in another stage"] * 2}
    )
    (tmp_path / "earlier").mkdir()
    pq.write_table(refused, tmp_path / "earlier" / "records.parquet")
    pq.write_table(in_another_stage, tmp_path / "earlier" / "stage.parquet")
    source: dict[str, object] = {"kind": "jsonl", "files": files, "options": {}}
    source["exclude"] = str(tmp_path / "earlier")
    metrics = run(clicks_job, tmp_path / "out", {"clicks": source}, ["visits"])
    assert metrics["sources"]["clicks"]["quarantined"] == 1
    assert metrics["sources"]["clicks"]["accepted"] == len(accepted) - 1
    (row,) = pq.read_table(tmp_path / "out" / "_quarantine" / "clicks").to_pylist()
    assert (row["path"], row["record"], row["code"], row["text"]) == (path, 1, "max_ahead", "then")


def test_without_rows_only_counts_stores_and_refused_records_are_left(
    clicks_job: Built, run: Run, files: list[str], tmp_path: Path
) -> None:
    sources = {"clicks": {"kind": "jsonl", "files": files, "options": {}}}
    stores = {"people": [binding("people", tmp_path)]}
    metrics = run(clicks_job, tmp_path, sources, list(BLOCKS), rows=False, stores=stores)
    assert metrics["groups"] == {n: {"written": len(clicks.expected(LINES, f))} for n, f in BLOCKS.items()}
    assert not any((tmp_path / name).exists() for name in BLOCKS)
    keys = {row[0] for row in clicks.expected(LINES, BLOCKS["people"])}
    assert {row["user"] for row in read_table(tmp_path / "online.sqlite", "people")} == keys
    assert len(place(tmp_path, "_rejects")) > 0


def test_a_run_replaces_what_an_earlier_one_wrote(
    clicks_job: Built, run: Run, files: list[str], tmp_path: Path
) -> None:
    for parallelism in (7, 2):
        sources = {"clicks": {"kind": "jsonl", "files": files, "options": {}}}
        run(clicks_job, tmp_path, sources, list(BLOCKS), parallelism=parallelism)
        for name, features in BLOCKS.items():
            assert rows(tmp_path / name) == clicks.expected(LINES, features)
    assert [path for path in tmp_path.rglob(".*") if path.is_file()] == []


def test_a_job_that_fails_leaves_no_file(clicks_job: Built, run: Run, files: list[str], tmp_path: Path) -> None:
    sources = {"clicks": {"kind": "jsonl", "files": [*files, str(tmp_path / "gone.jsonl")], "options": {}}}
    with pytest.raises(AssertionError, match=re.escape("gone.jsonl cannot be read: there is no such file")):
        run(clicks_job, tmp_path / "out", sources, list(BLOCKS))
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["conf.json"]


def test_every_type_is_exact_at_its_ends(every_type_job: Built, run: Run, tmp_path: Path) -> None:
    times = ((every_type.FIRST, False), (0, True))
    records = [every_type.record(row, at, null=null) for row in every_type.ROWS for at, null in times]
    file = tmp_path / "every.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    run(every_type_job, tmp_path, {"every": {"kind": "jsonl", "files": [str(file)], "options": {}}}, ["latest"])

    part = next(path for path in (tmp_path / "latest").glob("*.parquet") if pq.read_metadata(path).num_rows)
    schema = pq.ParquetFile(part).schema
    for i, name in enumerate(schema.names):
        kind = "timestamp" if name == "at" else "int" if name == "_tie" else name.split("_")[1]
        assert (schema.column(i).physical_type, schema.column(i).logical_type.type) == PARQUET[kind]
        if kind == "timestamp":
            assert "isAdjustedToUTC=true, timeUnit=microseconds" in str(schema.column(i).logical_type)

    found = pq.read_table(tmp_path / "latest")
    for name in ("k_timestamp", "last_timestamp", "at"):
        found = found.set_column(found.schema.get_field_index(name), name, pc.cast(found.column(name), pa.int64()))
    expected = []
    for row in every_type.ROWS:
        keys = {f"k_{t}": row[t] for t in every_type.KEYS}
        expected.append({**keys, "at": every_type.FIRST, "_tie": 0, **{f"last_{t}": row[t] for t in every_type.TYPES}})
        expected.append({**keys, "at": 0, "_tie": 0, **{f"last_{t}": None for t in every_type.TYPES}})
    assert sorted(found.to_pylist(), key=repr) == sorted(expected, key=repr)


def test_the_script_needs_only_pyspark_and_has_help(clicks_job: Built) -> None:
    tree = ast.parse(clicks_job.script.read_text(encoding="utf-8"))
    imported = {a.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) == {"pyspark"}
    command = [sys.executable, "-I", str(clicks_job.script), "--help"]
    assert "--conf FILE" in subprocess.check_output(command, text=True)
