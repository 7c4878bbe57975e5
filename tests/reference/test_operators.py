"""Every operator: its values, its nulls, and the reasons of the nulls that are counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from featlang.backends.reference.operators import Scope, evaluate
from tests.reference.build import constant, of, operation

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
LARGEST = 1.7976931348623157e308


def calculate(operator: str, kind: str, *arguments: tuple[Any, str]) -> tuple[Any, list[str]]:
    """Apply an operator to (value, type) pairs; gives the value and the reasons that were counted."""
    reasons: Counter[str] = Counter()
    expression = operation(operator, *(of(f"x{i}", t) for i, (_, t) in enumerate(arguments)), kind=kind)
    values = {f"x{i}": value for i, (value, _) in enumerate(arguments)}
    return evaluate(expression, Scope(values, reasons)), sorted(reasons.elements())


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected", "reason"),
    [
        ("add", INT_MAX, 0, INT_MAX, None),
        ("add", INT_MAX, 1, None, "overflow"),
        ("add", INT_MIN, -1, None, "overflow"),
        ("subtract", INT_MIN, 1, None, "overflow"),
        ("subtract", -1, INT_MIN, INT_MAX, None),
        ("subtract", 0, INT_MIN, None, "overflow"),
        ("multiply", 2**32, 2**31, None, "overflow"),
        ("multiply", -(2**32), 2**31, INT_MIN, None),
        ("multiply", INT_MIN, -1, None, "overflow"),
        ("modulo", -7, 3, -1, None),
        ("modulo", 7, -3, 1, None),
        ("modulo", -7, -3, -1, None),
        ("modulo", INT_MIN, -1, 0, None),
        ("modulo", INT_MIN, INT_MAX, -1, None),
        ("modulo", 7, 0, None, "division_by_zero"),
        ("add", None, 1, None, None),
        ("modulo", None, 0, None, None),
        ("modulo", 1, None, None, None),
    ],
)
def test_ints(operator: str, left: int | None, right: int | None, expected: int | None, reason: str | None) -> None:
    """Ints never wrap; the remainder has the sign of the dividend."""
    for kind in ("int", "duration"):
        assert calculate(operator, kind, (left, kind), (right, kind)) == (expected, [reason] if reason else [])


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected", "reason"),
    [
        ("add", 0.1, 0.2, "0x1.3333333333334p-2", None),
        ("add", LARGEST, LARGEST, None, "not_finite"),
        ("add", LARGEST, 1e291, "0x1.fffffffffffffp+1023", None),
        ("subtract", -LARGEST, LARGEST, None, "not_finite"),
        ("subtract", 1.0, 1.0, "0x0.0p+0", None),
        ("multiply", 1e308, 10.0, None, "not_finite"),
        ("multiply", -5e-324, 0.5, "0x0.0p+0", None),
        ("multiply", -1.0, 0.0, "0x0.0p+0", None),
        ("divide", 1.0, 2.0, "0x1.0p-1", None),
        ("divide", 1.0, 0.0, None, "division_by_zero"),
        ("divide", 0.0, 0.0, None, "division_by_zero"),
        ("divide", 1e308, 1e-308, None, "not_finite"),
        ("divide", -5e-324, 3.0, "0x0.0p+0", None),
        ("modulo", -7.5, 2.0, "-0x1.8p+0", None),
        ("modulo", -6.0, 2.0, "0x0.0p+0", None),
        ("modulo", 1e308, 3.0, "0x1.0p+1", None),
        ("modulo", 5.0, 0.0, None, "division_by_zero"),
        ("divide", None, 0.0, None, None),
    ],
)
def test_floats(operator: str, left: float | None, right: float, expected: str | None, reason: str | None) -> None:
    """Floats are single IEEE operations; what is not finite is null, and -0.0 is 0.0, to the bit."""
    value, reasons = calculate(operator, "float", (left, "float"), (right, "float"))
    assert (None if value is None else float(value).hex()) == (
        None if expected is None else float.fromhex(expected).hex()
    )
    assert reasons == ([reason] if reason else [])


def test_negation() -> None:
    """Negation of the least int has no int; of 0.0 it is 0.0."""
    assert calculate("negate", "int", (INT_MIN, "int")) == (None, ["overflow"])
    assert calculate("negate", "int", (INT_MAX, "int")) == (-INT_MAX, [])
    value, _ = calculate("negate", "float", (0.0, "float"))
    assert str(value) == "0.0"
    assert calculate("negate", "float", (None, "float")) == (None, [])


def test_times() -> None:
    """Times are microseconds: their sums and differences are exact, and their quotients floats."""
    assert calculate("add", "timestamp", (10, "timestamp"), (-25, "duration")) == (-15, [])
    assert calculate("subtract", "duration", (10, "timestamp"), (25, "timestamp")) == (-15, [])
    assert calculate("add", "timestamp", (INT_MAX, "timestamp"), (1, "duration")) == (None, ["overflow"])
    assert calculate("multiply", "duration", (INT_MAX, "duration"), (2, "int")) == (None, ["overflow"])
    assert calculate("divide", "float", (1, "duration"), (4, "duration")) == (0.25, [])
    assert calculate("divide", "float", (1, "duration"), (0, "duration")) == (None, ["division_by_zero"])


def test_durations_are_divided_as_floats() -> None:
    """Both are rounded first: 2^53 + 1 becomes 2^53, and the quotient is 1.0, not the double after it."""
    assert calculate("divide", "float", (2**53 + 1, "duration"), (2**53, "duration")) == (1.0, [])
    assert calculate("divide", "float", (2**54 - 1, "duration"), (2, "duration")) == (2.0**53, [])


@pytest.mark.parametrize(("number", "expected"), [(2**53 + 1, 2.0**53), (2**53 + 3, 2.0**53 + 4), (INT_MAX, 2.0**63)])
def test_int_to_float_rounds_to_even(number: int, expected: float) -> None:
    """Widening rounds to the nearest double, ties to even."""
    assert calculate("to_float", "float", (number, "int")) == (expected, [])


T, F, N = True, False, None


@pytest.mark.parametrize(
    ("operator", "table"),
    [
        ("and", {(T, T): T, (T, F): F, (T, N): N, (F, F): F, (F, N): F, (N, N): N}),
        ("or", {(T, T): T, (T, F): T, (T, N): T, (F, F): F, (F, N): N, (N, N): N}),
        ("equal", {(T, T): T, (T, F): F, (T, N): N, (F, F): T, (F, N): N, (N, N): N}),
        ("not_equal", {(T, T): F, (T, F): T, (T, N): N, (F, F): F, (F, N): N, (N, N): N}),
    ],
)
def test_three_valued_logic(operator: str, table: dict[tuple[bool | None, bool | None], bool | None]) -> None:
    """SQL's tables, both ways round."""
    for (left, right), expected in table.items():
        assert calculate(operator, "bool", (left, "bool?"), (right, "bool?")) == (expected, [])
        assert calculate(operator, "bool", (right, "bool?"), (left, "bool?")) == (expected, [])


