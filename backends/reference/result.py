"""What a run of the reference gives: rows, refused records, and counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a `features` block.

    `keys` are the values of the key columns. `time` is in µs UTC: the event's own, or in the order of arrival τ, the
    greatest of the key so far. `tie` is the 0-based position among the block's rows of equal keys and time in the
    declared order. `values` are the written values in declared order: bool, int,
    float, str, bytes or None; times and durations as int µs, dates as int days.
    """

    keys: tuple[Any, ...]
    time: int
    tie: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the online store: the values at `as_of`; `written` is the time that decides between two writes, µs."""

    as_of: int
    written: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not (or not everywhere) an event: where it stood, and why it was refused."""

    raw: bytes
    path: str
    record: int
    code: str
    text: str


@dataclass(slots=True)
class SourceResult:
    """What reading a source gave.

    `read` counts accepted, late, rejected and quarantined records; `rejected` counts `rejects` by code (a `null_key` is
    counted once for each block, beside `accepted`); `not_finite` counts, by column, the NaN and infinities that became
    null. `late` also holds, beside `accepted`, the events that are out of sequence, once for each key they are so by.
    """

    read: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    not_finite: Counter[str] = field(default_factory=Counter)
    rejects: list[Refused] = field(default_factory=list)
    late: list[Refused] = field(default_factory=list)
    quarantined: list[Refused] = field(default_factory=list)

    def reject(self, refused: Refused) -> None:
        """Keep and count a reject."""
        self.rejects.append(refused)
        self.rejected[refused.code] += 1


@dataclass(slots=True)
class BlockResult:
    """The rows of a `features` block, in no particular order, and its nulls.

    `nulls[name][reason]`: for `null`, how many rows have null in the value of that name (helpers included); for any
    other reason, how many times an operator or aggregate of its expression ended in null for that reason, also
    where `??` then gave another value. The name `where` is the block's filter, evaluated once for each event.

    `stored` holds, by keys, the last row that an online store gets of the events; `values_at` holds the values that
    were asked for, by keys and time.
    """

    rows: list[Row] = field(default_factory=list)
    nulls: dict[str, Counter[str]] = field(default_factory=dict)
    stored: dict[tuple[Any, ...], Stored] = field(default_factory=dict)
    values_at: dict[tuple[tuple[Any, ...], int], dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One row of a stream: the time of its event (µs UTC), which event of that time it is, the written values."""

    time: int
    event: str
    values: dict[str, Any]


@dataclass(slots=True)
class StreamResult:
    """The rows of a stream, in no particular order, and its nulls, as those of a block."""

    rows: list[StreamRow] = field(default_factory=list)
    nulls: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(slots=True)
class ReferenceResult:
    """What was read, by source, and what was computed, by `features` block and by stream."""

    sources: dict[str, SourceResult] = field(default_factory=dict)
    features: dict[str, BlockResult] = field(default_factory=dict)
    streams: dict[str, StreamResult] = field(default_factory=dict)
