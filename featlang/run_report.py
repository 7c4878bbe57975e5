"""What a run did, in numbers: `run.json`, made of the counts that the engines leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

Engine = Literal["flink", "spark", "reference"]
ENGINES: tuple[Engine, ...] = ("flink", "spark", "reference")

PHASES = ("start", "read", "compute", "write")
STATE_SIZES = ("keys", "tiles", "head_bytes")


def shown_path(address: str) -> str:
    """The path of a file's address, as in `file:/tmp/savepoint-1`; another address as it is."""
    parts = urlsplit(address)
    return unquote(parts.path) if parts.scheme == "file" else address


@dataclass
class SourceReport:
    """Records of a source and what became of them.

    `rejected` is by code; a `null_key` counts beside `accepted`. `late` are the records of the late output: one
    that is out of sequence, of which there is one for each stage, counts beside `accepted` too.
    """

    read: int = 0
    accepted: int = 0
    late: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0


@dataclass
class RunReport:
    """One run of one engine.

    `written` counts rows by block of features and by stream. `nulls` says for each of them and each value (also
    `where`, its filter, and `key`) how often it was null in the span that was asked for, and for which reason, if it
    ever was; for a source and a column how often a number was not finite in all records. The engines also count
    exceptional nulls of what aggregates are fed (`events`) and of what is looked up by (`lookup`).
    `empty` names the stages that a savepoint, from which the run went on, has no state of, by job.
    `state` says by stage (its blocks) how many keys, closed tiles and bytes of heads Flink keeps at the end; the others
    keep none. `savepoints` are by job.
    `seconds` are by phase, `total` by the clock on the wall.
    """

    engine: Engine
    sources: dict[str, SourceReport] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    nulls: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    state: dict[str, dict[str, int]] = field(default_factory=dict)
    savepoints: dict[str, str] = field(default_factory=dict)
    empty: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*PHASES, "total"), 0.0))

    def add_metrics(self, job: str, metrics: Mapping[str, Any]) -> None:
        """Add what one generated job counted (`_metrics.json`)."""
        for name, counts in metrics["sources"].items():
            rejected = dict(sorted(counts["rejected"].items()))
            self.sources[name] = SourceReport(
                counts["read"], counts["accepted"], counts["late"], rejected, counts["quarantined"]
            )
        if metrics.get("savepoint"):
            self.savepoints[job] = shown_path(metrics["savepoint"])
        if metrics.get("empty"):
            self.empty[job] = list(metrics["empty"])
        for name, counts in metrics["groups"].items():
            self.written[name] = counts["written"]
        for name, count in metrics["counters"].items():
            if name.startswith("state/"):
                _, stage, size = name.split("/")
                self.state.setdefault(stage, dict.fromkeys(STATE_SIZES, 0))[size] = count
                continue
            block, _, rest = name.partition(".")
            value, _, reason = rest.rpartition(".")
            if block in metrics["groups"] or block in metrics["sources"]:  # else it was only computed for others
                self.add_null(block, value, reason, count)
        for phase in PHASES:
            self.seconds[phase] += metrics["seconds"][phase]

    def add_null(self, block: str, value: str, reason: str, count: int) -> None:
        """Count nulls of a value of a block."""
        if count:
            reasons = self.nulls.setdefault(block, {}).setdefault(value, {})
            reasons[reason] = reasons.get(reason, 0) + count

    @property
    def read(self) -> int:
        """Records read, of all sources."""
        return sum(source.read for source in self.sources.values())

    def write(self, path: Path) -> None:
        """Write `run.json`."""
        content = {
            "engine": self.engine,
            "sources": {
                name: {
                    "read": s.read,
                    "accepted": s.accepted,
                    "rejected": s.rejected,
                    "late": s.late,
                    "quarantined": s.quarantined,
                }
                for name, s in sorted(self.sources.items())
            },
            "written": dict(sorted(self.written.items())),
            "nulls": self.nulls,
            **({"state": self.state} if self.engine == "flink" else {}),
            **({"savepoints": self.savepoints} if self.savepoints else {}),
            **({"empty": self.empty} if self.empty else {}),
            "seconds": {phase: round(seconds, 3) for phase, seconds in self.seconds.items()},
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
