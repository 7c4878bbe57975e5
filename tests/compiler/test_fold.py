"""Constant folding: expectations are written down one by one, or computed in exact arithmetic here."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featlang.backends.reference.operators import apply
from featlang.compiler import ir
from featlang.compiler.fold import fold
from featlang.compiler.typed import ColumnRead, Constant, Expression, Operation
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.aggregates.exact import INT_MAX, INT_MIN
from tests.compiler.programs import features

UNKNOWN = ColumnRead("ok", "bool", nullable=True)
Value = bool | int | float | str | None


def folded(operator: ir.Operator, result: ir.TypeName, *arguments: Expression) -> Expression:
    return fold(Operation(operator, arguments, result, nullable=True, depth=1))


def constant_of(text: str) -> Value:
    """What the compiler makes of an expression on constants."""
    value = features(f"a = {text}\nb = count()").values[0].expression
    assert isinstance(value, ir.Constant), value
    assert value.nullable == (value.value is None)
    return value.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2", 3),
        ("1 / 2", 0.5),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("-7 % -3", -1),
        ("-7.5 % 2", -1.5),
        ("5 % 0", None),
        ("5.0 % 0.0", None),
        ("1 / 0", None),
        ("0.0 / 0.0", None),
        ("9223372036854775807 + 1", None),
        ("-9223372036854775808", INT_MIN),
        ("-(-9223372036854775808)", None),
        ("-9223372036854775808 - 1", None),
        ("-9223372036854775808 % -1", 0),
        ("4294967296 * 4294967296", None),
        ("3037000500 * 3037000499", 9223372033963249500),
        ("1e308 * 10", None),
        ("1e308 + 1e308", None),
        ("5e-324 / 2", 0.0),
        ("0.1 + 0.2", 0.30000000000000004),
        ("9007199254740993 / 1", 9007199254740992.0),
        ("9007199254740993 + 0.0", 9007199254740992.0),
        ("0.0 * -1.0", 0.0),
        ("-0.0", 0.0),
        ("-1.0 % 1.0", 0.0),
        ("1 == 1.0", True),
        ("9007199254740993 == 9007199254740992.0", True),
        ('"a" < "b"', True),
        ('"\\uFFFD" < "\\u{1F600}"', True),
        ('"Z" < "a"', True),
        ('"" < "a"', True),
        ("true == false", False),
        ("true != false", True),
        ("1h > 59m", True),
        ("1h / 30m", 2.0),
        ("1h / 0s", None),
        ("90m % 1h", 1_800_000_000),
        ("2 * 1h", 7_200_000_000),
        ("1h * 2562047788016", None),
        ("-1h + 1h", 0),
        ("not true", False),
        ("1 in [1, 2]", True),
        ("3 in [1, 2]", False),
        ("3 in [1, null]", None),
        ("1 in [1, null]", True),
        ("1 in [1.0, 2.5]", True),
        ("1 not in [2]", True),
        ("1 / 0 in [1.0]", None),
        ("1 / 0 is null", True),
        ("1 is not null", True),
        ("1 / 0 ?? 2.5", 2.5),
        ("1 ?? 2.5", 1.0),
        ("null ?? 3", 3),
        ("if 1 > 2 then 1 else 2.5", 2.5),
        ("if 1 / 0 > 1 then 1 else 2", 2),
        ("if true then null else 2", None),
        ("(1 / 0 > 1) and false", False),
        ("(1 / 0 > 1) and true", None),
        ("(1 / 0 > 1) or true", True),
        ("(1 / 0 > 1) or false", None),
        ("not (1 / 0 > 1)", None),
    ],
)
def test_constants(text: str, value: Value) -> None:
    found = constant_of(text)
    assert (found, type(found)) == (value, type(value))
    assert not isinstance(found, float) or math.copysign(1.0, found) == (-1.0 if found < 0 else 1.0)


@pytest.mark.parametrize("other", [Constant("bool", value=True), Constant("bool", value=False), Constant("bool", None)])
def test_what_decides_wins_over_the_unknown_and_all_else_waits(other: Constant) -> None:
    for arguments in ((UNKNOWN, other), (other, UNKNOWN)):
        conjunction, disjunction = folded("and", "bool", *arguments), folded("or", "bool", *arguments)
        if other.value is None:
            assert isinstance(conjunction, Operation)
            assert isinstance(disjunction, Operation)
        else:
            assert conjunction == (UNKNOWN if other.value else other)
            assert disjunction == (other if other.value else UNKNOWN)


def test_null_passes_through_strict_operators_on_the_unknown() -> None:
    column, null = ColumnRead("n", "int", nullable=False), Constant("int", None)
    assert folded("add", "int", column, null) == Constant("int", None)
    assert folded("less", "bool", null, column) == Constant("bool", None)
    assert folded("in", "bool", null, column) == Constant("bool", None)
    assert folded("coalesce", "int", null, column) == column
    assert folded("if", "int", Constant("bool", None), null, column) == column


def test_the_null_of_the_unknown_is_not_known() -> None:
    column = ColumnRead("n", "int", nullable=False)  # reading it may still be exceptional null
    assert isinstance(folded("is_null", "bool", column), Operation)
    assert isinstance(folded("coalesce", "int", column, Constant("int", 1)), Operation)
    assert isinstance(folded("equal", "bool", column, column), Operation)


ints = st.one_of(
    st.integers(INT_MIN, INT_MAX), st.integers(-3, 3), st.sampled_from([INT_MIN, INT_MIN + 1, INT_MAX - 1, INT_MAX])
)
floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.0, 1.0, 5e-324, 1e308, -1e308])
).map(lambda value: value + 0.0)


@given(a=ints, b=ints)
def test_ints_are_exact_or_null(a: int, b: int) -> None:
    truncated = None if b == 0 else a - b * math.trunc(Fraction(a, b))
    expected = {"add": a + b, "subtract": a - b, "multiply": a * b, "modulo": truncated}
    operators: tuple[ir.Operator, ...] = ("add", "subtract", "multiply", "modulo")
    for operator in operators:
        exact = expected[operator]
        inside = exact is not None and INT_MIN <= exact <= INT_MAX
        found = folded(operator, "int", Constant("int", a), Constant("int", b))
        assert found == Constant("int", exact if inside else None)


def rounded(exact: Fraction) -> float | None:
    """The nearest double, ties to even; None beyond the largest."""
    try:
        return exact.numerator / exact.denominator + 0.0
    except OverflowError:
        return None


@given(a=floats, b=floats)
def test_floats_are_rounded_once_or_null(a: float, b: float) -> None:
    left, right = Fraction(a), Fraction(b)
    quotient = None if b == 0 else rounded(left / right)
    remainder = None if b == 0 else rounded(left - right * math.trunc(left / right))
    expected = {
        "add": rounded(left + right),
        "subtract": rounded(left - right),
        "multiply": rounded(left * right),
        "divide": quotient,
        "modulo": remainder,
    }
    operators: tuple[ir.Operator, ...] = ("add", "subtract", "multiply", "divide", "modulo")
    for operator in operators:
        found = folded(operator, "float", Constant("float", a), Constant("float", b))
        assert isinstance(found, Constant)
        assert found.value == expected[operator]
        assert found.value is None or math.copysign(1.0, float(found.value)) == (
            -1.0 if float(found.value) < 0 else 1.0
        )


@given(a=st.text(max_size=3), b=st.text(max_size=3))
def test_strings_are_ordered_by_code_points(a: str, b: str) -> None:
    points = [ord(letter) for letter in a], [ord(letter) for letter in b]
    found = folded("less", "bool", Constant("string", a), Constant("string", b))
    assert found == Constant("bool", points[0] < points[1])


bools = st.booleans()
strings = st.text(alphabet=st.sampled_from("aZ\0\uffff\U0001f600"), max_size=3)
ARITHMETIC: tuple[ir.Operator, ...] = ("add", "subtract", "multiply", "modulo")
COMPARISONS: tuple[ir.Operator, ...] = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
ORDERED: tuple[ir.TypeName, ...] = ("int", "float", "string")
SIGNATURES: list[tuple[ir.Operator, ir.TypeName, int, ir.TypeName]] = [
    *((operator, "int", 2, "int") for operator in ARITHMETIC),
    *((operator, "float", 2, "float") for operator in (*ARITHMETIC, "divide")),
    *((operator, taken, 2, "bool") for operator in COMPARISONS for taken in ORDERED),
    ("add", "duration", 2, "duration"),
    ("modulo", "duration", 2, "duration"),
    ("divide", "duration", 2, "float"),
    ("negate", "int", 1, "int"),
    ("negate", "float", 1, "float"),
    ("to_float", "int", 1, "float"),
    ("not", "bool", 1, "bool"),
    ("and", "bool", 2, "bool"),
    ("or", "bool", 2, "bool"),
    ("equal", "bool", 2, "bool"),
    ("is_null", "int", 1, "bool"),
    ("in", "int", 3, "bool"),
    ("in", "string", 3, "bool"),
]
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "bool": bools,
    "int": ints,
    "duration": ints,
    "float": floats,
    "string": strings,
}


@given(data=st.data(), signature=st.sampled_from(SIGNATURES))
def test_a_fold_gives_what_the_reference_gives(
    data: st.DataObject, signature: tuple[ir.Operator, ir.TypeName, int, ir.TypeName]
) -> None:
    operator, taken, count, result = signature
    arguments = [data.draw(st.none() | VALUES[taken]) for _ in range(count)]
    try:
        expected = apply(operator, arguments, result)
    except Exceptional:
        expected = None
    found = folded(operator, result, *(Constant(taken, argument) for argument in arguments))
    assert isinstance(found, Constant)
    assert (found.type, found.value, type(found.value)) == (result, expected, type(expected))
