"""The states of two parts of a stream become that of both: what comes after is, bit by bit, as without the cut."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from py4j.protocol import Py4JJavaError

from featlang.backends.kernel.inprocess import Feed
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from featlang.stdlib.aggregates.count_distinct import DISTINCT_BOUND
from tests.kernel import seeds
from tests.kernel.merging import (
    END_OF_TIME,
    Parts,
    merge_differences,
    parts_by_hand,
    random_parts,
    run_parts,
    stored_by_key,
    visit,
    visits_to_merge,
)
from tests.kernel.visits import FEATURES, FILTERS, SOURCE, by_arrival, with_endless, with_ttl
from tests.strategies import beyond_the_bound, random_stream, seeded_pairs

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess, KernelProgram
    from featlang.compiler import ir
    from tests.strategies import Stream

VISITS = range(16)
OVER = "sliding(10us, step=2us), exact(7us), forever"


def _compile(host: InProcess, program: ir.Program) -> KernelProgram:
    (job,) = plan(program).jobs
    return host.compile(job)


def _assert_merges(host: InProcess, random: Random, program: ir.Program, streams: list[Stream]) -> None:
    compiled = _compile(host, program)
    parts = random_parts(random, program, compiled, streams)
    for runs in run_parts(compiled, compiled, parts):
        differing = merge_differences(program, runs)
        assert not differing, "\n".join([*differing[:10], repr(runs.parts), program.model_dump_json()])


@pytest.mark.parametrize("seed", VISITS)
def test_what_comes_after_a_merge(kernel_host: InProcess, seed: int) -> None:
    """Both orders: rows, stored rows, late events, nulls, and what a silence leaves."""
    random = Random(seed)
    program, streams = visits_to_merge(random, arrival=seed % 2 == 1)
    _assert_merges(kernel_host, random, program, streams)


@pytest.mark.parametrize("first", range(0, 20, 5))
def test_random_programs(kernel_host: InProcess, first: int) -> None:
    """Every aggregate, window and type."""
    random = Random(first)
    for program, _ in seeded_pairs(seeds.SEED + 3, range(first, first + 5), 0):
        streams = [random_stream(random, program, "jsonl") for _ in range(10)]
        _assert_merges(kernel_host, random, program, streams)


@pytest.mark.parametrize(
    ("arrival", "expected"),
    [
        pytest.param(False, [[(13, 0, visits)] for visits in (4, 3, 4, 3)], id="time"),
        pytest.param(True, [[(102, 0, 3)], [(101, 0, 5)], [(51, 0, 2)], [(100, 4, 5)]], id="arrival"),
    ],
)
def test_silences(kernel_host: InProcess, *, arrival: bool, expected: list[list[tuple[int, int, int]]]) -> None:
    """What is held for ever until one goes on over the cut, or not; and `_tie` at the earlier part's time."""
    program, parts = parts_by_hand(arrival=arrival)
    compiled = _compile(kernel_host, program)
    rows = []
    for runs in run_parts(compiled, compiled, parts):
        assert merge_differences(program, runs) == []
        rows.append([(time, tie, visits) for _, time, tie, _, visits, *_ in runs.merged.rows["every"]])
    assert rows == expected


@pytest.mark.parametrize(
    "points",
    [
        pytest.param((DISTINCT_BOUND - 4000, DISTINCT_BOUND + 150, None), id="both together"),
        pytest.param((DISTINCT_BOUND + 200, DISTINCT_BOUND + 250, None), id="the earlier part"),
        pytest.param((100, DISTINCT_BOUND + 250, None), id="the later part"),
        pytest.param((100, DISTINCT_BOUND + 1, None), id="by one, with the rest"),
        pytest.param((DISTINCT_BOUND - 4000, DISTINCT_BOUND + 150, DISTINCT_BOUND + 150), id="nothing comes after"),
    ],
)
def test_over_the_bound_of_distinct_values(kernel_host: InProcess, points: tuple[int, int, int | None]) -> None:
    """Of one part, of both, and below it again; what is over the bound for ever keeps no values."""
    program, stream, _ = beyond_the_bound()
    compiled = _compile(kernel_host, program)
    lines = stream.data.split(b"\n")
    first, second, end = points
    feed = Feed("jsonl", b"", save=True, silence=END_OF_TIME, stores={"features": "EVERY"})
    parts = Parts(lines[:first], lines[first:second], lines[second:end], ends=True, feed=feed)
    (runs,) = run_parts(compiled, compiled, [parts])
    assert merge_differences(program, runs) == []
    assert [state.tiles for state in runs.merged.states] == [{}]


