"""Exact sums of ints and floats, and the one rounding RN that ends them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from featlang.compiler.structures import MAX_PRECISION
from featlang.stdlib.aggregates.decimal_values import decimal_value, unscaled
from featlang.stdlib.aggregates.declaration import Exceptional

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALE_BITS = 1074
"""Every double is a whole multiple of 2^-1074, the smallest subnormal."""

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


def nearest_int(value: int) -> int:
    """Give the number itself, or the end of int64 that is nearest to it."""
    return max(INT_MIN, min(value, INT_MAX))


def scaled(value: float) -> int:
    """Multiply an int or a finite float by 2^1074, exactly."""
    numerator, denominator = value.as_integer_ratio()
    return (numerator << SCALE_BITS) // denominator


def rounded(numerator: int, denominator: int) -> float:
    """Round once, RN(numerator / denominator): the nearest double, ties to even, never -0.0.

    Raises `Exceptional("not_finite")` from 2^1024 - 2^970 up. Division of Python ints is rounded correctly, subnormals
    included, and raises `OverflowError` where the nearest double would be infinite.
    """
    try:
        return numerator / denominator + 0.0
    except OverflowError:
        raise Exceptional(reason="not_finite") from None


def rounded_sum(values: Sequence[float]) -> float:
    """Give RN(S1) of ints or floats. Raises `Exceptional("not_finite")`."""
    return rounded(sum(scaled(value) for value in values), 1 << SCALE_BITS)


def rounded_second_moment(values: Sequence[float]) -> float:
    """Give RN(M2), M2 = n·S2 - S1², of ints or floats. Raises `Exceptional("not_finite")`."""
    exact = [scaled(value) for value in values]
    second_moment = len(exact) * sum(x * x for x in exact) - sum(exact) ** 2
    return rounded(second_moment, 1 << (2 * SCALE_BITS))


def rounded_decimals(values: Sequence[Decimal]) -> float:
    """Give RN(S1) of decimals. Raises `Exceptional("not_finite")`."""
    total = sum((Fraction(value) for value in values), Fraction())
    return rounded(total.numerator, total.denominator)


def decimal_sum(values: Sequence[Decimal]) -> Decimal:
    """Give the exact sum of decimals of one type. Raises `Exceptional("overflow")` beyond what a decimal may hold."""
    scale = -int(values[0].as_tuple().exponent)
    total = sum(unscaled(value, scale) for value in values)
    if abs(total) >= 10**MAX_PRECISION:
        raise Exceptional(reason="overflow")
    return decimal_value(total, scale)


def in_int64(value: int) -> int:
    """Give the value itself. Raises `Exceptional("overflow")` where int64 cannot hold it."""
    if not INT_MIN <= value <= INT_MAX:
        raise Exceptional(reason="overflow")
    return value
