"""A source that is read for several levels of lookups: rows, rejects, late records and counts are the reference's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

import featlang
from featlang.compiler.plan import plan
from featlang.request import Request
from featlang.run_inputs import inputs_of
from featlang.runner import run
from tests.engines.comparison import rows_of
from tests.reference.test_as_of_oracle import Data

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from featlang.api import Project
    from featlang.run_report import Engine, RunReport

NAMES = ("scored", "dear_visits", "of_user", "newest", "of_page", "of_pair")


def test_sources_of_several_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what a cluster may have in its spark-defaults.conf."""
    settings = {
        "serializer": "org.apache.spark.serializer.KryoSerializer",
        "kryo.registrationRequired": "true",
        "sql.ansi.enforceReservedKeywords": "true",
        "memory.offHeap.enabled": "true",
        "memory.offHeap.size": "256m",
        "shuffle.spill.numElementsForceSpillThreshold": "50",
    }
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", " ".join(f"-Dspark.{name}={value}" for name, value in settings.items()))
    Data(0).write(tmp_path)
    project = featlang.load(tmp_path)
    (job,) = plan(project.program).jobs
    levels = [{stage.source for stage in level} for level in job.levels]
    assert sum("clicks" in sources for sources in levels) > 1

    expected, found = _run(project, tmp_path, "reference"), _run(project, tmp_path, "spark")
    assert expected.sources["clicks"].rejected["null_key"] > 0
    assert expected.sources["clicks"].late > 0
    assert found.sources == expected.sources
    assert found.written == expected.written
    assert {name: nulls for name, nulls in found.nulls.items() if name in NAMES} == expected.nulls
    for name in NAMES:
        ours, spark = (pq.read_table(tmp_path / engine / name) for engine in ("reference", "spark"))
        assert rows_of(ours) == rows_of(spark), name
    for folder in (f"{kind}/{source}" for kind in ("_rejects", "_late") for source in ("clicks", "visits")):
        columns = ["raw", "path", "record", "code"]  # the text is each side's own
        ours, spark = (pq.read_table(tmp_path / engine / folder, columns=columns) for engine in ("reference", "spark"))
        assert rows_of(ours) == rows_of(spark), folder


def _run(project: Project, folder: Path, engine: Engine) -> RunReport:
    program = project.program
    request = Request(
        program=program,
        features=NAMES,
        inputs=inputs_of(project.source, program, NAMES, None, engine),
        out=folder / engine,
        build=folder / "build",
        now=0,
    )
    return run(request, engine)
