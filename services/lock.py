"""Writes `jars.lock` anew: `python -m services.lock` (needs Maven, which resolves what each server needs)."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from featlang.backends.kernel.jars import LockedJar, repository
from services.files import LOCK

WANTED = {
    "kafka": ["org.apache.kafka:kafka_2.13:4.4.0", "org.slf4j:slf4j-simple:1.7.36"],  # Kafka brings no logger
    "cassandra": ["org.apache.cassandra:cassandra-all:5.0.9"],
}
_RESOLVED = re.compile(r"^ +([\w.-]+:[\w.-]+):jar:([\w.-]+):(?:compile|runtime)\b", re.MULTILINE)
"""A jar of Maven's list. Those with a classifier are native libraries, which the servers do without."""


def main() -> None:
    """Resolve and fetch all jars of all servers, and write down what they are."""
    jars = [(name, coordinates) for name, wanted in WANTED.items() for coordinates in resolve(wanted)]
    with ThreadPoolExecutor(8) as pool:
        hashes = pool.map(digest, [coordinates for _, coordinates in jars])
    entries = [
        {"coordinates": coordinates, "set": name, "sha256": found}
        for (name, coordinates), found in zip(jars, hashes, strict=True)
    ]
    LOCK.write_text(json.dumps({"jars": entries}, indent=2) + "\n", encoding="utf-8")


def resolve(wanted: list[str]) -> list[str]:
    """The coordinates of the jars and of all that they need, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        pom, found = Path(folder, "pom.xml"), Path(folder, "found.txt")
        pom.write_text(_project(wanted), encoding="utf-8")
        command = ["mvn", "-B", "-q", "-f", str(pom), "dependency:list", "-DincludeScope=runtime"]
        subprocess.run([*command, f"-DoutputFile={found}"], check=True)  # noqa: S603 - Maven, on a file that we wrote
        return sorted(f"{name}:{version}" for name, version in _RESOLVED.findall(found.read_text(encoding="utf-8")))


def digest(coordinates: str) -> str:
    """The SHA-256 of a jar of the repository, in hex."""
    address = f"{repository()}/{LockedJar(coordinates, '', '').path}"
    with urllib.request.urlopen(address, timeout=60) as response:  # noqa: S310 - https, or the mirror the user named
        return hashlib.sha256(response.read()).hexdigest()


def _project(wanted: list[str]) -> str:
    tags = ("groupId", "artifactId", "version")
    dependencies = [
        "".join(f"<{tag}>{part}</{tag}>" for tag, part in zip(tags, coordinates.split(":"), strict=True))
        for coordinates in wanted
    ]
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>local</groupId><artifactId>servers</artifactId><version>1</version><packaging>pom</packaging>"
        f"<dependencies>{''.join(f'<dependency>{each}</dependency>' for each in dependencies)}</dependencies></project>"
    )


if __name__ == "__main__":
    main()
