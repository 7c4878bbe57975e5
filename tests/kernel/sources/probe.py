"""Drives the Java probe that reads files, and says with the reference what it should print."""

from __future__ import annotations

import os
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from featlang.backends.connectors.kafka.topics import Message
from featlang.backends.kernel import build, jars
from featlang.backends.kernel.java_home import find_java
from featlang.backends.reference import Input, InputError, canonical
from featlang.backends.reference.reading import events_in_turn
from featlang.backends.reference.result import SourceResult
from featlang.compiler import ir
from featlang.compiler.structures import has_parts
from featlang.stdlib.functions.xxhash64 import xxhash64

JAVA = Path(__file__).parents[1] / "java"
LEAST, GREATEST = -(2**63), 2**63 - 1

OF_FIELDS = {"envelope", "null_value", "type", "range", "short", "long"}
"""The codes of rejects whose texts the reference and the kernel share."""

Kind = Literal["jsonl", "csv", "parquet"]
Plain = int | bytes | None
"""A value as an event holds it: a float as its bits, a bool as 0 or 1, a string as its UTF-8."""


@dataclass(frozen=True)
class Stage:
    """A stage of the probe's source: its key columns, and the groups (bits) that take every event."""

    keys: tuple[str, ...]
    mask: int = 1


@dataclass
class Outputs:
    """What became of the records, in their order: all but the counts begin with the path and the record's number.

    `reasons` are the texts of rejects whose fields are wrong.
    """

    routed: list[tuple[str, int, int, bytes, bytes, int, tuple[Plain, ...]]] = field(default_factory=list)
    rejected: list[tuple[str, int, str, bytes]] = field(default_factory=list)
    late: list[tuple[str, int, str, bytes]] = field(default_factory=list)
    quarantined: list[tuple[str, int, str, bytes]] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    read: int = 0
    accepted: int = 0
    failed: bool = False
    reasons: list[str] = field(default_factory=list)


@dataclass
class Printed(Outputs):
    """What the probe printed: also the texts of rejected and late records, or why a file cannot be read."""

    texts: list[str] = field(default_factory=list)
    message: str = ""

    def outputs(self) -> Outputs:
        """Without the texts for people that only the kernel has."""
        outside = (self.rejected, self.late, self.quarantined)
        return Outputs(self.routed, *outside, self.counters, self.read, self.accepted, self.failed, self.reasons)


@dataclass(frozen=True)
class Messages:
    """A topic of one partition, by its messages."""

    format: str
    sent: Sequence[bytes | Message]

    def messages(self) -> Iterator[Message]:
        """Each with its offset."""
        for offset, each in enumerate(self.sent):
            yield replace(each, offset=offset) if isinstance(each, Message) else Message("messages", 0, offset, each)


class SourceProbe:
    """The probe, running."""

    def __init__(self, folder: Path) -> None:
        """Compile it and start it."""
        layers = [build.layer_jar("kernel"), build.layer_jar("files")]
        jar = folder / "probe.jar"
        sources = {
            file.relative_to(JAVA).as_posix(): file.read_text(encoding="utf-8")
            for file in sorted((JAVA / "featlang" / "probe").glob("*.java"))
        }
        build.write_jar(build.compile_java(sources, layers), jar)
        # Each engine brings an slf4j; the jar set has none.
        logging = [file for file in jars.wheel_jars("pyspark") if file.name.startswith("slf4j-api-")]
        self.class_path = os.pathsep.join(map(str, [jar, *layers, *jars.jar_set("parquet"), *logging]))
        self._errors = folder / "errors.txt"
        self._start()

    def _start(self) -> None:
        options = ["-XX:+UseSerialGC", "-Xmx1g", "-cp", self.class_path]
        command = [str(find_java().executable), *options, "featlang.probe.SourceProbe"]
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def read(  # noqa: PLR0913 - all that a run of a source can vary
        self,
        source: ir.Source,
        files: Sequence[Path],
        *,
        kind: Kind = "jsonl",
        stages: Sequence[Stage] = (),
        null: str = "",
        form: str = "json",
        now: int = 0,
        restart: int = 0,
        between: tuple[int, int] = (LEAST, GREATEST),
        only: Sequence[str] = (),
    ) -> Printed:
        """What the kernel makes of the files."""
        option = f"null={_hex(null)}" if kind == "csv" else f"format={_hex(form)}"
        commands = [
            *_declared(source, stages),
            f"range {between[0]} {between[1]}",
            *([f"only {','.join(only)}"] if only else []),
            f"read {kind} {option} {now} {restart} {','.join(_hex(str(file)) for file in files) or '-'}",
        ]
        return self._printed(commands)

    def take(self, source: ir.Source, given: Input, *, stages: Sequence[Stage] = (), now: int = 0) -> Printed:
        """What the kernel makes of the messages of a topic."""
        assert given.topic is not None
        options = ",".join(f"{name}={_hex(value)}" for name, value in given.options.items())
        beside = [column for column in source.columns if column.is_beside]
        messages = ",".join(
            ":".join(
                [
                    f"{_hex(message.value)}@{message.timestamp}@{message.stamped}",
                    *(_cell(message, column) for column in beside),
                ]
            )
            for message in given.topic.messages()
        )
        return self._printed([*_declared(source, stages), f"take {given.format} {options} {now} {messages}"])

    def _printed(self, commands: Sequence[str]) -> Printed:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("".join(f"{command}\n" for command in commands))
        self._process.stdin.flush()
        printed = Printed()
        for line in self._process.stdout:
            if line == "end\n":
                return printed
            _take(printed, line.rstrip("\n"))
        self._process.communicate()
        errors = self._errors.read_text()
        self._start()
        raise AssertionError(errors)


