"""What `feat explain-value` says of random programs: the values that the reference gives, from what it lists alone."""

from __future__ import annotations

import json
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from featlang.backends.reference import Input, run_reference
from featlang.cli.explained_text import Shown
from featlang.compiler import ir
from featlang.explain_value import explain_features, explain_stream
from featlang.explained import ExplainedFeatures, ExplainedTable
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.declaration import Exceptional
from tests.kernel.comparison import bits
from tests.kernel.lookups import random_pair
from tests.strategies import as_input, seeded_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from featlang.explained import ExplainedAggregate, ExplainedStream

ROWS = 4
"""So many rows of each block, or stream, are explained."""


@pytest.mark.parametrize("first", range(0, 24, 6))
def test_rows_of_random_blocks(first: int) -> None:
    """By time and in the order of arrival, of all types."""
    for program, streams in seeded_pairs(7, range(first, first + 6), 2):
        for stream in streams:
            random = Random(f"{first} {stream.data!r}")
            inputs = as_input(program, stream)
            _check_rows(program, program.features, inputs, stream.now, random)


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_rows_of_random_streams(first: int) -> None:
    """With features of the same and of other sources and of other streams, and tables; by time and by arrival."""
    grouped = 0
    for seed in range(first, first + 10):
        pair = random_pair(Random(seed))
        with tempfile.TemporaryDirectory() as folder:
            inputs = {}
            for source in pair.lines:
                path = Path(folder, f"{source}.jsonl")
                path.write_bytes(pair.data(source))
                inputs[source] = Input("jsonl", (path,), {})
            for stream in pair.program.streams:
                rows = run_reference(pair.program, [stream.name], inputs, 0).streams[stream.name].rows
                if stream.union is not None:
                    rows = [row for row in rows if row.event.startswith(f"{stream.union.input:02x}")]
                found = explain_stream(pair.program, stream, lambda _event, _name: True, inputs, 0, last=ROWS)
                explained = [row for row in found.rows if row.dropped_by is None]
                dropped = [row for row in found.rows if row.dropped_by is not None]
                of_run: dict[tuple[int, str], list[Any]] = {}  # in the order of arrival, one for each key
                for row in rows:
                    of_run.setdefault((row.time, row.event), []).append(row.values)
                for each in explained:
                    assert {value.name: result for value, result in each.values} in of_run[each.event.time, each.name]
                if pair.program.source(stream.source).order is None:
                    assert not any((each.event.time, each.name) in of_run for each in dropped)
                for lookup in (lookup for row in found.rows for lookup in row.lookups):
                    if isinstance(lookup, ExplainedFeatures):
                        check(pair.program, lookup)
                    else:
                        check_table(lookup)
                printed(pair.program, found)
            of_rows = [block for block in pair.program.features if block.source.startswith(("s", "u"))]
            grouped += _check_rows(pair.program, of_rows, inputs, 0, Random(seed))
    assert grouped > ROWS


def _check_rows(
    program: ir.Program, blocks: Sequence[ir.Features], inputs: Mapping[str, Input], now: int, random: Random
) -> int:
    """Explain some rows of blocks; gives of how many."""
    reference = run_reference(program, [block.name for block in blocks], inputs, now)
    explained = 0
    for block in blocks:
        rows = reference.features[block.name].rows
        for row in random.sample(rows, min(ROWS, len(rows))):
            explained += 1
            found = explain_features(program, block, row.keys, inputs, now, at=row.time, tie=row.tie)
            assert (found.time, found.tie) == (row.time, row.tie)
            assert found.row is not None
            assert found.row.read_at == row.time
            written = {value.name: result for value, result in found.values if value.written}
            assert list(map(bits, written.values())) == list(map(bits, row.values.values()))
            check(program, found)
    return explained


def check(program: ir.Program, found: ExplainedFeatures) -> None:
    """Recompute each aggregate from what is listed, and look at what is just outside."""
    for each in found.aggregates.values():
        value, reason = recomputed(each)
        assert (bits(value), reason) == (bits(each.value), each.reason)
        held = {id(event.event) for event in each.held}  # of one record a stream of several inputs may have two rows
        for outside in (each.before, each.after):
            assert outside is None or id(outside.event) not in held
        if each.before is not None and not isinstance(each.aggregate.window, ir.Forever):
            assert each.oldest is not None
            assert each.before.event.time < each.oldest
    printed(program, found)


def recomputed(each: ExplainedAggregate) -> tuple[Any, str | None]:
    times = [held.event.time for held in each.held]
    if not isinstance(each.aggregate.window, ir.Forever):
        assert all(each.oldest is not None and each.oldest <= time <= each.newest for time in times)
    if isinstance(each.aggregate.window, ir.Exact) and len(set(times)) > each.aggregate.window.most:
        return None, "bound"
    try:
        given = [held.gives for held in each.held if held.fate == "counts"]
        return AGGREGATES[each.aggregate.function].value(given, each.aggregate.bound), None
    except Exceptional as nothing:
        return None, nothing.reason


def check_table(found: ExplainedTable) -> None:
    """What counts began before what will."""
    for older, newer in ((found.older, found.counts), (found.counts, found.newer)):
        if older is not None and newer is not None:
            assert (older.time or 0) <= (newer.time or 0)


def printed(program: ir.Program, found: ExplainedFeatures | ExplainedStream) -> None:
    """Both formats have something to say of values of any type."""
    for as_json in (True, False):
        with redirect_stdout(StringIO()) as out:
            shown = Shown(program, 3, as_json=as_json)
            if isinstance(found, ExplainedFeatures):
                shown.print_features(found)
            else:
                shown.print_stream(found)
        assert out.getvalue()
        if as_json:
            json.loads(out.getvalue())
