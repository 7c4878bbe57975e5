"""What servers have in common: their jars, and configuration with the port and the folder filled in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template

from featlang.backends.kernel.jars import jar_file, locked

HERE = Path(__file__).parent
LOCK = HERE / "jars.lock"
_AT_ONCE = 8


def server_jars(name: str) -> list[Path]:
    """The jars of a server: fetched the first time, verified each time. Raises `JarError`."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(jar_file, [jar for jar in locked(LOCK) if jar.set == name]))


def class_path(jars: Iterable[Path]) -> tuple[str, str]:
    """The arguments of `java` that name the jars."""
    return "-cp", os.pathsep.join(map(str, jars))


def fill(template: str, target: Path, **values: object) -> None:
    """Write a file of this folder to `target`, with `$name` replaced by the value of that name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template((HERE / template).read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
