"""What servers have in common: where their jars are locked, class paths, and configuration that is filled in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
LOCK = HERE / "jars.lock"
"""The jars of Kafka and of Cassandra, a set each."""


def class_path(jars: Iterable[Path]) -> tuple[str, str]:
    """The arguments of `java` that name the jars."""
    return "-cp", os.pathsep.join(map(str, jars))


def fill(template: str, target: Path, **values: object) -> None:
    """Write a file of this folder to `target`, with `$name` replaced by the value of that name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template((HERE / template).read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
