"""Jobs that were submitted to a Flink cluster by their generated scripts: which they are, and why one failed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from featlang.backends.flink.session_cluster import SessionCluster
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan
from featlang.run_logs import reason

_BEGIN, _END = r"(?:^|-> |[(\[,] ?)", r"(?:$|: | to | ->|[)\],])"
_NO_CLASS = re.compile(r"\b(?:ClassNotFoundException|NoClassDefFoundError)\b")
_LONGEST = 100
_TASK = re.compile(r"(.*) \((\d+)/(\d+)\)", re.DOTALL)


@dataclass(frozen=True)
class Failure:
    """Why a job failed, in terms of definitions; when (ms UTC); and what Flink itself says."""

    text: str
    at: int
    trace: str


def job_id(folder: Path) -> str:
    """The id that Flink gave to the job whose script had its conf file in a folder; empty if it took none."""
    file = folder / "job-id"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def last_failure(cluster: SessionCluster, identity: str, program: ir.Program | None) -> Failure | None:
    """Why a job failed last; None where it has not. Without a program, definitions are not named."""
    entries = cluster.get(f"/jobs/{identity}/exceptions")["exceptionHistory"]["entries"]
    if not entries:
        return None
    # Where a job gives up, what ended it stands beside the sentence that it does.
    of_tasks = [each for each in (entries[0], *entries[0]["concurrentExceptions"]) if each.get("taskName")]
    last = min(of_tasks, key=lambda each: int(each["timestamp"]), default=entries[0])
    lines = [reason(last["stacktrace"])]
    if _NO_CLASS.search(last["stacktrace"]):
        lines.append(
            "The cluster lacks a jar: `feat jars --copy LIB`, with the folder `lib` of its Flink, and a new start."
        )
    task = _TASK.match(last.get("taskName") or "")
    if task:
        found = definitions(task[1], program) if program else []
        lines.append(f"It was in task {task[2]} of {task[3]} of `{shorten(task[1], _LONGEST, placeholder=' …')}`")
        lines += [f"  {each}" for each in found]
    return Failure("\n".join(lines), last["timestamp"], last["stacktrace"])


def definitions(vertex: str, program: ir.Program) -> list[str]:
    """The definitions that a vertex of a job's graph computes, with places, as in `source clicks, sources.feat:3`.

    They are found by the names of the vertex's operators, of which Flink makes its name.
    """
    tables = {table.name for table in program.tables}
    kinds = {each.name: "table" if each.name in tables else "source" for each in program.inputs}
    kinds |= {each.name: "stream" for each in program.streams} | {each.name: "features" for each in program.features}
    every: tuple[ir.Source | ir.Stream | ir.Features, ...] = (*program.inputs, *program.streams, *program.features)
    places = {each.name: f"{kinds[each.name]} {each.name}, {each.origin.file}:{each.origin.line}" for each in every}
    found = {
        name
        for job in plan(program).jobs
        for operator, names in _operators(job).items()
        if re.search(rf"{_BEGIN}{operator}{_END}", vertex)
        for name in names
    }
    return [place for name, place in places.items() if name in found]


def _operators(job: Job) -> dict[str, list[str]]:
    """Patterns of the names that a job's script gives to operators, with the definitions that they compute."""
    operators = {}
    for source in job.sources:
        operators[rf"(?:Source: |read |_[a-z]+/){re.escape(source.name)}"] = [source.name]
    for name in job.outputs:
        operators[re.escape(name)] = [name]
    for stage in job.stages:
        groups = [group.features.name for group in stage.groups]
        operators[re.escape(stage.name)] = [*groups, *(visit.name for visit in stage.visits)]
    return operators
