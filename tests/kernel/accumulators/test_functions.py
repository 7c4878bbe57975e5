"""The functions of the library: each is implemented in the kernel, and agrees with its reference bit for bit."""

from __future__ import annotations

import itertools
import math
import os
import random
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.kernel.java_text import type_of
from featlang.backends.kernel.regex_text import re2
from featlang.backends.reference.canonical import encode
from featlang.backends.reference.operators import Scope, evaluate
from featlang.compiler import ir
from featlang.compiler.structures import filled, has_parts
from featlang.compiler.typed import Constant
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.functions import FUNCTIONS
from featlang.stdlib.functions.declaration import FunctionDeclaration, Signature
from featlang.stdlib.functions.regex import parsed
from featlang.stdlib.functions.zones import names, table, zone
from tests.compiler.programs import EVENTS, block, program
from tests.kernel.accumulators.probe import JavaMain, argument, hex_bits, seeded
from tests.strategies.constants import WRITTEN
from tests.strategies.values import random_value

KERNEL = Path(__file__).parents[3] / "backends" / "kernel" / "java" / "featlang" / "kernel"
INPUTS = int(os.environ.get("FUNCTION_INPUTS", "3000"))
"""Random inputs of each signature; a million were run by hand."""

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LARGEST, TINY = sys.float_info.max, 5e-324
EDGES: dict[str, list[Any]] = {
    "bool": [False, True],
    "int": [0, 1, -1, 2, -2, 7, -7, 10, 300, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), -(2**63) + 1],
    "float": [
        *(0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 2.675, 0.1, 1e16, 1e22, 1e23, 2e23, 9.5e15, 123456789012345680.0),
        *(2.0**-44, 2.0**52, 2.0**53, 2.0**63, -(2.0**63), 1e-5, 1e-4, 709.782712893384, 709.79, -745.2, -708.4),
        *(LARGEST, -LARGEST, TINY, -TINY, 2.2250738585072014e-308, 1.7976931348623155e308, 3.0, -3.0, 1e300, 1000.0),
    ],
    "string": [
        "",
        " ",
        "a",
        "A",
        "/",
        "ab",
        "ba",
        " a b ",
        "é",
        "ÀÉ",
        "日本",
        "😀",
        "a😀b",
        "\x00",
        "a\x00",
        "aa",
        "aaa",
        "1",
        "-1.5",
        "+7",
        "0" * 5_000 + "7",
        "-" + "0" * 5_000,
        "1e" + "0" * 5_000 + "1",
        " 12 ",
        "1e5",
        "1_000",
        "\uff11\uff12",
        "0x1",
        "1.",
        ".5",
        "1e999",
        "9223372036854775808",
        "nan",
        "x" * 50,
    ],
    "bytes": [b"", b"\x00", b"a", b"\xff", b"\x00\xff" * 20],
}
EDGES["duration"] = EDGES["int"]
EDGES["date"] = [0, 1, -1, 59, 60, 365, 19_782, 20_147, -25_567, -719_162, -719_163, 2_932_896, 2_932_897, 2**62]
SECOND = 1_000_000
CHANGES = [1_774_746_000, 1_792_893_600, 1_143_334_800, -1_500_000_000, 1_325_239_200, 16_725_225_600, 16_730_000_000]
"""Around which clocks change somewhere: in 2026, 2006, 1922, the day that Samoa left out, in the year 2500."""
EDGES["timestamp"] = [moment * SECOND + more for moment in CHANGES for more in (-1, 0, 1_800 * SECOND, 3_600 * SECOND)]
EDGES["timestamp"] += [
    0,
    -1,
    -62_135_596_800 * SECOND,
    253_402_300_799 * SECOND,
    253_402_300_800 * SECOND,
    2**62,
    -(2**62),
]
LETTERS = ({"T": "int?", "K": "string", "V": "float?"}, {"T": "string", "K": "int", "V": "list<int>?"})
"""What letters of signatures stand for; the first is tried of those without any, too."""


def _concrete(signature: Signature) -> Iterator[Signature]:
    """The signature on types: letters and `decimal` are replaced, items may be null."""
    for letters in LETTERS[: None if LETTER.search(" ".join(signature.takes)) else 1]:
        takes = tuple(_typed(pattern, letters) for pattern in signature.takes)
        yield Signature(takes, _typed(signature.gives, letters), signature.method)


def _typed(pattern: str, letters: dict[str, str]) -> str:
    found = filled(CONCRETE.get(pattern, pattern), letters)
    return found.replace(">", "?>") if found in {"list<int>", "list<float>", "list<string>"} else found


CONCRETE = {"decimal": "decimal<20, 4>", "struct": "struct<a: string?, b: list<int>, c: map<string, float?>?>"}
"""What stands for a pattern of many types."""

LETTER = re.compile(r"\b[TKV]\b")
CASES = [(d, signature) for d in FUNCTIONS.values() for each in d.signatures for signature in _concrete(each)]
IDS = [f"{declaration.name}({', '.join(signature.takes)})" for declaration, signature in CASES]


