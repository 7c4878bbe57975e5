"""Runs a program on an engine: compiles it, starts the generated scripts, keeps their output only if all went well."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from featlang import run_reference
from featlang.backends import emit
from featlang.backends.connectors import sqlite
from featlang.backends.connectors.kafka.clients import job_properties
from featlang.backends.connectors.kafka.topics import LOG, TopicRange
from featlang.backends.flink.local import flink_environment
from featlang.backends.kernel.jars import jar_set
from featlang.backends.reference.records import Input
from featlang.compiler import ir
from featlang.compiler.connectors import DELIVERIES
from featlang.compiler.outputs import key_columns
from featlang.compiler.plan import Job, plan
from featlang.run_error import RunError
from featlang.run_logs import reason
from featlang.run_report import Engine, RunReport
from featlang.settings import Environment, StateBackend

MOST_PARALLEL = 8
"""A local run uses no more tasks at a time: the mini-cluster's network memory is small."""

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

    def conf(self, scratch: Path) -> dict[str, object]:
        """As the generated script reads it; `scratch` is where checkpoints go that no folder is named for."""
        state = self
        if self.interval is not None and self.checkpoints is None:
            state = replace(self, checkpoints=scratch / "checkpoints")
        return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(state).items()}


@dataclass(frozen=True)
class Request:
    """What to run: which blocks and streams, from which files, between which times (µs UTC), and where things go.

    `inputs` holds one for each source that the blocks read. `now` is the run's clock. `out` is replaced whole. Without
    `rows` those of blocks are not written, only counted and stored. What is late in `exclude_late`, an earlier run's
    OUT, is late on Spark and on the reference too. `state` is Flink's. `environment` says on which servers topics
    and tables are; what it does not name has files in its place.
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
    exclude_late: Path | None = None
    state: StreamState = StreamState()
    environment: Environment = field(default_factory=Environment)

    @property
    def jobs(self) -> list[Job]:
        """The jobs that compute at least one of the blocks."""
        return [job for job in plan(self.program).jobs if self.features_of(job)]

    def features_of(self, job: Job) -> list[str]:
        """Those of the blocks that a job computes."""
        return [name for name in job.outputs if name in self.features]


def run(request: Request, engine: Engine, progress: Progress = lambda _: None) -> RunReport:
    """Compute the blocks and write them to `request.out`. Raises `RunError`, and `InputError` on the reference."""
    started = time.monotonic()
    with _replacing(request.out, engine) as out:
        if engine == "reference":
            progress("computing")
            inputs = {name: _without_late(request, name, given) for name, given in request.inputs.items()}
            result, report = run_reference.compute(
                request.program, request.features, inputs, request.now, since=request.since, until=request.until
            )
            run_reference.write(request.program, result, out, rows=request.rows)
        else:
            report = _run_jobs(replace(request, out=out), engine, progress)
        report.seconds["total"] = time.monotonic() - started
        report.write(out / "run.json")
    return report


def _without_late(request: Request, source: str, given: Input) -> Input:
    """What the reference reads, with the records that an earlier run found late."""
    folder = request.exclude_late
    return given if folder is None else replace(given, excluded=run_reference.late_records(folder / "_late" / source))


def _run_jobs(request: Request, engine: Engine, progress: Progress) -> RunReport:
    report = RunReport(engine)
    progress("compiling")
    emit.write(emit.emit(request.program), request.build)
    logs = request.out / "_logs"
    logs.mkdir()
    started = time.monotonic()
    with _environment(request, engine, logs) as environment:
        report.seconds["start"] += time.monotonic() - started
        for job in request.jobs:
            progress(f"running {job.name}")
            report.add_metrics(job.name, _run_job(request, job, engine, environment))
    return report


def _run_job(request: Request, job: Job, engine: Engine, environment: Mapping[str, str]) -> dict[str, object]:
    """Start a job's script, wait for it, and move what it wrote into OUT; gives its metrics."""
    with tempfile.TemporaryDirectory(dir=request.out, prefix=".job-") as folder:
        out = Path(folder) / "out"
        out.mkdir()
        conf = Path(folder) / "conf.json"
        settings = _conf(request, job, out) | ({"state": request.state.conf(Path(folder))} if engine == "flink" else {})
        conf.write_text(json.dumps(settings, ensure_ascii=False, indent=2), encoding="utf-8")
        script = (request.build / job.name / f"{engine}_job.py").resolve()
        log = request.out / "_logs" / f"{job.name}.log"
        with log.open("wb") as output:
            code = _wait([sys.executable, str(script), "--conf", str(conf)], environment, output.fileno(), folder)
        if code:
            message = f"{engine}: {reason(_log_text(log, environment))}"
            raise RunError(message)
        metrics: dict[str, object] = json.loads((out / "_metrics.json").read_text(encoding="utf-8"))
        (out / "_metrics.json").unlink()
        _merge(out, request.out)
    return metrics


def _conf(request: Request, job: Job, out: Path) -> dict[str, object]:
    """What the generated scripts read with `--conf`."""
    read = sorted(request.program.read_by(request.features_of(job)))
    return {
        "sources": {name: _source(name, request, out.parent) for name in read},
        "out": str(out),
        "rows": request.rows,
        "features": request.features_of(job),
        "stores": {
            group.name: [
                sqlite.binding(sink.target, request.out, sink.options.get("emit", "every"))
                for sink in group.features.sinks
                if sink.kind == "cassandra"
            ]
            for stage in job.stages
            for group in stage.groups
            if group.name in request.features
        },
        "topics": {
            **{
                group.name: _topics(group.features.sinks, group.features.key, request)
                for stage in job.stages
                for group in stage.groups
                if group.name in request.features
            },
            **{
                stream.name: _topics(stream.stream.sinks, [column.name for column in stream.columns[:2]], request)
                for stream in job.streams
                if stream.name in request.features
            },
        },
        "now": request.now,
        "since": request.since,
        "until": request.until,
        "parallelism": min(os.cpu_count() or 1, MOST_PARALLEL),
        "jars": [],  # they are on the engine's class path
    }


