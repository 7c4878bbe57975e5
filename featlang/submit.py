"""Jobs that go on by themselves: submitted to a Flink cluster, and remembered in the project's `out/_jobs`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from featlang import ddl, runner
from featlang.backends import emit
from featlang.backends.connectors.kafka.topics import LOG, REFUSED, TopicRange, missing_topics
from featlang.backends.flink.session_cluster import SessionCluster
from featlang.backends.kernel.jars import write_atomically
from featlang.request import Progress, Request
from featlang.run_error import RunError

GOES_ON = {"detach": True, "now": None}
"""What the conf file of such a job says besides: nobody waits for it, and its clock is that of its machines."""


@dataclass(frozen=True)
class Submitted:
    """A job that was submitted: its name, the id that the cluster at `address` gave to it, its OUT, when (ms UTC)."""

    job: str
    id: str
    address: str
    out: str
    at: int

    @property
    def cluster(self) -> SessionCluster:
        """Where it runs."""
        return SessionCluster(self.address)


def submit(request: Request, project: Path, environment: str, progress: Progress) -> list[Submitted]:
    """Start the jobs of a request on the environment's cluster, and leave them running; raises `RunError`.

    They write below `request.out`, which must be empty where they do not go on from a savepoint.
    """
    flink = request.environment.flink
    assert flink is not None  # noqa: S101 - that is asked before
    names = {job.name for job in request.jobs}
    for earlier in submitted(project, environment):
        if earlier.job in names and not earlier.cluster.has_ended(earlier.id):
            message = f"{earlier.job} runs already, as {earlier.id} on {earlier.address}"
            raise RunError(f"{message}; `feat stop {earlier.job} --env {environment}` ends it")
    if request.out.exists() and {each.name for each in request.out.iterdir()} - {"_logs"} and not request.state.restore:
        raise RunError(f"{request.out} is not empty; name another folder with --out, or go on in it with --restore")
    runner.check_cluster(flink, request.parallelism)
    _check_topics(request)
    _check_tables(request, environment)
    request = replace(request, out=request.out.absolute())
    progress("compiling")
    emit.write(emit.emit(request.program), request.build)
    logs = request.out / "_logs"
    logs.mkdir(parents=True, exist_ok=True)
    jobs = []
    with runner.flink(logs) as variables:
        for job in request.jobs:
            progress(f"submitting {job.name}")
            identity = runner.run_script(request, job, "flink", variables, request.out, GOES_ON)
            jobs.append(Submitted(job.name, identity, flink.address, str(request.out), time.time_ns() // 1_000_000))
            _remember(jobs[-1], project, environment)
    return jobs


def _check_topics(request: Request) -> None:
    """Raise where a topic that the jobs write to is not there: brokers make none by themselves, or wrongly."""
    kafka = request.environment.kafka
    if kafka is None:
        return
    tables = {table.name for table in request.program.tables}
    needed = [
        sink.target
        for output in request.program.outputs
        for sink in output.sinks
        if output.name in request.features and sink.kind == "kafka"
    ]
    for name, given in request.inputs.items():
        if isinstance(given.topic, TopicRange):
            kinds = (*REFUSED, LOG) if name in tables else REFUSED
            needed += [given.topic.topic + kind for kind in kinds]
    missing = missing_topics(kafka, list(dict.fromkeys(needed)))
    if missing:
        message = (
            f"Kafka at {kafka.servers} has no topic {', '.join(missing)}, which the job writes to; create each first: "
            f"kafka-topics.sh --bootstrap-server {kafka.servers} --create --topic {missing[0]}"
        )
        raise RunError(message)


def _check_tables(request: Request, environment: str) -> None:
    """Raise where a table that the jobs write to is not as it must be: they would be started again and again."""
    settings = request.environment.cassandra
    blocks = [block for block in request.program.features if block.name in request.features]
    if settings is None or not any(sink.kind == "cassandra" for block in blocks for sink in block.sinks):
        return
    from featlang.backends.connectors.cassandra.cluster import connected  # noqa: PLC0415 - needs the driver

    planned = ddl.tables(request.program, request.features)
    with connected(settings) as session:
        ddl.compare(planned, session, settings, None)
    if found := ddl.problems(planned):
        raise RunError(found[0])
    for each in planned:
        if each.statements:
            message = (
                f"table {each.table} of `{each.block}` is not as it must be; type feat apply-ddl --env {environment}"
            )
            raise RunError(message)


def submitted(project: Path, environment: str) -> list[Submitted]:
    """The jobs that were submitted last in an environment, by name."""
    files = sorted(_folder(project, environment).glob("*.json"))
    return [Submitted(**json.loads(file.read_text(encoding="utf-8"))) for file in files]


def _remember(job: Submitted, project: Path, environment: str) -> None:
    write_atomically(
        _folder(project, environment) / f"{job.job}.json", f"{json.dumps(asdict(job), indent=2)}\n".encode()
    )


def _folder(project: Path, environment: str) -> Path:
    return project / "out" / "_jobs" / environment
