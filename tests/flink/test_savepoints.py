"""A job that is stopped with a savepoint goes on from it: rescaled, on another backend, edited."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from featlang.backends.connectors.sqlite import binding, read_table
from featlang.compiler import ir
from featlang.compiler.plan import plan
from tests.flink import slow
from tests.flink.mini_cluster import Built, MiniCluster, build, write_conf
from tests.flink.test_job import BLOCKS, rows
from tests.spark import clicks

COUNT = 4_000
MINUTE = clicks.MINUTE

MEMORIES = (None, 0, None, 20_000)
"""Of the tasks of each step of a chain: enough for all keys; for one key and no event that waits; for a few."""


@dataclass(frozen=True)
class Step:
    """One run of a chain: by which build, how, and after how many records of its own it stops; None: at the end."""

    built: Built
    backend: str
    parallelism: int
    records: int | None
    memory: int | None = None


@dataclass
class Chain:
    """What the runs of a chain wrote together, and what the last one counted."""

    outs: list[Path]
    metrics: dict[str, Any]
    store: Path

    def rows(self, folder: str) -> list[tuple[object, ...]]:
        """The rows of all runs, sorted."""
        return sorted((row for out in self.outs if (out / folder).exists() for row in rows(out / folder)), key=repr)

    def refused(self, kind: str) -> list[tuple[int, str]]:
        """Number and code of all refused records."""
        tables = [pq.read_table(out / kind / "clicks").to_pylist() for out in self.outs]
        return sorted((record["record"], record["code"]) for table in tables for record in table)


def run_chain(
    cluster: MiniCluster, steps: Sequence[Step], file: Path, folder: Path, blocks: Sequence[Sequence[str]] = ()
) -> Chain:
    """Runs the steps, each from the savepoint of the one before it. All rows go to the same stores."""
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}
    restore: str | None = None
    chain = Chain([], {}, folder / "online.sqlite")
    for number, step in enumerate(steps):
        wanted = blocks[number] if blocks else list(BLOCKS)
        state: dict[str, object] = {"backend": step.backend, "restore": restore, "memory": step.memory}
        if number < len(steps) - 1:
            state |= {"savepoint": str(folder / "savepoints"), "stop_after": step.records}
        chain.outs.append(folder / f"out-{number}")
        stores = {name: [binding(name, folder)] for name in wanted if not blocks}
        chain.metrics = cluster.run(
            step.built, chain.outs[-1], sources, wanted, parallelism=step.parallelism, stores=stores, state=state
        )
        restore = chain.metrics.get("savepoint")
    return chain


@pytest.fixture(scope="module", params=["time", "arrival"])
def job(request: pytest.FixtureRequest, cluster: MiniCluster, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of clicks, in each of the orders."""
    assert cluster
    program = clicks.program() if request.param == "time" else slow.by_arrival(clicks.program())
    (planned,) = plan(program).jobs
    return build(planned, tmp_path_factory.mktemp(request.param))


