"""Kafka: one node that is broker and KRaft controller in one process."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from featlang.backends.kernel.java_home import find_java
from services.files import class_path, fill, server_jars
from services.server import Server, ServerError

CLUSTER = "ZmVhdGxhbmctc2VydmljZQ"
"""The cluster's id: 16 bytes in URL-safe base64."""


def servers(folder: Path, port: int) -> list[Server]:
    """The broker, which clients reach at `port`; the controller's is the next one."""
    return [Server("kafka", folder, partial(_prepare, port), "Kafka Server started")]


def _prepare(port: int, folder: Path) -> Sequence[str]:
    properties, data = folder / "kafka.properties", folder / "data"
    fill("kafka.properties", properties, port=port, controller_port=port + 1, data=data)
    jars = class_path(server_jars("kafka"))
    if not (data / "meta.properties").is_file():
        _format(properties, jars)
    return [
        "-Xms256m",
        "-Xmx256m",
        "-XX:+ExitOnOutOfMemoryError",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
        "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",
        *jars,
        "kafka.Kafka",
        str(properties),
    ]


def _format(properties: Path, jars: Sequence[str]) -> None:
    """A data folder is formatted once, before its node starts for the first time."""
    command = [str(find_java().executable), *jars, "kafka.tools.StorageTool", "format", "--standalone"]
    done = subprocess.run(  # noqa: S603 - a fixed program
        [*command, "--cluster-id", CLUSTER, "--config", str(properties)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerError(f"kafka: its folder could not be formatted:\n{done.stdout}{done.stderr}")
