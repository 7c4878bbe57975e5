"""A stream in three parts: the state of the second, begun from nothing, is merged into the first one's."""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from featlang.backends.kernel.inprocess import Feed, KernelProgram, KeyState, Results
from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from tests.kernel.comparison import RELOADS, bits
from tests.kernel.streaming import random_marks
from tests.kernel.visits import SOURCE, by_arrival, random_visits, with_leaps, with_ttl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from random import Random

    from tests.strategies import Stream

    Cut = tuple[list[bytes], list[bytes], list[bytes]]
    StoredRows = list[tuple[int, int, tuple[object, ...]]]

END_OF_TIME = 2**63 - 2
NO_TIME = -(2**63)


@dataclass(frozen=True)
class Parts:
    """Records, all of the earlier part's before all others in the declared order; and what they are fed with.

    Without `ends`, events of the later part wait for the watermark, among those of the rest; otherwise the rest comes
    after them.
    """

    earlier: list[bytes]
    later: list[bytes]
    rest: list[bytes]
    ends: bool
    feed: Feed


@dataclass(frozen=True)
class Runs:
    """What the parts gave in a run that was only stopped in between; and where the later part began from nothing."""

    parts: Parts
    earlier: Results
    later: Results
    rest: Results
    alone: Results
    merged: Results


