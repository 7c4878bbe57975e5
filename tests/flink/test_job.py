"""The generated Flink job, run as deployed: results, the late rule, rejects, stores, times, at any parallelism."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.flink.mini_cluster import Built, MiniCluster, build, write_conf
from tests.spark import clicks, every_type

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


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The stream in three files, of which the second is empty: the late rule goes on from file to file."""
    folder = tmp_path_factory.mktemp("stream, 'ü' %20")
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


def refused(out: Path, folder: str) -> list[tuple[str, int, str]]:
    """File name, record and code of each refused record, in order."""
    table = pq.read_table(out / folder / "clicks")
    places = zip(*(table.column(name).to_pylist() for name in ("path", "record", "code")), strict=True)
    return sorted((Path(path).name, record, code) for path, record, code in places)


def in_files(records: list[int], code: str) -> list[tuple[str, int, str]]:
    return [("a.jsonl", r, code) if r <= 1_000 else ("c.jsonl", r - 1_000, code) for r in records]


@pytest.mark.parametrize("parallelism", [1, 2, 7])
def test_rows_late_events_and_rejects_are_right_at_any_parallelism(
    parallelism: int, clicks_job: Built, cluster: MiniCluster, files: list[str], tmp_path: Path
) -> None:
    events, late, rejected = clicks.accepted(LINES)
    sources = {"clicks": {"kind": "jsonl", "files": files, "options": {}}}
    metrics = cluster.run(clicks_job, tmp_path / "out", sources, list(BLOCKS), parallelism=parallelism)
    expected = {name: clicks.expected(LINES, features) for name, features in BLOCKS.items()}
    assert {name: rows(tmp_path / "out" / name) for name in BLOCKS} == expected

    assert refused(tmp_path / "out", "_late") == in_files(late, "late")
    rejects = refused(tmp_path / "out", "_rejects")
    assert [(p, r) for p, r, code in rejects if code != "null_key"] == [(p, r) for p, r, _ in in_files(rejected, "")]
    no_user = [e for e in events if e["user"] is None]
    null_keys = len(no_user) + sum(not e["bot"] for e in no_user)  # one for each block that the event would be in
    assert sum(code == "null_key" for _, _, code in rejects) == null_keys

    counted = metrics["sources"]["clicks"]
    assert counted["read"] == len(LINES)
    assert counted["accepted"] == len(events)
    assert counted["late"] == len(late) > 0
    assert counted["rejected"]["null_key"] == null_keys > 0
    assert sum(counted["rejected"].values()) == null_keys + len(rejected)
    assert metrics["groups"] == {name: {"written": len(found)} for name, found in expected.items()}
    assert metrics["seconds"].keys() == {"start", "read", "compute", "write"}


def test_a_job_without_a_stage_has_phases_as_long_as_the_run(cluster: MiniCluster, tmp_path: Path) -> None:
    """A source writes the rows of its streams itself, so nothing tells when they were computed."""
    source = "source visits(who: string, ts: timestamp) { time = ts }"
    text = f'{source} stream shown from visits to parquet("shown") {{ shown = upper(who) }}'
    program = compile_program({"main.feat": text}).program
    assert program is not None
    (job,) = plan(program).jobs
    (tmp_path / "visits.jsonl").write_text('{"who": "ann", "ts": "2024-01-01T00:00:00Z"}\n', encoding="utf-8")
    sources = {"visits": {"kind": "jsonl", "files": [str(tmp_path / "visits.jsonl")], "options": {}}}
    metrics = cluster.run(build(job, tmp_path), tmp_path / "out", sources, ["shown"])
    assert pq.read_table(tmp_path / "out" / "shown").column("shown").to_pylist() == ["ANN"]
    assert 0 < sum(metrics["seconds"].values()) < 1_000


