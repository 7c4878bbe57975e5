"""Random schemas of Avro for columns, and records of them, written by `fastavro`, which is not ours."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING, Any, TypeVar

import fastavro

from featlang.compiler import ir
from featlang.compiler.structures import Structure, structure
from tests.kernel.sources.records import TEXTS
from tests.reference.build import column, source
from tests.strategies.types import random_type

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

NAMES = ("a", "b", "c", "d", "e", "f")
INTS = (0, -1, 1, 42, 2**31 - 1, -(2**31))
LONGS = (*INTS, 2**63 - 1, -(2**63), 2**40)
FLOATS = (0.0, -0.0, 1.5, float("nan"), float("inf"), -float("inf"), 1e300, 5e-324)
SECONDS = 1_709_294_400
FACTORS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
LOGICAL = (
    "timestamp-millis",
    "timestamp-micros",
    "timestamp-nanos",
    "local-timestamp-millis",
    "local-timestamp-micros",
)


class Maker:
    """Makes columns, a schema that fits them, and records, from a seed."""

    def __init__(self, seed: int) -> None:
        """Start."""
        self.random = random.Random(f"avro {seed}")
        self._names = 0
        self._columns = [self._column(name) for name in NAMES[: self.random.randint(1, len(NAMES))]]
        time = column("ts", self.pick(["timestamp", "timestamp?"]), unit=self.pick(["s", "ms", "us", None]))
        self.source = source(column("k", "string?"), *self._columns, time, lateness=2**62)
        self.schema = self._record(self.source.columns, "Event")

    def text(self) -> str:
        """The schema's file."""
        return json.dumps(self.schema)

    def record(self) -> bytes:
        """A record of the schema."""
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self.plain, self._value(self.plain, deepest=4))
        return out.getvalue()

    def read(self, record: bytes) -> Any:
        """What the other library reads."""
        return fastavro.schemaless_reader(io.BytesIO(record), self.plain, None)

    @property
    def plain(self) -> Any:
        """The schema without logical types, for which the other library has classes of its own."""
        return _without_logical(self.schema)

    def broken(self, record: bytes) -> bytes:
        """The record with something cut out, put in, changed or repeated."""
        start = self.random.randrange(len(record) + 1)
        end = min(len(record), start + self.random.randint(0, 4))
        noise = bytes(self.pick([0, 1, 2, 3, 0x7F, 0x80, 0xFF]) for _ in range(self.random.randint(0, 3)))
        return record[:start] + self.pick([b"", noise, noise, record[start:end] * 2, b"\xff" * 11]) + record[end:]

    def pick(self, items: Sequence[T]) -> T:
        """One of them."""
        return self.random.choice(items)

    # --- columns and schemas

    def _column(self, name: str) -> ir.Column:
        kind = random_type(self.random, in_csv=False)
        while "map<int" in kind:  # keys are texts
            kind = random_type(self.random, in_csv=False)
        unit = self.pick(["s", "ms", "us", "ns"]) if "timestamp" in kind or "duration" in kind else None
        return column(name, kind + self.pick(["", "?"]), unit=unit)

    def _record(self, columns: Sequence[ir.Column], name: str) -> dict[str, Any]:
        fields = []
        for each in columns:
            if each.nullable and self.random.random() < 0.1:
                continue
            kind = self._type(structure(each.type), each.unit)
            if self.random.random() < (0.7 if each.nullable else 0.1):
                kind = self.pick([["null", kind], [kind, "null"]])
            fields.append({"name": each.name, "type": kind})
        fields += [{"name": f"unread_{n}", "type": self._unread()} for n in range(self.random.randint(0, 3))]
        self.random.shuffle(fields)
        return {"type": "record", "name": name, "namespace": "of.tests", "fields": fields}

    def _type(self, kind: Structure, unit: str | None) -> Any:  # noqa: C901 - a case for each type
        inner = [
            ir.Column(name=part.name or "x", type=part.type, nullable=part.nullable, unit=unit) for part in kind.parts
        ]
        match kind.kind:
            case "bool":
                return "boolean"
            case "int" | "duration":
                return self.pick(["int", "long", {"type": "long", "logicalType": "time-micros"}])
            case "float":
                return self.pick(["float", "double", "double", "int", "long"])
            case "string":
                return self.pick(["string", {"type": "string", "avro.java.string": "String"}, self._enum()])
            case "bytes":
                return self.pick(["bytes", self._fixed(3)])
            case "timestamp":
                plain = ["int", "long"] if unit else []
                return self.pick([*plain, *({"type": "long", "logicalType": logical} for logical in LOGICAL)])
            case "date":
                return {"type": "int", "logicalType": "date"}
            case "decimal":
                logical = {"logicalType": "decimal", "precision": 38, "scale": self.random.randint(0, kind.scale)}
                return self.pick(["int", "long", {"type": "bytes", **logical}, {**self._fixed(5), **logical}])
            case "list":
                return {"type": "array", "items": self._nullable(inner[0])}
            case "map":
                return {"type": "map", "values": self._nullable(inner[1])}
            case _:
                return self._record(inner, self._name())

    def _nullable(self, part: ir.Column) -> Any:
        kind = self._type(structure(part.type), part.unit)
        return ["null", kind] if part.nullable else kind

    def _unread(self) -> Any:
        name = self._name()
        inner = [{"name": "next", "type": ["null", name]}, {"name": "n", "type": {"type": "long", "logicalType": "x"}}]
        return self.pick(
            [
                *("null", "boolean", "int", "long", "float", "double", "bytes", "string", self._enum(), self._fixed(0)),
                *(["null", "string", "long"], {"type": "array", "items": "null"}, {"type": "map", "values": "string"}),
                {"type": "array", "items": {"type": "record", "name": name, "fields": inner}},
            ]
        )

    def _enum(self) -> dict[str, Any]:
        return {"type": "enum", "name": self._name(), "symbols": ["A", "NA", "z_9"]}

    def _fixed(self, size: int) -> dict[str, Any]:
        return {"type": "fixed", "name": self._name(), "size": size}

    def _name(self) -> str:
        self._names += 1
        return f"T{self._names}"

    # --- values

    def _value(  # noqa: C901, PLR0912 - a case for each type
        self, schema: Any, deepest: int, named: dict[str, Any] | None = None, name: str = ""
    ) -> Any:
        named = {} if named is None else named
        kind = schema["type"] if isinstance(schema, dict) else schema
        if isinstance(kind, list):
            branches = [each for each in kind if deepest > 0 or each == "null"] or kind
            return self._value(self.pick(branches), deepest - 1, named, name)
        if kind in named:
            return self._value(named[kind], deepest - 1, named, name)
        match kind:
            case "null":
                return None
            case "boolean":
                return self.random.random() < 0.5
            case "int":
                return self.pick([self.pick(INTS), self.random.randint(-20_000, 20_000), SECONDS])
            case "long":
                return self._long(name)
            case "float" | "double":
                return self.pick([self.pick(FLOATS[:6]), self.random.uniform(-9, 9)])
            case "bytes" | "fixed":
                size = schema["size"] if kind == "fixed" else self.pick([0, 1, 2, 7, 20])
                return bytes(self.random.randrange(256) for _ in range(size))
            case "string":
                return self.pick(TEXTS)
            case "enum":
                return self.pick(schema["symbols"])
            case "array":
                size = self.pick([0, 1, 2])  # of nulls, not more than bytes
                return [self._value(schema["items"], deepest - 1, named, name) for _ in range(size)]
            case "map":
                keys = self.random.sample(TEXTS, self.pick([0, 1, 3]))
                return {key: self._value(schema["values"], deepest - 1, named, name) for key in keys}
            case _:
                named[schema["name"]] = schema
                return {
                    each["name"]: self._value(each["type"], deepest - 1, named, each["name"])
                    for each in schema["fields"]
                }

    def _long(self, name: str) -> int:
        """A number; of the time mostly one of the units in which it may be."""
        if name == "ts" or self.random.random() < 0.3:
            return SECONDS * self.pick(list(FACTORS.values())) + self.random.randint(-999, 999)
        return self.pick([self.pick(LONGS), self.random.randint(-(10**6), 10**6)])


def _without_logical(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_logical(each) for each in schema]
    if isinstance(schema, dict):
        return {name: _without_logical(each) for name, each in schema.items() if name != "logicalType"}
    return schema
