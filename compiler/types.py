"""The types of operators: which they take, what they give, and whether that may be null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from featlang.compiler import decimals, ir
from featlang.compiler.fold import fold
from featlang.compiler.nullability import result_may_be_null
from featlang.compiler.structures import is_structured, item_of, kind_of, list_of, structure, united
from featlang.compiler.typed import Constant, Expression, Operation, depth_of

KEY_TYPES: tuple[str, ...] = ("string", "int", "bool", "date", "timestamp", "bytes")
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

_RESULTS: dict[tuple[str, str, str], str] = {
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
    """Give `left + right` and its kin; ints widen to meet floats and decimals, and to be divided."""
    if "decimal" in {kind_of(left.type), kind_of(right.type)}:
        return _decimal_arithmetic(operator, left, right)
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
    if operand.type not in {"int", "float", "duration"} and kind_of(operand.type) != "decimal":
        return NoMeaning("`-` takes an int, a float, a decimal or a duration")
    result = operation("negate", (operand,), operand.type)
    if isinstance(operand, Constant) and isinstance(result, Constant) and operand.exact is not None:
        return replace(result, exact=operand.exact.copy_negate())
    return result


def comparison(operator: str, left: Expression, right: Expression) -> Expression | NoMeaning:
    """Give `left == right` and its kin, on operands of one type."""
    pair = unified(left, right)
    if pair is None:
        return NoMeaning(_advice(operator, left.type, right.type))
    unordered = pair[0].type == "bool" or is_structured(pair[0].type)
    if unordered and operator not in {"==", "!="}:
        return NoMeaning(f"{kind_of(pair[0].type)}s are compared with `==` and `!=` only")
    return operation(_COMPARISONS[operator], pair, "bool")


def unified(left: Expression | Null, right: Expression | Null) -> tuple[Expression, Expression] | None:
    """Bring both to one type: an int widens to meet a float, `null` takes the other's. None where there is none."""
    if isinstance(left, Null) and isinstance(right, Null):
        return None
    both = of_one_type((left, right))
    return None if isinstance(both, int) else (both[0], both[1])


def of_one_type(items: Sequence[Expression | Null]) -> tuple[Expression, ...] | int:
    """Bring all to one type; where there is none, the number of the first that does not fit.

    Decimals are considered beside the rest: a number that is written out may become one when a decimal follows.
    """
    plain: ir.TypeName | None = None
    decimal: ir.TypeName | None = None
    known = [each for each in items if isinstance(each, Expression)]
    for each in known:
        number = decimals.as_decimal(each)
        if each is known[0]:
            plain, decimal = each.type, None if number is None else number.type
            continue
        plain = None if plain is None else _plain(plain, each.type)
        decimal = None if decimal is None or number is None else decimals.common(decimal, number.type)
        if plain is None and decimal is None:
            return next(position for position, item in enumerate(items) if item is each)
    wanted = plain or decimal
    if wanted is None:
        message = "there is no item that has a type"
        raise ValueError(message)
    return tuple(Constant(wanted, None) if isinstance(each, Null) else _held(each, wanted) for each in items)


def _held(expression: Expression, wanted: ir.TypeName) -> Expression:
    """A value as one of a type that is known to hold it."""
    found = fitted(expression, wanted)
    if found is None:
        raise AssertionError(expression)
    return found


def _plain(one: ir.TypeName, other: ir.TypeName) -> ir.TypeName | None:
    """The type that holds the values of both, decimals of other digits aside."""
    return "float" if {one, other} == {"int", "float"} else united(one, other)


def as_type(expression: Expression, type_name: ir.TypeName) -> Expression:
    """A value as one of a type that differs from its own only in what may be null within it."""
    return expression if expression.type == type_name else replace(expression, type=type_name)


def fitted(expression: Expression, wanted: ir.TypeName) -> Expression | None:
    """A value as one of a type that holds all of its own: an int as a float, a number as a decimal; else None."""
    if (expression.type, wanted) == ("int", "float"):
        return to_float(expression)
    if kind_of(wanted) == "decimal":
        return decimals.rescaled(expression, wanted)
    return as_type(expression, wanted) if united(expression.type, wanted) == wanted else None


