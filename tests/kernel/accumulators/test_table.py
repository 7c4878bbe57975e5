"""Every aggregate on every type it takes, through the table and the Java it names, against its reference."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from featlang.backends.kernel import build
from featlang.backends.kernel import java_text as text
from featlang.backends.kernel.accumulators import ACCUMULATORS, JavaAccumulator, storage_of
from featlang.backends.kernel.parts import value_of
from featlang.backends.reference.canonical import encode
from featlang.compiler import ir
from featlang.compiler.decimals import summed
from featlang.compiler.structures import kind_of
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.decimal_values import decimal_value
from featlang.stdlib.aggregates.declaration import AggregateDeclaration, Exceptional
from tests.kernel.accumulators.probe import JavaMain, hex_bits, seeded
from tests.strategies.types import SOME

FORMULAS = build.JAVA_SOURCES / "featlang" / "kernel" / "aggregates"
RESULTS = {"boolean": "boolValue", "long": "intValue", "double": "floatValue", "byte[]": "bytesValue"}
VALUES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "long": [-(2**63), 2**63 - 1, 0, 1, -1, 5, 7, 2**53 + 1],
    "double": [0.0, 1.5, -1.5, 0.1, 12.34, 1e308, -1e308, 1e-308, 5e-324, sys.float_info.max],
    "byte[]": [b"", b"a", b"ab", b"\xff", "ż".encode()],
}
"""By Java type; what an accumulator holds as bytes it holds of any bytes."""
DECIMALS = [decimal_value(value, 4) for value in (0, 1, -1, 12_345, -(10**20) + 1, 10**20 - 1, 5, 15)]


@dataclass(frozen=True)
class Case:
    """An aggregate on a type; `count()` has none."""

    declaration: AggregateDeclaration
    argument: ir.TypeName | None

    @property
    def values(self) -> list[Any]:
        """What the argument may be, as the kernel holds it."""
        if self.argument is not None and kind_of(self.argument) == "decimal":
            return [encode(value, self.argument)[1:] for value in DECIMALS]
        return VALUES[self.java_type]

    @property
    def java_type(self) -> str:
        """The Java type of the argument; of `count()`'s rows boolean."""
        return "boolean" if self.argument is None else text.type_of(self.argument)

    def accumulators(self) -> list[tuple[JavaAccumulator, bool | None]]:
        """The Java accumulators that the table names, and which booleans each is fed."""
        storage = storage_of(self.argument)
        found = [(ACCUMULATORS[a.kind, storage], a.when) for a in self.declaration.accumulators]
        if storage != "decimal" or self.argument is None:
            return found
        result = text.structure(summed(self.argument))
        return [(replace(a, constructor=result) if a.java == "DecimalSum" else a, when) for a, when in found]

    def expected(self, values: list[Any]) -> str:
        """What the reference gives, as the generated Java prints it."""
        if self.argument is not None and kind_of(self.argument) == "decimal":
            values = [value_of(value, self.argument) for value in values]
        try:
            value = self.declaration.reference([True] * len(values) if self.argument is None else values)
        except Exceptional as null:
            return f"null {null.reason}"
        if value is None:
            return "null null"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, Decimal):
            value = encode(value, self.declaration.gives(self.argument))[1:]
        if isinstance(value, bytes):
            return value.hex()
        return hex_bits(value) if isinstance(value, float) else str(value)

    def java(self, values: list[Any]) -> list[str]:
        """A Java block that feeds the values and prints the result."""
        kinds = self.accumulators()
        lines = [f"{kind.java} c{i} = new {kind.java}({kind.constructor});" for i, (kind, _) in enumerate(kinds)]
        literals = ", ".join(_literal(self.java_type, value) for value in values)
        lines.append(f"for ({self.java_type} x : new {self.java_type}[] {{{literals}}}) {{")
        for i, (kind, when) in enumerate(kinds):
            condition = "" if when is None else f"if ({'x' if when else '!x'}) "
            lines.append(f"    {condition}c{i}.{kind.add('' if self.argument is None else 'x')};")
        result = RESULTS[text.type_of(self.declaration.gives(self.argument))]
        formula = f"featlang.kernel.aggregates.{_pascal(self.declaration.name)}.{result}"
        cells = "".join(f"c{i}, " for i in range(len(kinds)))
        return ["{", *lines, "}", f"print({formula}({cells}outcome));", "}"]


CASES = [
    Case(declaration, argument)
    for declaration in AGGREGATES.values()
    for argument in [*([None] if declaration.optional else []), *(SOME[kind] for kind in declaration.takes[0])]
]


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _literal(java_type: str, value: Any) -> str:
    if java_type == "byte[]":
        return "new byte[] {" + ", ".join(f"(byte) {byte}" for byte in value) + "}"
    return {"boolean": text.boolean, "long": text.long, "double": text.double}[java_type](value)


def _streams(case: Case, source: random.Random) -> list[list[Any]]:
    values = case.values
    return [[], *([value] for value in values), *(source.choices(values, k=n) for n in (2, 2, 2, 3, 5, 9))]


TABLE_PROBE = """package featlang.kernel;

public final class TableProbe {{
    private static final Outcome outcome = new Outcome();

    private static void print(Object value) {{
        if (outcome.isNull) {{
            System.out.println("null " + Outcome.REASONS[outcome.reason]);
        }} else if (value instanceof Double number) {{
            System.out.println(java.util.HexFormat.of().toHexDigits(Double.doubleToRawLongBits(number)));
        }} else if (value instanceof byte[] bytes) {{
            System.out.println(java.util.HexFormat.of().formatHex(bytes));
        }} else {{
            System.out.println(value);
        }}
    }}
{methods}
    public static void main(String[] arguments) {{
{calls}
    }}
}}
"""


def test_every_aggregate_on_every_type_equals_its_reference(tmp_path: Path) -> None:
    source = seeded(11)
    expected, methods, calls = [], [], []
    for c, case in enumerate(CASES):
        lines = []
        for values in _streams(case, source):
            lines += case.java(values)
            expected.append(f"{case.declaration.name} {case.argument} {case.expected(values)}")
        methods.append("\n".join([f"    private static void case{c}() {{", *lines, "    }"]))
        calls.append(f"        case{c}();")
    program = TABLE_PROBE.format(methods="\n".join(methods), calls="\n".join(calls))
    java = JavaMain.compiled({"featlang/kernel/TableProbe.java": program}, tmp_path)
    printed = iter(java.run("TableProbe"))
    streams = seeded(11)
    found = [
        f"{case.declaration.name} {case.argument} {next(printed)}" for case in CASES for _ in _streams(case, streams)
    ]
    assert found == expected
    assert next(printed, None) is None


def test_the_table_and_the_aggregates_name_the_same() -> None:
    named = {(a.kind, storage_of(case.argument)) for case in CASES for a in case.declaration.accumulators}
    assert named == set(ACCUMULATORS)
    formulas = {f.stem for f in FORMULAS.glob("*.java") if "public final class" in f.read_text(encoding="utf-8")}
    assert formulas == {_pascal(name) for name in AGGREGATES}


@pytest.mark.parametrize("kind", sorted({a.java for a in ACCUMULATORS.values()}))
def test_invertible_is_what_the_java_class_is(kind: str) -> None:
    folder = FORMULAS.parent
    base = "Distinct" if kind.endswith("Distinct") else kind
    subtracts = "void subtract(" in (folder / f"{base}.java").read_text(encoding="utf-8")
    assert {a.invertible for a in ACCUMULATORS.values() if a.java == kind} == {subtracts}
