"""One warm JVM with one mini-cluster, which many generated Flink scripts run their jobs on."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyflink import pyflink_gateway_server as gateway_server

from featlang.backends.flink.emit import render
from featlang.backends.flink.local import extra_jars, flink_environment
from featlang.backends.kernel.build import compile_java, job_jar, layer_jar, write_jar
from featlang.backends.kernel.generate import generate
from featlang.backends.kernel.jars import jar_set, wheel_jars
from featlang.backends.kernel.java_home import find_java
from featlang.compiler import ir
from featlang.compiler.plan import Job, plan


@dataclass(frozen=True)
class Built:
    """A job as it is deployed: its script, with its jar beside it."""

    script: Path
    jar: Path


def one_job(programs: Sequence[ir.Program], name: str) -> Job:
    """All programs as one job. Names of sources and of blocks must differ between them; no stream looks anything up."""
    package = f"featlang.generated.{name}_"
    number = itertools.count()

    def moved(class_name: str) -> str:
        return f"{package}.{class_name.rpartition('.')[2]}"

    sources = [
        replace(
            source,
            class_name=moved(source.class_name),
            stages=tuple(
                replace(stage, class_name=moved(stage.class_name), number=next(number)) for stage in source.stages
            ),
        )
        for program in programs
        for job in plan(program).jobs
        for source in job.sources
    ]
    return Job(name, package, tuple(sources))


def build(job: Job, folder: Path) -> Built:
    """Writes a job's script and jar."""
    folder.mkdir(parents=True, exist_ok=True)
    built = Built(folder / "flink_job.py", folder / f"{job.name}.jar")
    built.script.write_text(render(job), encoding="utf-8")
    built.jar.write_bytes(job_jar(generate(job)))
    return built


def write_conf(
    out: Path, sources: Mapping[str, Mapping[str, Any]], features: Sequence[str], settings: Mapping[str, object]
) -> Path:
    """The conf file of a run that writes to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    conf = {
        "sources": sources,
        "out": str(out),
        "features": list(features),
        "stores": {},
        "now": 0,
        "since": None,
        "until": None,
        "parallelism": 2,
        "jars": [],  # they are on the class path of the JVM, where their classes are loaded once, not for each job
        **settings,
    }
    file = out.with_name(f"{out.name}.json")
    file.write_text(json.dumps(conf), encoding="utf-8")
    return file


@dataclass(frozen=True)
class MiniCluster:
    """The JVM's address, as environment variables for PyFlink programs; the jar of the tests' own Java."""

    environment: dict[str, str]
    test_jar: Path

    def start(self, built: Built, conf: Path) -> subprocess.CompletedProcess[str]:
        """Runs a script as a user would, without featlang on the path."""
        command = [sys.executable, "-I", str(built.script), "--conf", str(conf)]
        return subprocess.run(
            command, env=self.environment, cwd=conf.parent, capture_output=True, text=True, check=False
        )

    def run(
        self,
        built: Built,
        out: Path,
        sources: Mapping[str, Mapping[str, Any]],
        features: Sequence[str],
        **settings: object,
    ) -> dict[str, Any]:
        """Runs a script that must succeed; gives its metrics."""
        done = self.start(built, write_conf(out, sources, features, settings))
        assert done.returncode == 0, done.stdout + done.stderr
        metrics: dict[str, Any] = json.loads((out / "_metrics.json").read_text(encoding="utf-8"))
        return metrics


@contextmanager
def mini_cluster(folder: Path) -> Iterator[MiniCluster]:
    """The JVM for as long as the block runs. `folder` takes Flink's log."""
    environment = flink_environment(folder, folder)
    gateway_server.prepare_environment_variables(environment)
    test_jar = folder / "tests.jar"
    class_path = [layer_jar("flink"), layer_jar("kernel"), *jar_set("kafka"), *wheel_jars("pyflink")]
    write_jar(compile_java([Path(__file__).with_name("java")], class_path), test_jar)
    command = [
        str(find_java().executable),
        *("-Xmx1g", "-XX:+UseSerialGC"),
        *gateway_server.get_jvm_opts(environment),
        *gateway_server.construct_log_settings(environment),
        *("-cp", os.pathsep.join(map(str, [*wheel_jars("pyflink"), *extra_jars(), test_jar]))),
        "org.apache.flink.client.python.WarmGateway",
    ]
    log = folder / "gateway.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        assert port, log.read_text(encoding="utf-8")
        yield MiniCluster({**environment, "PYFLINK_GATEWAY_PORT": port}, test_jar)
    finally:
        process.kill()
        process.communicate()
