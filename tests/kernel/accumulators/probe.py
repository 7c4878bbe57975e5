"""Drives the Java probe: commands in, printed lines out, and values as the probe writes them."""

from __future__ import annotations

import os
import random
import struct
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from featlang.backends.kernel import build
from featlang.backends.kernel.java_home import find_java

JAVA = Path(__file__).parents[1] / "java"


class JavaMain:
    """Compiled classes with their class path."""

    def __init__(self, class_path: Sequence[Path], folder: Path) -> None:
        """Made by `compiled`."""
        self._class_path = class_path
        self._folder = folder
        self._probe: subprocess.Popen[str] | None = None

    @classmethod
    def compiled(cls, sources: Mapping[str, str], into: Path) -> JavaMain:
        """Compiles sources (texts by path) against the kernel."""
        kernel = build.layer_jar("kernel")
        jar = into / "probe.jar"
        build.write_jar(build.compile_java(sources, [kernel]), jar)
        return cls([jar, kernel], into)

    def _command(self, name: str) -> list[str | Path]:
        class_path = os.pathsep.join(map(str, self._class_path))
        return [find_java().executable, "-XX:+UseSerialGC", "-cp", class_path, f"featlang.kernel.{name}"]

    def run(self, name: str, arguments: Sequence[str] = ()) -> list[str]:
        """What the class prints, line by line. Raises `CalledProcessError` if it fails."""
        command = [*self._command(name), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()

    def probe(self, commands: Sequence[str]) -> list[str]:
        """What the commands print; one process runs those of all calls, and forgets in between."""
        if self._probe is None:
            command = self._command("AccumulatorProbe")
            self._probe = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._probe.stdin is not None
        assert self._probe.stdout is not None
        file = self._folder / "commands"
        file.write_text("".join(f"{command}\n" for command in commands), encoding="ascii")
        print(file, file=self._probe.stdin, flush=True)
        assert self._probe.stdout.readline() == "done\n", "the probe has failed"
        return Path(f"{file}.out").read_text(encoding="ascii").splitlines()

    def close(self) -> None:
        """Ends the probe."""
        if self._probe is not None:
            self._probe.communicate()


def own_sources() -> dict[str, str]:
    """The probe and the benchmark."""
    return {
        file.relative_to(JAVA).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted((JAVA / "featlang" / "kernel").glob("Accumulator*.java"))
    }


def hex_bits(value: float) -> str:
    """The 16 hex digits of a double."""
    return struct.pack(">d", value).hex()


def argument(value: float | bytes) -> str:
    """A value as an argument of a command."""
    if isinstance(value, bytes):
        return f"b:{value.hex()}"
    if isinstance(value, bool):
        return f"t:{str(value).lower()}"
    return f"i:{value}" if isinstance(value, int) else f"d:{hex_bits(value)}"


def nearest(value: Fraction) -> str:
    """What the probe prints for RN(value), or for null where no double is near."""
    try:
        # Python's division of ints is rounded correctly, subnormals included.
        return hex_bits(value.numerator / value.denominator + 0.0)
    except OverflowError:
        return "null not_finite"


def nearest_or_nan(value: Fraction) -> str:
    """The same for a method that gives NaN instead of null."""
    return nearest(value).replace("null not_finite", hex_bits(float("nan")))


def seeded(seed: int | str) -> random.Random:
    """The same values at each run of a test."""
    return random.Random(seed)
