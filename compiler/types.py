"""The types of operators: which they take, what they give, and whether that may be null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from featlang.compiler import ir
from featlang.compiler.fold import fold
from featlang.compiler.nullability import result_may_be_null
from featlang.compiler.typed import Constant, Expression, Operation

SCALARS: tuple[ir.TypeName, ...] = get_args(ir.TypeName)
STRUCTURED = ("decimal", "list", "map", "struct")
"""Types of the language that are not compiled yet."""

KEY_TYPES: tuple[ir.TypeName, ...] = ("string", "int", "bool", "date", "timestamp", "bytes")
"""A float is no key: it has too many ways to be nearly equal."""

MAX_DEPTH = 64
"""The most operators on one path of an expression; it keeps the IR within what JSON readers accept."""


@dataclass(frozen=True, slots=True)
class Null:
    """The literal `null`, whose type comes from what it meets."""


@dataclass(frozen=True, slots=True)
class NoMeaning:
    """An operator does not take these operands; `advice` says what to write."""

    advice: str


_ARITHMETIC: dict[str, ir.Operator] = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}
_COMPARISONS: dict[str, ir.Operator] = {
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}

_RESULTS: dict[tuple[str, ir.TypeName, ir.TypeName], ir.TypeName] = {
    **{(operator, "int", "int"): "int" for operator in "+-*%"},
    **{(operator, "float", "float"): "float" for operator in "+-*/%"},
    **{(operator, "duration", "duration"): "duration" for operator in "+-%"},
    ("/", "duration", "duration"): "float",
    ("+", "timestamp", "duration"): "timestamp",
    ("-", "timestamp", "duration"): "timestamp",
    ("-", "timestamp", "timestamp"): "duration",
    ("*", "duration", "int"): "duration",
}


def arithmetic(operator: str, left: Expression, right: Expression) -> Expression | NoMeaning:
    """Give `left + right` and its kin; ints widen to meet floats, and to be divided."""
    if {left.type, right.type} <= {"int", "float"} and (left.type != right.type or operator == "/"):
        left, right = to_float(left), to_float(right)
    swapped = (operator, right.type, left.type) in _RESULTS and operator in "+*"
    if (operator, left.type, right.type) not in _RESULTS and swapped:
        left, right = right, left  # `5m + ts` is `ts + 5m`
    result = _RESULTS.get((operator, left.type, right.type))
    if result is None:
        return NoMeaning(_advice(operator, left.type, right.type))
    return operation(_ARITHMETIC[operator], (left, right), result)


def negated(operand: Expression) -> Expression | NoMeaning:
    """Give `-operand`."""
    if operand.type not in {"int", "float", "duration"}:
        return NoMeaning("`-` takes an int, a float or a duration")
    return operation("negate", (operand,), operand.type)


def comparison(operator: str, left: Expression, right: Expression) -> Expression | NoMeaning:
    """Give `left == right` and its kin, on operands of one type."""
    pair = unified(left, right)
    if pair is None:
        return NoMeaning(_advice(operator, left.type, right.type))
    if pair[0].type == "bool" and operator not in {"==", "!="}:
        return NoMeaning("bools are compared with `==` and `!=` only")
    return operation(_COMPARISONS[operator], pair, "bool")


def unified(left: Expression | Null, right: Expression | Null) -> tuple[Expression, Expression] | None:
    """Bring both to one type: an int widens to meet a float, `null` takes the other's. None where there is none."""
    if isinstance(left, Null):
        return None if isinstance(right, Null) else (Constant(right.type, None), right)
    if isinstance(right, Null):
        return left, Constant(left.type, None)
    if left.type == right.type:
        return left, right
    if {left.type, right.type} == {"int", "float"}:
        return to_float(left), to_float(right)
    return None


def to_float(expression: Expression) -> Expression:
    """Widen an int; a float stays as it is."""
    return operation("to_float", (expression,), "float") if expression.type == "int" else expression


def operation(operator: str, arguments: tuple[Expression, ...], result: ir.TypeName) -> Expression:
    """Build an operation, or a call of a function, on arguments of the right types, and fold it."""
    depth = 1 + max(depth_of(argument) for argument in arguments)
    return fold(Operation(operator, arguments, result, result_may_be_null(operator, arguments), depth))


def depth_of(expression: Expression) -> int:
    """How many operators the longest path holds."""
    return expression.depth if isinstance(expression, Operation) else 0


def _advice(operator: str, left: ir.TypeName, right: ir.TypeName) -> str:
    """What to write instead of an operator on types that it does not take."""
    both = {left, right}
    times = bool(both & {"timestamp", "duration"})
    cases = (
        (operator in _COMPARISONS, "compare values of one type; an int meets a float, nothing else converts"),
        ("string" in both, "strings are compared, not computed with"),
        ("bool" in both, "count the true ones with `count_if(…)`, or write `if … then 1 else 0`"),
        ("date" in both, "dates are compared, not computed with"),
        (times and bool(both & {"int", "float"}) and operator in "+-", "durations have a unit, as in `5m` or `30s`"),
        (operator == "/" and left == "duration", "divide by a duration, as in `x / 1s`, for a number"),
        (times, "durations are added to timestamps and multiplied by ints; `later - earlier` is a duration"),
    )
    return next((advice for holds, advice in cases if holds), "compute with ints, floats and durations")
