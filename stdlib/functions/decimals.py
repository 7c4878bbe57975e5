"""Functions of decimals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from featlang.compiler.structures import MAX_PRECISION, decimal_of
from featlang.stdlib.aggregates.decimal_values import digits_of, nearest
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.functions.declaration import UNDEFINED, FunctionDeclaration, Signature

KERNEL = "DecimalFunctions"

MOST_EXPONENT = 400
"""A text of a number may have an exponent of so much, and so many characters."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE]([+-]?[0-9]+))?")


def _to_decimal(value: Any, precision: int, scale: int) -> Decimal:
    found = nearest(_exact(value), scale)
    if digits_of(found) > precision:
        raise Exceptional("overflow")
    return found


def _exact(value: Any) -> Fraction:
    """What a number, or the text of one, is exactly."""
    if not isinstance(value, str):
        return Fraction(value)
    text = value.strip(" ")
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > MOST_EXPONENT or abs(int(found.group(3) or "0")) > MOST_EXPONENT:
        raise Exceptional(UNDEFINED)
    return Fraction(text)


def _check(values: Sequence[Any]) -> tuple[str, str] | None:
    _, precision, scale = values
    if not (1 <= precision <= MAX_PRECISION and 0 <= scale <= precision):
        return (
            f"a decimal has no {precision} digits with {scale} behind the point",
            "write it as in `to_decimal(x, 10, 2)`: ten digits, two of them behind the point",
        )
    return None


DECIMALS = (
    FunctionDeclaration(
        "to_decimal",
        "A number as a decimal of so many digits, of which so many stand behind the point: the nearest; of two, the "
        "one whose last digit is even. Null where it has more digits, and of a text that is no number of at most 400 "
        "characters.",
        ("value", "precision", "scale"),
        tuple(Signature((kind, "int", "int"), "decimal<1, 0>") for kind in ("int", "float", "string", "decimal")),
        _to_decimal,
        KERNEL,
        ("to_decimal(2.665, 10, 2)", "to_decimal(2.67, 10, 2)"),
        partial=True,
        constant=frozenset({1, 2}),
        check=_check,
        gives=lambda arguments: decimal_of(arguments[1].value, arguments[2].value),
    ),
)
