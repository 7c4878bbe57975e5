"""Which rows are wanted: those of a span of time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Times from `since` on and before `until`, in µs; None without that limit."""

    since: int | None = None
    until: int | None = None

    def holds(self, time: int) -> bool:
        """Whether a time is in it."""
        return (self.since is None or self.since <= time) and (self.until is None or time < self.until)
