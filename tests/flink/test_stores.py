"""The online store that Flink keeps: values fall when nothing arrives, `emit` is obeyed, and state is dropped."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.compiler.plan import plan
from tests.flink import slow
from tests.flink.mini_cluster import Built, MiniCluster, build
from tests.flink.test_job import BLOCKS, rows
from tests.flink.test_parts import printed
from tests.spark import clicks

HOUR = 3_600_000_000


def run(
    job: Built, cluster: MiniCluster, folder: Path, lines: list[str], blocks: list[str], **settings: Any
) -> dict[str, Any]:
    """Runs blocks over the records; stores are in the folder."""
    folder.mkdir(exist_ok=True)
    file = folder / "clicks.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}
    emit = settings.pop("emit", "every")
    stores = {name: [{**binding(name, folder), "emit": emit}] for name in blocks}
    return cluster.run(job, folder / "out", sources, blocks, stores=stores, **settings)


def stored(folder: Path, name: str) -> dict[tuple[object, ...], tuple[object, ...]]:
    """The table's rows by key, without `_written`."""
    table = read_table(folder / "online.sqlite", name)
    return {tuple(r[k] for k in BLOCKS[name].key): tuple(v for c, v in r.items() if c != "_written") for r in table}


@pytest.mark.parametrize("emit", ["every", "change", 300_000])
def test_stored_values_are_those_of_the_last_edge_whatever_is_sent(
    emit: str | int, clicks_job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    lines = clicks.stream(2_000, seed=11)
    run(clicks_job, cluster, tmp_path, lines, list(BLOCKS), emit=emit)
    expected = slow.outcome(lines, clicks.program()).stored
    for name in BLOCKS:
        found = stored(tmp_path, name)
        if emit == "change":  # `as_of` is then that of the last change
            found = {key: (*row[: len(key)], *row[len(key) + 1 :]) for key, row in found.items()}
            expected[name] = {k: (*row[: len(k)], *row[len(k) + 1 :]) for k, row in expected[name].items()}
        assert found == expected[name]


def log_writes(database: Path, table: str, columns: str, key: str) -> None:
    """Makes the table as a store would, with a log of what is written into it: in `writes`, the key."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")
        connection.execute("CREATE TABLE writes (key)")
        for done in ("INSERT", "UPDATE"):
            logs = f"INSERT INTO writes VALUES (NEW.{key})"  # noqa: S608 - our own names
            connection.execute(f"CREATE TRIGGER log_{done} AFTER {done} ON {table} BEGIN {logs}; END")


def test_a_store_is_told_of_a_key_once_in_its_interval(cluster: MiniCluster, tmp_path: Path) -> None:
    told = {}
    for emit in ("every", "300000"):
        database = tmp_path / f"{emit}.sqlite"
        columns = "k TEXT NOT NULL, as_of INTEGER, _written INTEGER, n INTEGER"
        log_writes(database, "t", columns, "k")
        told[emit] = printed(cluster, "StoreSinkTrial", str(database), emit)
    assert told["300000"] == [
        "at once: 0 writes, sum 0, k0 0",
        "after 299 ms: 0 writes, sum 0, k0 0",
        "after 300 ms: 3000 writes, sum 3000, k0 1",
        "after 599 ms: 3000 writes, sum 3000, k0 1",
        "after 600 ms: 3001 writes, sum 3002, k0 3",
        "at a checkpoint: 3002 writes, sum 3003, k0 4",
        "at the end: 3003 writes, sum 3005, k0 6",
    ]
    assert told["every"][0] == "at once: 6000 writes, sum 3000, k0 1"


@pytest.fixture(scope="module")
def arrival_job(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of the clicks by arrival: events are applied while others are still read."""
    (job,) = plan(slow.by_arrival(clicks.program())).jobs
    return build(job, tmp_path_factory.mktemp("arrival"))


@pytest.mark.parametrize("emit", ["every", HOUR, 1_000])
def test_a_job_writes_a_key_as_often_as_its_store_says(
    emit: str | int, arrival_job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    """SQLite is written to whenever 2,000 keys wait: a job that takes no notice of an hour writes keys again."""
    start, keys, rounds = clicks.START, 5_000, 8
    users = [f"u{n}" for _ in range(rounds) for n in range(keys)]
    lines = [clicks.record(n, user, start + n * 1_000) for n, user in enumerate(users)]
    columns = "user TEXT NOT NULL, as_of INTEGER, _written INTEGER, events INTEGER, last_id INTEGER"
    log_writes(tmp_path / "online.sqlite", "people", columns, "user")
    run(arrival_job, cluster, tmp_path, lines, ["people"], emit=emit, parallelism=1)
    last = len(users) - keys
    assert stored(tmp_path, "people") == {
        (f"u{n}",): (f"u{n}", start + (last + n) * 1_000, rounds, last + n) for n in range(keys)
    }
    with closing(sqlite3.connect(tmp_path / "online.sqlite")) as connection:
        ((writes, written),) = connection.execute("SELECT count(*), count(DISTINCT key) FROM writes")
    assert written == keys
    if emit == HOUR:
        assert writes == keys
    else:
        assert writes > keys


def test_rows_may_be_left_out_and_are_counted(clicks_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    lines = clicks.stream(500, seed=12)
    whole = run(clicks_job, cluster, tmp_path / "whole", lines, ["visits"])
    stores = run(clicks_job, cluster, tmp_path / "stores", lines, ["visits"], rows=False)
    assert stores["groups"] == whole["groups"]
    assert not (tmp_path / "stores" / "out" / "visits").exists()
    assert stored(tmp_path / "stores", "visits") == stored(tmp_path / "whole", "visits")


@pytest.mark.parametrize("by_arrival", [False, True])
def test_a_key_that_no_window_can_see_any_more_has_no_state(
    by_arrival: bool,  # noqa: FBT001 - a case of the test
    cluster: MiniCluster,
    tmp_path: Path,
) -> None:
    program = slow.by_arrival(clicks.program()) if by_arrival else clicks.program()
    if by_arrival:
        source = program.sources[0].model_copy(update={"order_ttl": HOUR})
        program = program.model_copy(update={"sources": (source,)})
    (planned,) = plan(program).jobs
    job = build(planned, tmp_path / "build")
    start = clicks.START
    events = [{"id": n, "user": f"u{n}", "page": 0, "bot": True, "ts": start + n} for n in range(50)]
    events += [{"id": 99, "user": "last", "page": 1, "bot": True, "ts": start + 2 * HOUR}]
    lines = [json.dumps(event) for event in events]
    metrics = run(job, cluster, tmp_path / "run", lines, ["visits"])
    assert len(rows(tmp_path / "run" / "out" / "visits")) == 51
    sizes = {name.rpartition("/")[2]: n for name, n in metrics["counters"].items() if name.startswith("state/")}
    assert sizes.get("keys") == 1  # of fifty-one
    assert sizes.get("tiles", 0) == 0
    emptied = stored(tmp_path / "run", "visits")
    edge = (start // 1_000_000 + 1) * 1_000_000 + clicks.MINUTE
    assert [emptied[f"u{n}",] for n in range(50)] == [(f"u{n}", edge, 0, None) for n in range(50)]


def test_a_watermark_that_jumps_over_many_keys_moves_each_of_them(
    clicks_job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    """More timers go off than the operator gathers before it does what they stand for."""
    start, keys = clicks.START, 110_000
    events = [(n, f"u{n}", start + n % 1_000 * 1_000) for n in range(keys)]
    events.append((keys, "last", start + 2 * HOUR))
    lines = [f'{{"id":{n},"user":"{user}","page":0,"bot":true,"ts":{time}}}' for n, user, time in events]
    run(clicks_job, cluster, tmp_path, lines, ["visits"], state={"memory": 0}, parallelism=1)
    read = rows(tmp_path / "out" / "visits")
    assert read == sorted(((user, time, 0, 1, n) for n, user, time in events), key=repr)
    emptied = stored(tmp_path, "visits")
    edges = {f"u{n}": (time // 1_000_000 + 1) * 1_000_000 + clicks.MINUTE for n, _, time in events}
    assert all(emptied[f"u{n}",] == (f"u{n}", edges[f"u{n}"], 0, None) for n in range(keys))
