"""Real servers on one machine, without containers: `python -m services up kafka cassandra`, `python -m services down`.

Each service listens on the loopback address, on a port and the one after it, and keeps all it has in one folder.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services import cassandra, flink, kafka, spark
from services.server import Server


@dataclass(frozen=True)
class Service:
    """What is started together: its port unless another is asked for, and its servers in the order of their start."""

    port: int
    servers: Callable[[Path, int], list[Server]]


SERVICES = {
    "kafka": Service(9092, kafka.servers),
    "cassandra": Service(9042, cassandra.servers),
    "flink": Service(8081, flink.servers),
    "spark": Service(7077, spark.servers),
}


def addresses(ports: Mapping[str, int]) -> dict[str, str]:
    """Where clients find the services that `running` starts on these ports."""
    return {name: f"127.0.0.1:{port}" for name, port in ports.items()}


@contextmanager
def running(folder: Path, ports: Mapping[str, int]) -> Iterator[dict[str, list[Server]]]:
    """The servers of the services that have a port here, which run for as long as the block does."""
    started: list[Server] = []
    found: dict[str, list[Server]] = {}
    try:
        for name, port in ports.items():
            found[name] = SERVICES[name].servers(folder / name, port)
            for server in found[name]:
                server.start()
                started.append(server)
        yield found
    finally:
        for server in reversed(started):
            server.stop()
