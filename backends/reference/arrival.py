"""The order of arrival: which events of a key are in sequence, and the time at which their rows are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featlang.backends.reference.reading import Event
    from featlang.compiler import ir


class Arrivals:
    """What the events of each key have come to: the last of the arrival column, and the greatest time (τ)."""

    def __init__(self, source: ir.Source, column: str) -> None:
        """Start before any event."""
        self._column = column
        self._ttl = source.order_ttl
        self._seen: dict[tuple[Any, ...], tuple[int, int]] = {}

    def read_at(self, keys: tuple[Any, ...], event: Event) -> int | None:
        """Take the next event of a key: give τ with it, at which its rows are read, or None if it is out of sequence.

        After a silence of `ttl` the sequence starts anew.
        """
        number = event.values[self._column]
        if keys not in self._seen:
            self._seen[keys] = (number, event.time)
            return event.time
        last, greatest = self._seen[keys]
        starts_anew = self._ttl is not None and event.time - greatest >= self._ttl
        if number <= last and not starts_anew:
            return None
        greatest = max(greatest, event.time)
        self._seen[keys] = (number, greatest)
        return greatest
