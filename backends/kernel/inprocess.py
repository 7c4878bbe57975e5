"""The host without an engine: one warm JVM that compiles programs and feeds them batches of events, for tests."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from py4j.java_collections import ListConverter
from py4j.java_gateway import GatewayParameters, JavaGateway

from featlang.backends.kernel import build, jars
from featlang.backends.kernel.generate import generate
from featlang.backends.kernel.java_home import find_java
from featlang.backends.kernel.parts import value_of
from featlang.compiler.plan import Job, RowColumn
from featlang.compiler.structures import has_parts

NEVER = 0
MACHINE_CLOCK = -(2**63)


@dataclass(frozen=True, slots=True)
class Outside:
    """A record that is not in the rows: 1-based number, whole, with code and text, and its source's number."""

    record: int
    raw: bytes
    code: str
    text: str
    source: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """An event that waits: the number of its payload's layout, its order, its payload, its origin."""

    layout: int
    order: bytes
    payload: bytes
    origin: bytes


@dataclass(frozen=True, slots=True)
class KeyState:
    """What an engine keeps for a key of a stage (by its index): the head, closed tiles by their ids, what is held.

    An empty head is none: the key has no state but what is held.
    """

    stage: int
    key: bytes
    head: bytes
    tiles: Mapping[int, bytes]
    held: Sequence[Held] = ()


@dataclass(frozen=True, slots=True)
class Partition:
    """What the source remembers: the greatest time so far in µs, if there was any, how many records it read; ids."""

    greatest: int = 0
    any: bool = False
    position: int = 0
    ids: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row for the stores: keys, `as_of`, `_written`, features; and the watermark in µs that it was written at.

    `changed`: whether the features differ from those of the key's last one, where that was asked for; else true.
    """

    watermark: int
    values: tuple[Any, ...]
    changed: bool


@dataclass
class Results:
    """What one stream gave. `rows` are by the group's name; values as Python, times in microseconds, dates in days.

    `stored` holds the rows of the groups that the feed's `stores` name. `states` (by stage and key), `layouts` and
    `partition` are for a feed that says `save`.
    """

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    stored: dict[str, list[StoredRow]] = field(default_factory=dict)
    rejects: list[Outside] = field(default_factory=list)
    late: list[Outside] = field(default_factory=list)
    quarantined: list[Outside] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    states: list[KeyState] = field(default_factory=list)
    layouts: list[bytes] = field(default_factory=list)
    partition: Partition = field(default_factory=Partition)


@dataclass(frozen=True, slots=True)
class Other:
    """What a further source of the job reads, all of it before the first one's stream begins."""

    format: str
    data: bytes
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feed:
    """A stream for a program: the bytes of one `jsonl` or `csv` file, the options of reading it, the clock.

    With `reload`, the state of a key is written, forgotten and read back after every so many of its events. The run
    begins with `states`, `layouts` and `partition`, which another program may have left, and with `save` gives those
    that it ends with.

    `watermarks` are numbers of records (those of earlier parts counted): behind each of them the source's watermark
    goes to the stages, which apply what it releases and refresh, as a streaming host does; at the end once more. None
    stands for a host that sorts all and never refreshes. Without `ends` what is held then stays held. With `silence`
    the watermark at last goes to that time in µs, as if no event came until then.

    With `later`, keys that begin without state are of a later part: of events that come after others whose state is
    not at hand. With `earlier`, even if it is empty, `states` are of such a part, and the run begins with merging them
    into those; with watermarks, at the one that the later part had come to.

    `stores` says of groups whether every row is stored (EVERY), those that differ (CHANGE), or every row with a mark
    where it differs (MARKED). In a `history` nothing is late. `excluded` names records, with code and text, that are
    late in any case. `restores` is how often the job was restored.
    """

    format: str
    data: bytes
    options: Mapping[str, str] = field(default_factory=dict)
    now: int = MACHINE_CLOCK
    reload: int = NEVER
    states: Sequence[KeyState] = ()
    save: bool = False
    layouts: Sequence[bytes] = ()
    partition: Partition = field(default_factory=Partition)
    watermarks: Sequence[int] | None = None
    ends: bool = True
    silence: int | None = None
    stores: Mapping[str, Literal["EVERY", "CHANGE", "MARKED"]] = field(default_factory=dict)
    history: bool = False
    excluded: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    restores: int = 0
    later: bool = False
    earlier: Sequence[KeyState] | None = None
    others: Sequence[Other] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """A block's name, and of its columns from the third behind the keys on which have parts: their types."""

    name: str
    parts: Mapping[int, str]

    @staticmethod
    def of(name: str, columns: Sequence[RowColumn]) -> _Group:
        return _Group(name, {i: c.type for i, c in enumerate(columns) if has_parts(c.type)})

    def values(self, cells: Sequence[Any]) -> tuple[Any, ...]:
        """A row's values, whose parts the kernel gave as bytes."""
        return tuple(
            value_of(cell, self.parts[i]) if i in self.parts and cell is not None else cell
            for i, cell in enumerate(cells)
        )


