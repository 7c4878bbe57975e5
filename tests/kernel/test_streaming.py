"""What a stream adds changes no bit: watermarks, refreshes, state that is dropped, cut, written and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from featlang.backends.kernel.inprocess import Feed, Results
from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.kernel import seeds
from tests.kernel.comparison import bits, differences
from tests.kernel.merging import nulls, visit
from tests.kernel.streaming import random_marks, stored_differences, streaming_feed
from tests.kernel.visits import SOURCE, random_visits, with_endless
from tests.strategies import Stream, seeded_pairs

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess

VISITS = range(16)
STREAMS = 20
LAST_INSTANT = 253_402_300_799_999_999


def _rows(found: Results) -> dict[str, list[tuple[object, ...]]]:
    """The rows as bits, in an order of their own: that of keys depends on when they are released."""
    return {name: sorted((tuple(map(bits, row)) for row in rows), key=repr) for name, rows in found.rows.items()}


def _assert_streams(host: InProcess, program: ir.Program, streams: list[Stream], random: Random) -> None:
    (job,) = plan(program).jobs
    feeds = [streaming_feed(random, program, stream) for stream in streams]
    for stream, feed, found in zip(streams, feeds, host.compile(job).run(feeds), strict=True):
        differing = differences(program, stream, found) + stored_differences(program, stream, found)
        assert not differing, "\n".join([*differing[:10], repr(feed), program.model_dump_json()])


@pytest.mark.parametrize("seed", VISITS)
def test_rows_and_stored_values_are_those_of_the_reference(kernel_host: InProcess, seed: int) -> None:
    """Both orders: stored rows are the values at their time, the last ones those at the last watermark."""
    random = Random(seed)
    program, streams = random_visits(random, STREAMS, arrival=seed % 2 == 1)
    _assert_streams(kernel_host, program, streams, random)


@pytest.mark.parametrize("first", range(0, 20, 5))
def test_random_programs_as_streams(kernel_host: InProcess, first: int) -> None:
    """Every aggregate, window and type."""
    for program, streams in seeded_pairs(seeds.SEED + 2, range(first, first + 5), 10):
        _assert_streams(kernel_host, program, streams, Random(first))


@pytest.mark.parametrize("seed", VISITS)
def test_a_silent_key_leaves_nothing(kernel_host: InProcess, seed: int) -> None:
    """All state is gone once no window can see it, unless it is for ever; rows and nulls are as without."""
    random = Random(seed)
    program, streams = random_visits(random, STREAMS, arrival=seed % 2 == 1)
    (source,) = program.sources
    windows = [a.window for block in program.features for a in block.aggregates]
    lasts = (source.order is not None and source.order_ttl is None) or ir.Forever(ttl=None) in windows
    (job,) = plan(program).jobs
    compiled = kernel_host.compile(job)
    plain = [Feed(stream.kind, stream.data) for stream in streams]
    silent = [
        replace(feed, watermarks=random_marks(random, stream), silence=LAST_INSTANT, save=True)
        for feed, stream in zip(plain, streams, strict=True)
    ]
    for before, after in zip(compiled.run(plain), compiled.run(silent), strict=True):
        assert _rows(after) == _rows(before)
        assert nulls(after) == nulls(before)
        assert {count for name, count in after.counters.items() if name.endswith("/tiles")} <= {0}
        sizes = [count for name, count in after.counters.items() if name.startswith("state/")]
        if not lasts:
            assert after.states == []
            assert set(sizes) <= {0}


@pytest.mark.parametrize("seed", VISITS)
def test_only_what_differs_is_stored(kernel_host: InProcess, seed: int) -> None:
    """Left out with `emit = change`, and not marked where all are given, are features that were stored before.

    What is left out counts in the write timestamps: so a backfill, which leaves out nothing, is not ahead of a stream.
    """
    random = Random(seed)
    program, streams = random_visits(random, STREAMS, arrival=seed % 2 == 1)
    program = with_endless(program)
    (job,) = plan(program).jobs
    every = [streaming_feed(random, program, stream) for stream in streams]
    change = [replace(feed, stores=dict.fromkeys(feed.stores, "CHANGE")) for feed in every]
    marked = [replace(feed, stores=dict.fromkeys(feed.stores, "MARKED")) for feed in every]
    compiled = kernel_host.compile(job)
    for all_rows, fewer, both in zip(compiled.run(every), compiled.run(change), compiled.run(marked), strict=True):
        assert _rows(all_rows) == _rows(fewer) == _rows(both)
        for name, rows in all_rows.stored.items():
            last: dict[object, object] = {}
            expected = []
            for user, as_of, written, *values in (row.values for row in rows):
                features = list(map(bits, values))
                if last.get(user) != features:
                    expected.append((user, as_of, written, *features))
                last[user] = features
            kept = [row.values for row in fewer.stored[name]]
            assert [
                (*place, *map(bits, values)) for *place, values in ((*row[:3], row[3:]) for row in kept)
            ] == expected
            assert [row.values for row in both.stored[name]] == [row.values for row in rows]
            assert [row.values for row in both.stored[name] if row.changed] == kept


def test_after_a_restore_no_row_is_held_back(kernel_host: InProcess) -> None:
    """What the store has may come from after the checkpoint: the first row goes to it, even if it is the last one."""
    features = "features seen from visits by user over forever {\nmost = max(n)\n}\n"
    compiled = compile_program({"main.feat": SOURCE.format(lateness=0) + features})
    assert compiled.program is not None, compiled.diagnostics
    kernel = kernel_host.compile(plan(compiled.program).jobs[0])
    first, second, third = (visit(time, number) for time, number in ((1, 5), (2, 4), (3, 3)))
    feed = Feed("jsonl", first, watermarks=(), save=True, stores={"seen": "CHANGE"})
    (before,) = kernel.run([feed])
    later = replace(
        feed,
        data=b"\n".join([second, third]),
        states=before.states,
        layouts=before.layouts,
        partition=before.partition,
    )
    going_on, restored, again = kernel.run([replace(later, restores=restores) for restores in (0, 1, 2)])
    assert [row.values[1] for row in before.stored["seen"]] == [1]
    assert [row.values[1] for row in going_on.stored["seen"]] == []
    assert [row.values[1] for row in restored.stored["seen"]] == [2]
    assert [row.values[1] for row in again.stored["seen"]] == [2]


@pytest.mark.parametrize("seed", VISITS)
def test_a_run_that_is_cut_in_two(kernel_host: InProcess, seed: int) -> None:
    """Stopped anywhere with what it holds and gone on from there: the same rows, stored rows, late events, nulls."""
    random = Random(seed)
    program, streams = random_visits(random, STREAMS, arrival=seed % 2 == 1)
    (job,) = plan(program).jobs
    compiled = kernel_host.compile(job)
    whole, firsts, lasts = [], [], []
    for stream in streams:
        lines = stream.data.split(b"\n")
        cut = random.randrange(len(lines) + 1)
        feed = streaming_feed(random, program, stream)
        feed = replace(feed, watermarks=sorted({*(feed.watermarks or ()), cut} - {0}))
        whole.append(feed)
        firsts.append(replace(feed, data=b"\n".join(lines[:cut]), ends=False))
        lasts.append(b"\n".join(lines[cut:]))
    before = compiled.run(firsts)
    seconds = [
        replace(
            feed,
            data=last,
            states=found.states,
            layouts=found.layouts,
            partition=found.partition,
        )
        for feed, found, last in zip(whole, before, lasts, strict=True)
    ]
    for one, first, second in zip(compiled.run(whole), before, compiled.run(seconds), strict=True):
        for name, rows in one.rows.items():
            assert sorted(rows, key=repr) == sorted(first.rows[name] + second.rows[name], key=repr)
            stored = [row.values for row in first.stored[name] + second.stored[name]]
            assert sorted((row.values for row in one.stored[name]), key=repr) == sorted(stored, key=repr)
        assert sorted(o.raw for o in one.late) == sorted(o.raw for o in first.late + second.late)
        assert nulls(one) == nulls(first) + nulls(second)


@pytest.mark.parametrize("seed", VISITS[::2])
def test_simultaneous_events_in_any_position(kernel_host: InProcess, seed: int) -> None:
    """In the order of time the position says nothing."""
    random = Random(seed)
    program, streams = random_visits(random, STREAMS, arrival=False)
    (job,) = plan(program).jobs
    compiled = kernel_host.compile(job)
    streams = [replace(stream, data=_in_order_of_time(random, stream.data)) for stream in streams]
    permuted = [replace(stream, data=_in_order_of_time(random, stream.data)) for stream in streams]
    feeds = [[streaming_feed(random, program, stream) for stream in side] for side in (streams, permuted)]
    for one, other in zip(*map(compiled.run, feeds), strict=True):
        assert _rows(one) == _rows(other)
        assert nulls(one) == nulls(other)


def _in_order_of_time(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    random.shuffle(lines)
    ordered: list[bytes] = sorted(lines, key=_time)
    return b"\n".join(ordered)


def _time(line: bytes) -> int:
    return int(json.loads(line)["ts"])


def test_a_history_is_never_late_and_goes_by_its_column(kernel_host: InProcess) -> None:
    """The same rows, whatever the order of its records."""
    random = Random(5)
    for _ in range(5):
        program, streams = random_visits(random, STREAMS, arrival=True)
        (job,) = plan(program).jobs
        compiled = kernel_host.compile(job)
        for stream in streams:
            lines = list({line.split(b'"seq": ')[1]: line for line in stream.data.split(b"\n")}.values())
            shuffled = random.sample(lines, len(lines))
            feeds = [Feed("jsonl", b"\n".join(order), history=True) for order in (lines, shuffled)]
            one, other = compiled.run(feeds)
            assert _rows(one) == _rows(other)
            assert {o.code for o in one.late} <= {"out_of_sequence"}


def test_records_that_were_late_elsewhere(kernel_host: InProcess) -> None:
    """They are late with the code and text they had, and move no maximum."""
    random = Random(6)
    program, streams = random_visits(random, STREAMS, arrival=True)
    (job,) = plan(program).jobs
    compiled = kernel_host.compile(job)
    for stream in streams:
        lines = stream.data.split(b"\n")
        chosen = {number for number in range(1, len(lines) + 1) if random.random() < 0.2}
        excluded = {number: ("idle", f"why {number}") for number in chosen}
        kept = [b"" if number in chosen else line for number, line in enumerate(lines, 1)]
        feed = Feed("jsonl", stream.data, excluded=excluded)
        found, without = compiled.run([feed, Feed("jsonl", b"\n".join(kept))])
        assert _rows(found) == _rows(without)
        idle = [o for o in found.late if o.code == "idle"]
        assert [(o.record, o.text) for o in idle] == [(n, f"why {n}") for n in sorted(chosen)]
        assert [o for o in found.late if o.code != "idle"] == without.late
