"""Flink: a session cluster from the wheel `apache-flink`, one JobManager and one TaskManager.

On its class path is what jobs of featlang need beside their own jar, as a platform team puts it into Flink's `lib`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from featlang.backends.flink.local import extra_jars
from featlang.backends.kernel.jars import wheel_jars
from services.files import HERE, class_path, fill
from services.server import Server

SLOTS = 8
_OPENED = (  # what Flink's own scripts open to it
    *("java.base/java.lang", "java.base/java.net", "java.base/java.io", "java.base/java.nio", "java.base/sun.nio.ch"),
    *("java.base/java.lang.reflect", "java.base/java.text", "java.base/java.time", "java.base/java.util"),
    *("java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic"),
    "java.base/java.util.concurrent.locks",
)


def servers(folder: Path, port: int) -> list[Server]:
    """The JobManager, whose REST API is at `port` and who speaks to TaskManagers at the next one, and a TaskManager."""
    manager = partial(_prepare, port, 512, "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint")
    worker = partial(_prepare, port, 1536, "org.apache.flink.runtime.taskexecutor.TaskManagerRunner")
    return [
        Server("flink's JobManager", folder / "jobmanager", manager, "was granted leadership with"),
        Server("flink's TaskManager", folder / "taskmanager", worker, "Successful registration at resource manager"),
    ]


def _prepare(port: int, heap: int, main: str, folder: Path) -> Sequence[str]:
    fill(
        "flink.yaml",
        folder / "config.yaml",
        port=port,
        rpc_port=port + 1,
        slots=SLOTS,
        data=(folder.parent / "data").as_uri(),
        scratch=folder / "scratch",
    )
    return [
        f"-Xms{heap}m",
        f"-Xmx{heap}m",
        "-XX:MaxMetaspaceSize=512m",
        "-XX:+UseParallelGC",
        *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
        f"-Dlog4j.configurationFile={(HERE / 'log4j2.properties').as_uri()}",
        *class_path([*wheel_jars("pyflink"), *extra_jars()]),
        main,
        "--configDir",
        str(folder),
    ]
