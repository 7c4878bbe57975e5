"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from featlang.compiler.ir import TypeName
from featlang.compiler.structures import decimal_of, kind_of, structure
from featlang.stdlib.aggregates.decimal_values import decimal_value, nearest
from featlang.stdlib.aggregates.declaration import ORDERED, Exceptional
from featlang.stdlib.aggregates.exact import in_int64
from featlang.stdlib.aggregates.order import order_key
from featlang.stdlib.functions import fdlibm
from featlang.stdlib.functions.declaration import UNDEFINED, FunctionDeclaration, Signature

KERNEL = "NumberFunctions"
DECIMALS = "DecimalFunctions"

MOST_DIGITS = 300
"""The most digits behind the point that `round` keeps."""


def _finite(value: float) -> float:
    """The value, never -0.0; `not_finite` where it is none."""
    if not math.isfinite(value):
        raise Exceptional("not_finite")
    return value + 0.0


def _undefined() -> Exceptional:
    return Exceptional(UNDEFINED)


def _abs(x: Any) -> Any:
    if isinstance(x, Decimal):
        return x.copy_abs()
    return in_int64(abs(x)) if isinstance(x, int) else abs(x)


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def _floor(x: Any) -> Any:
    if isinstance(x, Decimal):
        return decimal_value(math.floor(Fraction(x)), 0)
    return x if abs(x) >= 2.0**52 else float(math.floor(x)) + 0.0


def _ceil(x: Any) -> Any:
    if isinstance(x, Decimal):
        return decimal_value(math.ceil(Fraction(x)), 0)
    return x if abs(x) >= 2.0**52 else float(math.ceil(x)) + 0.0


def _round(x: Any, digits: int) -> Any:
    if isinstance(x, Decimal):
        return nearest(Fraction(x), min(digits, -int(x.as_tuple().exponent)))
    scaled = Fraction(x) * 10**digits
    return _finite(float(Fraction(round(scaled), 10**digits)))  # Python rounds fractions half to even, exactly


def _sqrt(x: float) -> float:
    if x < 0:
        raise _undefined()
    return math.sqrt(x)


def _ln(x: float) -> float:
    if x <= 0:
        raise _undefined()
    return fdlibm.log(x) + 0.0


def _log10(x: float) -> float:
    if x <= 0:
        raise _undefined()
    return fdlibm.log10(x) + 0.0


def _pow(x: float, y: float) -> float:
    if (x == 0 and y < 0) or (x < 0 and y != math.floor(y)):
        raise _undefined()
    return _finite(fdlibm.pow(x, y))


def _div(a: int, b: int) -> int:
    if b == 0:
        raise Exceptional("division_by_zero")
    quotient = abs(a) // abs(b)
    return in_int64(quotient if (a < 0) == (b < 0) else -quotient)


def _mod_floor(a: int, b: int) -> int:
    if b == 0:
        raise Exceptional("division_by_zero")
    return a % b


def _greatest(*values: Any) -> Any:
    return max(values, key=order_key)


def _least(*values: Any) -> Any:
    return min(values, key=order_key)


def _width_bucket(x: float, low: float, high: float, buckets: int) -> int:
    """0 below `low`, 1 to `buckets` between, `buckets` + 1 from `high` on; the bounds of buckets are exact."""
    if x < low:
        return 0
    if x >= high:
        return buckets + 1
    share = (Fraction(x) - Fraction(low)) * buckets / (Fraction(high) - Fraction(low))
    return math.floor(share) + 1


def _check_digits(values: Sequence[Any]) -> tuple[str, str] | None:
    if not 0 <= values[1] <= MOST_DIGITS:
        return f"`round` keeps from 0 to {MOST_DIGITS} digits", "write it as in `round(x, 2)`"
    return None


def _check_buckets(values: Sequence[Any]) -> tuple[str, str] | None:
    _, low, high, buckets = values
    if not low < high:
        return "the upper bound is not above the lower one", "write it as in `width_bucket(x, 0.0, 100.0, 10)`"
    if not 1 <= buckets <= 1_000_000:
        return "there are from 1 to 1,000,000 buckets", "write it as in `width_bucket(x, 0.0, 100.0, 10)`"
    return None


def _unary(*types: TypeName) -> tuple[Signature, ...]:
    return tuple(Signature((each,), each) for each in types)


FLOAT = (Signature(("float",), "float"),)


def _decimal(method: str, *more: TypeName) -> Signature:
    """On decimals; which one it gives is seen by the argument's."""
    return Signature(("decimal", *more), "decimal<1, 0>", f"{DECIMALS}.{method}")


def _whole(arguments: Sequence[Any]) -> TypeName:
    """The type of a number that is rounded, to the digits behind the point that are said, or to none.

    A decimal has one digit more before the point: 9.9 becomes 10.
    """
    number, *digits = arguments
    if kind_of(number.type) != "decimal":
        return str(number.type)
    found = structure(number.type)
    behind = min(digits[0].value if digits else 0, found.scale)
    return number.type if behind == found.scale else decimal_of(found.precision - found.scale + behind + 1, behind)


