"""`@dedup`: which events repeat one of their partition, on the kernel and on the reference, whole and cut in two."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from featlang.backends.kernel.inprocess import Feed
from featlang.compiler import ir
from featlang.compiler.plan import plan
from tests.kernel.comparison import differences, feeds, reference
from tests.kernel.planted_bugs import PlantedBug, kernel_with
from tests.reference.build import aggregate, block, column, json_lines, source
from tests.strategies import Stream, random_stream
from tests.strategies.programs import random_program

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess, Results

STREAMS = 10
SECOND = 1_000_000
WITHIN = (1, SECOND, 3_600 * SECOND, 86_400 * SECOND, 100 * 365 * 86_400 * SECOND)

BUGS = (
    PlantedBug("an id at the edge is forgotten", "SourceReader.java", "first >= from)", "first > from)"),
    PlantedBug(
        "the event itself does not move the greatest time",
        "SourceReader.java",
        "isDuplicate(partition.ids, at, reached, raw, output)",
        "isDuplicate(partition.ids, at, partition.any ? partition.greatest : at, raw, output)",
    ),
    PlantedBug(
        "a duplicate moves the greatest time",
        "SourceReader.java",
        "        if (dedup.length > 0 && !history",
        "        partition.greatest = reached;\n        if (dedup.length > 0 && !history",
    ),
    PlantedBug(
        "an id with a null is one like others",
        "SourceReader.java",
        "            if (event.isNull[slot]) {\n                return null;\n            }\n            canonical",
        "            canonical",
    ),
    PlantedBug("ids are lost over a savepoint", "SeenIds.java", "add(in.readBytes(), time);", "in.readBytes();"),
)


def events_of(dedup: ir.Dedup, lateness: int = 0, max_ahead: int | None = None) -> ir.Program:
    """Counts, by user, of events with two columns that may name them."""
    made = source(column("user", "string"), column("a", "int?"), column("b", "string?"), lateness=lateness)
    events = made.model_copy(update={"dedup": dedup, "max_ahead": max_ahead})
    return ir.Program(sources=(events,), features=(block(aggregate("count")),))


def lines(*events: tuple[int, object, object]) -> bytes:
    """Records of these times and ids."""
    quoted = (f'{{"user":"u","ts":{ts},"a":{a},"b":{b}}}' for ts, a, b in events)
    return json_lines(*quoted)


GOLDEN = [
    ("the same again", 10, [(100, 1, "null"), (100, 1, "null"), (100, 2, "null")], [2]),
    ("at the edge", 10, [(100, 1, "null"), (110, 1, "null"), (110, 2, "null")], [2]),
    ("behind the edge: accepted, and then itself repeated", 10, [(100, 1, 0), (111, 1, 0), (120, 1, 0)], [3]),
    ("the greatest time counts, not that of the event", 10, [(100, 1, 0), (111, 2, 0), (100, 1, 0)], []),
    ("a duplicate moves no time", 10, [(100, 1, 0), (110, 1, 0), (100, 1, 0), (100, 2, 0), (110, 2, 0)], [2, 3, 5]),
    ("ids with a null name nothing", 10, [(100, "null", 0), (100, "null", 0)], []),
    ("an event that is too old to be remembered", 10, [(100, 1, 0), (80, 2, 0), (80, 2, 0), (85, 1, 0)], [4]),
]


@pytest.mark.parametrize(("name", "within", "events", "repeated"), GOLDEN, ids=[name for name, *_ in GOLDEN])
def test_by_hand(
    kernel_host: InProcess, name: str, within: int, events: list[tuple[int, object, object]], repeated: list[int]
) -> None:
    assert name
    program = events_of(ir.Dedup(columns=("a",), within=within), lateness=50)
    stream = Stream("jsonl", lines(*[(ts, a, '"x"') for ts, a, _ in events]), now=0)
    (found,) = kernel_host.compile(plan(program).jobs[0]).run(feeds([stream]))
    assert differences(program, stream, found) == []
    assert [(each.record, each.code) for each in found.rejects] == [(record, "duplicate") for record in repeated]


def test_all_columns_of_an_id_count(kernel_host: InProcess) -> None:
    program = events_of(ir.Dedup(columns=("a", "b"), within=10))
    events = [(1, 1, '"x"'), (1, 1, '"y"'), (1, 2, '"x"'), (2, 1, '"y"'), (2, 12, '""'), (2, 1, '"2"')]
    stream = Stream("jsonl", lines(*events), now=0)
    (found,) = kernel_host.compile(plan(program).jobs[0]).run(feeds([stream]))
    assert differences(program, stream, found) == []
    (repeated,) = found.rejects
    assert (repeated.record, repeated.text) == (
        4,
        "an event of 1970-01-01T00:00:00.000001Z had the same `a`, `b`",
    )


def test_what_is_late_or_too_far_ahead_is_no_duplicate(kernel_host: InProcess) -> None:
    """Nor does it make another event one; and of a history, none is."""
    program = events_of(ir.Dedup(columns=("a",), within=100), lateness=10, max_ahead=100)
    events = [(50, 1, 0), (39, 1, 0), (39, 2, 0), (50, 2, 0), (101, 3, 0), (60, 3, 0), (101, 3, 0), (50, 1, 0)]
    data = lines(*[(ts, a, '"x"') for ts, a, _ in events])
    stream = Stream("jsonl", data, now=0)
    compiled = kernel_host.compile(plan(program).jobs[0])
    found, history = compiled.run([Feed("jsonl", data, now=0), Feed("jsonl", data, now=0, history=True)])
    assert differences(program, stream, found) == []
    assert differences(program, stream, history, "history") == []
    assert [each.record for each in found.late] == [2, 3]
    assert [each.record for each in found.quarantined] == [5, 7]
    assert [each.record for each in found.rejects] == [8]
    assert history.rejects == []


def test_ids_are_forgotten_when_they_are_too_old(kernel_host: InProcess) -> None:
    program = events_of(ir.Dedup(columns=("a",), within=10))
    data = lines(*[(number, number, '"x"') for number in range(1_000)])
    (found,) = kernel_host.compile(plan(program).jobs[0]).run([Feed("jsonl", data, save=True)])
    time_length_and_id = 8 + 1 + 9
    assert len(b"".join(found.partition.ids)) == 11 * time_length_and_id


def drawn(seed: int) -> tuple[ir.Program, list[Stream]]:
    """A random program some of whose columns name events, and streams in which records are sent again."""
    random = Random(f"duplicates {seed}")
    program = random_program(random)
    read = program.sources[0]
    able = [c.name for c in read.columns if c.name not in {read.time, read.order}]
    names = tuple(random.sample(able, random.randint(1, min(2, len(able)))))
    dedup = ir.Dedup(columns=names, within=random.choice(WITHIN))
    program = program.model_copy(update={"sources": (read.model_copy(update={"dedup": dedup}),)})
    return program, [sent_again(random, random_stream(random, program, "jsonl")) for _ in range(STREAMS)]


def sent_again(random: Random, stream: Stream) -> Stream:
    """The stream, some of whose records come twice, now or later."""
    records = stream.data.split(b"\n")
    for record in random.sample(records, len(records) // 3):
        records.insert(random.randrange(len(records) + 1), record)
    return replace(stream, data=b"\n".join(records))


def cut(stream: Stream, at: int) -> tuple[bytes, bytes]:
    """What comes before a record, and the rest."""
    records = stream.data.split(b"\n")
    if at == len(records):
        return stream.data, b""  # a line end behind the last record would change what is its own
    return b"".join(record + b"\n" for record in records[:at]), b"\n".join(records[at:])


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(kernel_host: InProcess, seed: int) -> None:
    """Whole, and stopped anywhere and gone on with what the partition remembers."""
    program, streams = drawn(seed)
    assert differing(kernel_host, program, streams, seed) == []


def differing(host: InProcess, program: ir.Program, streams: list[Stream], seed: int) -> list[str]:
    """Where the kernel differs from the reference, or two halves from the whole."""
    compiled = host.compile(plan(program).jobs[0])
    whole = compiled.run(feeds(streams))
    found = [each for pair in zip(streams, whole, strict=True) for each in differences(program, *pair)]
    random = Random(seed)
    halves = [cut(stream, random.randrange(stream.data.count(b"\n") + 2)) for stream in streams]
    first = compiled.run(
        [Feed("jsonl", half, now=s.now, save=True) for s, (half, _) in zip(streams, halves, strict=True)]
    )
    second = compiled.run(
        [
            Feed("jsonl", half, now=stream.now, partition=before.partition)
            for stream, before, (_, half) in zip(streams, first, halves, strict=True)
        ]
    )
    for one, *parts in zip(whole, first, second, strict=True):
        if rejected(one) != sorted([*rejected(parts[0]), *rejected(parts[1])]):
            found.append(f"in two: {rejected(one)}, {list(map(rejected, parts))}")
    return found


def rejected(results: Results) -> list[tuple[str, bytes]]:
    """Code and bytes of what is refused at the source."""
    refused = [*results.rejects, *results.late]
    return sorted((each.code, each.raw) for each in refused if each.code != "out_of_sequence")


def test_the_random_streams_have_duplicates() -> None:
    duplicates = accepted = 0
    for seed in range(30):
        program, streams = drawn(seed)
        for stream in streams:
            read = reference(program, stream).sources[program.sources[0].name]
            duplicates += read.rejected["duplicate"]
            accepted += read.accepted
    assert duplicates > 500
    assert accepted > 500


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: PlantedBug, kernel_host: InProcess) -> None:
    host = kernel_with(bug, kernel_host)
    assert any(differing(host, *drawn(seed), seed) for seed in range(30))
