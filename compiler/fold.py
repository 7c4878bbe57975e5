"""Constant folding: what an operation on constants gives, by the rules that the kernel keeps while it runs."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from featlang.compiler.structures import SCALARS
from featlang.compiler.typed import Constant, Expression, Operation
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.aggregates.exact import INT_MAX, INT_MIN
from featlang.stdlib.functions import FUNCTIONS


def fold(operation: Operation) -> Expression:
    """Give the constant that the operation is, the argument that it comes down to, or the operation itself.

    Its arguments are folded already. An aggregate that a fold drops is not computed.
    """
    return _NULL_AWARE.get(operation.operator, _strict)(operation)


def _and(operation: Operation) -> Expression:
    return _logical(operation, absorbing=False)


def _or(operation: Operation) -> Expression:
    return _logical(operation, absorbing=True)


def _logical(operation: Operation, *, absorbing: bool) -> Expression:
    """Fold `and` (absorbing false) and `or` (absorbing true): the absorbing value wins even over null."""
    left, right = operation.arguments
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Constant) and one.value is absorbing:
            return one
        if isinstance(one, Constant) and one.value is (not absorbing):
            return other
    both = isinstance(left, Constant) and isinstance(right, Constant)
    return Constant("bool", None) if both else operation


def _conditional(operation: Operation) -> Expression:
    condition, then, otherwise = operation.arguments
    if not isinstance(condition, Constant):
        return operation
    return then if condition.value is True else otherwise


def _coalesce(operation: Operation) -> Expression:
    value, default = operation.arguments
    if not isinstance(value, Constant):
        return operation
    return default if value.value is None else value


def _contains(operation: Operation) -> Expression:
    needle = operation.arguments[0]
    if isinstance(needle, Constant) and needle.value is None:
        return Constant("bool", None)
    if not all(isinstance(argument, Constant) for argument in operation.arguments):
        return operation
    value, *items = (argument.value for argument in operation.arguments if isinstance(argument, Constant))
    if value in [item for item in items if item is not None]:
        return Constant("bool", value=True)
    return Constant("bool", None if None in items else False)


def _is_null(operation: Operation) -> Expression:
    (operand,) = operation.arguments
    return Constant("bool", operand.value is None) if isinstance(operand, Constant) else operation


def _strict(operation: Operation) -> Expression:
    """Fold the operators that give null whenever an argument is null."""
    constants = [argument for argument in operation.arguments if isinstance(argument, Constant)]
    if any(constant.value is None for constant in constants):
        return Constant(operation.type, None)
    if len(constants) < len(operation.arguments) or not _is_folded(operation):
        return operation
    values = [constant.value for constant in constants]
    if operation.operator in FUNCTIONS:
        return Constant(operation.type, _called(operation.operator, values))
    value = _on_floats if "float" in {operation.type, constants[0].type} else _on_others
    return Constant(operation.type, value(operation.operator, values))


def _is_folded(operation: Operation) -> bool:
    """Whether an operation on constants is computed now: not one of decimals, lists, maps or structs."""
    return {operation.type, *(argument.type for argument in operation.arguments)} <= {*SCALARS}


def _called(name: str, values: list[Any]) -> Any:
    """Compute a function by its declaration."""
    try:
        return FUNCTIONS[name].reference(*values)
    except Exceptional:
        return None


def _on_floats(name: str, values: list[Any]) -> bool | float | None:
    """Compute with floats; durations are divided as floats too."""
    if name in _COMPARISONS:
        return bool(_COMPARISONS[name](*values))
    return _finite(_FLOAT[name](*(float(value) for value in values)))


def _on_others(name: str, values: list[Any]) -> bool | int | None:
    if name in _COMPARISONS:
        return bool(_COMPARISONS[name](*(v.encode("utf-8") if isinstance(v, str) else v for v in values)))
    return not values[0] if name == "not" else _in_int64(_INT[name](*values))


def _divide(a: float, b: float) -> float | None:
    return None if b == 0 else a / b


def _modulo_int(a: int, b: int) -> int | None:
    """Give the remainder with the sign of the dividend; Python's own has that of the divisor."""
    if b == 0:
        return None
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


def _modulo_float(a: float, b: float) -> float | None:
    return None if b == 0 else math.fmod(a, b)


def _in_int64(value: int | None) -> int | None:
    return value if value is not None and INT_MIN <= value <= INT_MAX else None


def _finite(value: float | None) -> float | None:
    """NaN and the infinities are null; adding 0.0 turns -0.0 into 0.0."""
    return value + 0.0 if value is not None and math.isfinite(value) else None


_NULL_AWARE: dict[str, Callable[[Operation], Expression]] = {
    "and": _and,
    "or": _or,
    "if": _conditional,
    "coalesce": _coalesce,
    "in": _contains,
    "is_null": _is_null,
    "list": lambda operation: operation,
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}
_FLOAT: dict[str, Callable[..., float | None]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": _divide,
    "modulo": _modulo_float,
    "negate": operator.neg,
    "to_float": float,
}
_INT: dict[str, Callable[..., int | None]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "modulo": _modulo_int,
    "negate": operator.neg,
}
