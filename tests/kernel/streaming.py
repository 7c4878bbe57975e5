"""The kernel as a stream feeds it: events held back, watermarks at any moment, edges passed while nothing comes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from featlang.backends.kernel.inprocess import Feed, Results, StoredRow
from tests.kernel.comparison import bits, reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from featlang.backends.reference import ReferenceResult
    from featlang.compiler import ir
    from tests.strategies import Stream

    Keys = tuple[Any, ...]


def random_marks(random: Random, stream: Stream) -> list[int]:
    """Draw the numbers of records behind which the watermark moves."""
    rate = random.choice((0.0, 0.1, 0.5, 1.0))
    return [number for number in range(1, stream.data.count(b"\n") + 2) if random.random() < rate]


def streaming_feed(random: Random, program: ir.Program, stream: Stream) -> Feed:
    """Make the stream's feed, with watermarks at random moments; every block's rows are stored."""
    return Feed(
        stream.kind,
        stream.data,
        stream.options,
        stream.now,
        random.choice((0, 1, 3)),
        save=True,
        watermarks=random_marks(random, stream),
        stores={block.name: "EVERY" for block in program.features},
    )


def stored_differences(
    program: ir.Program,
    stream: Stream,
    found: Results,
    reference: Callable[..., ReferenceResult] = reference,
) -> list[str]:
    """Say where stored rows are not the values at their time, or are not those that a store should have at the end."""
    complete = found.partition.greatest - program.sources[0].lateness - 1
    by_key = {block.name: _by_key(block, found.stored[block.name]) for block in program.features}
    asked = {
        name: {(keys, time) for keys, rows in of_block.items() for time in _times(rows, complete)}
        for name, of_block in by_key.items()
    }
    expected_values = reference(program, stream, asked=asked)
    differing = []
    for name, of_block in by_key.items():
        values_at = expected_values.features[name].values_at
        for keys, rows in of_block.items():
            differing += [f"{name} {keys}: {problem}" for problem in _problems(rows)]
            expected = {time: list(values_at[keys, time].values()) for time in _times(rows, complete)}
            shown = {as_of: values for as_of, _, values in rows}
            shown[max(rows[-1][0], complete)] = rows[-1][2]  # what the store has once the watermark was there
            differing += [
                f"{name} {keys} at {time}: stored {shown[time]}, reference {expected[time]}"
                for time in expected
                if list(map(bits, shown[time])) != list(map(bits, expected[time]))
            ]
    return differing


def _by_key(block: ir.Features, rows: list[StoredRow]) -> dict[Keys, list[tuple[int, int, list[Any]]]]:
    """Sort out the rows, as `as_of`, `_written` and the features."""
    by_key: dict[Keys, list[tuple[int, int, list[Any]]]] = {}
    width = len(block.key)
    for row in rows:
        as_of, written, *values = row.values[width:]
        by_key.setdefault(row.values[:width], []).append((as_of, written, values))
    return by_key


def _times(rows: list[tuple[int, int, list[Any]]], complete: int) -> set[int]:
    return {as_of for as_of, _, _ in rows} | {max(rows[-1][0], complete)}


def _problems(rows: list[tuple[int, int, list[Any]]]) -> list[str]:
    return [
        *(f"written at {written}, before {as_of}" for as_of, written, _ in rows if written < as_of),
        *(f"{b[1]} is written after {a[1]}" for a, b in pairwise(rows) if b[1] <= a[1]),
        *(f"as of {b[0]} comes after {a[0]}" for a, b in pairwise(rows) if b[0] < a[0]),
    ]
