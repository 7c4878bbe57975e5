"""Random well-typed expressions over given leaves, every operator among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.compiler import ir
from featlang.compiler.structures import kind_of, structure
from featlang.stdlib.functions import FUNCTIONS
from tests.strategies.constants import WRITTEN
from tests.strategies.types import SOME, TYPES
from tests.strategies.values import POOLS, random_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

Signature = tuple[str, tuple[ir.TypeName, ...]]

ORDERED = ("int", "float", "string", "timestamp", "duration", "date", "bytes", "decimal<20, 4>")


def _arithmetic(type_name: ir.TypeName) -> list[Signature]:
    pair = (type_name, type_name)
    return [("add", pair), ("subtract", pair), ("modulo", pair), ("negate", (type_name,))]


def _boolean() -> list[Signature]:
    equalities: tuple[ir.Operator, ...] = ("equal", "not_equal")
    comparisons: tuple[ir.Operator, ...] = ("less", "less_equal", "greater", "greater_equal")
    logic: list[Signature] = [("and", ("bool", "bool")), ("or", ("bool", "bool")), ("not", ("bool",))]
    signatures: list[Signature] = logic * 6
    signatures += [(operator, (t, t)) for operator in equalities for t in TYPES]
    signatures += [(operator, (t, t)) for operator in comparisons for t in ORDERED]
    signatures += [("is_null", (t,)) for t in TYPES]
    signatures += [("in", (t, t, t)) for t in TYPES]
    return signatures


_OPERATORS: dict[ir.TypeName, list[Signature]] = {
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
    "decimal<20, 4>": [
        *_arithmetic("decimal<20, 4>"),
        ("multiply", ("decimal<20, 4>", "decimal<6, 0>")),
        ("divide", ("decimal<20, 4>", "decimal<6, 0>")),
        ("rescale", ("int",)),
        ("rescale", ("decimal<6, 0>",)),
    ],
}
"""What gives a type, besides what has it for a part, functions, `if` and `??`."""


def _parts() -> Iterator[tuple[ir.TypeName, Signature]]:
    """What lists, maps and structs hold, and what is made a list of."""
    for holding in TYPES:
        kind = structure(holding)
        if kind.kind == "list":
            item = kind.parts[0].type
            yield item, ("item", (holding, "int"))
            yield "bool", ("among", (item, holding))
            yield holding, ("list", (item, item))
        elif kind.kind == "map":
            yield kind.parts[1].type, ("entry", (holding, kind.parts[0].type))
        elif kind.kind == "struct":
            for part in kind.parts:
                yield part.type, ("field", (holding, part.name))


def _functions() -> Iterator[tuple[ir.TypeName, Signature]]:
    """Every function on the types that are drawn; of what must be written out, something that may be."""
    for name, function in FUNCTIONS.items():
        for signature in function.signatures:
            for letter in ("int", "string", "float"):
                takes = tuple(_drawn(each, letter) for each in signature.takes)
                gives = "decimal<20, 4>" if name == "to_decimal" else _drawn(signature.gives, letter)
                if gives in TYPES and set(takes) <= {*TYPES}:
                    yield gives, (name, takes)
                if "T" not in str(signature.takes) and "V" not in str(signature.takes):
                    break


def _drawn(pattern: str, letter: str) -> ir.TypeName:
    """A type that is drawn where a function takes a type of a form."""
    if pattern == "T":
        return letter
    if pattern in SOME:
        return SOME[pattern]
    known = {"list<T>": {"int": "list<int?>", "string": "list<string>", "float": "list<float?>"}[letter]}
    known |= {"list<int>": "list<int?>", "list<float>": "list<float?>", "map<K, V>": "map<string, float>"}
    known |= {"list<K>": "list<string>", "list<V>": "list<float?>", "map<string, V>": "map<string, float>"}
    return known.get(pattern, pattern)


def _signatures() -> dict[ir.TypeName, list[Signature]]:
    """All, operators about as often as the others together."""
    found: dict[ir.TypeName, list[Signature]] = {type_name: [] for type_name in TYPES}
    for gives, (operator, takes) in (*_parts(), *_functions()):
        if {gives, *takes[: 1 if operator == "field" else None]} <= {*TYPES}:
            found[gives].append((operator, takes))
    for type_name, operators in _OPERATORS.items():
        found[type_name] += operators * max(1, len(found[type_name]) // max(1, len(operators)))
    return found


SIGNATURES = _signatures()
"""What gives a type, besides `if` and `??`, which give any."""


def operation(operator: str, arguments: Sequence[ir.Expression], type_name: ir.TypeName) -> ir.Operation:
    """Make an operation with the nullability that semantics.md declares for it."""
    nullable = [argument.nullable for argument in arguments]
    match operator:
        case "is_null" | "list":
            may_be_null = False
        case "divide" | "modulo" | "item" | "entry" | "field" | "among":
            may_be_null = True
        case function if function in FUNCTIONS and FUNCTIONS[function].partial:
            may_be_null = True
        case "coalesce":
            may_be_null = all(nullable)
        case "if":
            may_be_null = any(nullable[1:])
        case _:
            may_be_null = any(nullable)
    return ir.Operation(operator=operator, arguments=tuple(arguments), type=type_name, nullable=may_be_null)


SMALL = frozenset({"slice", "substr", "split_part"})
"""Functions whose numbers say something only if they are small."""


def random_expression(
    random: Random, type_name: ir.TypeName, leaves: Sequence[ir.Expression], depth: int = 3
) -> ir.Expression:
    """Draw an expression of the type over the leaves and constants.

    There are no constants of bytes, lists, maps and structs: without a leaf of that type, one gives way to a null
    constant.
    """
    if depth == 0 or random.random() < 0.25:
        return _leaf(random, type_name, leaves)
    operator, types = random.choice(
        [*SIGNATURES[type_name], *_of_any(type_name) * (1 + len(SIGNATURES[type_name]) // 6)]
    )
    arguments = _arguments(random, operator, types, type_name, leaves, depth - 1)
    if operator == "in" and random.random() < 0.7:
        arguments[1:] = [_constant(random, types[0], null=random.random() < 0.1) for _ in range(random.randint(1, 4))]
    if all(isinstance(argument, ir.Constant) for argument in arguments):
        return _leaf(random, type_name, leaves)  # the compiler would have folded it
    return operation(operator, arguments, type_name)


def _arguments(
    random: Random,
    operator: str,
    types: Sequence[ir.TypeName],
    gives: ir.TypeName,
    leaves: Sequence[ir.Expression],
    depth: int,
) -> list[ir.Expression]:
    """Draw arguments of the types; what must be written out is, and so are most positions in a list and the like."""
    if operator == "field":
        names = [part.name for part in structure(types[0]).parts]
        position = ir.Constant(type="int", value=names.index(types[1]))
        return [random_expression(random, types[0], leaves, depth), position]
    arguments = [random_expression(random, argument, leaves, depth) for argument in types]
    function = FUNCTIONS.get(operator)
    if function is not None and function.constant:
        written = random.choice(WRITTEN[operator])
        if operator == "to_decimal":
            written = structure(gives).precision, structure(gives).scale
        arguments[-len(written) :] = [
            ir.Constant(type=kind, value=value) for kind, value in zip(types[-len(written) :], written, strict=True)
        ]
    for place, kind in enumerate(types):
        small = operator == "item" or (function is not None and operator in SMALL and kind == "int")
        if small and kind == "int" and random.random() < 0.7:
            arguments[place] = ir.Constant(type="int", value=random.choice((-1, 0, 0, 1, 2)))
    if operator == "entry" and random.random() < 0.5:
        arguments[1] = _constant(random, types[1], null=False)
    return arguments


def _of_any(type_name: ir.TypeName) -> list[Signature]:
    return [("if", ("bool", type_name, type_name)), ("coalesce", (type_name, type_name))]


def _leaf(random: Random, type_name: ir.TypeName, leaves: Sequence[ir.Expression]) -> ir.Expression:
    fitting = [leaf for leaf in leaves if leaf.type == type_name]
    if fitting and random.random() < 0.8:
        return random.choice(fitting)
    return _constant(random, type_name, null=random.random() < 0.1)


def _constant(random: Random, type_name: ir.TypeName, *, null: bool) -> ir.Constant:
    if null or type_name == "bytes" or kind_of(type_name) in {"list", "map", "struct"}:
        return ir.Constant(type=type_name, value=None, nullable=True)
    if kind_of(type_name) == "decimal":
        return ir.Constant(type=type_name, value=format(random_value(random, type_name), "f"))
    value = random.choice(POOLS[type_name])
    return ir.Constant(type=type_name, value=value + 0.0 if isinstance(value, float) else value)
