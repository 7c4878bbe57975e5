"""What was tried so far, kept in a file that stands in the repository."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.parts import Part


@dataclass
class Results:
    """The parts done (from 0 on), their pairs, how many differed and which, the seconds that it took."""

    parts: int = 0
    pairs: int = 0
    differing: int = 0
    seconds: float = 0.0
    pairs_per_second: float = 0.0
    failures: list[dict[str, object]] = field(default_factory=list)

    @staticmethod
    def read(path: Path) -> Results:
        """Reads what `write` wrote; nothing was tried where there is no file."""
        return Results(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else Results()

    def write(self, path: Path) -> None:
        """Writes the file, whole or not at all."""
        store(asdict(self), path)

    def add(self, part: Part, seconds: float) -> None:
        """Counts a part that took so long."""
        self.parts = part.number + 1
        self.pairs += part.pairs
        self.differing += len(part.failures)
        self.seconds = round(self.seconds + seconds, 1)
        self.pairs_per_second = round(self.pairs / self.seconds, 1) if self.seconds else 0.0
        self.failures += [asdict(failure) for failure in part.failures]

    def summary(self) -> str:
        """One line for people."""
        return f"{self.pairs:,} pairs in all, {self.differing} differing, {self.pairs_per_second} a second"


def store(tally: dict[str, object], path: Path) -> None:
    """Writes a tally to its file, whole or not at all."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(tally, indent=2) + "\n", encoding="utf-8")
    scratch.replace(path)
