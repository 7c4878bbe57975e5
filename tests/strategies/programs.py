"""Random programs: one source, one to three `features` blocks over it, every aggregate, window and operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.compiler import ir
from featlang.compiler.structures import kind_of
from featlang.stdlib.aggregates import AGGREGATES
from tests.strategies.coverage import CELLS, Cell
from tests.strategies.expressions import SIGNATURES, operation, random_expression
from tests.strategies.schemas import KEY_TYPES, ORIGIN, random_source
from tests.strategies.windows import WINDOW_KINDS, random_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from featlang.stdlib.aggregates.declaration import AggregateDeclaration
    from tests.strategies.coverage import Order

ORDERS_DRAWN: tuple[Order, ...] = ("time", "time", "arrival")


def random_program(
    random: Random, hand: Sequence[Cell] = (), orders: Sequence[Order] = ORDERS_DRAWN, *, in_csv: bool = False
) -> ir.Program:
    """Draw a program in which every cell of the hand occurs; without a hand, a few cells are drawn.

    The order of its source is one of `orders`; with `in_csv` a CSV can hold its events, if it can those of the hand.
    """
    order = random.choice(orders)
    cells = list(hand) or random.sample(CELLS, random.randint(1, 8))
    needed = dict.fromkeys((c.type, c.nullable) for c in cells if c.type is not None)
    source = random_source(random, needed, order, in_csv=in_csv)
    keys = _random_key(random, source)
    blocks = []
    count = random.randint(1, min(3, len(cells)))
    for number in range(count):
        if number and random.random() < 0.4:  # otherwise the blocks share a key, and so a stage
            keys = _random_key(random, source)
        blocks.append(_random_block(random, f"block_{number}", source, keys, cells[number::count]))
    return ir.Program(sources=(source,), features=tuple(blocks))


def _random_key(random: Random, source: ir.Source) -> tuple[str, ...]:
    no_keys = (source.time, source.order)
    able = [column.name for column in source.columns if column.type in KEY_TYPES and column.name not in no_keys]
    return tuple(random.sample(able, min(len(able), random.choice((1, 1, 1, 2, 3)))))


def _random_block(
    random: Random, name: str, source: ir.Source, key: tuple[str, ...], cells: Sequence[Cell]
) -> ir.Features:
    columns = [ir.ColumnValue(name=c.name, type=c.type, nullable=c.nullable) for c in source.columns]
    aggregates = [_random_aggregate(random, cell, columns) for cell in cells]
    aggregates += [_sibling(random, random.choice(aggregates)) for _ in range(random.choice((0, 2, 4)))]
    random.shuffle(aggregates)
    return ir.Features(
        name=name,
        source=source.name,
        key=key,
        where=random_expression(random, "bool", columns) if random.random() < 0.4 else None,
        aggregates=tuple(aggregates),
        values=tuple(_random_values(random, aggregates)),
        sinks=(),
        origin=ORIGIN,
    )


def _random_aggregate(random: Random, cell: Cell, columns: Sequence[ir.ColumnValue]) -> ir.Aggregate:
    declaration = AGGREGATES[cell.aggregate]
    arguments: tuple[ir.Expression, ...] = ()
    if cell.type is not None:
        arguments = (_random_argument(random, cell.type, cell.nullable, columns),)
    return ir.Aggregate(
        function=cell.aggregate,
        arguments=arguments,
        where=random_expression(random, "bool", columns, depth=2) if random.random() < 0.3 else None,
        window=random_window(random, cell.window),
        type=declaration.gives(cell.type),
        nullable=declaration.of_nothing == "null",
        bound=_random_bound(random, declaration),
    )


def _random_bound(random: Random, declaration: AggregateDeclaration) -> int | None:
    """Draw a bound of an aggregate that has one, mostly so small that it is passed."""
    return None if declaration.bound is None else random.choice((None, None, 1, 2, 3, 7))


def _sibling(random: Random, aggregate: ir.Aggregate) -> ir.Aggregate:
    """Draw another aggregate of the same input: over another window, or of another kind over the same one.

    A kernel may let such aggregates share a part of their state.
    """
    if random.random() < 0.5:
        return aggregate.model_copy(update={"window": random_window(random, random.choice(WINDOW_KINDS))})
    argument = aggregate.arguments[0].type if aggregate.arguments else None
    able = [a for a in AGGREGATES.values() if (kind_of(argument) in a.takes[0] if argument else a.optional)]
    other = random.choice(able)
    return aggregate.model_copy(
        update={
            "function": other.name,
            "type": other.gives(argument),
            "nullable": other.of_nothing == "null",
            "bound": _random_bound(random, other),
        }
    )


def _random_argument(
    random: Random,
    type_name: ir.TypeName,
    nullable: bool,  # noqa: FBT001 - reads as data
    columns: Sequence[ir.ColumnValue],
) -> ir.Expression:
    """Draw an argument of the type and nullability: a column, or an expression where one comes out so."""
    plain = [column for column in columns if column.type == type_name and column.nullable == nullable]
    if random.random() < 0.3:
        expression = random_expression(random, type_name, columns, depth=2)
        if expression.nullable == nullable and not isinstance(expression, ir.Constant):
            return expression
    return random.choice(plain)


def _random_values(random: Random, aggregates: Sequence[ir.Aggregate]) -> list[ir.Value]:
    """Draw the block's values: each aggregate as it is, then some derived from them and from one another."""
    values: list[ir.Value] = []
    leaves: list[ir.Expression] = []
    for index, aggregate in enumerate(aggregates):
        leaf = ir.AggregateValue(index=index, type=aggregate.type, nullable=aggregate.nullable)
        leaves.append(leaf)
        values.append(_value(f"{aggregate.function}_{index}", leaf, written=True))
    for number in range(random.randint(0, 8)):
        (type_name,) = random.choices(list(SIGNATURES), [2 + len(each) for each in SIGNATURES.values()])
        expression = random_expression(random, type_name, leaves)
        if random.random() < 0.2 and expression.nullable:
            expression = operation("coalesce", (expression, random_expression(random, type_name, leaves, 1)), type_name)
        helper = random.random() < 0.3
        values.append(_value(f"{'_helper' if helper else 'derived'}_{number}", expression, written=not helper))
        leaves.append(ir.NamedValue(index=len(values) - 1, type=type_name, nullable=expression.nullable))
    return values


def _value(name: str, expression: ir.Expression, *, written: bool) -> ir.Value:
    return ir.Value(
        name=name,
        feature=name,
        expression=expression,
        type=expression.type,
        nullable=expression.nullable,
        written=written,
        origin=ORIGIN,
    )
