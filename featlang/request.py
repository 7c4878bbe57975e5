"""What is asked of an engine: what to run, from where and to where, and how Flink keeps state."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from featlang.backends.reference.records import Input
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan
from featlang.settings import Environment, StateBackend

PARALLELISM = min(os.cpu_count() or 1, 8)
"""Of an environment that names none; no more than 8: the mini-cluster's network memory is small."""

Progress = Callable[[str], None]
"""Is told what is being done, in a few words, whenever that changes."""


@dataclass(frozen=True)
class StreamState:
    """How Flink keeps state, and which savepoints it begins and ends with.

    `interval` is the time between checkpoints in milliseconds (None: there are none), `checkpoints` their folder (None:
    one that goes when the run ends). With `savepoint`, a folder, and `stop_after`, the job ends with a savepoint once
    it has read so many records of each source; `restore` is the savepoint that it goes on from. `memory` is what a task
    uses before it goes to the state, in bytes (None: 64 MiB). `restart` is how long the job may be away after a
    failure, in milliseconds.
    """

    backend: StateBackend = "heap"
    interval: int | None = None
    checkpoints: Path | None = None
    restore: Path | None = None
    savepoint: Path | None = None
    stop_after: int | None = None
    memory: int | None = None
    restart: int = 300_000

    def conf(self, scratch: Path | None) -> dict[str, object]:
        """As the generated script reads it; `scratch` is where checkpoints go that no folder is named for.

        Without one they go where the cluster says.
        """
        state = self
        if self.interval is not None and self.checkpoints is None and scratch is not None:
            state = replace(self, checkpoints=scratch / "checkpoints")
        return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(state).items()}


@dataclass(frozen=True)
class Request:
    """What to run: which blocks and streams, from which files, between which times (µs UTC), and where things go.

    `inputs` holds one for each source that the blocks read. `now` is the run's clock. `out` is replaced whole. Without
    `rows` those of blocks are not written, only counted and stored. `state` is Flink's. `environment` says on which
    servers topics and tables are; what it does not name has files in its place.
    """

    program: ir.Program
    features: tuple[str, ...]
    inputs: Mapping[str, Input]
    out: Path
    build: Path
    now: int
    since: int | None = None
    until: int | None = None
    rows: bool = True
    state: StreamState = StreamState()
    environment: Environment = field(default_factory=Environment)

    @property
    def parallelism(self) -> int:
        """How many tasks of a kind run at a time."""
        return self.environment.parallelism or PARALLELISM

    @property
    def jobs(self) -> list[Job]:
        """The jobs that compute at least one of the blocks."""
        return [job for job in plan(self.program).jobs if self.features_of(job)]

    def features_of(self, job: Job) -> list[str]:
        """Those of the blocks that a job computes."""
        return [name for name in job.outputs if name in self.features]