def test_not_and_is_null() -> None:
    """The unary ones."""
    assert [calculate("not", "bool", (x, "bool?"))[0] for x in (T, F, N)] == [F, T, N]
    assert [calculate("is_null", "bool", (x, "bool?"))[0] for x in (T, F, N)] == [F, F, T]


@pytest.mark.parametrize(
    ("kind", "ascending"),
    [
        ("int", [INT_MIN, -1, 0, 2**53, 2**53 + 1, INT_MAX]),
        ("float", [-LARGEST, -5e-324, 0.0, 5e-324, 1.0]),
        ("string", ["", "\u0000", "a", "a\u0000", "ab", "b", "é", "\ud7ff", "\ue000", "\uffff", "\U00010000"]),
        ("bytes", [b"", b"\x00", b"\x00\xff", b"a", b"\x7f", b"\x80", b"\xff"]),
        ("timestamp", [-1, 0, 1]),
        ("duration", [-1, 0, 1]),
        ("date", [-1, 0, 1]),
    ],
)
def test_comparisons(kind: str, ascending: list[Any]) -> None:
    """Strings are ordered by their UTF-8 bytes: an astral character after U+FFFF."""
    for i, left in enumerate(ascending):
        for j, right in enumerate(ascending):
            pair = ((left, kind), (right, kind))
            assert calculate("less", "bool", *pair)[0] is (i < j)
            assert calculate("less_equal", "bool", *pair)[0] is (i <= j)
            assert calculate("greater", "bool", *pair)[0] is (i > j)
            assert calculate("greater_equal", "bool", *pair)[0] is (i >= j)
            assert calculate("equal", "bool", *pair)[0] is (i == j)
            assert calculate("not_equal", "bool", *pair)[0] is (i != j)
        assert calculate("less", "bool", (left, kind), (None, kind)) == (None, [])


@pytest.mark.parametrize(
    ("needle", "items", "expected"),
    [
        (1, (1, 2), True),
        (3, (1, 2), False),
        (1, (None, 1), True),
        (3, (1, None), None),
        (None, (1, 2), None),
        (None, (None,), None),
    ],
)
def test_in(needle: int | None, items: tuple[int | None, ...], expected: bool | None) -> None:  # noqa: FBT001 - a value
    """`a in xs` is null if a is null, or not found while xs holds a null."""
    assert calculate("in", "bool", (needle, "int?"), *((item, "int?") for item in items)) == (expected, [])


def test_coalesce_takes_the_first_that_is_not_null() -> None:
    """`??`, also after a null that is counted."""
    assert calculate("coalesce", "int", (None, "int?"), (2, "int"))[0] == 2
    assert calculate("coalesce", "int", (1, "int?"), (2, "int"))[0] == 1
    assert calculate("coalesce", "int", (None, "int?"), (None, "int?"))[0] is None
    reasons: Counter[str] = Counter()
    ratio = operation("divide", constant(1.0, "float"), constant(0.0, "float"), kind="float")
    expression = operation("coalesce", ratio, constant(0.5, "float"), kind="float")
    assert evaluate(expression, Scope({}, reasons)) == 0.5
    assert reasons == {"division_by_zero": 1}


@pytest.mark.parametrize(("condition", "expected"), [(True, 1), (False, 2), (None, 2)])
def test_if(condition: bool | None, expected: int) -> None:  # noqa: FBT001 - a value
    """A null condition takes `else`."""
    assert calculate("if", "int", (condition, "bool?"), (1, "int"), (2, "int")) == (expected, [])


def test_if_evaluates_only_the_branch_it_takes() -> None:
    """The other branch counts nothing."""
    reasons: Counter[str] = Counter()
    ratio = operation("divide", constant(1.0, "float"), constant(0.0, "float"), kind="float")
    expression = operation("if", constant(True, "bool"), constant(1.0, "float"), ratio, kind="float")  # noqa: FBT003
    assert evaluate(expression, Scope({}, reasons)) == 1.0
    assert not reasons