class KernelProgram:
    """A compiled job."""

    def __init__(self, program: Any, job: Job) -> None:
        """Made by `InProcess.compile`."""
        self._program = program
        self._groups = [
            [_Group.of(group.name, group.columns) for group in stage.groups]
            + [_Group.of(visit.name, visit.stream.columns) for visit in stage.visits]
            for stage in job.stages
        ]
        self._direct = [
            [
                _Group.of(stream.name, stream.columns)
                for stream in source.streams
                if not stream.visits and stream.stream.writes
            ]
            for source in job.sources
        ]

    def run(self, feeds: Sequence[Feed]) -> list[Results]:
        """Runs each stream on its own, in one call: a call costs more than a small stream."""
        return [self.decoded(answer) for answer in self.answers(feeds)]

    def answers(self, feeds: Sequence[Feed]) -> list[bytes]:
        """As `run`, but encoded: equal bytes are equal results."""
        encoded = b"".join([struct.pack(">i", len(feeds)), *map(_encode, feeds)])
        results = _Bytes(base64.b64decode(self._program.run(encoded)))
        return [results.block() for _ in feeds]

    def decoded(self, answer: bytes) -> Results:
        """What an answer says."""
        return _decode(answer, self._groups, self._direct)


class InProcess:
    """The warm JVM."""

    def __init__(self, gateway: JavaGateway, folder: Path, host: Any, compiled: dict[str, Path]) -> None:
        """Made by `in_process`. `compiled` are the folders of programs that this JVM has compiled."""
        self._gateway = gateway
        self._folder = folder
        self._host = host
        self._compiled = compiled

    @property
    def kernel(self) -> Any:
        """The Java package `featlang.kernel` of the JVM, through py4j."""
        return self._gateway.jvm.featlang.kernel

    def compile(self, job: Job) -> KernelProgram:
        """Generates, compiles and loads a job; what was compiled before is only loaded."""
        texts = generate(job)
        digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
        if digest not in self._compiled:
            folder = self._folder / f"program-{len(self._compiled)}"
            for name, text in texts.items():
                file = folder / f"{name.replace('.', '/')}.java"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            self._host.compile(str(folder))
            self._compiled[digest] = folder
        names = [
            ListConverter().convert([each.class_name for each in classes], self._gateway._gateway_client)  # noqa: SLF001
            for classes in (job.sources, job.stages)
        ]
        return KernelProgram(self._host.load(str(self._compiled[digest]), *names), job)

    def with_other(self, sources: Mapping[str, str]) -> InProcess:
        """The same JVM on a kernel of which the classes of these sources are others: texts by path, as `a/b/C.java`.

        Programs are not compiled again for it: methods may do other things, but must be called as before.
        """
        folder = Path(tempfile.mkdtemp(dir=self._folder, prefix="kernel-"))
        for path, text in sources.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return InProcess(self._gateway, folder, self._host.withOther(str(folder)), self._compiled)


@contextmanager
def in_process() -> Iterator[InProcess]:
    """A JVM for as long as the block runs."""
    host = build.layer_jar("inprocess")
    kernel = build.layer_jar("kernel")
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
                yield InProcess(gateway, Path(folder), gateway.entry_point, {})
            finally:
                gateway.close()
        finally:
            process.kill()
            process.communicate()


def _encode(feed: Feed) -> bytes:
    """The form that `Feed` in `Host.java` reads."""
    streams = feed.watermarks is not None
    marks = feed.watermarks or ()
    silence = -(2**63) if feed.silence is None else feed.silence
    partition = feed.partition
    return b"".join(
        [
            _encode_data(feed),
            _items([_encode_data(other) for other in feed.others]),
            struct.pack(">qii", feed.now, feed.reload, feed.restores),
            struct.pack(">????", feed.save, feed.history, feed.ends, streams),
            struct.pack(">??", feed.later, feed.earlier is not None),
            _items([struct.pack(">q", mark) for mark in marks]),
            struct.pack(">q", silence),
            _items([_text(name) + _text(wanted) for name, wanted in feed.stores.items()]),
            _items([struct.pack(">q", n) + _text(code) + _text(text) for n, (code, text) in feed.excluded.items()]),
            struct.pack(">q?q", partition.greatest, partition.any, partition.position),
            _items([_block(part) for part in partition.ids]),
            _items([_block(layout) for layout in feed.layouts]),
            _items([_encode_state(state) for state in feed.states]),
            _items([_encode_state(state) for state in feed.earlier or ()]),
        ]
    )


