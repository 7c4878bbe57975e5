"""Every template and function of the library on a real mini-cluster and a real Spark: the reference's bits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from featlang.backends.reference import Input, ReferenceResult, run_reference
from featlang.backends.reference.to_table import rows_to_table
from featlang.compiler import ir
from featlang.project import load
from featlang.request import Request
from featlang.runner import run
from featlang.stdlib.functions import FUNCTIONS
from tests.compiler.programs import EVENTS, program
from tests.engines.comparison import rows_of
from tests.engines.shared import shared_engines
from tests.kernel.test_functions_in_programs import features
from tests.strategies.streams import random_stream

if TYPE_CHECKING:
    from featlang.run_report import Engine
    from tests.flink.mini_cluster import MiniCluster

ENGINES: tuple[Engine, ...] = ("flink", "spark")
STREAMS = 40
"""For each source the longest of so many streams is taken."""


def _functions() -> ir.Program:
    """Each function of columns and of features, a block for each."""
    blocks = []
    for declaration in FUNCTIONS.values():
        lines = [line for line in features(declaration) if line[0] in "lv"]
        head = f"features of_{declaration.name} from events by user over 1h"
        blocks.append(f"{head} {{\n{chr(10).join(lines)}\n}}\n")
    return program(EVENTS, "".join(blocks))


def _templates() -> ir.Program:
    found = load(Path(__file__).parents[1] / "stdlib" / "project").program
    assert found is not None
    return found


def _as_one_job(parts: dict[str, ir.Program]) -> ir.Program:
    """Both in one job, so that each engine starts once."""
    sources, blocks = [], []
    for name, part in parts.items():
        # One clock serves a whole run, so nothing is quarantined here.
        sources.append(part.sources[0].model_copy(update={"name": name, "max_ahead": None}))
        update: dict[str, object] = {"source": name, "annotations": {"job": ("all",)}, "sinks": ()}
        blocks += [block.model_copy(update=update) for block in part.features]
    return ir.Program(sources=tuple(sources), features=tuple(blocks))


@dataclass(frozen=True)
class Runs:
    """The program, what the reference makes of it, and where each engine wrote."""

    program: ir.Program
    expected: ReferenceResult
    folder: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, cluster: MiniCluster) -> Runs:
    """Run everything once."""
    folder = tmp_path_factory.mktemp("library")
    parts = {"calls": _functions(), "events": _templates()}
    whole = _as_one_job(parts)
    dice = Random("library")
    inputs = {}
    for name in parts:
        alone = ir.Program(
            sources=(whole.source(name),), features=tuple(block for block in whole.features if block.source == name)
        )
        stream = max((random_stream(dice, alone) for _ in range(STREAMS)), key=lambda stream: len(stream.data))
        file = folder / f"{name}.{stream.kind}"
        file.write_bytes(stream.data)
        inputs[name] = Input(stream.kind, (file,), stream.options, "stream")
    names = tuple(block.name for block in whole.features)
    build = folder / "build"
    with shared_engines(whole, build, cluster):
        for engine in ENGINES:
            run(Request(whole, names, inputs, folder / engine, build, now=0), engine)
    return Runs(whole, run_reference(whole, names, inputs, now=0), folder)


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_are_the_reference_s(runs: Runs, engine: Engine) -> None:
    assert sum(1 for block in runs.expected.features.values() if block.rows) > len(FUNCTIONS)
    for block in runs.program.features:
        wanted = rows_to_table(runs.program, block, runs.expected.features[block.name].rows)
        assert rows_of(pq.read_table(runs.folder / engine / block.name)) == rows_of(wanted), block.name
