"""Each server is started once, when the first test asks for it, on ports of its own, and stopped at the end."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from services import SERVICES
from services.server import Server

_PORTS = itertools.count(21_000, 2)
"""Below those that systems hand out by themselves, and not those of the services of `make services-up`."""


@dataclass(frozen=True)
class Running:
    """A service that runs: its port on the loopback address, and its servers, which a test may kill and start again."""

    port: int
    servers: list[Server]

    @property
    def address(self) -> str:
        """As in `127.0.0.1:9092`."""
        return f"127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give one broker."""
    with running("kafka", tmp_path_factory) as service:
        yield service


@pytest.fixture(scope="session")
def cassandra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give one node."""
    with running("cassandra", tmp_path_factory) as service:
        yield service


@pytest.fixture(scope="session")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a session cluster; the port is that of its REST API."""
    with running("flink", tmp_path_factory) as service:
        yield service


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a standalone master with a worker."""
    with running("spark", tmp_path_factory) as service:
        yield service


@contextmanager
def running(name: str, folders: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service in a folder that pytest keeps for a while, logs included."""
    port = next(port for port in _PORTS if _is_free(port) and _is_free(port + 1))
    servers = SERVICES[name].servers(folders.mktemp(name), port)
    try:
        for server in servers:
            server.start()
        yield Running(port, servers)
    finally:
        for server in reversed(servers):
            server.stop()


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
