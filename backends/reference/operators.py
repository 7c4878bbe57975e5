"""Every operator on values, with None as null; an operator without a value says why (semantics.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from featlang.backends.reference.canonical import encode, size_of
from featlang.compiler import ir
from featlang.compiler.structures import has_parts, is_structured, kind_of, structure
from featlang.stdlib.aggregates.decimal_values import digits_of, nearest
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.aggregates.exact import in_int64
from featlang.stdlib.aggregates.order import order_key
from featlang.stdlib.functions import FUNCTIONS
from featlang.stdlib.functions.texts import LONGEST

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping, Sequence

Number = TypeVar("Number", int, float)


def _outside_a_row(_: int) -> Any:
    message = "an aggregate in the filter or the argument of another"
    raise AssertionError(message)


def _outside_a_stream(_lookup: int, _name: str) -> Any:
    message = "only the rows of streams look anything up"
    raise AssertionError(message)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the leaves of an expression stand for, and where the reasons of exceptional nulls are counted."""

    columns: Mapping[str, Any]
    reasons: Counter[str]
    aggregate: Callable[[int], Any] = _outside_a_row
    """Gives the value of an aggregate at the row. It may raise `Exceptional`."""
    values: Sequence[Any] = ()
    looked_up: Callable[[int, str], Any] = _outside_a_stream
    """Gives a value that a lookup of a stream's row finds."""


def evaluate(  # noqa: C901 - one case for each kind of node
    expression: ir.Expression, scope: Scope
) -> Any:
    """Give the value of the expression. Total: null where there is none, and the reason is counted.

    `if` evaluates only the branch it takes, `??` its right side only where the left is null; everything else
    evaluates all its arguments.
    """
    try:
        match expression:
            case ir.Constant(type=kind, value=value):
                return Decimal(str(value)) if kind_of(kind) == "decimal" and value is not None else value
            case ir.ColumnValue(name=name):
                return scope.columns[name]
            case ir.NamedValue(index=index):
                return scope.values[index]
            case ir.AggregateValue(index=index):
                return scope.aggregate(index)
            case ir.LookedUp(lookup=lookup, name=name):
                return scope.looked_up(lookup, name)
            case ir.Operation(operator="if", arguments=(condition, then, otherwise)):
                return evaluate(then if evaluate(condition, scope) is True else otherwise, scope)
            case ir.Operation(operator="coalesce", arguments=arguments):
                return _coalesce(arguments, scope)
            case ir.Operation(operator=operator, arguments=arguments, type=kind):
                values = [evaluate(argument, scope) for argument in arguments]
                if operator in FUNCTIONS and FUNCTIONS[operator].canonical:
                    values = [_as_bytes(value, each.type) for value, each in zip(values, arguments, strict=True)]
                return apply(operator, values, kind)
    except Exceptional as nothing:
        scope.reasons[nothing.reason] += 1
        return None


def _as_bytes(value: Any, kind: ir.TypeName) -> Any:
    """The canonical bytes of a value with parts; another as it is."""
    return value if value is None or not has_parts(kind) else encode(value, kind)[1:]


def apply(operator: str, arguments: Sequence[Any], kind: ir.TypeName) -> Any:
    """Apply one operator (not `if` and not `coalesce`) or function that gives a type. Raises `Exceptional(reason)`."""
    if operator in NULL_AWARE:
        return _fit_made(NULL_AWARE[operator](*arguments), kind)
    if any(argument is None for argument in arguments):
        return None
    if kind_of(kind) == "decimal" and operator in DECIMAL:
        return _fit_decimal(nearest(DECIMAL[operator](*map(Fraction, arguments)), structure(kind).scale), kind)
    if operator in STRICT:
        return STRICT[operator](*arguments)
    return _fit_made(FUNCTIONS[operator].reference(*arguments), kind)


def _coalesce(arguments: Sequence[ir.Expression], scope: Scope) -> Any:
    for argument in arguments:
        value = evaluate(argument, scope)
        if value is not None:
            return value
    return None


# --- null-aware: SQL's three-valued logic -------------------------------------------------------------------------