def written(lines: Sequence[str], tmp_path: Path) -> Path:
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def stored(chain: Chain) -> dict[str, list[dict[str, Any]]]:
    """The stores; when a refresh happens, and so what `_written` counts, follows the machine's clock."""
    tables = {name: read_table(chain.store, name) for name in BLOCKS}
    return {name: [{c: v for c, v in r.items() if c != "_written"} for r in table] for name, table in tables.items()}


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_or_doubled_over_savepoints_rescaling_and_backends(
    seed: int, job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    file = written(slow.shuffled(clicks.stream(COUNT, seed=seed), every=60), tmp_path)
    backends = ["heap", "rocksdb"] * 2 if seed == 1 else ["rocksdb", "heap"] * 2
    parts = [dice.randrange(1, COUNT // 3) for _ in range(3)]
    steps = [Step(job, *of) for of in zip(backends, (1, 2, 4, 1), [*parts, None], MEMORIES, strict=True)]
    (tmp_path / "smooth").mkdir()
    (tmp_path / "chain").mkdir()
    smooth = run_chain(cluster, [Step(job, "heap", 2, None)], file, tmp_path / "smooth")
    chain = run_chain(cluster, steps, file, tmp_path / "chain")

    for name in BLOCKS:
        assert chain.rows(name) == smooth.rows(name)
    for kind in ("_late", "_rejects"):
        assert chain.refused(kind) == smooth.refused(kind) != []
    assert stored(chain) == stored(smooth)
    for counts in ("sources", "groups"):
        assert chain.metrics[counts] == smooth.metrics[counts]
    sizes = {name: n for name, n in smooth.metrics["counters"].items() if not name.endswith("head_bytes")}
    assert {name: n for name, n in chain.metrics["counters"].items() if name in sizes} == sizes


def test_a_restored_job_reads_what_was_added_since(clicks_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    """Lines behind those that were read, and files behind the last one; files that are others are refused."""
    lines = clicks.stream(3_000, seed=8)
    parts = [lines[:1_000], lines[1_000:2_000], lines[2_000:]]
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text("".join(f"{line}\n" for line in parts[0]), encoding="utf-8")
    state = {"savepoint": str(tmp_path / "savepoints")}
    out = tmp_path / "out-0"
    metrics = cluster.run(clicks_job, out, _files(first), list(BLOCKS), state=state)
    with first.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in parts[1])
    second.write_text("".join(f"{line}\n" for line in parts[2]), encoding="utf-8")
    restore = {"restore": metrics["savepoint"]}
    cluster.run(clicks_job, tmp_path / "out-1", _files(first, second), list(BLOCKS), state=restore)

    (tmp_path / "smooth").mkdir()
    smooth = run_chain(cluster, [Step(clicks_job, "heap", 2, None)], written(lines, tmp_path), tmp_path / "smooth")
    for name in BLOCKS:
        found = sorted(rows(out / name) + rows(tmp_path / "out-1" / name), key=repr)
        assert found == smooth.rows(name)

    conf = write_conf(tmp_path / "out-2", _files(second, first), list(BLOCKS), {"state": restore})
    refused = cluster.start(clicks_job, conf)
    assert refused.returncode == 1
    assert "the savepoint was taken of other files" in refused.stdout + refused.stderr


def test_a_restored_job_knows_what_was_sent_before(cluster: MiniCluster, tmp_path: Path) -> None:
    """Every tenth record is sent again up to 300 records later, often behind a savepoint."""
    program = clicks.program()
    patient = {"dedup": ir.Dedup(columns=("id",), within=60 * MINUTE), "lateness": 60 * MINUTE}
    program = program.model_copy(update={"sources": (program.sources[0].model_copy(update=patient),)})
    dice = random.Random(5)
    lines = clicks.stream(2_000, seed=5)
    for number in range(0, 2_000, 10):
        lines.insert(number + dice.randrange(1, 300), lines[number])
    sent = [line for line in lines if line.endswith("}") and "1.0" not in line]
    assert len(sent) - len({*sent}) > 100

    built = build(plan(program).jobs[0], tmp_path / "build")
    steps = [Step(built, *of) for of in zip(["heap", "rocksdb"] * 2, (1, 2, 4, 1), (500, 400, 600, None), strict=True)]
    chain = run_chain(cluster, steps, written(lines, tmp_path), tmp_path)
    repeated = [record for record, code in chain.refused("_rejects") if code == "duplicate"]
    assert len(repeated) == len(sent) - len({*sent})
    assert chain.metrics["sources"]["clicks"]["accepted"] == len({*sent})


def _files(*files: Path) -> dict[str, dict[str, Any]]:
    return {"clicks": {"kind": "jsonl", "files": [str(file) for file in files], "options": {}}}


def test_a_savepoint_is_of_all_blocks_and_all_times(clicks_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    """A job of fewer would leave a hole in the state of the others."""
    file = written(clicks.stream(10, seed=9), tmp_path)
    state = {"savepoint": str(tmp_path / "savepoints")}
    wrong: list[tuple[Sequence[str], dict[str, Any], str]] = [
        (["visits"], {}, "a savepoint holds the state of all blocks and streams; name pages, people too"),
        (list(BLOCKS), {"until": 10**15}, "a savepoint holds the state of all events; leave since and until null"),
    ]
    for number, (blocks, settings, message) in enumerate(wrong):
        conf = write_conf(tmp_path / f"out-{number}", _files(file), blocks, {"state": state, **settings})
        refused = cluster.start(clicks_job, conf)
        assert refused.returncode == 2
        assert message in refused.stderr


def edited() -> ir.Program:
    """Of `visits` one feature is gone, one stays, one is new; `people` is gone, `robots` is new; `pages` stays."""
    before = clicks.program()
    visits, _, pages = before.features
    minute = visits.aggregates[0].window
    page = ir.ColumnValue(name="page", type="int", nullable=False)
    aggregates = (
        visits.aggregates[0],
        ir.Aggregate(function="max", arguments=(page,), where=None, window=minute, type="int", nullable=True),
    )
    names = ("events", "greatest_page")
    values = tuple(clicks.value(n, i, a) for i, (n, a) in enumerate(zip(names, aggregates, strict=True)))
    robots = clicks.counts("robots", ("user",), ir.ColumnValue(name="bot", type="bool", nullable=False), minute)
    kept = visits.model_copy(update={"aggregates": aggregates, "values": values})
    return before.model_copy(update={"features": (kept, robots, pages)})


def test_an_edited_job_goes_on_with_what_it_has_kept(clicks_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    lines = clicks.stream(COUNT, seed=5)
    file = written(lines, tmp_path)
    (planned,) = plan(edited()).jobs
    other = build(planned, tmp_path / "edited")
    (tmp_path / "smooth").mkdir()
    (tmp_path / "chain").mkdir()
    smooth = run_chain(cluster, [Step(clicks_job, "heap", 2, None)], file, tmp_path / "smooth")
    blocks = [["visits", "people", "pages"], ["visits", "robots", "pages"]]
    stop = COUNT // 2
    chain = run_chain(
        cluster,
        [Step(clicks_job, "heap", 2, stop), Step(other, "rocksdb", 1, None)],
        file,
        tmp_path / "chain",
        blocks,
    )

    assert chain.rows("pages") == smooth.rows("pages")
    counts = [row[:4] for row in smooth.rows("visits")]  # user, time, _tie, events
    assert [row[:4] for row in chain.rows("visits")] == counts
    released = pq.read_table(chain.outs[0] / "visits", columns=["ts"]).num_rows
    events = clicks.accepted(lines)[0]
    first_half, _, _ = clicks.accepted(lines[:stop])
    assert released < sum(event["user"] is not None for event in first_half)  # the rest was held in the savepoint
    # What is new begins with the events that were not applied before: from a minute on it has seen all of its window.
    full = max(int(str(event["ts"])) for event in first_half) + MINUTE + MINUTE // 60
    begun = [row for row in rows(chain.outs[1] / "visits") if int(str(row[1])) >= full]
    greatest = [
        max(
            int(str(e["page"]))
            for e in events
            if e["user"] == user
            and (int(str(time)) - MINUTE) // (MINUTE // 60) * (MINUTE // 60) <= int(str(e["ts"])) <= int(str(time))
        )
        for user, time, *_ in begun
    ]
    ties = {(row[0], row[1]) for row in begun if row[2]}  # among equal times the row sees only those before it
    assert begun
    assert all(row[4] == g for row, g in zip(begun, greatest, strict=True) if (row[0], row[1]) not in ties)


@pytest.mark.parametrize("backend", ["heap", "rocksdb"])
def test_keys_that_were_kept_for_good_are_dropped_by_an_edit_that_lets_them_go(
    backend: str, cluster: MiniCluster, tmp_path: Path
) -> None:
    """They have no timer, as nothing of a silent one was ever to be dropped."""
    program = slow.by_arrival(clicks.program())
    block = clicks.counts("counted", ("user",), None, ir.Exact(width=MINUTE))
    endless = program.model_copy(update={"features": (block,)})
    source = endless.sources[0].model_copy(update={"order_ttl": 2 * MINUTE})
    ending = endless.model_copy(update={"sources": (source,)})
    jobs = [build(plan(each).jobs[0], tmp_path / name) for name, each in (("endless", endless), ("ending", ending))]
    lines = [clicks.record(n, f"user {n // 20}", clicks.START + n * MINUTE // 2) for n in range(60)]
    file = written(lines, tmp_path)
    steps = [Step(jobs[0], backend, 2, 50), Step(jobs[1], backend, 1, None)]
    (tmp_path / "chain").mkdir()
    (tmp_path / "smooth").mkdir()
    chain = run_chain(cluster, steps, file, tmp_path / "chain", [["counted"]] * 2)
    smooth = run_chain(cluster, [Step(jobs[1], backend, 1, None)], file, tmp_path / "smooth", [["counted"]])
    keys = [each.metrics["counters"]["state/counted/keys"] for each in (chain, smooth)]
    assert keys[0] == keys[1] < 3
    assert chain.rows("counted") == smooth.rows("counted")


def test_the_order_of_equal_times_is_the_declared_one_whatever_comes_first(
    clicks_job: Built, cluster: MiniCluster, tmp_path: Path
) -> None:
    lines = clicks.stream(2_000, seed=6)
    dice = random.Random(6)
    times = [line.rpartition(":")[2] for line in lines]
    permuted: list[str] = []
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or times[end] != times[start]:
            permuted += dice.sample(lines[start:end], end - start)
            start = end
    assert permuted != lines
    found = []
    for name, records in (("a", lines), ("b", permuted)):
        (tmp_path / name).mkdir()
        file = written(records, tmp_path / name)
        found.append(run_chain(cluster, [Step(clicks_job, "heap", 2, None)], file, tmp_path / name))
    for block in BLOCKS:
        assert found[0].rows(block) == found[1].rows(block)


def test_rows_are_not_added_to_those_of_another_run(clicks_job: Built, cluster: MiniCluster, tmp_path: Path) -> None:
    file = written(clicks.stream(100, seed=7), tmp_path)
    chain = run_chain(cluster, [Step(clicks_job, "heap", 1, None)], file, tmp_path)
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}
    before = chain.rows("visits")
    again = cluster.start(clicks_job, write_conf(chain.outs[0], sources, list(BLOCKS), {}))
    assert again.returncode == 2
    assert f"{chain.outs[0]} has rows already" in again.stderr
    assert chain.rows("visits") == before
