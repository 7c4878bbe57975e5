"""Twenty random programs and their streams on a real mini-cluster and a real local Spark: the reference's bits."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featlang.backends.reference import Input, ReferenceResult, rows_to_table, run_reference
from featlang.compiler import ir
from featlang.run_report import Engine
from featlang.runner import Request, run
from tests.kernel.comparison import bits
from tests.strategies import Stream, seeded_pairs

ENGINES: tuple[Engine, ...] = ("flink", "spark")
SEED = 2
PROGRAMS = 20
STREAMS = 3
"""For each program the longest of so many streams is taken."""


def _as_one_job() -> tuple[ir.Program, dict[str, Stream]]:
    """Put all programs into one job, so that each engine starts once."""
    sources: list[ir.Source] = []
    blocks: list[ir.Features] = []
    streams = {}
    for number, (program, candidates) in enumerate(seeded_pairs(SEED, range(PROGRAMS), STREAMS)):
        name = f"source_{number}"
        # One clock serves a whole run, so no program quarantines here.
        sources.append(program.sources[0].model_copy(update={"name": name, "max_ahead": None}))
        for block in program.features:
            update = {"name": f"{block.name}_{number}", "source": name, "annotations": {"job": ("all",)}}
            blocks.append(block.model_copy(update=update))
        streams[name] = max(candidates, key=lambda stream: len(stream.data))
    return ir.Program(sources=tuple(sources), features=tuple(blocks)), streams


@dataclass(frozen=True)
class Runs:
    """The program, what the reference makes of it, and where each engine wrote."""

    program: ir.Program
    expected: ReferenceResult
    outputs: dict[Engine, Path]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run everything once."""
    folder = tmp_path_factory.mktemp("engines")
    program, streams = _as_one_job()
    inputs = {}
    for name, stream in streams.items():
        file = folder / f"{name}.{stream.kind}"
        file.write_bytes(stream.data)
        inputs[name] = Input(stream.kind, (file,), stream.options)
    names = tuple(block.name for block in program.features)
    outputs: dict[Engine, Path] = {engine: folder / engine for engine in ENGINES}
    for engine, out in outputs.items():
        run(Request(program, names, inputs, out, folder / "build", now=0), engine)
    return Runs(program, run_reference(program, names, inputs, now=0), outputs)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_are_the_reference_s(runs: Runs, engine: Engine) -> None:
    assert sum(len(block.rows) for block in runs.expected.features.values()) > PROGRAMS
    for block in runs.program.features:
        wanted = rows_to_table(runs.program, block, runs.expected.features[block.name].rows)
        found = pq.read_table(runs.outputs[engine] / block.name)
        assert found.schema.names == wanted.schema.names
        assert found.schema.types == wanted.schema.types
        assert _rows(found) == _rows(wanted), block.name


@pytest.mark.parametrize("engine", ENGINES)
def test_refused_records_are_the_reference_s(runs: Runs, engine: Engine) -> None:
    for source, read in runs.expected.sources.items():
        for folder, refused in (("_rejects", read.rejects), ("_late", read.late)):
            found = pq.read_table(runs.outputs[engine] / folder / source).select(["path", "record", "raw", "code"])
            assert _rows(found) == Counter(
                tuple(bits(value) for value in (r.path, r.record, r.raw, r.code)) for r in refused
            )


@pytest.mark.parametrize("engine", ENGINES)
def test_nulls_are_counted_as_the_reference_counts(runs: Runs, engine: Engine) -> None:
    report = json.loads((runs.outputs[engine] / "run.json").read_text())
    for block, result in runs.expected.features.items():
        expected = {name: +reasons for name, reasons in result.nulls.items() if +reasons}
        counted = {name: Counter(reasons) for name, reasons in report["nulls"].get(block, {}).items()}
        counted.pop("events", None)  # what aggregates are fed is counted in the kernel only
        assert counted == expected, block


def test_both_engines_keep_the_same_state(runs: Runs) -> None:
    flink, spark = (json.loads((runs.outputs[engine] / "run.json").read_text())["state"] for engine in ENGINES)
    assert flink == spark
    assert sum(stage["keys"] for stage in flink.values()) > PROGRAMS


def _rows(table: pa.Table) -> Counter[tuple[object, ...]]:
    columns = [column.cast("int64") if "timestamp" in str(column.type) else column for column in table.columns]
    return Counter(
        tuple(bits(value) for value in row) for row in zip(*(column.to_pylist() for column in columns), strict=True)
    )
