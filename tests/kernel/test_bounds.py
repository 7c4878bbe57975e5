"""The bounds of a key's state: no key of a random program ever has more tiles, or more bytes, than `bound_of` says."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from featlang.backends.kernel.accumulators import Size
from featlang.backends.kernel.bounds import bound_of
from featlang.backends.kernel.inprocess import Feed
from featlang.compiler.plan import plan
from tests.compiler.programs import EVENTS, block, program
from tests.kernel.streaming import random_marks
from tests.strategies.programs import random_program
from tests.strategies.streams import random_stream

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess
    from featlang.compiler import ir

STREAMS = 8
LONGEST = 160

EXTREMES = program(
    EVENTS,
    block(
        "a = sum(x) b = stddev(x) c = sum(n) d = stddev(n) e = count_distinct(page) f = max(page) "
        "g = last(raw) h = last(ok)",
        "from events by user over sliding(10s, step=1s), 1m, forever(ttl=1h)",
    ),
)


@pytest.mark.parametrize("seed", range(40))
def test_no_key_has_more(kernel_host: InProcess, seed: int) -> None:
    dice = Random(f"bounds {seed}")
    tested = EXTREMES if seed % 8 == 0 else random_program(dice)
    (job,) = plan(tested).jobs
    bounds = [bound_of(stage, tested.sources[0]) for stage in job.stages]
    feeds = [feed for _ in range(STREAMS) for feed in _moments(dice, tested)]
    for feed, found in zip(feeds, kernel_host.compile(job).run(feeds), strict=True):
        for state in found.states:
            bound = bounds[state.stage]
            if bound.total is None:
                continue
            assert len(state.tiles) <= sum(ring.entries or 0 for ring in bound.rings)
            longest = max(map(len, feed.data.splitlines()), default=0)
            taken = len(state.head) + sum(map(len, state.tiles.values()))
            assert taken <= bound.total.bytes + bound.total.texts * longest


def _moments(dice: Random, tested: ir.Program) -> list[Feed]:
    """A random stream, and two beginnings of it, as a streaming host is fed."""
    stream = random_stream(dice, tested)
    records = stream.data.count(b"\n")
    marks = random_marks(dice, stream)
    whole = Feed(stream.kind, stream.data, stream.options, stream.now, save=True, watermarks=marks, ends=False)
    if stream.kind != "jsonl":
        return [whole]
    beginnings = [b"".join(stream.data.splitlines(keepends=True)[: dice.randint(0, records)]) for _ in range(2)]
    return [
        whole,
        *(
            Feed(stream.kind, data, stream.options, stream.now, save=True, watermarks=marks, ends=False)
            for data in beginnings
        ),
    ]


EXTREME = [
    {"x": 1.7976931348623157e308, "n": 2**63 - 1, "page": "p" * 150, "took": 2**62, "ok": True, "paid": "9" * 38},
    {"x": 5e-324, "n": -(2**63), "page": "é" * 70, "took": 0, "ok": False, "paid": "-" + "9" * 38},
    {"x": -1.0, "n": 1, "page": "", "took": 1, "ok": True, "paid": 1},
]
AGGREGATES = [
    *("count()", "sum(x)", "sum(n)", "stddev(x)", "stddev(n)", "min(x)", "max(n)", "max(page)", "min(took)"),
    *("first(x)", "last(n)", "first(page)", "last(ok)", "count_distinct(n)", "count_distinct(page)"),
    *("count_distinct(n, bound=1)", "count_distinct(page, bound=2)", "count_distinct(paid, bound=2)"),
    *("sum(paid)", "avg(paid)", "min(paid)", "last(paid)", "count_distinct(paid)", "last([page])"),
]


@pytest.mark.parametrize("order", ["time = ts", "time = ts order = arrival(seq)"])
@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_each_accumulator_keeps_within_its_own(kernel_host: InProcess, aggregate: str, order: str) -> None:
    """Alone in its block, fed what makes it large: each tile, of a step and of one event, and all of it."""
    source = (
        'source s(k: string, seq: int, x: float, n: int, page: string, @unit("us") took: duration, ok: bool, '
        "paid: decimal<38, 0>, "
        f'@unit("us") ts: timestamp) {{ {order} ties = [seq] lateness = 0s }}\n'
    )
    for window in ("sliding(10s, step=1s)", "exact(10s)"):
        tested = program(source, f"features f from s by k over {window} {{ a = {aggregate} }}")
        (job,) = plan(tested).jobs
        bound = bound_of(job.stages[0], tested.sources[0])
        events = [
            {"k": "k", "seq": number, **EXTREME[number % 3], "ts": 1_700_000_000_000_000 + number * 400_000}
            for number in range(24)
        ]
        data = "".join(f"{json.dumps(event)}\n" for event in events).encode()
        (found,) = kernel_host.compile(job).run([Feed("jsonl", data, save=True)])
        assert not found.rejects
        (state,) = found.states
        assert state.tiles
        (ring,) = bound.rings
        for tile in state.tiles.values():
            assert len(tile) <= ring.entry.bytes + ring.entry.texts * LONGEST
        if bound.total is not None:
            taken = len(state.head) + sum(map(len, state.tiles.values()))
            assert taken <= bound.total.bytes + bound.total.texts * LONGEST


@pytest.mark.parametrize("order", ["time = ts", "time = ts order = arrival(seq)"])
def test_an_exact_window_keeps_its_bound(kernel_host: InProcess, order: str) -> None:
    source = f'source s(k: string, seq: int, @unit("us") ts: timestamp) {{ {order} ties = [seq] lateness = 10s }}\n'
    tested = program(source, "features f from s by k over exact(10s, bound=4) { a = count() b = max(seq) }")
    (job,) = plan(tested).jobs
    times = [*range(20), 3, 7, 7, *range(20, 30)]
    data = "".join(f'{{"k": "k", "seq": {seq}, "ts": {time}}}\n' for seq, time in enumerate(times)).encode()
    (found,) = kernel_host.compile(job).run([Feed("jsonl", data, save=True)])
    (state,) = found.states
    assert len(state.tiles) == 3  # and the open one


def test_what_grows_has_no_bound() -> None:
    (job,) = plan(program(EVENTS, block("a = sum(n) over exact(1h), 1h"))).jobs
    bound = bound_of(job.stages[0], job.sources[0].source)
    assert bound.total is None
    assert [ring.entries for ring in bound.rings] == [None, 61]


def test_a_bound_is_of_the_cells_and_tiles() -> None:
    (job,) = plan(program(EVENTS, block("a = count() over sliding(10s, step=5s)"))).jobs
    (ring,) = bound_of(job.stages[0], job.sources[0].source).rings
    assert ring.entries == 3
    assert ring.entry == Size(10 + 5 + 10)