@pytest.mark.parametrize("seed", range(8))
def test_only_what_differs_from_the_later_part_is_stored(kernel_host: InProcess, seed: int) -> None:
    """With `emit = change`: that is what the store has."""
    random = Random(seed)
    program, streams = visits_to_merge(random, arrival=seed % 2 == 1)
    program = with_endless(program)
    compiled = _compile(kernel_host, program)
    parts = [p for p in random_parts(random, program, compiled, streams) if p.feed.stores]
    fewer = [replace(p, feed=replace(p.feed, stores=dict.fromkeys(p.feed.stores, "CHANGE"))) for p in parts]
    for all_rows, runs in zip(*(run_parts(compiled, compiled, each) for each in (parts, fewer)), strict=True):
        for block in program.features:
            before = stored_by_key(block, runs.earlier, runs.alone)
            after = stored_by_key(block, runs.merged)
            for key, rows in stored_by_key(block, all_rows.merged).items():
                last = before[key][-1][2] if key in before else None
                expected = []
                for as_of, _, features in rows:
                    if features != last:
                        expected.append((as_of, features))
                    last = features
                assert [(as_of, features) for as_of, _, features in after.get(key, [])] == expected


@pytest.mark.parametrize("arrival", [False, True], ids=["time", "arrival"])
def test_parts_of_an_earlier_edit(kernel_host: InProcess, *, arrival: bool) -> None:
    """Both are taken over before they are merged: what is kept goes on, what is new starts empty."""
    random = Random(3)
    features = FEATURES.splitlines(keepends=True)
    edits = [features[:6], ["spread = stddev(x)\n", *features[::-1]]]
    programs = [with_ttl(_visits("".join(edit), OVER), 12) for edit in edits]
    if arrival:
        programs = [by_arrival(program, "seq", 40) for program in programs]
    old, new = (_compile(kernel_host, program) for program in programs)
    _, streams = visits_to_merge(random, arrival=arrival)
    parts = random_parts(random, programs[0], old, streams)
    parts = [replace(p, feed=replace(p.feed, silence=None, stores={})) for p in parts]
    for runs in run_parts(old, new, parts):
        assert merge_differences(programs[1], runs) == []


def test_what_cannot_be_merged(kernel_host: InProcess) -> None:
    """What did not begin as a later part, what did where the whole is wanted, and what does not follow."""
    program = _visits("visits = count()\n", OVER)
    time, arrival = (_compile(kernel_host, p) for p in (program, by_arrival(program, "seq")))
    plain = Feed("jsonl", visit(10, 10), save=True)
    before = replace(plain, data=visit(9, 9))
    for compiled, kind in ((time, "begins before the earlier one ends"), (arrival, "`seq` 9 is not after 10")):
        earlier, whole, later, early = compiled.run(
            [
                plain,
                replace(plain, data=visit(11, 11)),
                replace(plain, data=visit(11, 11), later=True),
                replace(before, later=True),
            ]
        )
        refused = [
            (earlier, whole, "only a later part can be merged"),
            (later, later, "only a later part can be merged"),
            (earlier, early, kind),
        ]
        for one, other, text in refused:
            with pytest.raises(Py4JJavaError, match=text):
                compiled.run([Feed("jsonl", b"", states=other.states, layouts=other.layouts, earlier=one.states)])


def _visits(features: str, over: str) -> ir.Program:
    text = (
        SOURCE.format(lateness=0)
        + f"features every from visits {FILTERS['every']} by user over {over} {{\n{features}}}\n"
    )
    compiled = compile_program({"main.feat": text})
    assert compiled.program is not None, compiled.diagnostics
    return compiled.program
