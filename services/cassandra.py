"""Cassandra: one node that waits for no other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from services.files import class_path, fill, server_jars
from services.server import Server

_EXPORTED = (  # packages of Java that Cassandra uses though they are internal
    *("java.base/jdk.internal.misc", "java.base/java.lang.ref", "java.sql/java.sql", "jdk.unsupported/sun.misc"),
    *("java.management.rmi/com.sun.jmx.remote.internal.rmi", "java.rmi/sun.rmi.registry", "java.rmi/sun.rmi.server"),
    "jdk.attach/sun.tools.attach",
)
_OPENED = (  # packages whose private fields it reads
    *("java.base/java.io", "java.base/java.lang", "java.base/java.lang.module", "java.base/java.lang.reflect"),
    *("java.base/java.nio", "java.base/java.util", "java.base/jdk.internal.loader", "java.base/jdk.internal.math"),
    *("java.base/jdk.internal.module", "java.base/jdk.internal.ref", "java.base/jdk.internal.reflect"),
    *("java.base/jdk.internal.util.jar", "java.base/sun.nio.ch", "jdk.management/com.sun.management.internal"),
)


def servers(folder: Path, port: int) -> list[Server]:
    """The node, which speaks CQL at `port`; the port between nodes is the next one."""
    return [Server("cassandra", folder, partial(_prepare, port), "Startup complete", majors=(17,))]


def _prepare(port: int, folder: Path) -> Sequence[str]:
    conf = folder / "conf"
    fill("cassandra.yaml", conf / "cassandra.yaml", port=port, storage_port=port + 1)
    fill("logback.xml", conf / "logback.xml")
    jars = server_jars("cassandra")
    jamm = next(jar for jar in jars if jar.name.startswith("jamm-"))
    return [
        "-Xms512m",
        "-Xmx512m",
        "-XX:+UseG1GC",
        "-XX:+ExitOnOutOfMemoryError",
        f"-javaagent:{jamm}",  # measures objects, for the limits of memory
        *(f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORTED),
        *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
        "-Djava.net.preferIPv4Stack=true",
        "-Djna.nosys=true",
        "-Dcassandra.native.epoll.enabled=false",  # its native library is not among the jars
        "-Dcassandra-foreground=yes",
        f"-Dcassandra.storagedir={folder / 'data'}",
        f"-Dcassandra.config={(conf / 'cassandra.yaml').as_uri()}",
        "-Dlogback.configurationFile=logback.xml",
        "-Dcassandra.ring_delay_ms=0",  # there is no other node to hear of
        "-Dcassandra.skip_wait_for_gossip_to_settle=0",
        "-Dcassandra.superuser_setup_delay_ms=0",
        *class_path([conf, *jars]),
        "org.apache.cassandra.service.CassandraDaemon",
    ]
