"""The order of arrival in Flink: rows, what is out of sequence and stored values, at any parallelism."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.compiler import ir
from featlang.compiler.plan import plan
from tests.flink import slow
from tests.flink.mini_cluster import Built, MiniCluster, build
from tests.flink.test_job import BLOCKS, rows
from tests.spark import clicks

PROGRAM = slow.by_arrival(clicks.program())
MINUTE, START = clicks.MINUTE, clicks.START
MANY = 2_000
WINDOWS = ("of_a_minute", "of_ten")
LINES = slow.shuffled(clicks.stream(3_000, seed=3), every=50)


@pytest.fixture(scope="module")
def job(cluster: MiniCluster, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of clicks in the order of arrival."""
    assert cluster
    (planned,) = plan(PROGRAM).jobs
    return build(planned, tmp_path_factory.mktemp("arrival"))


@pytest.mark.parametrize("parallelism", [1, 2, 7])
def test_rows_are_read_as_events_come_and_what_is_out_of_sequence_is_late(
    parallelism: int, job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(f"{line}\n" for line in LINES), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}
    stores = {name: [binding(name, tmp_path)] for name in BLOCKS}
    out = tmp_path / "out"
    metrics = cluster.run(job, out, sources, list(BLOCKS), parallelism=parallelism, stores=stores)

    expected = slow.outcome(LINES, PROGRAM)
    assert {name: rows(out / name) for name in BLOCKS} == expected.rows
    late = pq.read_table(out / "_late" / "clicks").to_pylist()
    found = sorted(record["record"] for record in late if record["code"] == "out_of_sequence")
    assert found == expected.out_of_sequence != []
    assert all(record["raw"].decode() == LINES[record["record"] - 1] for record in late)
    assert metrics["sources"]["clicks"]["late"] == len(late)
    assert metrics["sources"]["clicks"]["accepted"] == len(clicks.accepted(LINES)[0])
    for name, block in BLOCKS.items():
        stored = read_table(tmp_path / "online.sqlite", name)
        found_rows = {tuple(r[k] for k in block.key): (*(r[c] for c in r if c != "_written"),) for r in stored}
        assert found_rows == expected.stored[name]


@pytest.mark.parametrize("program", [clicks.program(), PROGRAM], ids=["time", "arrival"])
def test_a_history_has_no_late_events_and_is_in_order(
    program: ir.Program, cluster: MiniCluster, tmp_path: Path
) -> None:
    patient = program.sources[0].model_copy(update={"lateness": 2**62})
    found = []
    events = [line for line in LINES if line.endswith("}") and "1.0" not in line]
    in_order = sorted(events, key=lambda line: (json.loads(line)["id"], json.loads(line)["ts"]))
    cases = (("history", program.sources[0], events), ("stream", patient, in_order))
    for role, source, lines in cases:
        (planned,) = plan(program.model_copy(update={"sources": (source,)})).jobs
        folder = tmp_path / role
        job = build(planned, folder / "build")
        file = folder / "clicks.jsonl"
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}, "role": role}}
        metrics = cluster.run(job, folder / "out", sources, list(BLOCKS))
        found.append((metrics["sources"], {name: rows(folder / "out" / name) for name in BLOCKS}))
    assert found[0] == found[1]
    assert found[0][0]["clicks"]["accepted"] == len(events)


@pytest.mark.parametrize("order", ["time", "arrival"])
def test_what_leaves_windows_at_once_for_many_keys_is_stored(order: str, cluster: MiniCluster, tmp_path: Path) -> None:
    """Before `until`, and not what leaves longer windows behind it, whatever one watermark passes; over a savepoint."""
    program = clicks.program() if order == "time" else PROGRAM
    short, longer = (clicks.counts("counted", ("user",), None, ir.Exact(width=w)) for w in (MINUTE, 10 * MINUTE))
    aggregates = (short.aggregates[0], longer.aggregates[0])
    values = tuple(clicks.value(name, i, each) for i, (name, each) in enumerate(zip(WINDOWS, aggregates, strict=True)))
    counted = short.model_copy(update={"aggregates": aggregates, "values": values})
    job = build(plan(program.model_copy(update={"features": (counted,)})).jobs[0], tmp_path / "job")
    times = [START] * MANY + [START + 60 * MINUTE] * (MANY // 2)
    lines = [clicks.record(n, f"user {n % MANY}", time) for n, time in enumerate(times)]
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}

    def stored(name: str, *, silent: bool = False) -> set[tuple[int, int, int]]:
        rows = read_table(tmp_path / name / "online.sqlite", "counted")
        assert len(rows) == MANY
        rows = [row for row in rows if not silent or int(row["user"].split()[1]) >= MANY // 2]
        return {(row["as_of"] - START, *(row[column] for column in WINDOWS)) for row in rows}

    def run(name: str, place: str, **settings: Any) -> dict[str, Any]:
        stores = {"counted": [binding("counted", tmp_path / place)]}
        return cluster.run(job, tmp_path / name, sources, ["counted"], stores=stores, **settings)

    run("early", "early", until=START + 5 * MINUTE)
    assert stored("early", silent=order == "arrival") == {(MINUTE, 0, 1)}
    run("whole", "whole")
    gone, there = (10 * MINUTE, 0, 0), (60 * MINUTE, 1, 1)
    assert stored("whole") == {gone, there}
    metrics = run("first", "both", state={"savepoint": str(tmp_path / "kept"), "stop_after": MANY + 10})
    run("second", "both", state={"restore": metrics["savepoint"]})
    assert stored("both") == {gone, there}
