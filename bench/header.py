"""What every page of results begins with: what wrote it and when, the commit, the machine."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sides import BENCH

from featlang.backends.kernel.java_home import find_java

PACKAGES = ("apache-flink", "pyspark", "duckdb", "polars", "msgspec", "pyarrow")
RESULTS = ":(exclude)bench/*.md"
"""Pages of results, which do not change what is measured."""


def header(title: str, target: str, *settings: str) -> list[str]:
    """The lines of a page up to its text. `target` is of the Makefile, `settings` are further points of the list."""
    today = datetime.now(timezone.utc).date()
    points = [*machine(), *settings, f"load average of the last 15 minutes, at the end: {os.getloadavg()[2]:.1f}"]
    return [
        f"# {title}",
        "",
        f"Written by `make {target}` on {today}, commit {commit()}.",
        "",
        *(f"* {point}" for point in points),
        "",
    ]


def machine() -> list[str]:
    """What it was measured on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    java = find_java()
    told = subprocess.run(  # noqa: S603 - the Java that is found
        [java.executable, "-version"], capture_output=True, text=True, check=False
    ).stderr
    versions = ", ".join(f"{package} {_version(package)}" for package in PACKAGES)
    return [
        f"{model[1] if model else 'a processor'}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}",
        f"Python {platform.python_version()}, {told.splitlines()[0]}, {versions}",
    ]


@cache
def commit() -> str:
    """The commit, with a mark of its own for each state of the files in which they differ from it, when first asked."""
    head = _git("rev-parse", "--short=12", "HEAD").strip().decode() or "none"
    changes = _git("diff", "HEAD", "--", ".", RESULTS)
    for name in _git("ls-files", "--others", "--exclude-standard", "--", ".", RESULTS).decode().splitlines():
        changes += name.encode() + (BENCH.parent / name).read_bytes()
    return head + (f"+{hashlib.sha256(changes).hexdigest()[:8]}" if changes else "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(BENCH.parent), *arguments]
    return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - fixed commands