def test_without_a_clock_in_the_conf_file_it_is_the_machines(cluster: MiniCluster, tmp_path: Path) -> None:
    """As of a job that goes on: an instant of its start would quarantine all that comes later than `max_ahead`."""
    source = "source visits(who: string, ts: timestamp) { time = ts max_ahead = 1h }"
    program = compile_program(
        {"main.feat": f'{source} stream shown from visits keep who to parquet("shown") {{}}'}
    ).program
    assert program is not None
    (job,) = plan(program).jobs
    now = datetime.now(timezone.utc)
    moments = {
        "past": now - timedelta(days=9),
        "now": now,
        "soon": now + timedelta(minutes=50),
        "far": now + timedelta(hours=3),
    }
    lines = [json.dumps({"who": who, "ts": moment.isoformat()}) for who, moment in moments.items()]
    (tmp_path / "visits.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sources = {"visits": {"kind": "jsonl", "files": [str(tmp_path / "visits.jsonl")], "options": {}}}
    metrics = cluster.run(build(job, tmp_path), tmp_path / "out", sources, ["shown"], now=None)
    assert metrics["sources"]["visits"]["quarantined"] == 1
    assert pq.read_table(tmp_path / "out" / "shown").num_rows == len(moments) - 1


def test_since_and_until_give_the_same_rows_and_a_store_gets_the_last_of_each_key(
    clicks_job: Built, cluster: MiniCluster, files: list[str], tmp_path: Path
) -> None:
    everything = clicks.expected(LINES, BLOCKS["visits"])
    times = sorted(int(str(row[1])) for row in everything)
    since, until = times[len(times) // 3], times[2 * len(times) // 3]
    sources = {"clicks": {"kind": "jsonl", "files": files, "options": {}}}
    stores = {"visits": [binding("features.visits", tmp_path)]}
    out = tmp_path / "out, 'ü' %20"
    metrics = cluster.run(clicks_job, out, sources, ["visits"], since=since, until=until, stores=stores)
    inside = [row for row in everything if since <= int(str(row[1])) < until]
    assert rows(out / "visits") == inside
    assert metrics["groups"] == {"visits": {"written": len(inside)}}
    assert not (out / "pages").exists()

    # Between its last row and the end of the span a key may have been refreshed: then its window is read at that edge.
    events = clicks.accepted(LINES)[0]
    for row in read_table(tmp_path / "online.sqlite", "features.visits"):
        assert since <= row["as_of"] < until
        assert row["as_of"] >= max(int(str(r[1])) for r in inside if r[0] == row["user"])
        start = (row["as_of"] - clicks.MINUTE) // (clicks.MINUTE // 60) * (clicks.MINUTE // 60)
        of_user = [e for e in events if e["user"] == row["user"] and start <= int(str(e["ts"])) <= row["as_of"]]
        assert row["events"] == len(of_user)
        assert row["_written"] >= row["as_of"]


def test_every_type_is_exact_at_its_ends(every_type_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    times = ((every_type.FIRST, False), (0, True))
    records = [every_type.record(row, at, null=null) for row in every_type.ROWS for at, null in times]
    file = tmp_path / "every.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    sources = {"every": {"kind": "jsonl", "files": [str(file)], "options": {}}}
    cluster.run(every_type_job, tmp_path / "out", sources, ["latest"])

    part = next((tmp_path / "out" / "latest").glob("*.parquet"))
    schema = pq.ParquetFile(part).schema
    for i, name in enumerate(schema.names):
        kind = "timestamp" if name == "at" else "int" if name == "_tie" else name.split("_")[1]
        assert (schema.column(i).physical_type, schema.column(i).logical_type.type) == PARQUET[kind]
        if kind == "timestamp":
            assert "isAdjustedToUTC=true, timeUnit=microseconds" in str(schema.column(i).logical_type)

    found = pq.read_table(tmp_path / "out" / "latest")
    for name in ("k_timestamp", "last_timestamp", "at"):
        found = found.set_column(found.schema.get_field_index(name), name, pc.cast(found.column(name), pa.int64()))
    expected = []
    for row in every_type.ROWS:
        keys = {f"k_{t}": row[t] for t in every_type.KEYS}
        expected.append({**keys, "at": every_type.FIRST, "_tie": 0, **{f"last_{t}": row[t] for t in every_type.TYPES}})
        expected.append({**keys, "at": 0, "_tie": 0, **{f"last_{t}": None for t in every_type.TYPES}})
    assert sorted(found.to_pylist(), key=repr) == sorted(expected, key=repr)


def test_a_file_that_cannot_be_read_ends_the_run_and_is_named(
    clicks_job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    file = tmp_path / "clicks.csv"
    file.write_text("id,user,page,bot\n1,a,2,true\n", encoding="utf-8")
    sources = {"clicks": {"kind": "csv", "files": [str(file)], "options": {}}}
    done = cluster.start(clicks_job, write_conf(tmp_path / "out", sources, ["visits"], {}))
    assert done.returncode != 0
    (cause,) = {line for line in done.stderr.splitlines() if "featlang.files.FileException" in line}
    assert str(file) in cause
    assert "`ts`" in cause
    assert "id, user, page, bot" in cause


def test_the_script_needs_only_pyflink_and_has_help(clicks_job: Built) -> None:
    tree = ast.parse(clicks_job.script.read_text(encoding="utf-8"))
    imported = {a.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) == {"pyflink"}
    command = [sys.executable, "-I", str(clicks_job.script), "--help"]
    assert "--conf FILE" in subprocess.check_output(command, text=True)
