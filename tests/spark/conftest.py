"""One Spark for the tests of this folder, started as on a machine without Java, and the jobs that run in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.kernel.build import job_jar
from featlang.backends.kernel.generate import generate
from featlang.backends.kernel.jars import jar_set
from featlang.backends.spark.emit import render
from featlang.backends.spark.gateway import spark_gateway
from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.spark import clicks, every_type


@dataclass(frozen=True)
class Built:
    """A job as it is deployed: its script, with its jar beside it."""

    script: Path
    jar: Path


Run = Callable[..., dict[str, Any]]


def build(program: ir.Program, folder: Path) -> Built:
    """Writes the one job of a program."""
    (job,) = plan(program).jobs
    built = Built(folder / "spark_job.py", folder / f"{job.name}.jar")
    built.script.write_text(render(job), encoding="utf-8")
    built.jar.write_bytes(job_jar(generate(job)))
    return built


@pytest.fixture(scope="session")
def clicks_job(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of `clicks.program()`."""
    return build(clicks.program(), tmp_path_factory.mktemp("clicks"))


@pytest.fixture(scope="session")
def every_type_job(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The job of `every_type.program()`."""
    return build(every_type.program(), tmp_path_factory.mktemp("every_type"))


@pytest.fixture(scope="session")
def streams_job(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A job of two sources, of which one is read by the first of two folds, and the other by the second alone."""
    text = """
    source clicks(user: string, ts: timestamp) { time = ts }
    source visits(who: string, ts: timestamp) { time = ts }
    table accounts(name: string, plan: string) by name {}
    features users from clicks by user over 1h { clicks = count() }
    stream paid from clicks lookup accounts on name == user lookup users on user to parquet("paid")
        { plan = accounts.plan  clicks = users.clicks }
    stream shown from visits to parquet("shown") { shown = upper(who) }
    stream seen from visits lookup users on user == who to parquet("seen") { clicks = users.clicks }
    """
    compiled = compile_program({"main.feat": text})
    assert compiled.program is not None, compiled.diagnostics
    return build(compiled.program, tmp_path_factory.mktemp("streams"))


@pytest.fixture(scope="session")
def spark_environment(
    clicks_job: Built, every_type_job: Built, streams_job: Built, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of a running Spark. Java is hidden while it starts: only the wheel's is left."""
    jars = [clicks_job.jar, every_type_job.jar, streams_job.jar, *jar_set("sqlite")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEAT_JAVA", "bundled")
        patch.setenv("PATH", str(_path_without_java(tmp_path_factory.mktemp("bin"))))
        patch.delenv("JAVA_HOME", raising=False)
        with spark_gateway(jars, memory="1g", cores=2) as environment:
            yield environment


@pytest.fixture(scope="session")
def run(spark_environment: dict[str, str]) -> Run:
    """Runs a job's script as a user would, without featlang on the path; gives its metrics."""

    def run_script(
        built: Built, out: Path, source: dict[str, Any], features: list[str], **conf: object
    ) -> dict[str, Any]:
        settings = {
            "sources": source,
            "out": str(out),
            "features": features,
            "stores": {},
            "now": 0,
            "since": None,
            "until": None,
            "parallelism": 2,
            "jars": [],
            **conf,
        }
        out.mkdir(parents=True, exist_ok=True)
        file = out / "conf.json"
        file.write_text(json.dumps(settings), encoding="utf-8")
        command = [sys.executable, "-I", str(built.script), "--conf", str(file)]
        done = subprocess.run(command, env=spark_environment, cwd=out, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr + log_of(spark_environment)
        metrics: dict[str, Any] = json.loads((out / "_metrics.json").read_text(encoding="utf-8"))
        return metrics

    return run_script


def _path_without_java(folder: Path) -> Path:
    """A folder for PATH with nothing but what Hadoop's local file system calls."""
    for name in ("chmod", "bash"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def log_of(environment: dict[str, str]) -> str:
    """The end of Spark's log."""
    return Path(environment["FEAT_SPARK_LOG"]).read_text(encoding="utf-8", errors="replace")[-8000:]


def alive(process: int) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