NUMBERS = (
    FunctionDeclaration(
        "abs",
        "The number without its sign. Of the least int it is null, because no int is that large.",
        ("x",),
        (*_unary("int", "float", "duration"), Signature(("decimal",), "decimal", f"{DECIMALS}.abs")),
        _abs,
        KERNEL,
        ("abs(-3)", "3"),
        gives=lambda arguments: arguments[0].type,
    ),
    FunctionDeclaration(
        "sign",
        "-1, 0 or 1.",
        ("x",),
        (
            *(Signature((each,), "int") for each in ("int", "float", "duration")),
            Signature(("decimal",), "int", f"{DECIMALS}.sign"),
        ),
        _sign,
        KERNEL,
        ("sign(-0.5)", "-1"),
    ),
    FunctionDeclaration(
        "floor",
        "The greatest whole number that is not greater, as a float; of a decimal, as a decimal.",
        ("x",),
        (*FLOAT, _decimal("floor")),
        _floor,
        KERNEL,
        ("floor(-1.5)", "-2.0"),
        gives=_whole,
    ),
    FunctionDeclaration(
        "ceil",
        "The least whole number that is not less, as a float; of a decimal, as a decimal.",
        ("x",),
        (*FLOAT, _decimal("ceil")),
        _ceil,
        KERNEL,
        ("ceil(1.2)", "2.0"),
        gives=_whole,
    ),
    FunctionDeclaration(
        "round",
        "The nearest number with so many digits behind the point (0, if not said); of two the one whose last digit is "
        "even. What counts is the exact value of the float: 2.675 is a little less than it looks. A decimal gives one.",
        ("x", "digits"),
        (Signature(("float", "int"), "float"), _decimal("round", "int")),
        _round,
        KERNEL,
        ("round(2.5)", "2.0"),
        defaults=(0,),
        constant=frozenset({1}),
        check=_check_digits,
        gives=_whole,
    ),
    FunctionDeclaration(
        "sqrt",
        "The square root; null of a number below 0.",
        ("x",),
        FLOAT,
        _sqrt,
        KERNEL,
        ("sqrt(2.25)", "1.5"),
        partial=True,
    ),
    FunctionDeclaration(
        "exp",
        "e to the power of x, as fdlibm gives it; null where no float is that large.",
        ("x",),
        FLOAT,
        lambda x: _finite(fdlibm.exp(x)),
        KERNEL,
        ("exp(0.0)", "1.0"),
    ),
    FunctionDeclaration(
        "ln",
        "The natural logarithm, as fdlibm gives it; null of a number that is not above 0.",
        ("x",),
        FLOAT,
        _ln,
        KERNEL,
        ("ln(1.0)", "0.0"),
        partial=True,
    ),
    FunctionDeclaration(
        "log10",
        "The decimal logarithm, as fdlibm gives it; null of a number that is not above 0.",
        ("x",),
        FLOAT,
        _log10,
        KERNEL,
        ("log10(100.0)", "2.0"),
        partial=True,
    ),
    FunctionDeclaration(
        "pow",
        "x to the power of y, as fdlibm gives it; null where that is not defined: 0 to less than 0, and a number below "
        "0 to one that is not whole.",
        ("x", "y"),
        (Signature(("float", "float"), "float"),),
        _pow,
        KERNEL,
        ("pow(2.0, 10.0)", "1024.0"),
        partial=True,
    ),
    FunctionDeclaration(
        "div",
        "The whole quotient, truncated towards zero; null where the divisor is 0.",
        ("a", "b"),
        (Signature(("int", "int"), "int"), Signature(("duration", "duration"), "int")),
        _div,
        KERNEL,
        ("div(-7, 2)", "-3"),
        partial=True,
    ),
    FunctionDeclaration(
        "mod_floor",
        "The remainder with the sign of the divisor; `%` has that of the dividend. Null where the divisor is 0.",
        ("a", "b"),
        (Signature(("int", "int"), "int"), Signature(("duration", "duration"), "duration")),
        _mod_floor,
        KERNEL,
        ("mod_floor(-7, 3)", "2"),
        partial=True,
    ),
    FunctionDeclaration(
        "greatest",
        "The greatest of the values; null if one of them is.",
        ("first", "second"),
        tuple(Signature((each, each), each) for each in ORDERED if each != "decimal"),
        _greatest,
        KERNEL,
        ("greatest(1, 3, 2)", "3"),
        variadic=True,
    ),
    FunctionDeclaration(
        "least",
        "The least of the values; null if one of them is.",
        ("first", "second"),
        tuple(Signature((each, each), each) for each in ORDERED if each != "decimal"),
        _least,
        KERNEL,
        ('least("b", "a")', '"a"'),
        variadic=True,
    ),
    FunctionDeclaration(
        "width_bucket",
        "Which of so many equally wide buckets between two bounds holds the number: 1 for the first; 0 below the lower "
        "bound, one more than there are from the upper bound on.",
        ("x", "low", "high", "buckets"),
        (Signature(("float", "float", "float", "int"), "int"),),
        _width_bucket,
        KERNEL,
        ("width_bucket(35.0, 0.0, 100.0, 10)", "4"),
        constant=frozenset({1, 2, 3}),
        check=_check_buckets,
    ),
)
