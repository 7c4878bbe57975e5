"""Rows of streams, with what they look up, in the kernel as in the reference; whole, and as a stream feeds it."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from py4j.protocol import Py4JJavaError

from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.kernel.lookup_bugs import LOOKUP_BUGS
from tests.kernel.lookups import (
    ARRIVING,
    SOURCES,
    TABLES,
    Pair,
    differences,
    expected,
    feed,
    random_pair,
    stored_differences,
)
from tests.kernel.planted_bugs import PlantedBug, kernel_with

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess
    from featlang.backends.reference.result import ReferenceResult

PROGRAMS = 60


@pytest.mark.parametrize("first", range(0, PROGRAMS, 10))
def test_random_lookups_agree(kernel_host: InProcess, first: int) -> None:
    """Same and other keys and sources, before and with, expressions as keys, filters on what is found."""
    for seed in range(first, first + 10):
        pair, differing = _differing(kernel_host, seed)
        assert not differing, "\n".join([*differing[:6], f"seed {seed}", pair.text, repr(pair.lines)])


MANY = "".join(
    f"stream s{i} from clicks lookup b on user_id{' == page' * (i % 2)} lookup ypages as p on page "
    f'to parquet("s{i}") {{ n = b.n + {i} section = p.section }}\n'
    for i in range(70)
)
NUMBERS = range(300)
WIDE = [
    'stream s from clicks to parquet("s") '
    f"{{ {' '.join(f'v{i} = (price ?? 0.0) * {i}.5 + id / 3.0 + {i} / (id * id + 1)' for i in NUMBERS)} }}",
    f"features f from clicks by page over 1h {{ {' '.join(f'n{i} = count_if(id == {i})' for i in NUMBERS)} }}\n"
    "stream s from clicks lookup f as own on page lookup f as other on page == user_id where user_id is not null "
    f'to parquet("s") {{ {" ".join(f"v{i} = own.n{i} * other.n{i} + {i}" for i in NUMBERS)} }}',
    "stream s from clicks lookup b on user_id == page keep user_id "
    f"{{ k = lower(page) {' '.join(f'v{i} = (price ?? 0.0) * {i}.5 + b.n' for i in NUMBERS)} }}\n"
    f"features g from s by k over 1h {{ {' '.join(f'f{i} = sum(v{i})' for i in NUMBERS)} }}",
    f"stream s from clicks {{ k = lower(page) {' '.join(f'v{i} = (price ?? 0.0) * {i}.5 + 1.0' for i in NUMBERS)} }}\n"
    f"features g from s by k over 1h {{ {' '.join(f'f{i} = sum(v{i})' for i in NUMBERS)} }}",
]


@pytest.mark.parametrize("streams", [MANY, *WIDE], ids=["many", "source", "stage", "stage feeds", "source feeds"])
def test_many_streams_and_wide_ones_agree(kernel_host: InProcess, streams: str) -> None:
    """More streams of one block and table than a mask has bits; more columns than one Java method holds."""
    lines = random_pair(Random(7)).lines
    text = f"{SOURCES}{TABLES}features b from clicks by user_id over 1h {{ n = count() }}\n{streams}"
    compiled = compile_program({"main.feat": text})
    assert compiled.program is not None, compiled.diagnostics
    pair = Pair(text, compiled.program, lines)
    for job in plan(pair.program).jobs:
        (found,) = kernel_host.compile(job).run([feed(pair, job)])
        assert not differences(expected(pair), job, found)


@pytest.mark.parametrize("bug", LOOKUP_BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(kernel_host: InProcess, bug: PlantedBug) -> None:
    """Among the same pairs."""
    host = kernel_with(bug, kernel_host)
    assert any(_is_found(host, seed) for seed in range(PROGRAMS)), f"no pair shows: {bug.name}"


def _is_found(host: InProcess, seed: int) -> bool:
    try:
        return bool(_differing(host, seed)[1])
    except Py4JJavaError:
        return True


def _differing(host: InProcess, seed: int) -> tuple[Pair, list[str]]:
    """Where the kernel differs from the reference: fed at once, and as a stream with stores."""
    random = Random(seed)
    pair = random_pair(random)
    reference = _expected(seed)
    stores = {block.name: "EVERY" for block in pair.program.features if random.random() < 0.5}
    marks = [number for number in range(1, 100) if random.random() < 0.3]
    differing = []
    for job in plan(pair.program).jobs:
        ways = [
            feed(pair, job),
            feed(pair, job, reload=1),
            feed(pair, job, reload=2, watermarks=marks, stores=stores, save=True),
        ]
        compiled = host.compile(job)
        for way, found in zip(ways, compiled.run(ways), strict=True):
            differing += differences(reference, job, found)
            differing += stored_differences(pair, job, way, found)
    return pair, differing


@cache
def _expected(seed: int) -> ReferenceResult:
    return expected(random_pair(Random(seed)))


def test_a_lookup_ends_no_silence_that_an_event_behind_may_end(kernel_host: InProcess) -> None:
    """In the order of arrival a row may be read when `forever` is silent, and an event come after it that is before."""
    text = ARRIVING.replace("{}", "") + (
        "features a from arrivals where amount > 1.0 by card over forever(ttl=2h) { f0 = count() }\n"
        'stream now from arrivals lookup a as l on card to parquet("now") { n = l.f0 }\n'
    )
    program = compile_program({"main.feat": text}).program
    assert program is not None
    times = ("05:00:00", 2.0), ("07:06:00", 0.5), ("06:08:00", 2.0), ("10:00:00", 0.5)
    events = [
        json.dumps({"card": "b", "seq": number, "amount": amount, "ts": f"2026-01-01T{time}Z"})
        for number, (time, amount) in enumerate(times)
    ]
    pair = Pair(text, program, {"arrivals": events})
    (job,) = plan(program).jobs
    (found,) = kernel_host.compile(job).run([feed(pair, job)])
    assert differences(expected(pair), job, found) == []
    assert [row[-1] for row in found.rows["now"]] == [1, 0, 2, 0]


@pytest.mark.parametrize("emit", ["EVERY", "CHANGE"])
@pytest.mark.parametrize("window", ["4h", "1h", "exact(3h)"])
def test_what_a_lookup_saw_end_is_stored_as_of_then(kernel_host: InProcess, window: str, emit: str) -> None:
    """In the order of arrival it may look beyond the watermark, which then passes a silence that was seen to end."""
    text = ARRIVING.replace("{}", "") + (
        f"features a from arrivals where amount > 1.0 by card over {window}, forever(ttl=2h) {{ f0 = count() }}\n"
        f'stream now from arrivals lookup a as l on card to parquet("now") {{ n = l.f0[{window}] }}\n'
    )
    program = compile_program({"main.feat": text}).program
    assert program is not None
    times = ("00:00", 2.0), ("05:00", 0.5), ("07:10", 0.5)
    events = [
        json.dumps({"card": "b", "seq": number, "amount": amount, "ts": f"2026-01-01T{time}:00Z"})
        for number, (time, amount) in enumerate(times)
    ]
    (job,) = plan(program).jobs
    compiled = kernel_host.compile(job)
    for count in (2, 3):
        pair = Pair(text, program, {"arrivals": events[:count]})
        for reload in (0, 1):
            way = feed(pair, job, reload=reload, watermarks=[2], stores={"a": emit}, save=True)
            (found,) = compiled.run([way])
            assert differences(expected(pair), job, found) == []
            assert stored_differences(pair, job, way, found) == []
            assert [row.values[-2:] for row in found.stored["a"]][-1] == (0, 0)
            assert found.stored["a"][-1].values[1] < found.stored["a"][0].values[1] + 5 * 3600 * 1_000_000