def visits_to_merge(random: Random, *, arrival: bool) -> tuple[ir.Program, list[Stream]]:
    """Draw a program and streams; in the order of arrival, a part may be behind the one before it by some silences."""
    program, streams = random_visits(random, 60, arrival=arrival)
    if not arrival:
        return program, streams
    if random.random() < 0.5:
        windows = [a.window for block in program.features for a in block.aggregates]
        width = min(window.width for window in windows if not isinstance(window, ir.Forever))
        program = with_ttl(program, max(width // random.choice((1, 2, 4)), 1))
        (source,) = program.sources
        source = source.model_copy(update={"lateness": 8 * width, "order_ttl": random.choice((None, width))})
        program = program.model_copy(update={"sources": (source,)})
    return program, with_leaps(random, program, streams)


def parts_by_hand(*, arrival: bool) -> tuple[ir.Program, list[Parts]]:
    """Give what random parts seldom show, about silences of 10 µs.

    In the order of time, whether there is one between the parts, and whether the later part fills the time to its end.
    In the order of arrival, a later part that is behind: its key would be dropped; all its silences are none; the last
    of them is one; its rows are at the earlier part's time.
    """
    features = "features every from visits by user over exact(2us), forever {\nvisits = count()\nlast_n = last(n)\n}\n"
    compiled = compile_program({"main.feat": SOURCE.format(lateness=100) + features})
    assert compiled.program is not None, compiled.diagnostics
    program = with_ttl(compiled.program, 10)
    if arrival:
        program = by_arrival(program, "seq", 10)
        cuts = [
            ([visit(100, 5)], [visit(20, 6), visit(135, 1, "b")], [visit(101, 6), visit(102, 7)]),
            ([visit(100, 1)], [visit(20, 2), visit(35, 3), visit(50, 4)], [visit(101, 5)]),
            ([visit(30, 1)], [visit(20, 2), visit(35, 3), visit(50, 4)], [visit(51, 5)]),
            ([visit(100, 1), visit(100, 2)], [visit(90, 3), visit(95, 4)], [visit(97, 5)]),
        ]
    else:
        firsts = (5, 12, 9, 10)
        cuts = [([visit(0, 1)], [visit(first, 2), visit(12, 3)], [visit(13, 4)]) for first in firsts]
    feed = Feed("jsonl", b"", save=True, watermarks=range(10), stores={"every": "EVERY"})
    return program, [Parts(*cut, ends=True, feed=feed) for cut in cuts]


def visit(time: int, number: int, user: str = "a") -> bytes:
    """Give a record of the source of visits."""
    event = {"id": str(number), "user": user, "n": number, "x": 0.0, "page": "", "ts": time, "seq": number}
    return json.dumps(event).encode()


def random_parts(
    random: Random, program: ir.Program, compiled: KernelProgram, streams: Sequence[Stream]
) -> list[Parts]:
    """Cut each stream at two points of its declared order, or at one and anywhere behind it.

    Some are for a host without watermarks, where nothing is lost until the end of time: what is left then is equal
    by bytes.
    """
    lines = [stream.data.split(b"\n") for stream in streams]
    places = _places(compiled, streams, lines) if program.sources[0].order is None else []
    parts = []
    for number, (stream, records) in enumerate(zip(streams, lines, strict=True)):
        is_streamed = random.random() < 0.7
        ends = not is_streamed or random.random() < 0.5
        feed = Feed(
            stream.kind, b"", stream.options, stream.now, random.choice(RELOADS), save=True, silence=END_OF_TIME
        )
        if is_streamed:
            stores: dict[str, Literal["EVERY", "CHANGE"]] = {block.name: "EVERY" for block in program.features}
            silence = random.choice((None, END_OF_TIME))
            stores = random.choice((stores, {}))
            feed = replace(feed, watermarks=random_marks(random, stream), silence=silence, stores=stores)
        if places:
            cut = _cut_by_time(random, records, places[number], ends=ends)
        else:
            first, second = _two_points(random, len(records))
            cut = (records[:first], records[first:second], records[second:])
        parts.append(Parts(*cut, ends, feed))
    return parts


def _places(
    compiled: KernelProgram, streams: Sequence[Stream], lines: Sequence[Sequence[bytes]]
) -> list[list[bytes | None]]:
    """Give each record's place in the order of time, as the kernel encodes it; None of one that is not accepted."""
    feeds = [
        Feed(stream.kind, record, stream.options, stream.now, watermarks=(), ends=False, save=True)
        for stream, records in zip(streams, lines, strict=True)
        for record in records
    ]
    alone = iter(compiled.run(feeds))
    return [[_place(next(alone)) for _ in records] for records in lines]


def _place(alone: Results) -> bytes | None:
    """Give the place of a record that was run alone; of one that no block takes, its time."""
    if alone.states:
        return alone.states[0].held[0].order
    return struct.pack(">Q", alone.partition.greatest + 2**63) if alone.partition.any else None


def _cut_by_time(random: Random, records: Sequence[bytes], places: Sequence[bytes | None], *, ends: bool) -> Cut:
    known = sorted({place for place in places if place is not None})
    first, second = _two_points(random, len(known))
    part_of = {place: (rank >= first) + (ends and rank >= second) for rank, place in enumerate(known)}
    parts: Cut = ([], [], [])
    for record, place in zip(records, places, strict=True):
        parts[random.randrange(3) if place is None else part_of[place]].append(record)
    if not ends:
        middle = random.randrange(len(parts[1]) + 1)
        parts = (parts[0], parts[1][:middle], parts[1][middle:] + parts[2])
    return parts


def _two_points(random: Random, count: int) -> tuple[int, int]:
    """Draw where the later part begins and ends; it is often short."""
    first = random.randrange(count + 1)
    longest = random.choice((3, 10, count))
    return first, random.randint(first, min(first + longest, count))


def run_parts(compiled: KernelProgram, edited: KernelProgram, parts: Iterable[Parts]) -> list[Runs]:
    """Run the parts both ways; the last, with the merge, by a program that may be an edit of the one before."""
    parts = list(parts)
    earlier = compiled.run([replace(p.feed, data=_joined(p.earlier), silence=None) for p in parts])
    parts, feeds, later = _in_sequence(compiled, parts, earlier)
    alone = compiled.run([replace(feed, states=(), later=True) for feed in feeds])
    thirds = [_after(found, replace(p.feed, data=_joined(p.rest))) for p, found in zip(parts, later, strict=True)]
    merging = [
        replace(_after(found, feed), earlier=first.states)
        for feed, first, found in zip(thirds, earlier, alone, strict=True)
    ]
    rest, merged = edited.run(thirds), edited.run(merging)
    return [Runs(*runs) for runs in zip(parts, earlier, later, rest, alone, merged, strict=True)]


def _in_sequence(
    compiled: KernelProgram, parts: list[Parts], earlier: Sequence[Results]
) -> tuple[list[Parts], list[Feed], list[Results]]:
    """Run the later parts behind the earlier ones, without the events that are not in sequence after them."""
    while True:
        feeds = [
            _after(found, replace(p.feed, data=_joined(p.later), silence=None, ends=p.ends))
            for p, found in zip(parts, earlier, strict=True)
        ]
        later = compiled.run(feeds)
        refused = [{o.record for o in found.late if o.code == "out_of_sequence"} for found in later]
        if not any(refused):
            return parts, feeds, later
        parts = [
            replace(p, later=[record for number, record in enumerate(p.later, 1) if number not in numbers])
            for p, numbers in zip(parts, refused, strict=True)
        ]


def _after(found: Results, feed: Feed) -> Feed:
    return replace(feed, states=found.states, layouts=found.layouts, partition=found.partition)


def _joined(records: Sequence[bytes]) -> bytes:
    return b"\n".join(records)


def merge_differences(program: ir.Program, runs: Runs) -> list[str]:
    """Say where what comes after the merge is not what comes without a cut."""
    undisturbed, merged = runs.rest, runs.merged
    problems = [
        *_unequal("late in the later part", runs.later.late, runs.alone.late),
        *_unequal("rows", _as_bits(undisturbed), _as_bits(merged)),
        *_unequal("late", undisturbed.late, merged.late),
        *_unequal("rejects", undisturbed.rejects, merged.rejects),
        *_unequal("quarantined", undisturbed.quarantined, merged.quarantined),
        *_unequal("nulls", nulls(undisturbed), nulls(merged)),
    ]
    if runs.parts.feed.silence is not None:
        is_streamed = runs.parts.feed.watermarks is not None
        left = [[_left(state, may_begin_anew=is_streamed) for state in found.states] for found in (undisturbed, merged)]
        problems += _unequal("what is left", *left)
    for block in program.features:
        problems += (f"{block.name}: {problem}" for problem in _stored_differences(program, block, runs))
    return problems


def _unequal(name: str, undisturbed: object, merged: object) -> list[str]:
    return [] if undisturbed == merged else [f"{name}: {merged}, without a cut {undisturbed}"]


def _as_bits(found: Results) -> dict[str, list[tuple[object, ...]]]:
    return {name: [tuple(map(bits, row)) for row in rows] for name, rows in found.rows.items()}


def nulls(found: Results) -> Counter[str]:
    """Give what was counted of nulls; how large states are is no such count."""
    return Counter({name: count for name, count in found.counters.items() if not name.startswith("state/")})


def _left(state: KeyState, *, may_begin_anew: bool) -> tuple[Any, ...]:
    """Give what is left of a key: all of it, unless it was dropped at times, or has tiles, which are stacked anyhow."""
    is_whole = not may_begin_anew and not state.tiles
    return state.stage, state.key, bool(state.tiles), state.held, state.head if is_whole else b""


def stored_by_key(block: ir.Features, *parts: Results) -> dict[object, StoredRows]:
    """Give by key, one part after the other: `as_of`, `_written`, and the features as bits."""
    width = len(block.key)
    by_key: dict[object, StoredRows] = {}
    for row in (row.values for part in parts for row in part.stored[block.name]):
        as_of, written, *features = row[width:]
        by_key.setdefault(tuple(map(bits, row[:width])), []).append((as_of, written, tuple(map(bits, features))))
    return by_key


def _stored_differences(program: ir.Program, block: ir.Features, runs: Runs) -> Iterator[str]:
    """Say where stored rows differ.

    With the merge comes a row where the earlier part's windows have lost something: the values are those that
    the undisturbed run stored last. From there on all is equal, but for the write timestamps, which follow those of
    the later part alone.
    """
    partition = runs.alone.partition
    reached = partition.greatest - program.sources[0].lateness - 1 if partition.any else NO_TIME
    before = stored_by_key(block, runs.earlier, runs.later)
    undisturbed = stored_by_key(block, runs.rest)
    written = stored_by_key(block, runs.earlier, runs.alone)
    merged = stored_by_key(block, runs.merged)
    for key in merged.keys() | undisturbed.keys():
        rows = merged.get(key, [])
        last = max((at for _, at, _ in written.get(key, [])), default=NO_TIME)
        if rows and rows[0][0] <= reached:
            (as_of, at, features), *rows = rows
            yield from _unequal(f"{key}, stored with the merge", before[key][-1][2], features)
            # Where a part's state was dropped nothing follows what it wrote, which was not after that.
            if at not in {max(as_of, last + 1), as_of}:
                yield f"{key} as of {as_of}: written with the merge at {at}, after {last}"
            last = max(last, at)
        expected = [(as_of, features) for as_of, _, features in undisturbed.get(key, [])]
        yield from _unequal(str(key), expected, [(as_of, features) for as_of, _, features in rows])
        for as_of, at, _ in rows:
            last = max(last + 1, as_of)
            if at != last:
                yield f"{key} as of {as_of}: written at {at}, not {last}"
