"""Rows of a span of time alone, on each engine: run.json counts the nulls that the reference counts, and no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

import featlang
from featlang.request import Request
from featlang.run_inputs import inputs_of
from featlang.runner import run
from tests.engines.comparison import rows_of
from tests.engines.shared import shared_engines
from tests.reference.test_as_of_oracle import HOUR, PROGRAM, START, Data

if TYPE_CHECKING:
    from pathlib import Path

    from featlang.api import Project
    from featlang.run_report import Engine, RunReport
    from tests.flink.mini_cluster import MiniCluster

FURTHER = """
features of_plan from scored where price > 1.0 by owner_plan over 1h { rows = count()  least = min(level) }

stream planned from visits lookup of_plan as first on owner_plan == who lookup of_plan on owner_plan == page
  to parquet("planned") { rows = of_plan.rows  least = first.least + of_plan.least }

source taps(card: string?, number: int, amount: float?, ts: timestamp) {
  time     = ts
  lateness = 1h
  order    = arrival(number)
  stream   = jsonl("taps.jsonl")
}

features of_card from taps where amount > 0.0 by card over 1h { last = last(amount)  rate = 1 / (count() - 1) }

stream tapped from taps where amount < 5.0 lookup of_card on card to parquet("tapped") {
  product = of_card.last * amount
}
"""
ENGINE_ONLY = {"events", "lookup"}
"""What aggregates are fed, and keys, are counted in the kernel only."""


SPANS = ((None, None), (START + 5 * HOUR, START + 8 * HOUR))


def test_nulls_are_of_the_span(tmp_path: Path, cluster: MiniCluster) -> None:
    _write(tmp_path)
    project = featlang.load(tmp_path)
    with shared_engines(project.program, tmp_path / "build", cluster):
        for span in SPANS:
            expected = _run(project, tmp_path, "reference", *span)
            for name in ("of_plan", "of_card", "scored", "tapped", "planned"):
                assert expected.nulls[name]
            for engine in ("spark", "flink"):
                found = _run(project, tmp_path, engine, *span)
                assert found.written == expected.written
                assert _counted(found.nulls) == _counted(expected.nulls), engine
                for name in expected.written:
                    ours, theirs = (pq.read_table(tmp_path / side / name) for side in ("reference", engine))
                    assert rows_of(ours) == rows_of(theirs), name


def _write(folder: Path) -> None:
    """A project with both orders: what is tapped are the clicks, by number."""
    Data(1).write(folder, PROGRAM + FURTHER)
    clicks = (folder / "clicks.jsonl").read_text(encoding="utf-8").splitlines()
    taps = [
        {"card": click["user_id"], "number": number + click["id"] % 3, "amount": click["price"], "ts": click["ts"]}
        for number, click in enumerate(map(json.loads, clicks))
    ]
    (folder / "taps.jsonl").write_text("".join(f"{json.dumps(tap)}\n" for tap in taps), encoding="utf-8")


def _run(project: Project, folder: Path, engine: Engine, since: int | None, until: int | None) -> RunReport:
    program = project.program
    names = tuple(each.name for each in program.outputs)
    request = Request(
        program=program,
        features=names,
        inputs=inputs_of(project.source, program, names, None, engine),
        out=folder / engine,
        build=folder / "build",
        now=0,
        since=since,
        until=until,
    )
    return run(request, engine)


def _counted(nulls: dict[str, dict[str, dict[str, int]]]) -> dict[str, Any]:
    both = {
        name: {value: reasons for value, reasons in values.items() if value not in ENGINE_ONLY}
        for name, values in nulls.items()
    }
    return {name: values for name, values in both.items() if values}