def _random(dice: random.Random, kind: ir.TypeName) -> Any:
    if has_parts(kind):
        return random_value(dice, kind)
    if dice.random() < 0.3:
        return dice.choice(EDGES[kind])
    match kind:
        case "bool":
            return dice.random() < 0.5
        case "float":
            return dice.choice(
                (
                    lambda: dice.uniform(-1, 1) * 10.0 ** dice.randint(-300, 300),
                    lambda: dice.uniform(-1000, 1000),
                    lambda: round(dice.uniform(-1000, 1000), dice.randint(0, 6)) + 0.0,
                    lambda: _bits(dice.getrandbits(64)),
                    lambda: 1.0 + dice.uniform(-1, 1) * 2.0 ** -dice.randint(1, 50),
                )
            )()
        case "string":
            alphabet = dice.choice(("ab", " aA/", "0123456789.eE+-", "aé日😀\x00"))
            return "".join(dice.choice(alphabet) for _ in range(dice.randint(0, 12)))
        case "bytes":
            return dice.randbytes(dice.randint(0, 70))
        case "timestamp":
            near = dice.choice(CHANGES) * SECOND + dice.randint(-400 * 86_400, 400 * 86_400) * SECOND
            return dice.choice(
                (near, dice.randint(-62_135_596_800 * SECOND, 253_402_300_799 * SECOND), near // SECOND * SECOND)
            )
        case "date":
            return dice.choice((dice.randint(-719_162, 2_932_896), dice.randint(-800, 30_000)))
        case _:
            limit = 2 ** dice.randint(1, 63)
            return dice.randrange(-limit, limit)


def _bits(bits: int) -> float:
    value: float = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
    return value + 0.0 if math.isfinite(value) else 1.0


def inputs(declaration: FunctionDeclaration, signature: Signature, count: int) -> list[tuple[Any, ...]]:
    """Edges with edges, then random ones."""
    dice = seeded(declaration.name + str(signature))
    free = [kind for place, kind in enumerate(signature.takes) if place not in declaration.constant]
    written = WRITTEN.get(declaration.name, [()])
    edges = list(itertools.product(*(EDGES.get(kind, []) for kind in free)))
    if len(edges) > 2_000:
        edges = dice.sample(edges, 2_000)
    rows = [(*values, *dice.choice(written)) for values in edges]
    rows += [(*(_random(dice, kind) for kind in free), *dice.choice(written)) for _ in range(count)]
    if declaration.name in {"pow", "exp"}:
        rows += [
            tuple(dice.uniform(-750, 750) if i else abs(dice.gauss(1, 3)) for i in range(len(free)))
            for _ in range(count)
        ]
    if declaration.name in {"add_days", "add_months"}:
        rows = [(row[0], dice.choice((row[1], row[1] % 1000 - 500))) for row in rows]
    if declaration.name in {"to_timestamp", "to_date"}:
        rows += [(_almost(dice, declaration.name),) for _ in range(count)]
    if declaration.name == "index_of" and signature.takes[0] != "string":
        rows = [
            (row[0], dice.choice(row[0])) if row[0] and None not in row[0] and dice.random() < 0.5 else row
            for row in rows
        ]
    if declaration.name in {"substr", "split_part", "slice"}:
        rows = [(*row[:-2], *(n % 13 - 1 if isinstance(n, int) else n for n in row[-2:])) for row in rows]
    return rows


def _almost(dice: random.Random, name: str) -> str:
    """A text of a time or date, often with a mistake."""
    text = f"{dice.randint(0, 9999):04}-{dice.randint(0, 13):02}-{dice.randint(0, 32):02}"
    if name == "to_timestamp":
        text += f"{dice.choice('T T')}{dice.randint(0, 24):02}:{dice.randint(0, 60):02}"
        text += dice.choice(("", f":{dice.randint(0, 60):02}", f":{dice.randint(0, 59):02}.{dice.randint(0, 10**7)}"))
        text += dice.choice(("Z", "z", "", "+01:00", "-1800", "+05", "+19:00"))
    if dice.random() < 0.2:
        place = dice.randrange(len(text))
        text = text[:place] + dice.choice(" x0:") + text[place + dice.randint(0, 1) :]
    return text


def printed(value: Any) -> str:
    """As the probe prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return hex_bits(value)
    if isinstance(value, (str, bytes)):
        return "x" + (value.encode() if isinstance(value, str) else value).hex()
    return str(value)


def _given(declaration: FunctionDeclaration, kind: str, place: int, value: Any) -> str:
    if has_parts(kind):
        return f"y:{kind.replace(' ', '_')} {argument(encode(value, kind)[1:])}"
    if place == declaration.zone:
        return f"z:{table(value)}"
    if place == declaration.pattern:
        return f"p:{re2(parsed(value))}"
    if place in declaration.literal:
        return f"s:{value}"
    return argument(value.encode() if isinstance(value, str) else value)


def _gives(declaration: FunctionDeclaration, signature: Signature, row: tuple[Any, ...]) -> str:
    if declaration.gives is None:
        return signature.gives
    return declaration.gives([Constant(kind, value) for kind, value in zip(signature.takes, row, strict=True)])


def _referred(declaration: FunctionDeclaration, signature: Signature, row: tuple[Any, ...]) -> list[Any]:
    """The arguments as the reference takes them."""
    return [
        encode(value, kind)[1:] if declaration.canonical and has_parts(kind) else value
        for kind, value in zip(signature.takes, row, strict=True)
    ]


@pytest.mark.parametrize(("declaration", "signature"), CASES, ids=IDS)
def test_kernel_and_reference_agree(java: JavaMain, declaration: FunctionDeclaration, signature: Signature) -> None:
    rows = inputs(declaration, signature, INPUTS)
    expected = []
    for row in rows:
        try:
            value = declaration.reference(*_referred(declaration, signature, row))
        except Exceptional as nothing:
            expected.append(f"null {nothing.reason}")
        else:
            assert not (isinstance(value, float) and (math.copysign(1, value) < 0) and value == 0)
            gives = _gives(declaration, signature, row)
            expected.append(printed(encode(value, gives)[1:] if has_parts(gives) else value))
    method = declaration.java_method(signature.takes)
    commands = []
    for row in rows:
        gives = _gives(declaration, signature, row)
        given = [f"y:{gives.replace(' ', '_')}"] if has_parts(gives) else []
        given += [_given(declaration, kind, n, v) for n, (kind, v) in enumerate(zip(signature.takes, row, strict=True))]
        commands.append(f"call {method} {' '.join(given)}")
    found = java.probe(commands)
    wrong = [(row, one, other) for row, one, other in zip(rows, expected, found, strict=True) if one != other]
    assert wrong[:3] == []


def test_every_declaration_has_an_implementation_and_every_implementation_a_declaration() -> None:
    declared = {d.java_method(s.takes) for d, s in CASES}
    public = re.compile(r"public static \S+(?:\[\])? (\w+)\(")
    implemented = {
        f"{file.stem}.{name}"
        for file in KERNEL.glob("*Functions.java")
        for name in public.findall(file.read_text(encoding="utf-8"))
    }
    assert declared == implemented
    assert not AGGREGATES.keys() & FUNCTIONS.keys()


@pytest.mark.parametrize("declaration", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_declaration_is_whole_and_its_example_true(declaration: FunctionDeclaration) -> None:
    assert declaration.doc.endswith(".")
    assert all(len(s.takes) == len(declaration.parameters) for s in declaration.signatures)
    call, value = declaration.example
    found = program(EVENTS, block(f"a = {call}\nb = {value}\nc = count()")).features[0].values
    scope = Scope({}, Counter())
    assert evaluate(found[0].expression, scope) == evaluate(found[1].expression, scope)
    assert found[0].type == found[1].type
    if not re.search("[\\[]|decimal", "".join(declaration.example)):
        assert isinstance(found[0].expression, ir.Constant)


@pytest.mark.parametrize("name", ["exp", "ln", "log10", "pow"])
def test_undefined_results_are_declared(name: str) -> None:
    """What may be null for another reason than a size that no float has says so in its type."""
    declaration = FUNCTIONS[name]
    reasons = set()
    for row in inputs(declaration, declaration.signatures[0], 300):
        try:
            declaration.reference(*row)
        except Exceptional as nothing:
            reasons.add(nothing.reason)
    assert ("undefined" in reasons) == declaration.partial


def test_java_types_of_signatures_differ() -> None:
    """Two signatures that Java cannot tell apart have the same reference, or methods of their own."""
    for declaration in FUNCTIONS.values():
        seen: dict[tuple[str, ...], set[str]] = {}
        for signature in declaration.signatures:
            types = tuple(
                f"Structure {type_of(kind)}" if has_parts(kind) else type_of(kind) for kind in signature.takes
            )
            seen.setdefault((*types, signature.method), set()).add(type_of(signature.gives))
        assert all(len(gives) == 1 for gives in seen.values())


def test_every_zone_of_the_wheel_can_be_written_down(java: JavaMain) -> None:
    """The kernel's table of each zone gives the offset that Python's does, at random moments of all its years."""
    dice = seeded("zones")
    commands, expected = [], []
    for name in names():
        for _ in range(12):
            moment = dice.choice(
                (dice.randint(-4_000_000_000, 4_000_000_000), dice.randint(-62_135_000_000, 253_402_000_000))
            )
            commands.append(f"call TimeFunctions.hour i:{moment * SECOND} z:{table(name)}")
            expected.append(str((EPOCH + timedelta(seconds=moment)).astimezone(zone(name)).hour))
    assert java.probe(commands) == expected
