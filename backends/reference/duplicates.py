"""Which events of a partition repeat one that was accepted: `@dedup` (docs/decoding.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featlang.compiler import ir


class Duplicates:
    """The accepted events of one partition, by their ids. Of a history, which holds such events, none is repeated."""

    def __init__(self, source: ir.Source, *, is_history: bool) -> None:
        """Start before any event."""
        self._dedup = None if is_history else source.dedup
        self._times: dict[tuple[Any, ...], list[int]] = {}
        self._greatest: int | None = None

    def first(self, values: Mapping[str, Any], time: int) -> int | None:
        """Give the time of an event that this one repeats; None where it repeats none."""
        if self._dedup is None:
            return None
        greatest = time if self._greatest is None else max(self._greatest, time)
        times = self._times.get(self._id(values), [])
        return next((first for first in times if first >= greatest - self._dedup.within), None)

    def accept(self, values: Mapping[str, Any], time: int) -> None:
        """Take an event that repeats none. One with a null in its id is repeated by none."""
        if self._dedup is None:
            return
        self._greatest = time if self._greatest is None else max(self._greatest, time)
        if None not in self._id(values):
            self._times.setdefault(self._id(values), []).append(time)

    def _id(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return () if self._dedup is None else tuple(values[name] for name in self._dedup.columns)
