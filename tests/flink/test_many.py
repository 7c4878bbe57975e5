"""Fifty small programs in one job of one mini-cluster, their events in every format; one of them has none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featlang.compiler import ir
from tests.flink.mini_cluster import MiniCluster, build, one_job
from tests.flink.test_job import rows
from tests.spark import clicks

COUNT = 50
EVENTS = 200
KINDS = ("jsonl", "csv", "parquet")
EMPTY = 49


def program(number: int) -> ir.Program:
    """`clicks.program()` under names of its own, with one of its three blocks."""
    original = clicks.program()
    block = original.features[number % 3]
    source = original.sources[0].model_copy(update={"name": f"clicks_{number}"})
    return ir.Program(
        sources=(source,), features=(block.model_copy(update={"name": f"block_{number}", "source": source.name}),)
    )


def events_only(lines: Sequence[str]) -> list[str]:
    """The records that are events in any format."""
    return [line for line in lines if line.endswith("}") and "1.0" not in line]


def write(lines: Sequence[str], kind: str, folder: Path) -> Path:
    """The events as a file of the kind."""
    file = folder / f"{len(list(folder.iterdir()))}.{kind}"
    events = [json.loads(line) for line in lines]
    if kind == "jsonl":
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    elif kind == "csv":
        users = [f'"{e["user"]}"' if e["user"] else "" for e in events]
        rows_of = [(e["id"], user, e["page"], e["bot"], e["ts"]) for e, user in zip(events, users, strict=True)]
        text = "\r\n".join(",".join(map(str, row)) for row in rows_of)
        file.write_text(f"id,user,page,bot,ts\r\n{text}", encoding="utf-8", newline="")
    else:
        times = pa.array([e["ts"] for e in events], pa.timestamp("us", "UTC"))
        table = pa.Table.from_pylist(events).drop_columns("ts").append_column("ts", times)
        pq.write_table(table, file, row_group_size=70)
    return file


@pytest.fixture(scope="module")
def streams() -> list[list[str]]:
    """Each program's records."""
    return [[] if n == EMPTY else events_only(clicks.stream(EVENTS, seed=n)) for n in range(COUNT)]


def test_fifty_programs_in_one_job(cluster: MiniCluster, streams: list[list[str]], tmp_path: Path) -> None:
    programs = [program(number) for number in range(COUNT)]
    built = build(one_job(programs, "fifty"), tmp_path / "build")
    (tmp_path / "data").mkdir()
    sources: dict[str, dict[str, Any]] = {}
    for number, lines in enumerate(streams):
        kind = KINDS[number // 3 % 3] if lines else "jsonl"
        file = write(lines, kind, tmp_path / "data")
        sources[f"clicks_{number}"] = {"kind": kind, "files": [str(file)], "options": {}}
    out = tmp_path / "out"
    metrics = cluster.run(built, out, sources, [f"block_{n}" for n in range(COUNT)])

    for number, lines in enumerate(streams):
        found = rows(out / f"block_{number}")
        assert found == clicks.expected(lines, programs[number].features[0]), sources[f"clicks_{number}"]
        late = pq.read_table(out / "_late" / f"clicks_{number}")
        counted = metrics["sources"][f"clicks_{number}"]
        assert late.num_rows == counted["late"] == len(clicks.accepted(lines)[1])
        assert counted["read"] == len(lines)
    assert sum(counted["late"] for counted in metrics["sources"].values()) > COUNT

    of_parquet = next(name for name, source in sources.items() if source["kind"] == "parquet")
    for refused in pq.read_table(out / "_late" / of_parquet).to_pylist():
        event = json.loads(streams[int(of_parquet.rpartition("_")[2])][refused["record"] - 1])
        assert json.loads(refused["raw"]) == event
    empty = pq.read_table(out / f"block_{EMPTY}")
    assert empty.num_rows == 0
    assert [(f.name, str(f.type)) for f in empty.schema] == [
        *(("user", "string"), ("ts", "timestamp[us, tz=UTC]"), ("_tie", "int64")),
        *(("events", "int64"), ("last_id", "int64")),
    ]
    assert pq.read_table(out / "_rejects" / f"clicks_{EMPTY}").column_names == ["raw", "path", "record", "code", "text"]