def _and(*arguments: bool | None) -> bool | None:
    if any(argument is False for argument in arguments):
        return False
    return None if any(argument is None for argument in arguments) else True


def _or(*arguments: bool | None) -> bool | None:
    if any(argument is True for argument in arguments):
        return True
    return None if any(argument is None for argument in arguments) else False


def _is_null(argument: object) -> bool:
    return argument is None


def _in(needle: object, *items: object) -> bool | None:
    if needle is None:
        return None
    if any(item is not None and item == needle for item in items):
        return True
    return None if any(item is None for item in items) else False


# --- strict: null where any argument is null ----------------------------------------------------------------------


def _fit(result: Number) -> Number:
    """Give the result itself where its type holds it: an int in int64; a float that is finite, and never -0.0."""
    if isinstance(result, int):
        return in_int64(result)
    if not math.isfinite(result):
        raise Exceptional(reason="not_finite")
    return result + 0.0


def _fit_decimal(result: Decimal, kind: ir.TypeName) -> Decimal:
    """Give the result itself where its type has digits enough, as the types of operators do."""
    if digits_of(result) > structure(kind).precision:
        raise Exceptional(reason="overflow")
    return result


def _fit_made(result: Any, kind: ir.TypeName) -> Any:
    """Give the result itself; a list or a map that was made is no longer than a text may be, as the kernel holds it."""
    if is_structured(kind) and size_of(result, kind) - 1 > LONGEST:
        raise Exceptional(reason="overflow")
    return result


def _divide(left: float, right: float) -> float:
    # Durations are divided as floats, so that a quotient is always one IEEE division.
    if right == 0:
        raise Exceptional(reason="division_by_zero")
    return _fit(float(left) / float(right))


def _modulo(left: float, right: float) -> float:
    if right == 0:
        raise Exceptional(reason="division_by_zero")
    if isinstance(left, int) and isinstance(right, int):
        magnitude = abs(left) % abs(right)
        return -magnitude if left < 0 else magnitude
    return _fit(math.fmod(left, right))


def _decimal_modulo(left: Fraction, right: Fraction) -> Fraction:
    """Give the remainder with the sign of the dividend."""
    magnitude = abs(left) % abs(right or _by_zero())
    return -magnitude if left < 0 else magnitude


def _by_zero() -> Fraction:
    raise Exceptional(reason="division_by_zero")


# --- lists, maps, structs: a list is a tuple, a map a tuple of pairs in the order of its keys, a struct a tuple ------


def _list(*items: object) -> tuple[object, ...]:
    return items


def _among(needle: object, items: Sequence[Any]) -> bool | None:
    """Say whether it is among a list's items: null where it is not, and an item is null."""
    if any(item is not None and item == needle for item in items):
        return True
    return None if any(item is None for item in items) else False


def _item(items: Sequence[Any], position: int) -> Any:
    return items[position] if 0 <= position < len(items) else None


def _entry(entries: Sequence[tuple[Any, Any]], key: object) -> Any:
    return dict(entries).get(key)


NULL_AWARE: dict[str, Callable[..., Any]] = {
    "and": _and,
    "or": _or,
    "is_null": _is_null,
    "in": _in,
    "list": _list,
}

DECIMAL: dict[str, Callable[..., Fraction]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b or _by_zero()),
    "modulo": _decimal_modulo,
    "negate": lambda a: -a,
    "rescale": lambda a: a,
}
"""Operators that give a decimal: exact, then the nearest that its type has."""


STRICT: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: _fit(a + b),
    "subtract": lambda a, b: _fit(a - b),
    "multiply": lambda a, b: _fit(a * b),
    "divide": _divide,
    "modulo": _modulo,
    "negate": lambda a: _fit(-a),
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "less": lambda a, b: order_key(a) < order_key(b),
    "less_equal": lambda a, b: order_key(a) <= order_key(b),
    "greater": lambda a, b: order_key(a) > order_key(b),
    "greater_equal": lambda a, b: order_key(a) >= order_key(b),
    "not": lambda a: not a,
    "to_float": FUNCTIONS["to_float"].reference,
    "among": _among,
    "item": _item,
    "entry": _entry,
    "field": lambda fields, position: fields[position],
}