def item(base: Expression, index: Expression) -> Expression | NoMeaning:
    """Give `xs[0]` of a list and `m["key"]` of a map."""
    kind = kind_of(base.type)
    if kind == "list":
        if index.type != "int":
            return NoMeaning("the items of a list have numbers, from 0, as in `xs[0]`")
        return operation("item", (base, index), item_of(base.type).type)
    if kind == "map":
        key = structure(base.type).parts[0].type
        if index.type != key:
            return NoMeaning(f"its keys are {key}s")
        return operation("entry", (base, index), item_of(base.type).type)
    return NoMeaning("lists and maps have items, and features of several windows have `[1h]`")


def field(base: Expression, position: int) -> Expression:
    """Give `address.city`, the field at a position of a struct."""
    return operation("field", (base, Constant("int", position)), structure(base.type).parts[position].type)


def contains(needle: Expression, items: Expression) -> Expression | NoMeaning:
    """Give `x in xs`, of a list, and `key in m`, of a map."""
    kind = kind_of(items.type)
    if (needle.type, kind) == ("string", "string"):
        return NoMeaning("write `contains(text, part)` for a text in another; `in` looks into lists")
    if kind not in {"list", "map"}:
        return NoMeaning("`in` looks into a list or the keys of a map")
    wanted = structure(items.type).parts[0].type
    if needle.type == "int" and wanted == "float":
        needle = to_float(needle)
    if kind_of(wanted) == "decimal" and kind_of(needle.type) in {"int", "float", "decimal"}:
        rescaled = decimals.rescaled(needle, wanted)
        needle = rescaled if rescaled is not None else needle
    if united(needle.type, wanted) is None:
        return NoMeaning(f"it holds values of type {wanted}")
    if kind == "map":
        items = operation("keys", (items,), list_of(wanted, nullable=False))
    return operation("among", (needle, items), "bool")


def _decimal_arithmetic(operator: str, left: Expression, right: Expression) -> Expression | NoMeaning:
    """`+ - * / %` where a side is a decimal: of two decimals, as `decimals` tells."""
    sides = decimals.as_decimal(left), decimals.as_decimal(right)
    if sides[0] is None or sides[1] is None:
        return NoMeaning(_advice(operator, left.type, right.type))
    result = decimals.result(operator, sides[0].type, sides[1].type)
    if isinstance(result, decimals.TooLong):
        return NoMeaning(result.advice)
    return operation(_ARITHMETIC[operator], (sides[0], sides[1]), result)


def to_float(expression: Expression) -> Expression:
    """Widen an int; a float stays as it is."""
    return operation("to_float", (expression,), "float") if expression.type == "int" else expression


def operation(operator: str, arguments: tuple[Expression, ...], result: ir.TypeName) -> Expression:
    """Build an operation, or a call of a function, on arguments of the right types, and fold it."""
    depth = 1 + max(depth_of(argument) for argument in arguments)
    return fold(Operation(operator, arguments, result, result_may_be_null(operator, arguments), depth))


def _advice(operator: str, left: ir.TypeName, right: ir.TypeName) -> str:
    """What to write instead of an operator on types that it does not take."""
    both = {kind_of(left), kind_of(right)}
    times = bool(both & {"timestamp", "duration"})
    cases = (
        (operator in _COMPARISONS, "compare values of one type; an int meets a float, nothing else converts"),
        (both == {"float", "decimal"}, "write `to_decimal(x, 18, 6)` or `to_float(x)`: nothing is rounded unasked"),
        (bool(both & {"list", "map", "struct"}), 'compute with what they hold, as in `xs[0]`, `m["key"]` or `s.field`'),
        ("string" in both, "texts are joined with `concat(a, b)`; `to_int(x)` and `to_float(x)` make numbers of them"),
        ("bool" in both, "count the true ones with `count_if(…)`, or write `if … then 1 else 0`"),
        ("date" in both, "write `add_days(d, 1)` for another date, `days_between(start, end)` for the days between"),
        (times and bool(both & {"int", "float"}) and operator in "+-", "durations have a unit, as in `5m` or `30s`"),
        (operator == "/" and left == "duration", "divide by a duration, as in `x / 1s`, for a number"),
        (times, "durations are added to timestamps and multiplied by ints; `later - earlier` is a duration"),
    )
    return next((advice for holds, advice in cases if holds), "compute with ints, floats and durations")
