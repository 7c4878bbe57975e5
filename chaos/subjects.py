"""What is killed: jobs with every aggregate over each kind of window, in both orders; the records that they read."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from featlang.backends.connectors.sqlite import binding
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan
from featlang.stdlib.aggregates import AGGREGATES
from tests.flink import slow
from tests.reference.build import aggregate, aggregate_value, constant, of, operation, value_of
from tests.spark import clicks

RECORDS = 120_000
USERS = 4_000
MINUTE, DAY = clicks.MINUTE, 24 * 60 * clicks.MINUTE
NOW = 1_700_000_000_000_000 + DAY
"""The records are of less than a day."""
AHEAD = 30 * DAY
SOON = 300_000

Emits = Mapping[str, Sequence[str | int]]
"""Of each block the `emit` of its stores."""

EMITS: dict[str, Emits] = {
    "plain": {"visits": ("every",), "people": ("every",), "pages": ("every",), "numbers": ("change",)},
    "mixed": {"visits": (SOON,), "people": ("every", "change"), "pages": (SOON, "every"), "numbers": ("change", SOON)},
}
"""By the subject's name. That of mixed `emit` also has a source with `max_ahead`, and records that are ahead of it."""


def program() -> ir.Program:
    """That of the tests, and every aggregate over each kind of window."""
    tested = clicks.program()
    windows = (ir.Sliding(width=MINUTE, step=MINUTE // 60), ir.Exact(width=MINUTE), ir.Forever(ttl=DAY))
    number, bot = of("id", "int"), of("bot", "bool")
    third = operation("divide", operation("to_float", number, kind="float"), constant(3.0, "float"), kind="float")
    aggregates = [
        aggregate(name, next(i for i in (third, number, bot) if i.type in declared.takes[0]), window)
        for name, declared in AGGREGATES.items()
        for window in windows
    ]
    values = tuple(value_of(f"v{i}", aggregate_value(each, i)) for i, each in enumerate(aggregates))
    (visits,) = (block for block in tested.features if block.name == "visits")
    numbers = visits.model_copy(update={"name": "numbers", "aggregates": tuple(aggregates), "values": values})
    return tested.model_copy(update={"features": (*tested.features, numbers)})


@dataclass(frozen=True)
class Subject:
    """A job: `plain` or `mixed`, in the order of `time` or of `arrival`."""

    name: str
    order: str

    @property
    def emits(self) -> Emits:
        """When each of its stores is written."""
        return EMITS[self.name]

    def job(self) -> Job:
        """The job's plan."""
        made = program()
        if self.name == "mixed":
            source = made.sources[0].model_copy(update={"max_ahead": DAY})
            made = made.model_copy(update={"sources": (source,)})
        (job,) = plan(made if self.order == "time" else slow.by_arrival(made)).jobs
        return job

    def stores(self, folder: Path) -> dict[str, list[dict[str, object]]]:
        """The stores' settings by block; all are in one file of the folder."""
        return {
            block: [binding(f"{block}_{i}", folder, each) for i, each in enumerate(emits)]
            for block, emits in self.emits.items()
        }

    def records(self) -> list[str]:
        """A stream of many users, of which some records are late, rejected, out of sequence, or far ahead."""
        lines = _records()
        return [_ahead(line) if self.name == "mixed" and n % 500 == 0 else line for n, line in enumerate(lines)]

    def complete(self) -> int:
        """The time in µs that the last watermark before the end has passed."""
        events, _, _ = clicks.accepted(line for line in self.records() if not _is_ahead(line))
        greatest = max(int(str(event["ts"])) for event in events)
        return (greatest - clicks.LATENESS) // 1000 * 1000 - 1


def _records() -> list[str]:
    dice = random.Random(0)  # noqa: S311 - data, not secrets
    lines = slow.shuffled(clicks.stream(RECORDS, seed=0), every=70)
    users = [f'"user":"u{int(dice.paretovariate(0.3)) % USERS}"' for _ in lines]
    return [line.replace('"user":"a"', user) for line, user in zip(lines, users, strict=True)]


def _is_event(line: str) -> bool:
    return line.endswith("}") and "1.0" not in line


def _ahead(line: str) -> str:
    if not _is_event(line):
        return line
    record = json.loads(line)
    return json.dumps({**record, "ts": record["ts"] + AHEAD}, separators=(",", ":"))


def _is_ahead(line: str) -> bool:
    return _is_event(line) and json.loads(line)["ts"] > NOW
