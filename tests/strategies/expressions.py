"""Random well-typed expressions over given leaves, every operator among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.compiler import ir
from featlang.stdlib.aggregates.declaration import ANY, ORDERED
from tests.strategies.values import POOLS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

Signature = tuple[ir.Operator, tuple[ir.TypeName, ...]]


def _arithmetic(type_name: ir.TypeName) -> list[Signature]:
    pair = (type_name, type_name)
    return [("add", pair), ("subtract", pair), ("modulo", pair), ("negate", (type_name,))]


def _boolean() -> list[Signature]:
    equalities: tuple[ir.Operator, ...] = ("equal", "not_equal")
    comparisons: tuple[ir.Operator, ...] = ("less", "less_equal", "greater", "greater_equal")
    logic: list[Signature] = [("and", ("bool", "bool")), ("or", ("bool", "bool")), ("not", ("bool",))]
    signatures: list[Signature] = logic * 6
    signatures += [(operator, (t, t)) for operator in equalities for t in ANY]
    signatures += [(operator, (t, t)) for operator in comparisons for t in ORDERED]
    signatures += [("is_null", (t,)) for t in ANY]
    signatures += [("in", (t, t, t)) for t in ANY]
    return signatures


SIGNATURES: dict[ir.TypeName, list[Signature]] = {
    "int": [*_arithmetic("int"), ("multiply", ("int", "int"))],
    "float": [
        *_arithmetic("float"),
        ("multiply", ("float", "float")),
        ("divide", ("float", "float")),
        ("divide", ("duration", "duration")),
        ("to_float", ("int",)),
        ("to_float", ("int",)),
    ],
    "duration": [
        *_arithmetic("duration"),
        ("multiply", ("duration", "int")),
        ("subtract", ("timestamp", "timestamp")),
    ],
    "timestamp": [("add", ("timestamp", "duration")), ("subtract", ("timestamp", "duration"))],
    "bool": _boolean(),
    "string": [],
    "date": [],
    "bytes": [],
}
"""What gives a type, besides `if` and `??`, which give any."""


def operation(operator: ir.Operator, arguments: Sequence[ir.Expression], type_name: ir.TypeName) -> ir.Operation:
    """Make an operation with the nullability that semantics.md declares for it."""
    nullable = [argument.nullable for argument in arguments]
    match operator:
        case "is_null":
            may_be_null = False
        case "divide" | "modulo":
            may_be_null = True
        case "coalesce":
            may_be_null = all(nullable)
        case "if":
            may_be_null = any(nullable[1:])
        case _:
            may_be_null = any(nullable)
    return ir.Operation(operator=operator, arguments=tuple(arguments), type=type_name, nullable=may_be_null)


def random_expression(
    random: Random, type_name: ir.TypeName, leaves: Sequence[ir.Expression], depth: int = 3
) -> ir.Expression:
    """Draw an expression of the type over the leaves and constants.

    There are no constants of bytes: without a leaf of that type, a type that has none gives way to a null constant.
    """
    if depth == 0 or random.random() < 0.25:
        return _leaf(random, type_name, leaves)
    operator, types = random.choice(
        [*SIGNATURES[type_name], *_of_any(type_name) * (1 + len(SIGNATURES[type_name]) // 6)]
    )
    arguments = [random_expression(random, argument, leaves, depth - 1) for argument in types]
    if operator == "in" and random.random() < 0.7:
        arguments[1:] = [_constant(random, types[0], null=random.random() < 0.1) for _ in range(random.randint(1, 4))]
    if all(isinstance(argument, ir.Constant) for argument in arguments):
        return _leaf(random, type_name, leaves)  # the compiler would have folded it
    return operation(operator, arguments, type_name)


def _of_any(type_name: ir.TypeName) -> list[Signature]:
    return [("if", ("bool", type_name, type_name)), ("coalesce", (type_name, type_name))]


def _leaf(random: Random, type_name: ir.TypeName, leaves: Sequence[ir.Expression]) -> ir.Expression:
    fitting = [leaf for leaf in leaves if leaf.type == type_name]
    if fitting and random.random() < 0.8:
        return random.choice(fitting)
    return _constant(random, type_name, null=random.random() < 0.1)


def _constant(random: Random, type_name: ir.TypeName, *, null: bool) -> ir.Constant:
    if null or type_name == "bytes":
        return ir.Constant(type=type_name, value=None, nullable=True)
    value = random.choice(POOLS[type_name])
    return ir.Constant(type=type_name, value=value + 0.0 if isinstance(value, float) else value)
