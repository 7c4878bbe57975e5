"""What may be null, where conditions are known to hold: `if x is null then 0 else x` is never null.

Facts are expressions that are not null, whatever may be null within them: to meet another, a value may be taken as one
of a type that differs in that. Null here is declared null; that an operator gives null on values that its type
does not hold (overflow, what is not finite) is outside the types (docs/semantics.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from featlang.compiler.structures import item_of, kind_of, structure
from featlang.compiler.typed import ColumnRead, Constant, Expression, Operation
from featlang.stdlib.functions import FUNCTIONS

Facts = frozenset[Expression]

NOTHING: Facts = frozenset()

INT_DIGITS = 18
"""Each number of so many digits is an int."""

_LOGIC = frozenset({"and", "or", "if", "coalesce", "is_null", "in", "list"})
"""Operators that may have a value where an argument has none; all others, and functions, are null then."""


def decided(condition: Expression) -> bool | None:
    """What a condition says of every event alike: a constant, and whether a column is null that never is."""
    said = _said(condition)
    return None if said is None else said == "true"


def _said(condition: Expression) -> Literal["true", "false", "null"] | None:
    """What a condition is for every event alike: null is not true, and its negation is not either."""
    match condition:
        case Constant(value=None):
            return "null"
        case Constant():
            return "true" if condition.value else "false"
        case Operation("not", (inner,)):
            said = _said(inner)
            return "false" if said == "true" else "true" if said == "false" else said
        case Operation("is_null", (ColumnRead(nullable=False),)):
            return "false"
        case _:
            return None


def if_true(condition: Expression) -> Facts:
    """What is not null where a condition is true."""
    match condition:
        case Operation("not", (inner,)):
            return if_false(inner)
        case Operation("and", (left, right)):
            return if_true(left) | if_true(right)
        case Operation("or", (left, right)):
            return if_true(left) & if_true(right)
        case Operation("is_null"):
            return NOTHING
        case _:
            return _known(condition)


def if_false(condition: Expression) -> Facts:
    """What is not null where a condition is false, and not merely null."""
    match condition:
        case Operation("not", (inner,)):
            return if_true(inner)
        case Operation("and", (left, right)):
            return if_false(left) & if_false(right)
        case Operation("or", (left, right)):
            return if_false(left) | if_false(right)
        case Operation("is_null", (inner,)):
            return _known(inner)
        case _:
            return _known(condition)


def unless_true(condition: Expression) -> Facts:
    """What is not null where a condition is false or null: the `else` of an `if`."""
    match condition:
        case Operation("not", (Operation("is_null"),)):
            return NOTHING
        case Operation("and", (left, right)):
            return unless_true(left) & unless_true(right)
        case Operation("or", (left, right)):
            return unless_true(left) | unless_true(right)
        case Operation("is_null", (inner,)):
            return _known(inner)
        case _:
            return NOTHING


def _known(expression: Expression) -> Facts:
    """An expression that is not null, and what must not be null for that."""
    known = frozenset({_bare(expression)})
    match expression:
        case Operation("in", (needle, *_)):
            return known | _known(needle)
        case Operation(operator, arguments) if operator not in _LOGIC:
            return known.union(*(_known(argument) for argument in arguments))
        case _:
            return known


def _bare(expression: Expression) -> Expression:
    """An expression without what may be null within the types that it and its parts are taken as."""
    bare = replace(expression, type=expression.type.replace("?", ""))
    if not isinstance(bare, Operation):
        return bare
    return replace(bare, arguments=tuple(_bare(argument) for argument in bare.arguments), nullable=True)


def may_be_null(expression: Expression, facts: Facts = NOTHING) -> bool:
    """Whether an expression may be declared null where the facts hold."""
    if not facts:
        return expression.nullable
    if _bare(expression) in facts:
        return False
    if not isinstance(expression, Operation):
        return expression.nullable
    return result_may_be_null(expression.operator, expression.arguments, facts)


def result_may_be_null(operator: str, arguments: tuple[Expression, ...], facts: Facts = NOTHING) -> bool:
    """Whether an operator or function on such arguments may give a declared null."""
    match operator:
        case "is_null" | "list":
            return False
        case "coalesce":
            return all(may_be_null(argument, facts) for argument in arguments)
        case "if":
            condition, then, otherwise = arguments
            return may_be_null(then, facts | if_true(condition)) or may_be_null(
                otherwise, facts | unless_true(condition)
            )
        case _:
            return _is_partial(operator, arguments) or any(may_be_null(argument, facts) for argument in arguments)


def _is_partial(operator: str, arguments: tuple[Expression, ...]) -> bool:
    """Whether an operator or function may be undefined on values of these types, or on those that are written out."""
    if operator in {"divide", "modulo", "div", "mod_floor"}:
        divisor = arguments[1]
        return not isinstance(divisor, Constant) or divisor.value is None or float(divisor.value) == 0
    if operator in {"item", "entry"}:
        return True
    if operator == "among":
        return item_of(arguments[1].type).nullable
    if operator == "field":
        position = arguments[1]
        return isinstance(position, Constant) and structure(arguments[0].type).parts[int(position.value or 0)].nullable
    if operator == "to_int" and kind_of(arguments[0].type) == "decimal":
        number = structure(arguments[0].type)
        return number.precision - number.scale > INT_DIGITS
    if operator in {"to_float", "to_int"}:
        return arguments[0].type == "string" or (operator, arguments[0].type) == ("to_int", "float")
    return operator in FUNCTIONS and FUNCTIONS[operator].partial
