"""Drives the Java probe: commands in, printed lines out, and values as the probe writes them."""

from __future__ import annotations

import os
import random
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from featlang.backends.kernel import build
from featlang.backends.kernel.java_home import find_java

JAVA = Path(__file__).parents[1] / "java"


@dataclass(frozen=True)
class JavaMain:
    """Compiled classes with their class path."""

    class_path: Sequence[Path]

    @classmethod
    def compiled(cls, sources: Mapping[str, str], into: Path) -> JavaMain:
        """Compiles sources (texts by path) against the kernel."""
        kernel = build.layer_jar("kernel")
        jar = into / "probe.jar"
        build.write_jar(build.compile_java(sources, [kernel]), jar)
        return cls([jar, kernel])

    def run(self, name: str, arguments: Sequence[str] = (), commands: Sequence[str] = ()) -> list[str]:
        """What the class prints, line by line. Raises `CalledProcessError` if it fails."""
        return subprocess.run(
            [
                find_java().executable,
                *("-XX:+UseSerialGC", "-cp", os.pathsep.join(map(str, self.class_path)), f"featlang.kernel.{name}"),
                *arguments,
            ],
            input="".join(f"{command}\n" for command in commands),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.splitlines()

    def probe(self, commands: Sequence[str]) -> list[str]:
        """What the commands print."""
        return self.run("AccumulatorProbe", commands=commands)


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
