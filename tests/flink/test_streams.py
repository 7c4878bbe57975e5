"""Streams that look up and are grouped, on the mini-cluster: stopped with savepoints and restored, nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.flink.mini_cluster import MiniCluster, build
from tests.flink.test_job import rows
from tests.kernel.lookups import SOURCES, TABLES, random_pair

PROGRAM = """
features by_user from clicks by user_id over 1h, forever { n = count() total = sum(price) }
features by_page from visits by page over exact(2h) { seen = count() visitor = last(who) }
stream rich from clicks []
  lookup by_user as own on user_id
  lookup by_page on page before
  lookup by_user as other on user_id == upper(page)
  lookup by_user as visitor on user_id == by_page.visitor
  keep user_id, page to parquet("rich")
{ n = own.n[1h] seen = by_page.seen total = other.total[forever] clicked = visitor.n[forever] {} k = lower(page) }
features by_rich from rich where n > 1 by k over 1h { rows = count() }
stream later from visits lookup by_rich on k == lower(page) to parquet("later") { rows = by_rich.rows }
stream dear from clicks where price > 1.0 keep page
stream united from visits, rich, dear lookup by_page on page before keep page to parquet("united") {
  seen = by_page.seen
}
features by_united from united by page over 1h { rows = count() most = max(seen) }
"""
LOOKUP = "lookup xusers as customer on name == user_id lookup ypages as their on page == customer.plan"
OUTPUTS = ["by_user", "by_page", "rich", "by_rich", "later", "united", "by_united"]


@pytest.mark.parametrize("tables", ["with tables", "without tables"])
def test_rows_are_neither_lost_nor_doubled_nor_changed_by_savepoints(
    tables: str, cluster: MiniCluster, tmp_path: Path
) -> None:
    lookup, value = (LOOKUP, "plan = customer.plan section = their.section") if tables == "with tables" else ("", "")
    text = PROGRAM.replace("[]", lookup).replace("{}", value)
    compiled = compile_program({"main.feat": SOURCES + TABLES + text})
    assert compiled.program is not None, compiled.diagnostics
    (job,) = plan(compiled.program).jobs
    built = build(job, tmp_path / "job")
    sources = {}
    lines = _lines()
    for source in job.sources:
        file = tmp_path / f"{source.name}.jsonl"
        file.write_text("".join(f"{line}\n" for line in lines[source.name]), encoding="utf-8")
        role = "history" if source.table is not None else "stream"
        sources[source.name] = {"kind": "jsonl", "files": [str(file)], "options": {}, "role": role}

    cluster.run(built, tmp_path / "smooth", sources, OUTPUTS)
    outs = []
    restore = None
    for number, (parallelism, stop) in enumerate([(2, 300), (1, 500), (4, None)]):
        outs.append(tmp_path / f"out-{number}")
        state: dict[str, object] = {"restore": restore, "backend": "heap" if number % 2 else "rocksdb"}
        if stop is not None:
            state |= {"savepoint": str(tmp_path / "savepoints"), "stop_after": stop}
        metrics: dict[str, Any] = cluster.run(built, outs[-1], sources, OUTPUTS, parallelism=parallelism, state=state)
        restore = metrics.get("savepoint")
        assert metrics["empty"] == []

    for name in OUTPUTS:
        found = [row for out in outs if (out / name).exists() for row in rows(out / name)]
        smooth = rows(tmp_path / "smooth" / name)
        assert smooth
        assert sorted(found, key=repr) == sorted(smooth, key=repr)


READ = 11
"""So many events were read when the savepoint was taken; the stage that is new gets those after them."""

EDITED = """
features by_user from clicks by user_id over forever {{ n = count() }}
stream seen from clicks lookup by_user as own on user_id{} to parquet("seen") {{ own = own.n{} }}
"""


def test_a_stage_that_a_savepoint_has_no_state_of_is_told(cluster: MiniCluster, tmp_path: Path) -> None:
    """A block that is looked up by a further key has that state again, of the events since."""
    file = tmp_path / "clicks.jsonl"
    events = [
        {"id": number, "user_id": "ab"[number % 2], "page": "b", "price": 1.0, "ts": f"1970-01-01T00:{number:02}:00Z"}
        for number in range(20)
    ]
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    sources = {"clicks": {"kind": "jsonl", "files": [str(file)], "options": {}}}
    further = (" lookup by_user as other on user_id == page", " other = other.n")
    built = []
    for number, (lookup, value) in enumerate([("", ""), further]):
        compiled = compile_program(
            {"main.feat": SOURCES.replace("lateness = 1h", "lateness = 0s") + EDITED.format(lookup, value)}
        )
        assert compiled.program is not None, compiled.diagnostics
        (job,) = plan(compiled.program).jobs
        built.append(build(job, tmp_path / f"job-{number}"))

    outputs = ["by_user", "seen"]
    state: dict[str, object] = {"savepoint": str(tmp_path / "savepoints"), "stop_after": READ}
    restore = cluster.run(built[0], tmp_path / "before", sources, outputs, state=state)["savepoint"]
    metrics = cluster.run(built[1], tmp_path / "after", sources, outputs, state={"restore": restore})
    assert metrics["empty"] == ["clicks by user_id (again 1)"]
    found = pq.read_table(tmp_path / "after" / "seen").sort_by("id").select(["id", "own", "other"]).to_pylist()
    assert found[0]["id"] <= READ  # events that waited in the savepoint are among them
    for row in found:
        assert row["own"] == row["id"] // 2 + 1
        assert row["other"] == len([number for number in range(READ, row["id"] + 1) if number % 2])


def _lines() -> dict[str, list[str]]:
    """Much of what the kernel's tests have a little of, nearly in the order of time."""
    lines: dict[str, list[str]] = {}
    for seed in range(40):
        for source, of_source in random_pair(Random(seed)).lines.items():
            lines.setdefault(source, []).extend(of_source)
    for source, column in (("clicks", "ts"), ("visits", "at")):
        lines[source].sort(key=lambda line: str(json.loads(line)[column]))
        lines[source][100:110], lines[source][115:125] = lines[source][115:125], lines[source][100:110]
    return lines
