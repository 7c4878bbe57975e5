"""Avro's binary encoding: a record's bytes to fields as a columnar file has them (docs/decoding.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEEPEST = 100

_MICROSECONDS = {"s": Fraction(1_000_000), "ms": Fraction(1_000), "us": Fraction(1), "ns": Fraction(1, 1_000)}


class NotAvro(Exception):  # noqa: N818 - said of a record, not a failure of the program
    """A record that is not what its schema says; its text says why."""

    def __init__(self, why: str) -> None:
        """Keep the words for people."""
        super().__init__(f"not Avro: {why}")


@dataclass(slots=True)
class Schema:
    """A type: its kind, the number that belongs to it, names of fields or symbols, and what it is made of."""

    kind: str
    size: int = 0
    names: list[str] = field(default_factory=list)
    parts: list[Schema] = field(default_factory=list)


def schema_of(text: str) -> Schema:
    """Read a schema as the compiler writes it: each type before what it is made of."""
    return _schema(iter(text.split(" ")), [])


def _schema(words: Iterator[str], named: list[Schema]) -> Schema:
    found = Schema(next(words))
    if found.kind in {"record", "enum", "fixed"}:
        named.append(found)
    match found.kind:
        case "ref":
            return named[int(next(words))]
        case "fixed" | "decimal":
            found.size = int(next(words))
        case "enum":
            found.names += [next(words) for _ in range(int(next(words)))]
        case "record":
            for _ in range(int(next(words))):
                found.names.append(next(words))
                found.parts.append(_schema(words, named))
        case "union":
            found.parts += [_schema(words, named) for _ in range(int(next(words)))]
    if found.kind in {"array", "map", "decimal", *_MICROSECONDS}:
        found.parts.append(_schema(words, named))
    return found


def avro_fields(record: bytes, schema: str, *, framed: bool) -> dict[str, Any]:
    """Give a record's fields by name; times in µs, strings and symbols as UTF-8, a map as pairs. Raises `NotAvro`."""
    if framed and (len(record) < 5 or record[0] != 0):
        raise NotAvro(why="it does not begin with a 0 and the number of a schema")
    reading = _Reading(record, 5 if framed else 0)
    fields: dict[str, Any] = reading.value(schema_of(schema))
    if reading.at < len(record):
        raise NotAvro(why=f"{len(record) - reading.at} bytes stand behind it")
    return fields


class _Reading:
    """A record while it is read: the place in it, how many items it had, how deep the place is."""

    def __init__(self, record: bytes, at: int) -> None:
        self._record = record
        self.at = at
        self._items = 0
        self._depth = 0

    def value(self, schema: Schema) -> Any:
        match schema.kind:
            case "fixed":
                return self._bytes(schema.size)
            case "enum":
                return schema.names[self._choice(len(schema.names), "symbol")].encode()
            case "union":
                return self.value(schema.parts[self._choice(len(schema.parts), "branch")])
            case "decimal":
                digits = int.from_bytes(self.value(schema.parts[0]), "big", signed=True)
                return Fraction(digits, 10**schema.size)
            case "record" | "array" | "map":
                return self._container(schema)
            case unit if unit in _MICROSECONDS:
                return int(self.value(schema.parts[0]) * _MICROSECONDS[unit] // 1)
            case primitive:
                return _PRIMITIVES[primitive](self)

    def _container(self, schema: Schema) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotAvro(why=f"nested deeper than {DEEPEST}")
        found: Any
        match schema.kind:
            case "record":
                found = {name: self.value(part) for name, part in zip(schema.names, schema.parts, strict=True)}
            case "array":
                found = [self.value(schema.parts[0]) for _ in self._all_items()]
            case _:
                found = [(self.text(), self.value(schema.parts[0])) for _ in self._all_items()]
        self._depth -= 1
        return found

    def _all_items(self) -> Iterator[int]:
        """Give a number for each item, of all blocks. Some take no bytes, so their number needs a limit of its own."""
        while count := self.int64():
            if count < 0:
                self.int64()  # how many bytes they take
                count = -count
            self._items += count
            if self._items > len(self._record):
                raise NotAvro(why="more items than bytes")
            yield from range(count)

    def text(self) -> bytes:
        return self._bytes(self._length())

    def float32(self) -> float:
        found: float = struct.unpack("<f", self._bytes(4))[0]
        return found

    def float64(self) -> float:
        found: float = struct.unpack("<d", self._bytes(8))[0]
        return found

    def _bytes(self, length: int) -> bytes:
        if len(self._record) - self.at < length:
            raise NotAvro(why="it ends too early")
        self.at += length
        return self._record[self.at - length : self.at]

    def boolean(self) -> bool:
        (byte,) = self._bytes(1)
        if byte > 1:
            raise NotAvro(why=f"neither false nor true at byte {self.at}")
        return byte == 1

    def int64(self) -> int:
        start = self.at
        value = 0
        for shift in range(0, 64, 7):
            (byte,) = self._bytes(1)
            if shift == 63 and byte > 1:
                break
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value >> 1 if value % 2 == 0 else -(value >> 1) - 1
        raise NotAvro(why=f"a long beyond 64 bits at byte {start + 1}")

    def int32(self) -> int:
        start = self.at
        value = self.int64()
        if not -(2**31) <= value < 2**31:
            raise NotAvro(why=f"an int beyond 32 bits at byte {start + 1}")
        return value

    def _length(self) -> int:
        start = self.at
        length = self.int64()
        if length < 0:
            raise NotAvro(why=f"a length of {length} at byte {start + 1}")
        return length

    def _choice(self, count: int, what: str) -> int:
        start = self.at
        choice = self.int64()
        if not 0 <= choice < count:
            raise NotAvro(why=f"{what} {choice} of {count} at byte {start + 1}")
        return choice


_PRIMITIVES: Mapping[str, Callable[[_Reading], Any]] = {
    "null": lambda _: None,
    "boolean": _Reading.boolean,
    "int": _Reading.int32,
    "long": _Reading.int64,
    "float": _Reading.float32,
    "double": _Reading.float64,
    "bytes": _Reading.text,
    "string": _Reading.text,
}
