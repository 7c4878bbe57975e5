"""What an expression reads, replaced: parameters of a `def` by arguments, columns of a stream by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from featlang.compiler.structures import united
from featlang.compiler.typed import (
    AggregateRead,
    Called,
    ColumnRead,
    Constant,
    Expression,
    FeatureRead,
    LookupRead,
    Operation,
    depth_of,
)
from featlang.compiler.types import MAX_DEPTH, as_type, operation

MAX_SIZE = 700
"""The most operators and values of an expression: each is up to 80 bytes of code, and a method of Java holds 64 KB."""

FEW_CONSTANTS = 16
"""So many constants of a list are code at most; of more, the code holds a table."""


def replaced(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """The expression with values in the place of the columns that it reads; what stands in it twice stays one."""
    return _replaced(expression, values, {})


def size_of(expression: Expression) -> int:
    """How many operators and values the code of its method has: an aggregate is one, and computed elsewhere."""
    return _size(expression, {})


def outgrown(expression: Expression) -> str | None:
    """What is too much of an expression whose reads were replaced, as messages say it; None where nothing is."""
    within = [each for leaf in leaves(expression) if isinstance(leaf, AggregateRead) for each in leaf.arguments]
    if any(size_of(each) > MAX_SIZE for each in (expression, *within)):
        return f"more than {MAX_SIZE} operators and values"
    too_deep = any(depth_of(each) > MAX_DEPTH for each in (expression, *within))
    return f"more than {MAX_DEPTH} operators, one within the other" if too_deep else None


Leaf = ColumnRead | Constant | AggregateRead | FeatureRead | LookupRead | Called


def leaves(expression: Expression) -> list[Leaf]:
    """What it is computed from: of a call, itself and that of its arguments."""
    found: list[Leaf] = []
    seen: set[int] = set()
    stack = [expression]
    while stack:
        each = stack.pop()
        if isinstance(each, Operation):
            if id(each) not in seen:
                seen.add(id(each))
                stack += each.arguments
        else:
            found.append(each)
            stack += each.arguments if isinstance(each, Called) else ()
    return found


def _replaced(expression: Expression, values: Mapping[str, Expression], known: dict[int, Expression]) -> Expression:
    if id(expression) not in known:
        match expression:
            case ColumnRead(name, kind):
                found = values[name]
                if found.type != kind and united(found.type, kind) == kind:
                    found = as_type(found, kind)
            case Operation(operator, arguments, kind):
                found = operation(operator, tuple(_replaced(each, values, known) for each in arguments), kind)
            case AggregateRead(arguments=arguments):
                within = tuple(_replaced(each, values, known) for each in arguments)
                found = replace(expression, arguments=within)
            case Called(name, arguments, kind, nullable):
                found = Called(name, tuple(_replaced(each, values, known) for each in arguments), kind, nullable)
            case _:
                found = expression
        known[id(expression)] = found
    return known[id(expression)]


def _size(expression: Expression, known: dict[int, int]) -> int:
    if id(expression) not in known:
        inner = expression.arguments if isinstance(expression, Operation) else ()
        constants = sum(isinstance(each, Constant) for each in inner)
        others = sum(_size(each, known) for each in inner if not isinstance(each, Constant))
        known[id(expression)] = 1 + min(constants, FEW_CONSTANTS) + others
    return known[id(expression)]
