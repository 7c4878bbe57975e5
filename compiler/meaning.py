"""What a feature means, in a few digits: equal for equal definitions, whatever stands beside them in the file."""

from __future__ import annotations

from typing import Any

from featlang.compiler import ir
from featlang.compiler.plan import columns_of, identity_of


def meanings(program: ir.Program, block: ir.Features) -> dict[str, str]:
    """16 hex digits for each value of a block that is written: of its expression, aggregates, filter, key and events.

    What a stream that feeds the block looks up is known by the name of what is looked up alone.
    """
    return {value.name: _meaning(program, block, value) for value in block.values if value.written}


def _meaning(program: ir.Program, block: ir.Features, value: ir.Value) -> str:
    whole, columns = _resolved(value.expression, block)
    columns |= {*block.key, *columns_of(block.where)}
    events: list[object] = [block.source, program.source(block.source).time]
    for stream in (each for each in program.streams if each.name == block.source):
        events += [stream.source, stream.where, stream.where_found, stream.lookups]
        events += [(each.name, each.expression) for each in stream.values if each.name in columns]
        if stream.union is not None:  # its input has an order, and a time of its own
            events += [stream.union.input, program.source(stream.source).time]
    return identity_of("feature", whole, block.where, block.key, events)


def _resolved(expression: ir.Expression, block: ir.Features) -> tuple[Any, set[str]]:
    """An expression in which no other is named by its position, and the columns of events that it comes from."""
    match expression:
        case ir.AggregateValue(index=index):
            aggregate = block.aggregates[index]
            read = [*aggregate.arguments, *([] if aggregate.where is None else [aggregate.where])]
            return aggregate, {name for each in read for name in columns_of(each)}
        case ir.NamedValue(index=index):
            return _resolved(block.values[index].expression, block)
        case ir.Operation(operator=operator, arguments=arguments, type=kind):
            parts = [_resolved(argument, block) for argument in arguments]
            return [operator, kind, [part for part, _ in parts]], {name for _, names in parts for name in names}
        case ir.ColumnValue(name=name):
            return expression, {name}
        case leaf:
            return leaf, set()