def _encode_data(data: Feed | Other) -> bytes:
    options = _items([_text(name) + _text(value) for name, value in data.options.items()])
    return _text(data.format) + options + _block(data.data)


def _encode_state(state: KeyState) -> bytes:
    tiles = [struct.pack(">q", number) + _block(tile) for number, tile in state.tiles.items()]
    held = [
        struct.pack(">i", event.layout) + _block(event.order) + _block(event.payload) + _block(event.origin)
        for event in state.held
    ]
    return struct.pack(">i", state.stage) + _block(state.key) + _block(state.head) + _items(tiles) + _items(held)


def _items(items: Sequence[bytes]) -> bytes:
    return b"".join([struct.pack(">i", len(items)), *items])


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _block(content: bytes) -> bytes:
    return struct.pack(">i", len(content)) + content


_INT, _LONG, _FLOAT = struct.Struct(">i"), struct.Struct(">q"), struct.Struct(">d")


class _Bytes:
    """A cursor over what the host wrote. Answers have millions of parts: each is read with as few calls as can be."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def byte(self) -> bytes:
        self.position += 1
        return self.content[self.position - 1 : self.position]

    def int32(self) -> int:
        self.position += 4
        found: int = _INT.unpack_from(self.content, self.position - 4)[0]
        return found

    def int64(self) -> int:
        self.position += 8
        found: int = _LONG.unpack_from(self.content, self.position - 8)[0]
        return found

    def float64(self) -> float:
        self.position += 8
        found: float = _FLOAT.unpack_from(self.content, self.position - 8)[0]
        return found

    def block(self) -> bytes:
        begin = self.position + 4
        self.position = begin + _INT.unpack_from(self.content, self.position)[0]
        return self.content[begin : self.position]


def _decode(content: bytes, groups: list[list[_Group]], direct: list[list[_Group]]) -> Results:
    results = Results()
    for name in (group.name for of_one in (*groups, *direct) for group in of_one):
        results.rows[name] = []
        results.stored[name] = []
    outside = {b"X": results.rejects, b"L": results.late, b"Q": results.quarantined}
    cursor = _Bytes(content)
    while cursor.position < len(content):
        match cursor.byte():
            case b"R" | b"S" | b"U" | b"D" as tag:
                group = (direct if tag == b"D" else groups)[cursor.int32()][cursor.int32()]
                watermark = cursor.int64()
                values = group.values([_value(cursor) for _ in range(cursor.int32())])
                if tag in {b"S", b"U"}:
                    results.stored[group.name].append(StoredRow(watermark, values, changed=tag == b"S"))
                else:
                    results.rows[group.name].append(values)
            case b"C":
                name = cursor.block().decode()
                results.counters[name] = results.counters.get(name, 0) + cursor.int64()
            case b"K":
                results.states.append(_decode_state(cursor))
            case b"Y":
                results.layouts.append(cursor.block())
            case b"P":
                greatest, has_any, position = cursor.int64(), cursor.byte() == b"\1", cursor.int64()
                ids = tuple(cursor.block() for _ in range(cursor.int32()))
                results.partition = Partition(greatest, has_any, position, ids)
            case tag:
                source, number = cursor.int32(), cursor.int64()
                record = Outside(number, cursor.block(), cursor.block().decode(), cursor.block().decode(), source)
                outside[tag].append(record)
    return results


def _decode_state(cursor: _Bytes) -> KeyState:
    stage, key, head = cursor.int32(), cursor.block(), cursor.block()
    tiles = {cursor.int64(): cursor.block() for _ in range(cursor.int32())}
    held = [Held(cursor.int32(), cursor.block(), cursor.block(), cursor.block()) for _ in range(cursor.int32())]
    return KeyState(stage, key, head, tiles, held)


def _value(cursor: _Bytes) -> Any:
    match cursor.byte():
        case b"n":
            return None
        case b"t":
            return True
        case b"f":
            return False
        case b"l":
            return cursor.int64()
        case b"d":
            return cursor.float64()
        case b"s":
            return cursor.block().decode()
        case _:
            return cursor.block()
