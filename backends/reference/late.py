"""The late rule: a function of the data, per partition, in position order (docs/decoding.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from featlang.backends.connectors.kafka.topics import Message
    from featlang.compiler import ir


@dataclass(slots=True)
class LateRule:
    """Decides each well-formed event of one partition.

    `now` is the run's clock, which holds where messages do not bring theirs; all times in µs. Of a history, which holds
    accepted events, nothing is late.
    """

    source: ir.Source
    now: int
    is_history: bool = False
    greatest: int | None = None

    def is_ahead(self, time: int, message: Message | None = None) -> bool:
        """Whether an event is too far ahead of the clock: of its message's time, if it is of a topic."""
        return self.source.max_ahead is not None and time > self._clock(message) + self.source.max_ahead

    def _clock(self, message: Message | None) -> int:
        """What a broker stamped holds; what a sender says does where it is not in the future."""
        if message is None or message.timestamp < 0:
            return self.now
        sent = message.timestamp * 1000
        return sent if message.stamped else min(sent, self.now)

    def is_late(self, time: int) -> bool:
        """Whether an event is late that is not too far ahead."""
        return self.greatest is not None and not self.is_history and time < self.greatest - self.source.lateness

    def accept(self, time: int) -> None:
        """Take an event that is accepted."""
        self.greatest = time if self.greatest is None else max(self.greatest, time)
