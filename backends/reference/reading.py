"""A source's records to its accepted events; rejects and late events go to the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.decode import Reject, decode
from featlang.backends.reference.late import LateRule
from featlang.backends.reference.records import Input, Record, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featlang.backends.reference.result import SourceResult
    from featlang.compiler import ir


@dataclass(frozen=True, slots=True)
class Event:
    """An accepted event."""

    time: int
    values: dict[str, Any]


def accepted_events(source: ir.Source, given: Input, now: int, result: SourceResult) -> Iterator[tuple[Record, Event]]:
    """Read each accepted event with its record, in position order. Raises `InputError`."""
    late_rule = LateRule(source, now)
    for record in records(source, given):
        result.read += 1
        try:
            decoded = decode(source, given, record)
        except Reject as reject:
            result.reject(record.refused(reject.code, reject.text))
            continue
        result.not_finite.update(decoded.not_finite)
        time = decoded.values[source.time]
        match late_rule.decide(time):
            case "max_ahead":
                result.reject(record.refused("max_ahead", f"`{source.time}` is too far ahead of the clock"))
            case "late":
                result.late.append(record.refused("late", f"`{source.time}` is older than the lateness allows"))
            case None:
                result.accepted += 1
                yield record, Event(time, decoded.values)
