"""Savepoints of whole jobs, as an earlier version of the runtime wrote them: what must go on to be restored.

`python -m tests.flink.golden_jobs NAME` writes that of a job which has none yet, in golden/NAME: a savepoint that is
here is never written again, because those of users are not either.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import featlang
from featlang.backends.connectors.sqlite import binding
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan
from tests.flink.mini_cluster import Built, MiniCluster, build, mini_cluster
from tests.flink.test_job import rows

GOLDEN = Path(__file__).with_name("golden")
RECORDS = 350
"""So many records of each source were read before the savepoint, or all, if they are fewer."""

NOW = 1_700_003_600_000_000
"""After all events."""


@dataclass(frozen=True)
class GoldenJob:
    """A job whose savepoint is here."""

    name: str
    job: Job
    program: ir.Program
    built: Built

    @property
    def folder(self) -> Path:
        """Where its definition and its savepoint are."""
        return GOLDEN / self.name

    @property
    def written(self) -> dict[str, int]:
        """How many rows each output had before the savepoint."""
        found: dict[str, int] = json.loads((self.folder / "written.json").read_text(encoding="utf-8"))
        return found

    def run(self, cluster: MiniCluster, out: Path, parallelism: int, **state: object) -> dict[str, Any]:
        """Run it; its files have the names that stand in the savepoint. Gives the metrics."""
        sources = {
            source.name: {"kind": "jsonl", "files": [f"tests/flink/golden/{source.name}.jsonl"], "options": {}}
            for source in self.job.sources
        }
        stores = {
            block.name: [
                binding(sink.target, out.parent, sink.options.get("emit", "every"))
                for sink in block.sinks
                if sink.kind == "cassandra"
            ]
            for block in self.program.features
        }
        outputs = list(self.job.outputs)
        settings: dict[str, object] = {"parallelism": parallelism, "stores": stores, "state": state, "now": NOW}
        return cluster.run(self.built, out, sources, outputs, **settings)


def golden_job(name: str, scratch: Path) -> GoldenJob:
    """The job of that name, built in a folder."""
    project = scratch / "project"
    project.mkdir(parents=True)
    shutil.copy(GOLDEN / name / "job.feat", project)
    program = featlang.load(project).program
    assert program is not None
    (job,) = plan(program).jobs
    return GoldenJob(name, job, program, build(job, scratch / "build"))


def main() -> None:
    """Write what a name lacks."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        made = golden_job(sys.argv[1], scratch)
        target = made.folder / "savepoint"
        if target.exists():
            sys.exit(f"{target} is there; a savepoint that was written stays")
        with mini_cluster(scratch) as cluster:
            state = {"backend": "heap", "savepoint": str(scratch / "savepoints"), "stop_after": RECORDS}
            made.run(cluster, scratch / "run" / "out", 2, **state)
        (savepoint,) = (scratch / "savepoints").iterdir()
        shutil.copytree(savepoint, target)
        written = {name: len(rows(scratch / "run" / "out" / name)) for name in made.job.outputs}
        (made.folder / "written.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
