"""Decimals as the reference holds them: Python's `Decimal` with just the digits behind the point that the type has.

They are made of whole numbers, so that no context of Python's module rounds anything.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def decimal_value(unscaled: int, scale: int) -> Decimal:
    """The decimal unscaled · 10^-scale; never -0."""
    digits = tuple(int(digit) for digit in str(abs(unscaled)))
    return Decimal((1 if unscaled < 0 else 0, digits, -scale))


def unscaled(value: Decimal, scale: int) -> int:
    """The whole number that a decimal of that scale is multiplied by 10^scale."""
    return int(Fraction(value) * 10**scale)


def nearest(value: Fraction, scale: int) -> Decimal:
    """The nearest decimal with so many digits behind the point; of two, the one whose last digit is even."""
    return decimal_value(round(value * 10**scale), scale)


def digits_of(value: Decimal) -> int:
    """How many digits it has, zeros at the front not counted."""
    return len(str(abs(unscaled(value, -int(value.as_tuple().exponent)))).lstrip("0"))
