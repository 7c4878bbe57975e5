"""Starts Spark's JVM for PySpark programs on any Java, the wheel's JRE included, and ends it for sure.

Spark's launcher insists on the module `jdk.incubator.vector`, which a plain JRE lacks. Spark itself does not need it,
so the JVM is started here without the launcher, and a PySpark program finds it by `PYSPARK_GATEWAY_PORT` and `_SECRET`.
"""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from featlang.backends.kernel.jars import wheel_jars
from featlang.backends.kernel.java_home import Java, find_java

_START_SECONDS = 90.0
_END_SECONDS = 10.0
_LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
_PACKAGES = (
    *("java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.lang.reflect", "java.base/java.io"),
    *("java.base/java.net", "java.base/java.nio", "java.base/java.util", "java.base/java.util.concurrent"),
    *("java.base/java.util.concurrent.atomic", "java.base/jdk.internal.ref", "java.base/sun.nio.ch"),
    *("java.base/sun.nio.cs", "java.base/sun.security.action", "java.base/sun.util.calendar"),
    "java.security.jgss/sun.security.krb5",
)
OPENED = tuple(f"--add-opens={package}=ALL-UNNAMED" for package in _PACKAGES)
"""Options of Java: what Spark's launcher opens to it (its class JavaModuleOptions), but for the vector module."""


class SparkStartError(RuntimeError):
    """Spark's JVM ended, or said nothing, before it was ready. The message has the end of its log."""


@contextmanager
def spark_gateway(
    jars: Sequence[Path], memory: str = "2g", cores: int | None = None, master: str | None = None
) -> Iterator[dict[str, str]]:
    """Runs a Spark with `jars` behind its own; gives the environment in which PySpark programs find it.

    It computes here, or on the cluster of `master`, as in `spark://127.0.0.1:7077`.

    It also says where Spark's log is (`FEAT_SPARK_LOG`) and the JVM's process number (`FEAT_SPARK_PROCESS`). `memory`
    is the heap's limit as Java writes it, `cores` the number of tasks at a time (by default the machine's cores).
    Programs may use it one after another; each should end with `spark.stop()`. The JVM is gone when the block is left,
    and also if this process dies, because it watches its standard input. Raises `SparkStartError`.
    """
    java = find_java()
    with tempfile.TemporaryDirectory(prefix="featlang-spark-") as folder:
        scratch = Path(folder)
        connection, log = scratch / "connection", scratch / "spark.log"
        command = _command(java, jars, memory, master or f"local[{cores or '*'}]", scratch)
        environment = java.environment(_without_spark(os.environ))
        environment |= {"_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection), "SPARK_CONNECT_MODE": "0"}
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - a fixed program
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # an interrupt at the terminal is ours to handle
            )
        try:
            port, secret = _await_connection(process, connection, log)
            yield {
                **java.environment(_without_spark(os.environ)),
                "PYSPARK_GATEWAY_PORT": str(port),
                "PYSPARK_GATEWAY_SECRET": secret,
                "SPARK_CONNECT_MODE": "0",
                "FEAT_SPARK_LOG": str(log),
                "FEAT_SPARK_PROCESS": str(process.pid),
            }
        finally:
            _end(process)


def _command(java: Java, jars: Sequence[Path], memory: str, master: str, scratch: Path) -> list[str]:
    class_path = [str(jar) for jar in (*wheel_jars("pyspark"), *jars)]  # ours replace none of its own
    settings = {
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **_address(master),
        "spark.local.dir": str(scratch / "local"),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
    }
    return [
        str(java.executable),
        f"-Xmx{memory}",
        "-XX:+UseParallelGC",
        *OPENED,
        "-Djdk.reflect.useDirectMethodHandle=false",
        "-Dio.netty.tryReflectionSetAccessible=true",
        f"-Djava.io.tmpdir={scratch}",
        f"-Dlog4j2.configurationFile={_LOG_SETTINGS.as_uri()}",
        *("-cp", os.pathsep.join(class_path), "org.apache.spark.deploy.SparkSubmit"),
        *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
        "pyspark-shell",
    ]


def _address(master: str) -> dict[str, str]:
    """Where executors find this JVM: on this machine alone, unless the master is on another one."""
    if master.startswith("local") or urlsplit(master).hostname in ("127.0.0.1", "localhost"):
        return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return {}


def _without_spark(variables: os._Environ[str]) -> dict[str, str]:
    """A user's own Spark settings belong to another Spark."""
    return {name: value for name, value in variables.items() if not name.startswith(("SPARK_", "PYSPARK_"))}


def _await_connection(process: subprocess.Popen[bytes], connection: Path, log: Path) -> tuple[int, str]:
    """The port and the secret, from the file that Spark moves into place when it listens: int32, int32 length, text."""
    deadline = time.monotonic() + _START_SECONDS
    while not connection.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            ending = log.read_text(encoding="utf-8", errors="replace")[-4000:]
            message = f"Spark's JVM did not start (exit code {process.poll()}):\n{ending}"
            raise SparkStartError(message)
        time.sleep(0.02)
    content = connection.read_bytes()
    port, length = struct.unpack(">ii", content[:8])
    return port, content[8 : 8 + length].decode()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
