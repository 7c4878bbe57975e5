"""Bytes to records: where each record of a source stands, and what it is made of (docs/decoding.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, Protocol

from featlang.backends.reference.csv_fields import Malformed, csv_fields, csv_record_end
from featlang.backends.reference.input_error import InputError
from featlang.backends.reference.result import Refused
from featlang.backends.reference.row_text import row_as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from featlang.backends.connectors.kafka.topics import Message
    from featlang.compiler import ir

LONGEST_RECORD = 16 * 2**20
LONGEST_RAW = 64 * 2**10
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Memory:
    """A file that is held in memory: what its path is said to be, and its bytes."""

    path: str
    data: bytes


class Topic(Protocol):
    """A range of a topic, each of whose partitions is one of the source."""

    @property
    def format(self) -> str:
        """What its records are."""

    def messages(self) -> Iterator[Message]:
        """Give each message; those of a partition in their order."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a source reads: the files of one partition, in any order, and options.

    Or a topic: then `kind` is `kafka`. Options are `null`, the text of a CSV null; `format`, of JSON lines `json` or
    `debezium`; of Avro `schema`, as the compiler writes it, and `framing`, which may be `confluent`. Of a `history`
    nothing is late: it holds events that were accepted. The records that `excluded` names, by path and number, are
    taken as late with the code and text it gives. A row of a table counts no earlier than `effective` says of its
    record (µs), where a gate logged that.
    """

    kind: Literal["jsonl", "csv", "parquet", "kafka"]
    files: tuple[Path | Memory, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    role: Literal["stream", "history"] = "stream"
    excluded: Mapping[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    topic: Topic | None = None
    effective: Mapping[tuple[str, int], int] | None = None

    @property
    def format(self) -> str:
        """What a record is: a line of JSON also in a topic."""
        return self.kind if self.topic is None else self.topic.format

    def in_order(self) -> list[Path | Memory]:
        """Give the files in the order of their paths' UTF-8 bytes, without those whose name begins with `.` or `_`."""
        visible = [file for file in self.files if not PurePath(path_of(file)).name.startswith((".", "_"))]
        return sorted(visible, key=lambda file: path_of(file).encode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class Record:
    """One record with its position: `number` counts from 1 in each file, and is the offset in a topic.

    `raw` is its bytes (only the first of them where it is `too_long`), `header` the column names of a CSV file; a
    Parquet row has no bytes, but its values by column name in `cells`, and `columns`, those that are declared. Of a
    topic it is the value of `message`.
    """

    path: str
    number: int
    raw: bytes = b""
    too_long: bool = False
    header: tuple[str, ...] = ()
    cells: Mapping[str, Any] | None = None
    columns: tuple[ir.Column, ...] = ()
    message: Message | None = None

    def refused(self, code: str, text: str) -> Refused:
        """Say that the record is refused, and why."""
        raw = self.raw if self.cells is None else row_as_json(self.cells, self.columns)
        return Refused(raw, self.path, self.number, code, text)


def path_of(file: Path | Memory) -> str:
    """Give the path as rejects show it."""
    return file.path if isinstance(file, Memory) else str(file)


def records(source: ir.Source, given: Input) -> Iterator[Record]:
    """Read all records of the source's files. Raises `InputError` where one cannot be read as what it is said to be."""
    if given.topic is not None:
        for message in given.topic.messages():
            # behind a deletion comes a message without a value
            if message.value or given.options.get("format") != "debezium":
                yield replace(_record(message.path, message.offset, message.value), message=message)
    for file in given.in_order():
        if given.kind == "parquet":
            yield from _parquet_records(file, source)
            continue
        data = file.data if isinstance(file, Memory) else _bytes_of(file)
        if given.kind == "jsonl":
            yield from _jsonl_records(path_of(file), data)
        else:
            yield from _csv_records(path_of(file), data, source)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f" cannot be read: {error.strerror}") from error


def _jsonl_records(path: str, data: bytes) -> Iterator[Record]:
    start, number = 0, 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        line = _without_line_end(data, start, end)
        if line.strip(b" \t"):
            yield _record(path, number, line)
        start = end + 1


def _csv_records(path: str, data: bytes, source: ir.Source) -> Iterator[Record]:
    data = data.removeprefix(BYTE_ORDER_MARK)
    header: tuple[str, ...] | None = None
    start, number = 0, 0
    while start < len(data):
        end = csv_record_end(data, start)
        line = _without_line_end(data, start, end)
        if header is None:
            header = _csv_header(path, line, source)
        else:
            number += 1
            if line:
                yield _record(path, number, line, header)
        start = end + 1


def _csv_header(path: str, line: bytes, source: ir.Source) -> tuple[str, ...]:
    try:
        header = tuple(name.text for name in csv_fields(line.decode("utf-8")))
    except (UnicodeDecodeError, Malformed) as error:
        raise InputError(path, f": the header cannot be read: {error}") from error
    for column in source.columns:
        if header.count(column.name) != 1:
            what = "twice" if column.name in header else "not"
            raise InputError(path, f": the header names column `{column.name}` {what}; it has {', '.join(header)}")
    return header


def _parquet_records(file: Path | Memory, source: ir.Source) -> Iterator[Record]:
    from featlang.backends.reference.parquet import parquet_rows  # noqa: PLC0415 - other formats need no pyarrow

    opened = file.data if isinstance(file, Memory) else file
    for number, cells in enumerate(parquet_rows(path_of(file), opened, source), start=1):
        yield Record(path_of(file), number, cells=cells, columns=source.columns)


def _without_line_end(data: bytes, start: int, end: int) -> bytes:
    r"""Cut `data[start:end]`, and not the `\r` of a `\r\n`; the last line of a file may lack both."""
    if end < len(data) and end > start and data[end - 1 : end] == b"\r":
        end -= 1
    return data[start:end]


def _record(path: str, number: int, line: bytes, header: tuple[str, ...] = ()) -> Record:
    if len(line) > LONGEST_RECORD:
        return Record(path, number, line[:LONGEST_RAW], too_long=True, header=header)
    return Record(path, number, line, header=header)
