"""Random schemas, and records of them that are right, nearly right, and broken."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

from featlang.compiler import ir
from featlang.compiler.structures import Part, has_parts, structure
from tests.kernel.sources.probe import Stage
from tests.reference.build import column, source
from tests.strategies.schemas import KEY_TYPES
from tests.strategies.types import random_type

T = TypeVar("T")

NOW = 1_709_296_200_000_000
"""The clock: half past twelve on the day of most of the times, in µs."""

NAMES = [
    "a",
    "b",
    "user",
    "Käse",
    'q"uote',
    "back\\slash",
    "new\nline",
    "ключ",
    "😀",
    "a.b",
    " a",
    "A",
    "null",
    "{{x}}",
]
INTEGERS = [
    "0",
    "-1",
    "42",
    "-0",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1" * 30,
    "1700000000",
]
FLOATS = [
    "0.5",
    "-0.0",
    "1e308",
    "1e309",
    "-1e-400",
    "3.14159",
    "1E5",
    "123456.789e-3",
    "9007199254740993",
    "5e-324",
    "2.5e22",
    "1e23",
]
DATES = ["2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31", "0000-12-31", "1969-12-31", "2024-1-1"]
TIMES = ["00:00", "23:59:59", "12:30:15.123456789", "12:30:15,5", "24:00", "1:00", "12:60:00", "12:30:60"]
OFFSETS = ["", "Z", "z", "+01", "-0530", "+18:59", "+19:00", "-00:00", " Z"]
TEXTS = [
    "",
    "a",
    "NA",
    "żółć",
    "😀" * 3,
    "\0",
    "a\0b",
    '"',
    "\\",
    ",",
    "\n",
    "\r\n",
    " x ",
    "x" * 70,
    "\x7f\x1f",
    "\u2028",
]
BASE64 = ["", "AAEC", "AAE=", "AB==", "AA", "A===", "AA-_", "////", "AAEC "]
NOT_FINITE = ["NaN", "inf", "-Infinity", "+nan"]
NOISE = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b",",
    b":",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\x00",
    b"0",
    b"e",
    b".",
    b"\\u",
    b"\\ud800",
]


class Maker:
    """Makes schemas and records from a seed."""

    def __init__(self, seed: int) -> None:
        """Start."""
        self.random = random.Random(seed)

    def source(self, *, in_csv: bool = False) -> tuple[ir.Source, list[Stage]]:
        """A source with its stages; with `in_csv` a CSV can hold its events."""
        names = self.random.sample(NAMES, self.random.randint(1, 7))
        columns = [self.column(name, in_csv=in_csv) for name in names]
        time = column(
            "ts",
            self.pick(["timestamp", "timestamp?"]),
            **self.pick([{"unit": "s"}, {"unit": "ms"}, {}, {"zone": "UTC"}]),
        )
        columns.insert(self.random.randint(0, len(columns)), time)
        every = [c.name for c in columns]
        ties = self.random.sample(every, self.random.randint(0, 2))
        made = source(
            *columns,
            ties=ties,
            lateness=self.pick([0, 1, 10**9, 10**15, 2**63 - 1]),
            max_ahead=self.pick([None, 0, 10**12]),
        )
        every = [c.name for c in columns if c.type in KEY_TYPES]
        stages = [
            Stage(
                tuple(self.random.sample(every, min(len(every), self.random.randint(1, 2)))), self.pick([1, 5, 2**63])
            )
            for _ in range(self.random.randint(1, 3))
        ]
        return made, [Stage(s.keys, s.mask if s.mask < 2**63 else 1 << 62) for s in stages]

    def column(self, name: str, *, in_csv: bool) -> ir.Column:
        """A column of any type."""
        kind = random_type(self.random, in_csv=in_csv)
        options = {}
        if kind in {"timestamp", "duration"} and self.random.random() < 0.6:
            options["unit"] = self.pick(["s", "ms", "us", "ns"])
        elif kind == "timestamp" and self.random.random() < 0.5:
            options["zone"] = "UTC"
        return column(name, kind + self.pick(["", "?"]), **options)

    def text(self, declared: ir.Column) -> tuple[str, bool]:
        """A field's text, mostly of the column's type, and whether JSON writes it as a string."""
        kind = (
            declared.type
            if self.random.random() < 0.93
            else self.pick(["bool", "int", "float", "string", "date", "bytes"])
        )
        if has_parts(declared.type):
            return self.parts(declared), False
        if kind == "bool":
            return self.pick(["true", "false"]), False
        if kind == "float":
            return self.pick(
                [self.pick(FLOATS), repr(self.random.uniform(-1e3, 1e3)), str(self.random.randint(-99, 99) / 100)]
            ), False
        if kind == "int" or declared.unit or kind == "duration":
            return self.pick([self.pick(INTEGERS), str(self.random.randint(-(10**6), 2 * 10**9))]), False
        if kind == "timestamp":
            separator = self.pick(["T", " ", "t"]) if self.random.random() < 0.2 else "T"
            if self.random.random() < 0.3:
                return self.pick(DATES) + separator + self.pick(TIMES) + self.pick(OFFSETS), True
            second = self.random.randint(0, 59)
            return f"2024-03-01{separator}12:{self.random.randint(0, 59):02}:{second:02}Z", True
        return self.pick({"string": TEXTS, "date": DATES, "bytes": BASE64}[kind]), True

    def parts(self, declared: ir.Column) -> str:
        """A decimal, list, map or struct in JSON, of parts that are mostly of their types."""
        if self.random.random() < 0.05:
            return self.any_json(2)
        kind = structure(declared.type)
        if kind.kind == "decimal":
            text = self.pick([self.pick(FLOATS), self.pick(INTEGERS), f"{self.random.randint(-999, 999) / 100:.2f}"])
            return f'"{text}"' if self.random.random() < 0.3 and declared.zone is None else text
        inner = [declared.model_copy(update={"type": part.type, "zone": None}) for part in kind.parts]
        space = self.pick(["", "", " "])
        if kind.kind == "list":
            items = [self.part(inner[0], kind.parts[0]) for _ in range(self.random.randint(0, 4))]
            return f"[{space}{f'{space},'.join(items)}{space}]"
        if kind.kind == "map":
            names = self.random.sample(TEXTS if kind.parts[0].type == "string" else INTEGERS, self.random.randint(0, 4))
            members = [(name, self.part(inner[1], kind.parts[1])) for name in names]
        else:
            members = [(part.name, self.part(each, part)) for each, part in zip(inner, kind.parts, strict=True)]
            members = [member for member in members if self.random.random() < 0.95]
        if self.random.random() < 0.2:
            members.append((self.pick(["unknown", "a"]), self.any_json(2)))
        self.random.shuffle(members)
        return f"{{{','.join(f'{space}{self.string(name)}{space}:{space}{value}{space}' for name, value in members)}}}"

    def part(self, declared: ir.Column, part: Part) -> str:
        """What stands within another value."""
        if part.nullable and self.random.random() < 0.2:
            return "null"
        text, is_string = self.text(declared)
        return self.string(text) if is_string else text

    def json(self, columns: Sequence[ir.Column]) -> bytes:
        """A record."""
        return self.broken(self.row(columns).encode())

    def row(self, columns: Sequence[ir.Column]) -> str:
        """An object with the columns as its members."""
        members = []
        for declared in columns:
            if declared.nullable and self.random.random() < 0.15:
                if self.random.random() < 0.5:
                    members.append((declared.name, "null"))
                continue
            text, is_string = self.text(declared)
            members.append((declared.name, self.string(text) if is_string else text))
        if self.random.random() < 0.2:
            members.insert(self.random.randint(0, len(members)), (self.pick(["unknown", *NAMES]), self.any_json(3)))
        if self.random.random() < 0.3:
            self.random.shuffle(members)
        space = self.pick(["", "", " ", "\t", "\r "])
        inside = ",".join(f"{space}{self.string(name)}{space}:{space}{value}{space}" for name, value in members)
        return f"{{{inside}}}"

    def envelope(self, columns: Sequence[ir.Column]) -> bytes:
        """A record of Debezium: mostly an envelope, of which the row is as any record."""
        row = self.row([c for c in columns if not c.envelope])
        inner: dict[str, list[tuple[str, str]]] = {}
        for declared in columns:
            *outer, name = (declared.envelope or "").split(".")
            if name and self.random.random() < 0.95:
                text, is_string = self.text(declared)
                inner.setdefault(".".join(outer), []).append((name, self.string(text) if is_string else text))
        members = [(name, self.object(held)) for name, held in inner.items() if name] + inner.get("", [])
        operation = self.pick(["c", "u", "r", "d", "d"] * 4 + ["t", "", "C"])
        members.append(("op", self.string(operation) if self.random.random() < 0.97 else self.any_json(1)))
        for image in ("before", "after"):
            other = self.pick(["null", "null", "[]", "{}", '{"a": [0.5, null]}', "7"])
            is_row = (operation == "d") == (image == "before") and self.random.random() < 0.97
            members.append((image, row if is_row else other))
        if self.random.random() < 0.2:
            members.append((self.pick(["transaction", "ts_us", "op"]), self.any_json(1)))
        self.random.shuffle(members)
        record = self.object(dict(members).items())
        if self.random.random() < 0.3:
            payload = record if self.random.random() < 0.9 else self.any_json(1)
            record = self.object([("schema", self.pick(["null", '{"type": "struct"}'])), ("payload", payload)])
        return self.broken(record.encode())

    def object(self, members: Iterable[tuple[str, str]]) -> str:
        """An object of these members."""
        space = self.pick(["", "", " ", "\t"])
        return f"{{{','.join(f'{space}{self.string(name)}{space}:{space}{value}' for name, value in members)}{space}}}"

    def csv(self, columns: Sequence[ir.Column]) -> bytes:
        """A record."""
        fields = []
        for declared in columns:
            if declared.nullable and self.random.random() < 0.15:
                fields.append(self.pick(["", "NA"]))
                continue
            text, _ = self.text(declared)
            text = text.strip('"') if has_parts(declared.type) else text
            if declared.type == "float" and self.random.random() < 0.1:
                text = self.pick(NOT_FINITE)
            if self.random.random() < 0.1:
                text = f" {text} "
            fields.append(self.csv_field(text))
        if self.random.random() < 0.05:
            fields.append("x")
        if self.random.random() < 0.05:
            fields.pop()
        return self.broken(",".join(fields).encode())

    def csv_field(self, text: str) -> str:
        """A field, quoted where it must be or may be."""
        if any(special in text for special in '",\r\n') or self.random.random() < 0.1:
            quoted = text.replace('"', '""')
            return f'"{quoted}"'
        return text

    def string(self, text: str) -> str:
        """A JSON string, with more or fewer escapes."""
        written = json.dumps(text, ensure_ascii=self.random.random() < 0.3)
        if text and self.random.random() < 0.1:
            written = (
                f'"\\u{ord(text[0]):04x}{written[2:]}' if written[1] not in "\\" and ord(text[0]) < 0xD800 else written
            )
        return written

    def any_json(self, depth: int) -> str:
        """Any value; some objects have a key twice."""
        if depth == 0 or self.random.random() < 0.4:
            return self.pick(["null", "true", "-1.5e3", '"x"', r'"\ud83d\ude00"', "[]", "{}", "01", '"\\ud800"'])
        items = [self.any_json(depth - 1) for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.5:
            return f"[{', '.join(items)}]"
        keys = [
            self.pick([r'"a"', r'"\u0061"', '"b"', '"é"', r'"\u00e9"', *(f'"k{i}"' for i in range(20))]) for _ in items
        ]
        return "{" + ", ".join(f"{key}: {item}" for key, item in zip(keys, items, strict=True)) + "}"

    def broken(self, record: bytes) -> bytes:
        """The record, sometimes with something cut out, put in or repeated."""
        if self.random.random() < 0.75 or not record:
            return record
        start = self.random.randrange(len(record))
        end = min(len(record), start + self.random.randint(0, 4))
        return record[:start] + self.pick([b"", self.pick(NOISE), record[start:end] * 2]) + record[end:]

    def pick(self, items: Sequence[T]) -> T:
        """One of them."""
        return self.random.choice(items)