def _declared(source: ir.Source, stages: Sequence[Stage]) -> list[str]:
    """The commands that declare a source."""
    names = [column.name for column in source.columns]
    commands = [
        f"column {_hex(c.name)} {_hex(c.type)} {c.nullable} {c.unit or '-'} {c.zone == 'UTC'} {' '.join(places)}"
        for c in source.columns
        for places in [[_hex(place or "") for place in (c.envelope, c.message, c.header)]]
    ]
    commands += [f"stage {stage.mask} {_positions(names, stage.keys)}" for stage in stages]
    deleted = -1 if source.deleted is None else names.index(source.deleted)
    max_ahead = -1 if source.max_ahead is None else source.max_ahead
    commands += [
        f"source {_positions(names, [source.time])} {_positions(names, source.ties)} {source.lateness} {max_ahead}"
        f" {deleted}",
    ]
    return commands


def expected(
    source: ir.Source,
    files: Sequence[Path],
    *,
    kind: Kind = "jsonl",
    stages: Sequence[Stage] = (),
    null: str = "",
    form: str = "json",
    now: int = 0,
) -> Outputs:
    """What the reference makes of the files, in the probe's terms."""
    options: Mapping[str, str] = {"null": null, "format": form}
    return expected_of(source, Input(kind, tuple(files), options), stages=stages, now=now)


def expected_of(source: ir.Source, given: Input, *, stages: Sequence[Stage] = (), now: int = 0) -> Outputs:
    """What the reference makes of an input, in the probe's terms."""
    columns = {column.name: column for column in source.columns}
    outputs, result = Outputs(), SourceResult()
    try:
        for record, event in events_in_turn(source, given, now, result):
            values = tuple(_plain(event.values[name], column.type) for name, column in columns.items())
            for index, stage in enumerate(stages):
                key = canonical.encode_all(event.values, [columns[name] for name in stage.keys])
                if any(event.values[name] is None for name in stage.keys):
                    for _ in range(stage.mask.bit_count()):
                        result.reject(record.refused("null_key", ""))
                else:
                    hashed = xxhash64(key).to_bytes(8, "big") + key
                    outputs.routed.append(
                        (
                            record.path,
                            record.number,
                            index,
                            hashed,
                            canonical.order(event.values, source),
                            stage.mask,
                            values,
                        )
                    )
    except InputError:
        outputs.failed = True
        return outputs
    outputs.rejected, outputs.late, outputs.quarantined = (
        [(r.path, r.record, r.code, r.raw) for r in refused]
        for refused in (result.rejects, result.late, result.quarantined)
    )
    outputs.counters.update({f"probe.{name}.not_finite": count for name, count in result.not_finite.items()})
    outputs.read, outputs.accepted = result.read, result.accepted
    outputs.reasons = [refused.text for refused in result.rejects if refused.code in OF_FIELDS]
    return outputs


def _take(printed: Printed, line: str) -> None:
    kind, *words = line.split(" ")
    match kind:
        case "routed":
            path, record, stage, key, order, mask, *values = words
            event = (bytes.fromhex(key), bytes.fromhex(order), int(mask), tuple(map(_value, values)))
            printed.routed.append((_text(path), int(record), int(stage), *event))
        case "rejected" | "late" | "quarantined":
            path, record, code, raw, text = words
            outside = {"rejected": printed.rejected, "late": printed.late, "quarantined": printed.quarantined}
            outside[kind].append((_text(path), int(record), code, bytes.fromhex(raw[1:])))
            printed.texts.append(_text(text))
            if code in OF_FIELDS:
                printed.reasons.append(_text(text))
        case "counter":
            printed.counters[_text(words[0])] += int(words[1])
        case "total":
            printed.read, printed.accepted = map(int, words)
        case "!":
            printed.message = line[2:]
            printed.failed = True
        case _:
            raise AssertionError(line)


def _value(word: str) -> Plain:
    if word == "null":
        return None
    return bytes.fromhex(word[1:]) if word.startswith("x") else int(word)


def _plain(value: object, type_name: ir.TypeName) -> Plain:
    if value is not None and has_parts(type_name):
        return canonical.encode(value, type_name)[1:]
    match value:
        case str():
            return value.encode()
        case float():
            return int(struct.unpack(">q", struct.pack(">d", value))[0])
        case int():
            return int(value)
        case bytes():
            return value
        case _:
            return None


def _cell(message: Message, column: ir.Column) -> str:
    """What a column takes from a message: bytes behind an `x`, a number, or `-`."""
    if column.message in {"partition", "offset", "timestamp"}:
        factor = 1000 if column.message == "timestamp" else 1
        return str(min(getattr(message, column.message) * factor, GREATEST))
    found = message.key if column.message == "key" else dict(message.headers).get(column.header or "")
    return "-" if found is None else f"x{found.hex()}"


def _positions(names: Sequence[str], wanted: Sequence[str]) -> str:
    return ",".join(str(names.index(name)) for name in wanted) or "-"


def _hex(text: str | bytes) -> str:
    return (text.encode() if isinstance(text, str) else text).hex() or "-"


def _text(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode()
