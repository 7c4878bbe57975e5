"""The types of decimals: which result an operator has on them (docs/semantics.md), and how other numbers meet them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from featlang.compiler.structures import MAX_PRECISION, Structure, decimal_of, kind_of, structure
from featlang.compiler.typed import Constant, Expression, Operation, depth_of

INT = Structure("decimal", (), 19, 0)
"""What holds every int."""

LEAST_SCALE = 6
"""A quotient has at least so many digits behind the point."""

SUM_DIGITS = 10
"""A sum has so many digits more before the point than what is summed."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """A result that would have more digits than a decimal may have; `advice` says what to write."""

    advice: str


def result(operator: str, left: str, right: str) -> str | TooLong:
    """The type of `left + right` and its kin, of two types of decimals."""
    one, other = structure(left), structure(right)
    whole_one, whole_other = one.precision - one.scale, other.precision - other.scale
    scale = max(one.scale, other.scale)
    match operator:
        case "+" | "-":
            found = max(whole_one, whole_other) + 1 + scale, scale
        case "*":
            found = one.precision + other.precision, one.scale + other.scale
        case "/":
            scale = max(scale, LEAST_SCALE)
            found = whole_one + other.scale + scale, scale
        case _:
            found = max(min(whole_one, whole_other) + scale, 1), scale
    precision = max(found[0], 1)
    if precision > MAX_PRECISION:
        fewer = f"`to_decimal(x, 18, {min(one.scale, 9)})`"
        return TooLong(
            f"that has {precision} digits, and a decimal has {MAX_PRECISION}: take fewer on both sides, as in {fewer}"
        )
    return decimal_of(precision, found[1])


def summed(type_name: str) -> str:
    """The type of a sum of decimals."""
    found = structure(type_name)
    return decimal_of(min(found.precision + SUM_DIGITS, MAX_PRECISION), found.scale)


def common(left: str, right: str) -> str | None:
    """The type that holds the values of both; None where it would have too many digits."""
    one, other = structure(left), structure(right)
    scale = max(one.scale, other.scale)
    precision = max(one.precision - one.scale, other.precision - other.scale) + scale
    return None if precision > MAX_PRECISION else decimal_of(precision, scale)


def as_decimal(expression: Expression) -> Expression | None:
    """A number as a decimal, one that is written out with just its digits; None for what is none."""
    if kind_of(expression.type) == "decimal":
        return expression
    if isinstance(expression, Constant):
        return _constant(expression)
    return rescaled(expression, INT.text) if expression.type == "int" else None


def _constant(constant: Constant) -> Constant | None:
    """A known int, or a float that is written out, as a decimal."""
    if constant.type == "int":
        return Constant(INT.text, None) if constant.value is None else _written(Decimal(constant.value))
    return None if constant.exact is None else _written(constant.exact)


def rescaled(expression: Expression, type_name: str) -> Expression | None:
    """A number as a decimal of a type that holds all of its own; None for what is no int and no decimal."""
    if expression.type == type_name:
        return expression
    number = as_decimal(expression) if isinstance(expression, Constant) else expression
    if number is None or (number.type != "int" and kind_of(number.type) != "decimal"):
        return None
    wanted = structure(type_name)
    own = INT if number.type == "int" else structure(number.type)
    if isinstance(number, Constant):
        value = None if number.value is None else Decimal(str(number.value))
        if value is not None and wanted.unscaled(Fraction(value)) is None:
            return None
        return Constant(type_name, None if value is None else text_of(value, wanted.scale))
    if own.precision - own.scale > wanted.precision - wanted.scale or own.scale > wanted.scale:
        return None
    return Operation("rescale", (number,), type_name, number.nullable, 1 + depth_of(number))


def text_of(value: Decimal, scale: int) -> str:
    """A number with so many digits behind the point, as constants of decimals are held: `-12.50`."""
    text = format(value, f".{scale}f")
    return text.lstrip("-") if not value else text


def _written(value: Decimal) -> Constant | None:
    """The decimal of just the digits that a literal has."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return None
    scale = max(-exponent, 0)
    precision = max(len(digits) + max(exponent, 0), scale, 1)
    return Constant(decimal_of(precision, scale), text_of(value, scale)) if precision <= MAX_PRECISION else None
