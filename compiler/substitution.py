"""What an expression reads, replaced: parameters of a `def` by arguments, columns of a stream by what they are."""

from __future__ import annotations

from collections.abc import Mapping

from featlang.compiler.typed import AggregateRead, ColumnRead, Constant, Expression, FeatureRead, Operation, depth_of
from featlang.compiler.types import MAX_DEPTH, operation

MAX_SIZE = 10_000
"""The most operators of an expression after reads were replaced: a method of the JVM holds 64 KB of code."""


def replaced(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """The expression with values in the place of the columns that it reads; what stands in it twice stays one."""
    return _replaced(expression, values, {})


def size_of(expression: Expression) -> int:
    """How many operators and leaves it has when it is written out."""
    return _size(expression, {})


def outgrown(expression: Expression) -> str | None:
    """What is too much of an expression whose reads were replaced, as messages say it; None where nothing is."""
    if size_of(expression) > MAX_SIZE:
        return f"more than {MAX_SIZE:,} operators"
    within = [each for leaf in leaves(expression) if isinstance(leaf, AggregateRead) for each in leaf.arguments]
    too_deep = any(depth_of(each) > MAX_DEPTH for each in (expression, *within))
    return f"more than {MAX_DEPTH} operators, one within the other" if too_deep else None


def leaves(expression: Expression) -> list[ColumnRead | Constant | AggregateRead | FeatureRead]:
    """What it is computed from."""
    found: list[ColumnRead | Constant | AggregateRead | FeatureRead] = []
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
    return found


def _replaced(expression: Expression, values: Mapping[str, Expression], known: dict[int, Expression]) -> Expression:
    if id(expression) not in known:
        match expression:
            case ColumnRead(name):
                found = values[name]
            case Operation(operator, arguments, kind):
                found = operation(operator, tuple(_replaced(each, values, known) for each in arguments), kind)
            case AggregateRead(function, arguments, kind, nullable):
                within = tuple(_replaced(each, values, known) for each in arguments)
                found = AggregateRead(function, within, kind, nullable)
            case _:
                found = expression
        known[id(expression)] = found
    return known[id(expression)]


def _size(expression: Expression, known: dict[int, int]) -> int:
    if id(expression) not in known:
        inner = expression.arguments if isinstance(expression, (Operation, AggregateRead)) else ()
        known[id(expression)] = 1 + sum(_size(each, known) for each in inner)
    return known[id(expression)]
