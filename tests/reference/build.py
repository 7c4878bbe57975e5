"""Short ways to write IR by hand, and to run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from featlang.backends.reference import Input, Memory, ReferenceResult, run_reference
from featlang.backends.reference.decode import Reject, decode
from featlang.backends.reference.records import records
from featlang.compiler import ir
from featlang.stdlib.aggregates import AGGREGATES

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGIN = ir.Origin(file="golden.feat", line=1)
FOREVER = ir.Forever()

Kind = Literal["jsonl", "csv", "parquet"]


def column(name: str, kind: str, **options: Any) -> ir.Column:
    """Declare a column; `kind` is a type, with `?` where it may be null."""
    return ir.Column.model_validate(
        {"name": name, "type": kind.removesuffix("?"), "nullable": kind.endswith("?"), **options}
    )


def source(
    *columns: ir.Column,
    ties: Sequence[str] = (),
    lateness: int = 0,
    max_ahead: int | None = None,
    order: str | None = None,
    order_ttl: int | None = None,
) -> ir.Source:
    """Declare a source with these columns and, unless one is called so, the time `ts` in whole µs."""
    if all(c.name != "ts" for c in columns):
        columns = (*columns, column("ts", "timestamp", unit="us"))
    return ir.Source(
        name="events",
        columns=columns,
        time="ts",
        ties=tuple(ties),
        lateness=lateness,
        max_ahead=max_ahead,
        order=order,
        order_ttl=order_ttl,
        stream=None,
        history=None,
        origin=ORIGIN,
    )


def aggregate(
    function: str,
    argument: ir.Expression | None = None,
    window: ir.Window = FOREVER,
    where: ir.Expression | None = None,
) -> ir.Aggregate:
    """Declare an aggregate."""
    declaration = AGGREGATES[function]
    return ir.Aggregate(
        function=function,
        arguments=(argument,) if argument else (),
        where=where,
        window=window,
        type=declaration.gives(argument.type if argument else None),
        nullable=declaration.of_nothing == "null",
    )


def value_of(name: str, expression: ir.Expression, *, written: bool = True) -> ir.Value:
    """Name an expression."""
    return ir.Value(
        name=name,
        feature=name,
        expression=expression,
        type=expression.type,
        nullable=expression.nullable,
        written=written,
        origin=ORIGIN,
    )


def block(
    *aggregates: ir.Aggregate,
    key: Sequence[str] = ("user",),
    where: ir.Expression | None = None,
    derived: Sequence[ir.Value] = (),
) -> ir.Features:
    """Declare a block `features` whose values are its aggregates, called `a0`, `a1`, …, then the derived ones."""
    plain = [value_of(f"a{i}", aggregate_value(a, i)) for i, a in enumerate(aggregates)]
    return ir.Features(
        name="features",
        source="events",
        key=tuple(key),
        where=where,
        aggregates=aggregates,
        values=(*plain, *derived),
        sinks=(),
        origin=ORIGIN,
    )


def aggregate_value(declared: ir.Aggregate, index: int) -> ir.AggregateValue:
    """Refer to an aggregate of a block."""
    return ir.AggregateValue(index=index, type=declared.type, nullable=declared.nullable)


def of(name: str, kind: str) -> ir.ColumnValue:
    """Refer to a column."""
    return ir.ColumnValue.model_validate({"name": name, "type": kind.removesuffix("?"), "nullable": kind.endswith("?")})


def constant(value: Any, kind: str) -> ir.Constant:
    """Write a constant; None is null."""
    return ir.Constant.model_validate({"type": kind, "value": value, "nullable": value is None})


def operation(operator: str, *arguments: ir.Expression, kind: str) -> ir.Operation:
    """Apply an operator."""
    return ir.Operation.model_validate(
        {"operator": operator, "arguments": arguments, "type": kind, "nullable": operator != "is_null"}
    )


def run(events: ir.Source, features: ir.Features, data: bytes, kind: Kind = "jsonl", **options: Any) -> ReferenceResult:
    """Run one block on the bytes of one file."""
    program = ir.Program(sources=(events,), features=(features,))
    how = {name: options.pop(name) for name in ("role", "excluded") if name in options}
    given = Input(kind, (Memory(f"events.{kind}", data),), **how)
    return run_reference(program, [features.name], {"events": given}, options.pop("now", 0), **options)


def json_lines(*lines: str) -> bytes:
    """Join lines to a file."""
    return "\n".join(lines).encode() + b"\n"


def outcomes(events: ir.Source, kind: Kind, data: bytes, **options: str) -> list[tuple[int, dict[str, Any] | str]]:
    """Decode each record of a file: its number, and its values or the code of its reject."""
    given = Input(kind, (Memory("file", data),), options)
    return [(record.number, _outcome(events, given, record)) for record in records(events, given)]


def _outcome(events: ir.Source, given: Input, record: Any) -> dict[str, Any] | str:
    try:
        return decode(events, given, record).values
    except Reject as reject:
        return reject.code
