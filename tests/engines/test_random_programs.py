"""Twenty random programs and their streams on a real mini-cluster and a real local Spark: the reference's bits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from featlang.backends.reference import Input, rows_to_table, run_reference
from featlang.compiler import ir
from featlang.runner import Request, run
from tests.kernel.comparison import bits
from tests.strategies import Stream, seeded_pairs

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

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


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_they_agree_with_the_reference(engine: str, tmp_path: Path) -> None:
    """Rows, rejects and late events."""
    program, streams = _as_one_job()
    inputs = {}
    for name, stream in streams.items():
        file = tmp_path / f"{name}.{stream.kind}"
        file.write_bytes(stream.data)
        inputs[name] = Input(stream.kind, (file,), stream.options)
    names = tuple(block.name for block in program.features)
    request = Request(program, names, inputs, tmp_path / "out", tmp_path / "build", now=0)
    run(request, engine)  # type: ignore[arg-type]  # pytest gives plain text

    expected = run_reference(program, names, inputs, now=0)
    assert sum(len(block.rows) for block in expected.features.values()) > PROGRAMS
    for block in program.features:
        wanted = rows_to_table(program, block, expected.features[block.name].rows)
        found = pq.read_table(tmp_path / "out" / block.name)
        assert found.schema.names == wanted.schema.names
        assert found.schema.types == wanted.schema.types
        assert _rows(found) == _rows(wanted), block.name
    for source, read in expected.sources.items():
        for folder, refused in (("_rejects", read.rejects), ("_late", read.late)):
            found = pq.read_table(tmp_path / "out" / folder / source).select(["path", "record", "raw", "code"])
            assert _rows(found) == Counter(
                tuple(bits(value) for value in (r.path, r.record, r.raw, r.code)) for r in refused
            )


def _rows(table: pa.Table) -> Counter[tuple[object, ...]]:
    columns = [column.cast("int64") if "timestamp" in str(column.type) else column for column in table.columns]
    return Counter(
        tuple(bits(value) for value in row) for row in zip(*(column.to_pylist() for column in columns), strict=True)
    )
