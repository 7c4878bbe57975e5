"""A source's records to its accepted events; all others go to the result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.canonical import order
from featlang.backends.reference.decode import Reject, decode
from featlang.backends.reference.duplicates import Duplicates
from featlang.backends.reference.late import LateRule
from featlang.backends.reference.records import Input, Record, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from featlang.backends.reference.result import Refused, SourceResult
    from featlang.compiler import ir


@dataclass(frozen=True)
class Event:
    """An accepted event of a source; or a stream's row as one, whose place in its order is where it `stands`."""

    time: int
    values: dict[str, Any]
    source: ir.Source
    stands: bytes | None = None

    @cached_property
    def place(self) -> bytes:
        """Its place in the declared order, found when it is first asked for."""
        return order(self.values, self.source) if self.stands is None else self.stands


def events_in_turn(source: ir.Source, given: Input, now: int, result: SourceResult) -> Iterable[tuple[Record, Event]]:
    """Give each accepted event with its record, by position; a history's by its arrival column where it has one.

    Raises `InputError`.
    """
    return in_turn(source, given, accepted_events(source, given, now, result))


def in_turn(
    source: ir.Source, given: Input, accepted: Iterable[tuple[Record, Event]]
) -> Iterable[tuple[Record, Event]]:
    """Give accepted events, which come by position, as they count: a history's by its arrival column."""
    column = source.order
    if column is None or given.role == "stream":
        return accepted
    # Those of an equal column come by time, then as they stand, because sorting is stable.
    return sorted(accepted, key=lambda each: (each[1].values[column], each[1].time))


def accepted_events(
    source: ir.Source,
    given: Input,
    now: int,
    result: SourceResult,
    refused: list[tuple[Record, Event, Refused]] | None = None,
) -> Iterator[tuple[Record, Event]]:
    """Give each accepted event with its record, by position; `refused` gets those that are none, but have a time."""
    late_rules: dict[str, LateRule] = {}
    duplicates: dict[str, Duplicates] = {}
    for record, values in decoded_records(source, given, result):
        partition = record.path if given.topic is not None else ""  # all files are one
        is_history = given.role == "history"
        late_rule = late_rules.setdefault(partition, LateRule(source, now, is_history))
        seen = duplicates.setdefault(partition, Duplicates(source, is_history=is_history))
        time = values[source.time]
        if late_rule.is_ahead(time, record.message):
            why = record.refused("max_ahead", f"`{source.time}` is too far ahead of the clock")
            result.quarantined.append(why)
        elif (record.path, record.number) in given.excluded:
            why = record.refused(*given.excluded[record.path, record.number])
            (result.quarantined if why.code == "max_ahead" else result.late).append(why)
        elif late_rule.is_late(time):
            why = record.refused("late", f"`{source.time}` is older than the lateness allows")
            result.late.append(why)
        elif seen.first(values, time) is not None:
            why = record.refused("duplicate", "an event before it had the same id")
            result.reject(why)
        else:
            late_rule.accept(time)
            seen.accept(values, time)
            result.accepted += 1
            yield record, Event(time, values, source)
            continue
        if refused is not None:
            refused.append((record, Event(time, values, source), why))


def decoded_records(source: ir.Source, given: Input, result: SourceResult) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Give each well-formed record with its columns' values. Raises `InputError`."""
    for record in records(source, given):
        result.read += 1
        try:
            decoded = decode(source, given, record)
        except Reject as reject:
            result.reject(record.refused(reject.code, reject.text))
            continue
        result.not_finite.update(decoded.not_finite)
        yield record, decoded.values
