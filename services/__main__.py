"""`python -m services up [NAME …]` and `python -m services down [NAME …]`; without names, all.

NAME_PORT (as in KAFKA_PORT) says on which port a service listens, SERVICES_FOLDER where all is kept (services/.run).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from featlang.backends.kernel.jars import JarError
from featlang.backends.kernel.java_home import JavaNotFoundError
from services import SERVICES
from services.server import Server, ServerError


def main() -> int:
    """Start or stop what is asked for; 0 if all went well, else 1."""
    options = argparse.ArgumentParser(prog="services", description=__doc__)
    options.add_argument("command", choices=["up", "down"])
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    given = options.parse_args()
    if unknown := set(given.names).difference(SERVICES):
        options.error(f"there is no service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    folder = Path(os.environ.get("SERVICES_FOLDER") or Path(__file__).with_name(".run")).resolve()
    try:
        for name in given.names or SERVICES:
            port = int(os.environ.get(f"{name.upper()}_PORT", SERVICES[name].port))
            servers = SERVICES[name].servers(folder / name, port)
            if given.command == "up":
                up(name, port, servers)
            else:
                down(name, servers)
    except (ServerError, JarError, JavaNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def up(name: str, port: int, servers: list[Server]) -> None:
    """Start a service and say where it listens."""
    for server in servers:
        server.start()
    processes = ", ".join(str(server.process) for server in servers)
    print(f"{name}: ready on 127.0.0.1:{port}, process {processes}")


def down(name: str, servers: list[Server]) -> None:
    """Stop a service, what was started last first."""
    running = [server for server in reversed(servers) if server.process is not None]
    for server in running:
        server.stop()
    print(f"{name}: {'stopped' if running else 'not running'}")


if __name__ == "__main__":
    sys.exit(main())
