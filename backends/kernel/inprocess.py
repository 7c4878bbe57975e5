"""The host without an engine: one warm JVM that compiles programs and feeds them batches of events, for tests."""

from __future__ import annotations

import os
import secrets
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from py4j.java_collections import ListConverter
from py4j.java_gateway import GatewayParameters, JavaGateway

from featlang.backends.kernel import build, jars
from featlang.backends.kernel.generate import generate
from featlang.backends.kernel.java_home import find_java
from featlang.compiler.plan import Job

NEVER = 0
MACHINE_CLOCK = -(2**63)


@dataclass(frozen=True, slots=True)
class Outside:
    """A record that is not in the rows: 1-based number, whole, with code and text."""

    record: int
    raw: bytes
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyState:
    """What an engine keeps for a key of a stage (by its index): the head, and closed tiles by their ids."""

    stage: int
    key: bytes
    head: bytes
    tiles: Mapping[int, bytes]


@dataclass
class Results:
    """What one stream gave. `rows` are by the group's name; values as Python, times in microseconds, dates in days.

    `states` are by stage and key, for a feed that says `save`.
    """

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    rejects: list[Outside] = field(default_factory=list)
    late: list[Outside] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    states: list[KeyState] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Feed:
    """A stream for a program: the bytes of one `jsonl` or `csv` file, the options of reading it, the clock.

    With `reload`, the state of a key is written, forgotten and read back after every so many of its events. The run
    begins with `states`, which another program may have left, and with `save` gives those that it ends with.
    """

    format: str
    data: bytes
    options: Mapping[str, str] = field(default_factory=dict)
    now: int = MACHINE_CLOCK
    reload: int = NEVER
    states: Sequence[KeyState] = ()
    save: bool = False


class KernelProgram:
    """A compiled job of one source."""

    def __init__(self, program: Any, job: Job) -> None:
        """Made by `InProcess.compile`."""
        self._program = program
        self._groups = [[group.name for group in stage.groups] for stage in job.sources[0].stages]

    def run(self, feeds: Sequence[Feed]) -> list[Results]:
        """Runs each stream on its own, in one call: a call costs more than a small stream."""
        encoded = bytearray(struct.pack(">i", len(feeds)))
        for feed in feeds:
            encoded += _text(feed.format) + struct.pack(">i", len(feed.options))
            for name, value in feed.options.items():
                encoded += _text(name) + _text(value)
            encoded += struct.pack(">qi?i", feed.now, feed.reload, feed.save, len(feed.states))
            for state in feed.states:
                encoded += struct.pack(">i", state.stage) + _block(state.key) + _block(state.head)
                encoded += struct.pack(">i", len(state.tiles))
                for number, tile in state.tiles.items():
                    encoded += struct.pack(">q", number) + _block(tile)
            encoded += _block(feed.data)
        results = _Bytes(bytes(self._program.run(bytes(encoded))))
        return [_decode(results.block(), self._groups) for _ in feeds]


class InProcess:
    """The warm JVM."""

    def __init__(self, gateway: JavaGateway, folder: Path) -> None:
        """Made by `in_process`."""
        self._gateway = gateway
        self._folder = folder
        self._programs = 0

    def compile(self, job: Job) -> KernelProgram:
        """Generates, compiles and loads a job of one source."""
        (source,) = job.sources
        self._programs += 1
        folder = self._folder / f"program-{self._programs}"
        for name, text in generate(job).items():
            file = folder / f"{name.replace('.', '/')}.java"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        names = ListConverter().convert([s.class_name for s in source.stages], self._gateway._gateway_client)  # noqa: SLF001
        program = self._gateway.entry_point.compile(str(folder), source.class_name, names)
        return KernelProgram(program, job)


@contextmanager
def in_process(kernel: Path | None = None) -> Iterator[InProcess]:
    """A JVM for as long as the block runs; with another jar of the kernel, that one is used."""
    host = build.layer_jar("inprocess")
    kernel = kernel or build.layer_jar("kernel")
    class_path = [host, kernel, jars.ecj(), *jars.wheel_jars("py4j")]
    secret = secrets.token_hex(32)
    command: Sequence[str | Path] = [
        find_java().executable,
        "-Xmx1g",
        "-XX:+UseSerialGC",
        f"-Dfeatlang.classpath={kernel}",
        "-cp",
        os.pathsep.join(map(str, class_path)),
        "featlang.inprocess.Host",
    ]
    with tempfile.TemporaryDirectory(prefix="featlang-inprocess-") as folder:
        process = subprocess.Popen(  # noqa: S603 - a fixed program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "FEAT_GATEWAY_SECRET": secret}
        )
        try:
            port = int(process.stdout.readline() if process.stdout else b"0")
            gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=secret))
            try:
                yield InProcess(gateway, Path(folder))
            finally:
                gateway.close()
        finally:
            process.kill()
            process.communicate()


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _block(content: bytes) -> bytes:
    return struct.pack(">i", len(content)) + content


class _Bytes:
    """A cursor over what the host wrote."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def take(self, count: int) -> bytes:
        self.position += count
        return self.content[self.position - count : self.position]

    def unpack(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def block(self) -> bytes:
        return self.take(self.unpack(">i"))


def _decode(content: bytes, groups: list[list[str]]) -> Results:
    results = Results({name: [] for names in groups for name in names})
    cursor = _Bytes(content)
    while cursor.position < len(content):
        match cursor.take(1):
            case b"R":
                stage, group, count = cursor.unpack(">i"), cursor.unpack(">i"), cursor.unpack(">i")
                results.rows[groups[stage][group]].append(tuple(_value(cursor) for _ in range(count)))
            case b"C":
                name = cursor.block().decode()
                results.counters[name] = results.counters.get(name, 0) + cursor.unpack(">q")
            case b"K":
                stage, key, head = cursor.unpack(">i"), cursor.block(), cursor.block()
                tiles = {cursor.unpack(">q"): cursor.block() for _ in range(cursor.unpack(">i"))}
                results.states.append(KeyState(stage, key, head, tiles))
            case tag:
                outside = Outside(cursor.unpack(">q"), cursor.block(), cursor.block().decode(), cursor.block().decode())
                (results.rejects if tag == b"X" else results.late).append(outside)
    return results


def _value(cursor: _Bytes) -> Any:
    match cursor.take(1):
        case b"n":
            return None
        case b"t":
            return True
        case b"f":
            return False
        case b"l":
            return cursor.unpack(">q")
        case b"d":
            return cursor.unpack(">d")
        case b"s":
            return cursor.block().decode()
        case _:
            return cursor.block()
