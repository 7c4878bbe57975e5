"""Twenty random programs, half by arrival, on a real mini-cluster and a real local Spark: the reference's bits.

And streams of several inputs, by `feat parity`'s own way.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from featlang.backends.reference import Input, ReferenceResult, run_reference
from featlang.backends.reference.to_table import rows_to_table
from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from featlang.data import Role
from featlang.parity import parity
from featlang.request import Request, StreamState
from featlang.run_report import Engine
from featlang.runner import run
from featlang.settings import Environment
from tests.engines.comparison import rows_of
from tests.engines.shared import shared_engines
from tests.flink.mini_cluster import MiniCluster
from tests.kernel.comparison import bits
from tests.kernel.lookups import SOURCES, TABLES, random_pair
from tests.strategies import Stream, seeded_pairs

SEED = 2
PROGRAMS = 20
STREAMS = 3
"""For each program the longest of so many streams is taken."""


@dataclass(frozen=True)
class Setting:
    """An engine, how many of its tasks run at a time, as what the files are read, what memory a task of Flink has."""

    engine: Engine
    parallelism: int = 2
    role: Role = "stream"
    memory: int | None = None

    def __str__(self) -> str:
        """A name for the test and its folder."""
        return f"{self.engine}-{self.parallelism}-{self.role}-{self.memory}"


SETTINGS = (
    Setting("flink"),
    Setting("flink", memory=0),
    *(Setting("spark", parallelism) for parallelism in (1, 2, 7)),
    Setting("spark", role="history"),
)
each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=str)


def _as_one_job() -> tuple[ir.Program, dict[str, Stream]]:
    """Put all programs into one job, so that each engine starts once."""
    sources: list[ir.Source] = []
    blocks: list[ir.Features] = []
    streams = {}
    for number, (program, candidates) in enumerate(seeded_pairs(SEED, range(PROGRAMS), STREAMS)):
        name = f"source_{number}"
        # One clock serves a whole run, so no program quarantines here.
        update: dict[str, object] = {"name": name, "max_ahead": None}
        sources.append(_by_arrival(program.sources[0], number).model_copy(update=update))
        for block in program.features:
            update = {"name": f"{block.name}_{number}", "source": name, "annotations": {"job": ("all",)}}
            blocks.append(block.model_copy(update=update))
        streams[name] = max(candidates, key=lambda stream: len(stream.data))
    return ir.Program(sources=tuple(sources), features=tuple(blocks)), streams


def _by_arrival(source: ir.Source, number: int) -> ir.Source:
    """Every other source in the order of arrival, by one of its columns that may be one."""
    if source.order is not None or number % 2 == 0:
        return source
    able = [c.name for c in source.columns if c.type in ("int", "timestamp") and not c.nullable]
    return source.model_copy(update={"order": able[number % len(able)]})


@dataclass(frozen=True)
class Runs:
    """The program, what the reference makes of it, and where each engine wrote."""

    program: ir.Program
    expected: dict[Role, ReferenceResult]
    folder: Path

    def report(self, setting: Setting) -> dict[str, Any]:
        """What a run counted."""
        found: dict[str, Any] = json.loads((self.folder / str(setting) / "run.json").read_text())
        return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, cluster: MiniCluster) -> Runs:
    """Run everything once."""
    folder = tmp_path_factory.mktemp("engines")
    program, streams = _as_one_job()
    names = tuple(block.name for block in program.features)
    roles: tuple[Role, ...] = ("stream", "history")
    inputs: dict[Role, dict[str, Input]] = {role: {} for role in roles}
    for name, stream in streams.items():
        file = folder / f"{name}.{stream.kind}"
        file.write_bytes(stream.data)
        for role in roles:
            inputs[role][name] = Input(stream.kind, (file,), stream.options, role)
    build = folder / "build"
    with shared_engines(program, build, cluster):
        for setting in SETTINGS:
            state = StreamState(memory=setting.memory)
            place = Environment(parallelism=setting.parallelism)
            request = Request(
                program,
                names,
                inputs[setting.role],
                folder / str(setting),
                build,
                now=0,
                state=state,
                environment=place,
            )
            run(request, setting.engine)
    expected = {role: run_reference(program, names, inputs[role], now=0) for role in roles}
    return Runs(program, expected, folder)


@each_setting
def test_rows_are_the_reference_s(runs: Runs, setting: Setting) -> None:
    expected = runs.expected[setting.role]
    assert sum(len(block.rows) for block in expected.features.values()) > PROGRAMS
    for block in runs.program.features:
        wanted = rows_to_table(runs.program, block, expected.features[block.name].rows)
        found = pq.read_table(runs.folder / str(setting) / block.name)
        assert found.schema.names == wanted.schema.names
        assert found.schema.types == wanted.schema.types
        assert rows_of(found) == rows_of(wanted), block.name


@each_setting
def test_refused_records_are_the_reference_s(runs: Runs, setting: Setting) -> None:
    counts = runs.report(setting)["sources"]
    for source, read in runs.expected[setting.role].sources.items():
        assert counts[source]["late"] == len(read.late)
        for folder, refused in (("_rejects", read.rejects), ("_late", read.late), ("_quarantine", read.quarantined)):
            table = pq.read_table(runs.folder / str(setting) / folder / source)
            assert rows_of(table.select(["path", "record", "raw", "code"])) == Counter(
                tuple(bits(value) for value in (r.path, r.record, r.raw, r.code)) for r in refused
            )


def test_some_events_are_late_and_some_out_of_sequence(runs: Runs) -> None:
    codes = {role: Counter(r.code for s in e.sources.values() for r in s.late) for role, e in runs.expected.items()}
    assert min(codes["stream"]["late"], codes["stream"]["out_of_sequence"]) > PROGRAMS
    assert list(codes["history"]) == ["out_of_sequence"]


@each_setting
def test_nulls_are_counted_as_the_reference_counts(runs: Runs, setting: Setting) -> None:
    report = runs.report(setting)
    for block, result in runs.expected[setting.role].features.items():
        expected = {name: +reasons for name, reasons in result.nulls.items() if +reasons}
        counted = {name: Counter(reasons) for name, reasons in report["nulls"].get(block, {}).items()}
        counted.pop("events", None)  # what aggregates are fed is counted in the kernel only
        assert counted == expected, block


def test_only_flink_tells_how_large_its_state_is(runs: Runs) -> None:
    stages = sum(len(source.stages) for job in plan(runs.program).jobs for source in job.sources)
    state = runs.report(Setting("flink"))["state"]
    assert 0 < len(state) <= stages
    assert all(size["keys"] > 0 and size["head_bytes"] > 0 for size in state.values())
    assert "state" not in runs.report(Setting("spark"))


UNITED = """
features of_clicks from clicks by page over 1h, forever { n = count() }
stream paid from clicks where price > 1.0 keep page { amount = price who = user_id }
stream free from clicks keep page { amount = 0.0 who = upper(user_id) }
stream seen from visits lookup of_clicks on page keep page, who { amount = length * 1.5 n = of_clicks.n[1h] }
stream both from visits, clicks keep page to parquet("both") { day = date_of(at) }
stream all from paid, seen, free
  lookup of_clicks as own on page
  lookup xusers as user on name == who
  keep page, who, amount to parquet("all")
{ n = own.n[1h] plan = user.plan }
features by_page from all by page over 1h, exact(2h) { rows = count() spent = sum(amount) newest = last(who) }
stream later from all where amount > 0.0
  lookup by_page as now on page
  lookup by_page as before on page == lower(page) before
  to parquet("later") { rows = now.rows[1h] was = before.newest[exact(2h)] }
