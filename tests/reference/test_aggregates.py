"""Every aggregate on lists of values: exact, rounded once, and of nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.declaration import Exceptional

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
LARGEST = 1.7976931348623157e308


def result(name: str, values: list[Any]) -> Any:
    """Compute an aggregate; a counted null is its reason in brackets."""
    declaration = AGGREGATES[name]
    try:
        value = declaration.reference(values)
    except Exceptional as nothing:
        return f"[{declaration.exceptional[declaration.exceptional.index(nothing.reason)]}]"
    return value.hex() if isinstance(value, float) else value


def exactly(value: float) -> str:
    """Write a float so that equal means equal bits."""
    return value.hex()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1e16, 1.0, 2.0, 0.1, 0.2], 1.0000000000000004e16),
        ([0.3], 0.3),
        ([0.1] * 10, 1.0),
        ([1e308, 1e308, -1e308, -1e308], 0.0),
        ([1e308, 1e308, -1e308], 1e308),
        ([1e308, 1e-308, -1e308], 1e-308),
        ([LARGEST, 5e-324], LARGEST),
        ([5e-324, 5e-324], 1e-323),
        ([-5e-324, 5e-324], 0.0),
        ([2.0**53, 1.0, 5e-324], 2.0**53 + 2),
        ([2.0**53, 1.0], 2.0**53),
        ([2.0**53, 3.0], 2.0**53 + 4),
        ([LARGEST, 2.0**969], LARGEST),
    ],
)
def test_sums_of_floats_are_rounded_once(values: list[float], expected: float) -> None:
    """The exact sum, to the nearest double, ties to even; in any order."""
    assert result("sum", values) == exactly(expected)
    assert result("sum", values[::-1]) == exactly(expected)


def test_a_sum_beyond_the_doubles_is_null() -> None:
    """From 2^1024 - 2^970 up, which is half a unit above the largest double."""
    assert result("sum", [LARGEST, 2.0**970]) == "[not_finite]"
    assert result("sum", [-LARGEST, -(2.0**970)]) == "[not_finite]"
    assert result("sum", [LARGEST, 2.0**970, -5e-324]) == exactly(LARGEST)
    assert result("avg", [LARGEST, LARGEST]) == "[not_finite]"


def test_sums_of_ints_are_exact() -> None:
    """Checked when read: what leaves int64 in between may come back."""
    assert result("sum", [INT_MAX, 1]) == "[overflow]"
    assert result("sum", [INT_MIN, -1]) == "[overflow]"
    assert result("sum", [INT_MAX, INT_MAX, INT_MIN, INT_MIN]) == -2
    assert result("sum", [2**53, 1]) == 2**53 + 1


def test_averages() -> None:
    """RN(S1) ÷ n, for ints too."""
    assert result("avg", [1, 2]) == exactly(1.5)
    assert result("avg", [INT_MAX, INT_MAX]) == exactly(2.0**63)
    assert result("avg", [2**53 + 1, 0]) == exactly(2.0**52)
    assert result("avg", [0.1, 0.2, 0.3]) == exactly(0.6 / 3)
    assert result("avg", [-5e-324, 0.0]) == exactly(0.0)


def test_variances() -> None:
    """RN(n·S2 - S1²) ÷ (n·(n - 1)), of large numbers beside each other too."""
    assert result("var", [1, 2, 4]) == exactly(14 / 6)
    assert result("var", [1e16, 1e16 + 2]) == exactly(2.0)
    assert result("var", [0.1, 0.1, 0.1]) == exactly(0.0)
    assert result("var", [INT_MAX, INT_MIN]) == exactly(float(Fraction(2**64 - 1) ** 2) / 2)
    assert result("var", [5e-324, 0.0]) == exactly(0.0)
    assert result("var", [1e155, -1e155]) == "[not_finite]"
    assert result("var", [1e154, 0.0]) == exactly(float(Fraction(1e154) ** 2) / 2)
    exact = [Fraction(x) for x in (0.1, 0.2, 0.7)]
    second_moment = 3 * sum(x * x for x in exact) - sum(exact) ** 2
    assert result("var", [0.1, 0.2, 0.7]) == exactly(float(second_moment) / 6)


def test_standard_deviations() -> None:
    """The root of the variance."""
    assert result("stddev", [1, 2, 4]) == exactly((14 / 6) ** 0.5)
    assert result("stddev", [2.0, 2.0]) == exactly(0.0)
    assert result("stddev", [1e155, -1e155]) == "[not_finite]"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("count", 0),
        ("count_if", 0),
        ("count_distinct", 0),
        ("any", False),
        ("all", True),
        *((name, None) for name in ("sum", "avg", "min", "max", "first", "last", "stddev", "var")),
    ],
)
def test_of_nothing(name: str, expected: Any) -> None:
    """Counts are 0, `any` false, `all` true, everything else null, as declared."""
    assert result(name, []) is expected
    declared = {"zero": 0, "false": False, "true": True, "null": None}[AGGREGATES[name].of_nothing]
    assert declared is expected


def test_of_one() -> None:
    """Deviations need two values."""
    assert result("var", [1.0]) is None
    assert result("stddev", [1]) is None
    assert AGGREGATES["var"].null_for_few == AGGREGATES["stddev"].null_for_few == 2


@pytest.mark.parametrize(
    ("values", "least", "greatest"),
    [
        ([3, -1, 2], -1, 3),
        ([b"b", b"", b"\xff"], b"", b"\xff"),
        (["\uffff", "\U00010000", "a"], "a", "\U00010000"),
        (["a\u0000", "a"], "a", "a\u0000"),
    ],
)
def test_extremes(values: list[Any], least: Any, greatest: Any) -> None:
    """Strings by UTF-8 bytes, bytes unsigned."""
    assert result("min", values) == least
    assert result("max", values) == greatest
    assert result("max", [-5e-324, 0.0]) == exactly(0.0)


def test_counts_and_truths() -> None:
    """Of booleans."""
    assert result("count", [True, False]) == 2
    assert result("count_if", [True, False, True]) == 2
    assert result("any", [False, True]) is True
    assert result("any", [False]) is False
    assert result("all", [True, False]) is False
    assert result("all", [True]) is True


def test_first_and_last_keep_the_order() -> None:
    """Of the values as they are given."""
    assert result("first", ["b", "a", "c"]) == "b"
    assert result("last", ["b", "a", "c"]) == "c"


def test_distinct_counts_are_bound() -> None:
    """10,000 are counted; one more is null."""
    assert result("count_distinct", ["a", "b", "a"]) == 2
    assert result("count_distinct", list(range(10_000)) * 2) == 10_000
    assert result("count_distinct", list(range(10_001))) == "[bound]"


def test_a_bound_may_be_said() -> None:
    """As many are counted as it says."""
    assert AGGREGATES["count_distinct"].value([1, 2, 2], 2) == 2
    with pytest.raises(Exceptional):
        AGGREGATES["count_distinct"].value([1, 2, 3], 2)