def _source(name: str, request: Request, scratch: Path) -> dict[str, object]:
    """Where a source's records are."""
    given = request.inputs[name]
    effective = None
    if given.effective is not None:
        effective = str(scratch / f"{name}.parquet")
        pq.write_table(_effective_table(given.effective), effective)
    exclude = str(request.exclude_late / "_late" / name) if request.exclude_late else None
    shared = {
        "kind": given.kind,
        "options": dict(given.options),
        "role": given.role,
        "exclude": exclude,
        "effective": effective,
    }
    topic = given.topic
    if not isinstance(topic, TopicRange):
        return {**shared, "files": [str(file) for file in given.in_order()]}
    properties = job_properties(topic.kafka)
    return {
        **shared,
        "topic": topic.topic,
        "format": topic.format,
        "properties": properties,
        "start": {str(partition): offset for partition, offset in topic.start.items()},
        "end": None if topic.end is None else {str(partition): offset for partition, offset in topic.end.items()},
        "refused": {"topic": topic.topic, "properties": properties} if topic.end is None else None,
        "gated": topic.end is None and name in {table.name for table in request.program.tables},
        "log": topic.topic + LOG,
    }


def _effective_table(times: Mapping[tuple[str, int], int]) -> pa.Table:
    """A gate's log as jobs read it."""
    rows = [{"path": path, "record": record, "effective": at} for (path, record), at in sorted(times.items())]
    text, number = pa.field("path", pa.string(), nullable=False), pa.int64()
    numbers = [pa.field(name, number, nullable=False) for name in ("record", "effective")]
    return pa.Table.from_pylist(rows, schema=pa.schema([text, *numbers]))


def _topics(sinks: Sequence[ir.Connector], key: Sequence[str], request: Request) -> list[dict[str, object]]:
    """The topics that rows go to, with messages of such a key; none where the environment has no brokers."""
    kafka = request.environment.kafka
    if kafka is None:
        return []
    return [
        {
            "topic": sink.target,
            "properties": job_properties(kafka),
            "delivery": sink.options.get("delivery", DELIVERIES[0]),
            "key": key_columns(sink.options) or list(key),
        }
        for sink in sinks
        if sink.kind == "kafka"
    ]


def _log_text(log: Path, environment: Mapping[str, str]) -> str:
    """What the engine logged, and after it what the script printed."""
    others = [path for path in sorted(log.parent.iterdir()) if path != log]
    if "FEAT_SPARK_LOG" in environment:
        others.append(Path(environment["FEAT_SPARK_LOG"]))
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in [*others, log])


def _environment(request: Request, engine: Engine, logs: Path) -> AbstractContextManager[Mapping[str, str]]:
    """The environment that scripts of the engine start in; for Spark, with its JVM running."""
    if engine == "flink":
        return _flink(logs)
    return _spark(request, logs)


@contextmanager
def _flink(logs: Path) -> Iterator[Mapping[str, str]]:
    # Flink leaves unpacked libraries behind, and all it has written where it is ended from outside.
    with tempfile.TemporaryDirectory(prefix="featlang-flink-", ignore_cleanup_errors=True) as scratch:
        yield flink_environment(logs.absolute(), Path(scratch))


@contextmanager
def _spark(request: Request, logs: Path) -> Iterator[Mapping[str, str]]:
    from featlang.backends.spark.gateway import spark_gateway  # noqa: PLC0415 - only where Spark is asked for

    jars = [(request.build / job.name / f"{job.name}.jar").resolve() for job in request.jobs]
    with spark_gateway([*jars, *jar_set("sqlite"), *jar_set("kafka")]) as environment:
        try:
            yield environment
        finally:
            shutil.copyfile(environment["FEAT_SPARK_LOG"], logs / "spark.log")


def _wait(command: Sequence[str], environment: Mapping[str, str], output: int, folder: str) -> int:
    """Run a program with its children to the end, and end them all when we are interrupted; gives the exit code."""
    process = subprocess.Popen(  # noqa: S603 - our interpreter, and a script that we wrote
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait()
    except BaseException:
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _merge(source: Path, target: Path) -> None:
    """Move all files into the same places below another folder."""
    for file in [path for path in source.rglob("*") if path.is_file()]:
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)


def _only_logs(folder: Path) -> bool:
    return folder.is_dir() and all(path.is_file() and ".log" in path.suffixes for path in folder.iterdir())


@contextmanager
def _replacing(out: Path, engine: Engine) -> Iterator[Path]:
    """A new folder that becomes `out` when all went well; else only its logs are kept, beside `out`."""
    out = out.resolve()  # a link to a folder stays one
    if out.is_mount():
        message = f"{out} is a mounted folder, which cannot be replaced; name a folder below it"
        raise RunError(message)
    failed = out.with_name(f"{out.name}.failed")
    for folder, ours in ((out, (out / "run.json").is_file()), (failed, _only_logs(failed))):
        if folder.exists() and not ours and (not folder.is_dir() or any(folder.iterdir())):
            message = f"{folder} holds something that no run has written; name another folder"
            raise RunError(message)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(failed, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{engine}-") as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        try:
            yield fresh
        except RunError as error:
            if not (fresh / "_logs").is_dir():
                raise
            (fresh / "_logs").replace(failed)
            message = f"{error}\nThe logs are in {failed}"
            raise RunError(message) from error
        if out.exists():
            out.replace(Path(scratch) / "old")
        fresh.replace(out)
