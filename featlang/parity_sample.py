"""Which rows the reference computes: all while that is cheap, else a seeded sample of those where kernels go wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import pyarrow as pa

from featlang.backends.reference.to_table import plain
from featlang.compiler import ir

CHEAP_SCANS = 20_000_000
"""Up to so many estimated scans (an event looked at for an aggregate of a row) the reference computes every row."""

SEED = 20_130_101

RowName = tuple[tuple[Any, ...], int, int]
"""The values of the key columns, the time in µs UTC, the position among the key's simultaneous events."""


def row_names(table: pa.Table, block: ir.Features) -> list[RowName]:
    """The names of a table's rows, ordered by key and then by time."""
    *keys, times, ties = (plain(column) for column in table.columns[: len(block.key) + 2])
    return sorted(zip(zip(*keys, strict=True), times, ties, strict=True))


def estimated_scans(names: Sequence[RowName], block: ir.Features) -> int:
    """How many events the reference looks at to compute all rows: for each aggregate those that its window holds."""
    widths = [_width(aggregate.window) for aggregate in block.aggregates]
    total = 0
    for _, of_key in groupby(names, key=lambda name: name[0]):
        times = [time for _, time, _ in of_key]
        held = {width: _held(times, width) for width in set(widths)}
        total += sum(held[width] for width in widths)
    return total


def sample(names: Sequence[RowName], size: int) -> list[RowName]:
    """At most `size` rows: the first and last of keys, simultaneous ones, those after long gaps, and any others.

    The same rows give the same sample.
    """
    if len(names) <= size:
        return list(names)
    chance = random.Random(SEED)  # noqa: S311 - chooses rows of a test, no secret
    chosen: dict[RowName, None] = {}
    kinds = (_edges(names), _ties(names), _after_gaps(names), list(names))
    for remaining, kind in zip(range(len(kinds), 0, -1), kinds, strict=True):
        fresh = [name for name in kind if name not in chosen]
        quota = (size - len(chosen)) // remaining
        chosen.update(dict.fromkeys(chance.sample(fresh, min(quota, len(fresh)))))
    return sorted(chosen)


def sample_events(table: pa.Table, size: int) -> list[tuple[int, str]] | None:
    """The time (µs) and event of at most about `size` rows of a stream, the same for the same rows.

    None for all, where there are at most ten times as many.
    """
    if table.num_rows <= 10 * size:
        return None
    names = sorted(set(zip(plain(table.columns[0]), plain(table.columns[1]), strict=True)))
    return sorted(random.Random(SEED).sample(names, min(size, len(names))))  # noqa: S311 - chooses rows of a test


def _edges(names: Sequence[RowName]) -> list[RowName]:
    """The first and the last row of each key."""
    found: dict[RowName, None] = {}
    for _, group in groupby(names, key=lambda name: name[0]):
        of_key = list(group)
        found |= {of_key[0]: None, of_key[-1]: None}
    return list(found)


def _ties(names: Sequence[RowName]) -> list[RowName]:
    return [name for name in names if name[2] > 0]


def _after_gaps(names: Sequence[RowName]) -> list[RowName]:
    """The rows that follow on the longest silences of their keys, a tenth of all."""
    gaps = [(b[1] - a[1], b) for a, b in pairwise(names) if a[0] == b[0]]
    gaps.sort(key=lambda gap: gap[0], reverse=True)
    return [name for _, name in gaps[: max(1, len(names) // 10)]]


def _width(window: ir.Window) -> int | None:
    """How far a window reaches back in µs, None for all the way."""
    match window:
        case ir.Sliding(width=width, step=step):
            return width + step
        case ir.Exact(width=width):
            return width
        case ir.Forever():
            return None


def _held(times: Sequence[int], width: int | None) -> int:
    """How many events the windows of all rows of one key hold together."""
    if width is None:
        return len(times) * (len(times) + 1) // 2
    total = start = 0
    for position, time in enumerate(times):
        while times[start] <= time - width:
            start += 1
        total += position - start + 1
    return total
