"""What runs leave behind: rows, stored and refused rows, counts, the bytes of the state; how two of them differ."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chaos.subjects import Subject
from featlang.backends.connectors.sqlite import read_table
from featlang.backends.kernel.jars import jar_set, wheel_jars
from featlang.backends.kernel.java_home import find_java
from tests.flink.mini_cluster import Built

COMPARED = ("lost", "doubled", "stored", "counts", "states")
COMPARISON = 1
"""Raise it where what is compared changes, here or in `SavepointStates`: of other results only the tally is kept."""
BITS = (pa.timestamp("us", tz="UTC"), pa.float64())
"""Of what is compared as bits."""


@dataclass
class Outcome:
    """What runs left behind, in a form that can be compared."""

    rows: dict[str, Counter[tuple[object, ...]]]
    stored: dict[str, list[dict[str, Any]]]
    counted: dict[str, Any]
    states: set[str]

    @classmethod
    def of(cls, subject: Subject, outs: Sequence[Path], store: Path, states: set[str]) -> Outcome:
        """Of runs that went on one from another: all rows, the stores, what the last one counted; the given states."""
        folders = (*subject.emits, "_late/clicks", "_rejects/clicks", "_quarantine/clicks")
        metrics = json.loads((outs[-1] / "_metrics.json").read_text(encoding="utf-8"))
        sizes = {name: n for name, n in metrics["counters"].items() if not name.endswith("head_bytes")}
        tables = [f"{block}_{i}" for block, emits in subject.emits.items() for i in range(len(emits))]
        # When a refresh happens follows the machine's clock, and with it how often `_written` was counted on.
        stored = {
            table: [{c: v for c, v in row.items() if c != "_written"} for row in read_table(store, table)]
            for table in tables
        }
        return cls(
            {folder: sum((_rows(out / folder) for out in outs), Counter()) for folder in folders},
            stored,
            {"sources": metrics["sources"], "groups": metrics["groups"], "counters": sizes},
            states,
        )

    def differences(self, other: Outcome) -> dict[str, Any]:
        """How many rows are lost and doubled (or new), stored rows, counts and keys' states differ from another's.

        Where states do, those of one key are given too: in `state` first this one's.
        """
        lost = sum((other.rows[folder] - self.rows[folder]).total() for folder in other.rows)
        new = sum((self.rows[folder] - other.rows[folder]).total() for folder in other.rows)
        stored = sum(
            a != b for name in other.stored for a, b in zip(self.stored[name], other.stored[name], strict=False)
        )
        stored += sum(abs(len(self.stored[name]) - len(other.stored[name])) for name in other.stored)
        counts = sum(self.counted[name] != other.counted[name] for name in other.counted)
        ours, theirs = sorted(self.states - other.states), sorted(other.states - self.states)
        states = max(len(ours), len(theirs))
        found = dict(zip(COMPARED, (lost, new, stored, counts, states), strict=True))
        return {**found, "state": [*ours[:1], *theirs[:1]]} if states else found


def _rows(folder: Path) -> Counter[tuple[object, ...]]:
    """The rows of the files that are complete; floats as their bits."""
    if not any(folder.glob("*.parquet")):
        return Counter()
    table = pq.read_table(folder)
    columns = [
        (column.combine_chunks().view("int64") if column.type in BITS else column).to_pylist()
        for column in table.columns
    ]
    return Counter(zip(*columns, strict=True))


def states_of(savepoint: str, subject: Subject, built: Built, test_jar: Path) -> set[str]:
    """All keys of a savepoint with the bytes of their state, to which what is held is applied first.

    What follows the machine's clock is left out: what stores were given last, and where the numbers of tiles begin.
    """
    libraries = [*jar_set("kafka"), *wheel_jars("pyflink")]
    class_path = os.pathsep.join(map(str, [test_jar, built.jar, *libraries]))
    stages = [text for stage in subject.job().stages for text in (stage.uid, stage.class_name)]
    command = [str(find_java().executable), "-cp", class_path, "featlang.flink.SavepointStates"]
    done = subprocess.run(  # noqa: S603 - our own program
        [*command, savepoint, str(subject.complete()), subject.order, *stages],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    states = set(done.stdout.splitlines())
    if not states:
        raise SystemExit(f"{savepoint} has no state")
    return states


def differs(result: Mapping[str, Any]) -> bool:
    """Whether anything of a run's differences is not 0."""
    return any(result[what] for what in COMPARED)
