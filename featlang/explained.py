"""What is told of a value: its events, each window's edges, what was refused, rows of tables, what was looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from featlang.compiler import ir

Keys = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: where its record stands, its time, when its row is read (in the order of arrival maybe later)."""

    path: str
    record: int
    time: int
    read_at: int
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an event gives to an aggregate: its argument (True for `count()`), if it counts.

    Else its argument is null, and it is skipped, or it does not pass the aggregate's `where`.
    """

    event: Happened
    fate: Literal["counts", "null", "filtered"]
    gives: Any


@dataclass(frozen=True, slots=True)
class ExplainedAggregate:
    """An aggregate's value, and the events that its window holds, in their order.

    `reason` says why the value is null where one should exist. `oldest` is the earliest time that the window holds,
    None for any; of a window that forgets it is that of the first event since the last silence. `columns` are those
    that the aggregate reads. `before` and `after` are the events of the key that are just outside.
    """

    aggregate: ir.Aggregate
    value: Any
    reason: str | None
    oldest: int | None
    newest: int
    columns: tuple[str, ...]
    held: tuple[Contribution, ...]
    before: Contribution | None
    after: Contribution | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that does not count, and why."""

    event: Happened
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ExplainedFeatures:
    """Values of a block for a key at a time, each with its declaration, and the aggregates they are made of, by index.

    With `before` they are as of the events before that time. `row` is the event whose row they are, and `tie` that
    row's, None where they are read between two rows. Of the block's `events` of the key `applied` count. Those that it
    does not take are `not_taken`, those refused before it came to that `refused`. `unreadable` counts by code the
    records of which no key is known.
    """

    block: ir.Features
    keys: Keys
    time: int
    before: bool
    row: Happened | None
    tie: int | None
    events: int
    applied: int
    values: tuple[tuple[ir.Value, Any], ...]
    aggregates: Mapping[int, ExplainedAggregate]
    not_taken: tuple[Happened, ...]
    refused: tuple[Refusal, ...]
    unreadable: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ExplainedTable:
    """The row of a table that counts for a key at a time, or before it, if there is one.

    `columns` are those that are read of it.
    `older` is what would count without it, `newer` what will replace it.
    """

    table: ir.Table
    keys: Keys
    before: bool
    columns: tuple[str, ...]
    counts: TableRow | None
    older: TableRow | None
    newer: TableRow | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its record, since when it counts and why (None: from the beginning), its columns."""

    path: str
    record: int
    counts_from: int | None
    time: int | None
    known: int | None
    is_deletion: bool
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """A row of a stream: its event, its values, and what they, and the condition, look up.

    `dropped_by` says which condition is not true, and so why there is no row: `where` over the event's own columns,
    `found` over what is looked up; None where there is one. Of what is dropped only that condition's lookups are told.
    """

    event: Happened
    name: str
    values: tuple[tuple[ir.Value, Any], ...]
    dropped_by: Literal["where", "found"] | None
    lookups: tuple[ExplainedFeatures | ExplainedTable, ...]


@dataclass(frozen=True, slots=True)
class ExplainedStream:
    """The rows of the events that were asked for, in their order, and which of such events were refused.

    So many `earlier` ones are left out.
    """

    stream: ir.Stream
    earlier: int
    rows: tuple[ExplainedRow, ...]
    refused: tuple[Refusal, ...]
    unreadable: Mapping[str, int]