stream whole from both, all keep page to parquet("whole") { where_at = concat("/", page) }
features by_place from whole by where_at over forever { rows = count() first = first(page) }
"""


def test_streams_of_several_inputs_have_the_reference_s_bits(cluster: MiniCluster, tmp_path: Path) -> None:
    """Rows from sources and from stages, of one source twice, in unions of unions; equal times and late events."""
    compiled = compile_program({"main.feat": SOURCES + TABLES + UNITED})
    assert compiled.program is not None, compiled.diagnostics
    program, build = compiled.program, tmp_path / "build"
    inputs = {}
    for source in program.inputs:
        file = tmp_path / f"{source.name}.jsonl"
        lines = [line for seed in range(30) for line in random_pair(Random(seed)).lines[source.name]]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        role: Role = "stream" if source in program.sources else "history"
        inputs[source.name] = Input("jsonl", (file,), {}, role)
    names = tuple(each.name for each in program.outputs)
    with shared_engines(program, build, cluster):
        report = parity(Request(program, names, inputs, tmp_path / "out", build, now=0))
    assert report.problems() == []
    assert [block.block.name for block in report.blocks if not block.rows] == []
    assert report.runs["reference"].sources["clicks"].late > 0
    for run_of in report.runs.values():
        assert run_of.written == report.runs["reference"].written
        counted = {name: reasons for name, reasons in run_of.nulls["whole"].items() if name != "events"}
        assert counted == report.runs["reference"].nulls["whole"]  # what features are fed is counted in the kernel only
