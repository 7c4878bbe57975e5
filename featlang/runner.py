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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from featlang import run_reference
from featlang.backends import emit
from featlang.backends.flink.local import flink_environment
from featlang.backends.flink.session_cluster import SessionCluster
from featlang.backends.kernel.jars import jar_set
from featlang.cluster_jobs import job_id, last_failure
from featlang.compiler.plan import Job
from featlang.job_conf import job_conf
from featlang.request import Progress, Request
from featlang.run_error import RunError
from featlang.run_logs import reason
from featlang.run_report import Engine, RunReport
from featlang.settings import Flink


def run(request: Request, engine: Engine, progress: Progress = lambda _: None) -> RunReport:
    """Compute the blocks and write them to `request.out`. Raises `RunError`, and `InputError` on the reference."""
    started = time.monotonic()
    with _replacing(request.out, engine) as out:
        if engine == "reference":
            progress("computing")
            result, report = run_reference.compute(
                request.program, request.features, request.inputs, request.now, since=request.since, until=request.until
            )
            run_reference.write(request.program, result, out, rows=request.rows)
        else:
            report = _run_jobs(replace(request, out=out), engine, progress)
        report.seconds["total"] = time.monotonic() - started
        report.write(out / "run.json")
    return report


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
    """Run a job to its end, and move what it wrote into OUT; gives its metrics."""
    with tempfile.TemporaryDirectory(dir=request.out, prefix=".job-") as folder:
        out = Path(folder) / "out"
        out.mkdir()
        run_script(request, job, engine, environment, out, {})
        metrics: dict[str, object] = json.loads((out / "_metrics.json").read_text(encoding="utf-8"))
        (out / "_metrics.json").unlink()
        _merge(out, request.out)
    return metrics


def run_script(
    request: Request,
    job: Job,
    engine: Engine,
    environment: Mapping[str, str],
    out: Path,
    settings: Mapping[str, object],
) -> str:
    """Start a job's script, which writes to `out`, and wait for its end; `settings` are added to its conf file.

    Gives the job's id in Flink. Raises `RunError`. A job on a cluster is ended too where its script is interrupted.
    """
    log = request.out / "_logs" / f"{job.name}.log"
    flink = request.environment.flink if engine == "flink" else None
    with tempfile.TemporaryDirectory(dir=request.out, prefix=".script-") as folder, log.open("wb") as output:
        conf = Path(folder, "conf.json")
        content = job_conf(request, job, out, Path(folder)) | _on_engine(request, engine, Path(folder)) | dict(settings)
        conf.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
        script = (request.build / job.name / f"{engine}_job.py").resolve()
        try:
            code = _wait([sys.executable, str(script), "--conf", str(conf)], environment, output.fileno(), folder)
        except BaseException:
            if flink and (identity := job_id(Path(folder))):
                SessionCluster(flink.address).cancel(identity)
            raise
        identity = job_id(Path(folder))
    if code:
        text = _log_text(log, environment)
        cluster = SessionCluster(flink.address) if flink and identity else None
        failed = last_failure(cluster, identity, request.program) if cluster else None
        raise RunError(f"{engine}: {failed.text if failed else reason(text)}", failed.trace if failed else text)
    return identity


def _on_engine(request: Request, engine: Engine, scratch: Path) -> dict[str, object]:
    """What the conf file says for one engine alone: how Flink keeps state, and on which cluster a job runs."""
    if engine == "spark":
        return {"jars": [str(jar) for jar in _spark_jars()]} if request.environment.spark else {}
    if request.environment.flink is None:
        return {"state": request.state.conf(scratch)}
    return {"state": request.state.conf(None), "flink": SessionCluster(request.environment.flink.address).endpoint}


def _log_text(log: Path, environment: Mapping[str, str]) -> str:
    """What the engine logged, and after it what the script printed."""
    others = [path for path in sorted(log.parent.iterdir()) if path != log]
    if "FEAT_SPARK_LOG" in environment:
        others.append(Path(environment["FEAT_SPARK_LOG"]))
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in [*others, log])


def _environment(request: Request, engine: Engine, logs: Path) -> AbstractContextManager[Mapping[str, str]]:
    """The environment that scripts of the engine start in; for Spark, with its JVM running."""
    if engine == "flink":
        if request.environment.flink:
            check_cluster(request.environment.flink, request.parallelism)
        return flink(logs)
    return _spark(request, logs)


def check_cluster(cluster: Flink, parallelism: int) -> None:
    """Raise `ClusterError` where jobs of so many tasks of a kind cannot be submitted to a cluster."""
    SessionCluster(cluster.address).check(version("apache-flink"), parallelism)


@contextmanager
def flink(logs: Path) -> Iterator[Mapping[str, str]]:
    """The environment that scripts of Flink start in."""
    # Flink leaves unpacked libraries behind, and all it has written where it is ended from outside.
    with tempfile.TemporaryDirectory(prefix="featlang-flink-", ignore_cleanup_errors=True) as scratch:
        yield flink_environment(logs.absolute(), Path(scratch))


def _spark_jars() -> list[Path]:
    """What a job needs beside its own jar and Spark's: the drivers of stores, Kafka's clients."""
    return [jar for name in ("sqlite", "kafka", "cassandra") for jar in jar_set(name)]


@contextmanager
def _spark(request: Request, logs: Path) -> Iterator[Mapping[str, str]]:
    from featlang.backends.spark.gateway import spark_gateway  # noqa: PLC0415 - only where Spark is asked for

    jars = [(request.build / job.name / f"{job.name}.jar").resolve() for job in request.jobs]
    master = request.environment.spark.master if request.environment.spark else None
    with spark_gateway([*jars, *_spark_jars()], master=master) as environment:
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
    """Move all files into the same places below another folder, but those that a lost task left unfinished."""
    for file in [path for path in source.rglob("*") if path.is_file() and not path.name.startswith(".")]:
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
            raise RunError(message, error.trace) from error
        if out.exists():
            out.replace(Path(scratch) / "old")
        fresh.replace(out)
