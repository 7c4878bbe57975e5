"""Spark: a standalone master and one worker, from the wheel `pyspark`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from featlang.backends.kernel.jars import jar_set, wheel_jars
from services.files import HERE, class_path
from services.server import Server

CORES = 2
MEMORY = "2g"


def servers(folder: Path, port: int) -> list[Server]:
    """The master, at `port`, with its page and its JSON at the next one, and a worker that starts the executors."""
    return [
        Server("spark's master", folder / "master", partial(_master, port), "I have been elected leader!"),
        Server("spark's worker", folder / "worker", partial(_worker, port), "Successfully registered with master"),
    ]


def _master(port: int, folder: Path) -> Sequence[str]:
    _ = folder  # it keeps nothing
    return [*_java("Master"), "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(port + 1)]


def _worker(port: int, folder: Path) -> Sequence[str]:
    capacity = ["--cores", str(CORES), "--memory", MEMORY]
    address = ["--host", "127.0.0.1", "--webui-port", "0", f"spark://127.0.0.1:{port}"]
    return [*_java("Worker"), *capacity, "--work-dir", str(folder / "work"), *address]


def _java(role: str) -> list[str]:
    return [
        "-Xmx512m",
        f"-Dlog4j2.configurationFile={(HERE / 'log4j2.properties').as_uri()}",
        *class_path([*wheel_jars("pyspark"), *jar_set("sqlite")]),
        f"org.apache.spark.deploy.{role.lower()}.{role}",
    ]
