"""The late rule: a function of the data, per partition, in position order (docs/decoding.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from featlang.compiler import ir


@dataclass(slots=True)
class LateRule:
    """Decides each well-formed event of one partition. `now` is the run's clock; all times in µs."""

    source: ir.Source
    now: int
    greatest: int | None = None

    def decide(self, time: int) -> Literal["late", "max_ahead"] | None:
        """Give the code of an event that is late or from too far ahead, or None for an accepted one."""
        if self.source.max_ahead is not None and time > self.now + self.source.max_ahead:
            return "max_ahead"
        if self.greatest is not None and time < self.greatest - self.source.lateness:
            return "late"
        self.greatest = time if self.greatest is None else max(self.greatest, time)
        return None
