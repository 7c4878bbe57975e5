"""A plan as text: its sources, for each stage what it is sent, keeps and gives, and which stages streams visit."""

from __future__ import annotations

from collections.abc import Iterator

from featlang.compiler import ir
from featlang.compiler.plan import Cell, Group, Job, PlannedSource, PlannedStream, Ring, Stage

_SIGNS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "modulo": "%",
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "and": "and",
    "or": "or",
    "coalesce": "??",
}
_UNITS = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "us"))


def plan_text(job: Job, name: str) -> str:
    """The job, or of the source of the block `name` only the stage that computes it."""
    lines = [f"job {job.name}"]
    for source in (*job.sources, *job.fed):
        stages = [stage for stage in source.stages if name in [group.name for group in stage.groups]]
        lines += [f"  rows of stream {source.name}"] if source in job.fed else _source(source)
        for stage in stages or source.stages:
            lines += _stage(stage)
    for stream in job.streams:
        lines += _stream(stream, job)
    return "\n".join(lines)


def _source(source: PlannedSource) -> Iterator[str]:
    declared = source.source
    if source.table is not None:
        yield f"  table {source.name}  {_place(declared.origin)}"
        return
    yield f"  source {source.name}  {_place(declared.origin)}"
    yield f"    time {declared.time}, ties {', '.join(declared.ties) or 'none'}, lateness {duration(declared.lateness)}"
    if declared.order is not None:
        ttl = "" if declared.order_ttl is None else f", ttl={duration(declared.order_ttl)}"
        yield f"    order arrival({declared.order}{ttl})"
    if declared.idleness is not None:
        yield f"    idleness {duration(declared.idleness)}"


def _stage(stage: Stage) -> Iterator[str]:
    yield f"  stage {stage.name}"
    yield f"    key {', '.join(stage.key)}; is sent {', '.join(stage.payload)}"
    for ring in stage.rings:
        yield from _ring(ring, stage)
    for group in stage.groups:
        yield from _group(group)


def _ring(ring: Ring, stage: Stage) -> Iterator[str]:
    """One window of one filter, and what is kept for it."""
    first = stage.groups[ring.groups[0]].features
    condition = f" where {expression(first.where)}" if first.where else ""
    blocks = ", ".join(stage.groups[group].name for group in ring.groups)
    yield f"    keeps over {window(ring.window)}{condition}, for {blocks}:"
    for cell in ring.cells:
        yield f"      {cell_text(cell)}"


def cell_text(cell: Cell) -> str:
    """What a cell of a ring computes, as in `sum(price) where (n > 1)`."""
    argument = expression(cell.argument) if cell.argument else ""
    only = "" if cell.when is None else f" if {str(cell.when).lower()}"
    return f"{cell.kind}({argument}){only}" + (f" where {expression(cell.where)}" if cell.where else "")


def _stream(stream: PlannedStream, job: Job) -> Iterator[str]:
    """Which stages its rows visit, in their order, and what is looked up there."""
    lookups = stream.stream.lookups
    condition = f" where {expression(stream.stream.where)}" if stream.stream.where else ""
    yield f"  stream {stream.name}  {_place(stream.stream.origin)}"
    yield f"    of {stream.source.name}{condition}"
    for visit in stream.visits:
        stage = next(each.name for each in job.stages if each.number == visit.stage)
        names = ", ".join(dict.fromkeys(lookups[position].target for position, _ in visit.found))
        before = " before" if visit.rule == "before" else ""
        yield f"    visits {stage}, by {', '.join(map(expression, visit.key))}: {names}{before}"
    if stream.stream.where_found is not None:
        yield f"    keeps those where {expression(stream.stream.where_found)}"
    if stream.stream.writes:
        yield f"    gives {', '.join(f'{column.name}: {column.type}' for column in stream.columns)}"


def _group(group: Group) -> Iterator[str]:
    if group.suffix:
        yield f"    has {group.features.name} looked up  {_place(group.features.origin)}"
        return
    yield f"    gives {group.name}  {_place(group.features.origin)}"
    yield f"      {', '.join(f'{column.name}: {column.type}' for column in group.columns)}"
    for sink in group.features.sinks:
        emit = sink.options.get("emit")
        said = "" if emit is None else f", emit {duration(emit) if isinstance(emit, int) else emit}"
        yield f'      to {sink.kind}("{sink.target}"){said}'


def window(given: ir.Window) -> str:
    """A window as it would be written in full."""
    match given:
        case ir.Sliding(width=width, step=step):
            return f"sliding({duration(width)}, step={duration(step)})"
        case ir.Exact(width=width):
            return f"exact({duration(width)})"
        case ir.Forever(ttl=ttl):
            return "forever" if ttl is None else f"forever(ttl={duration(ttl)})"


def expression(given: ir.Expression) -> str:
    """An expression over columns, in the language's own notation."""
    match given:
        case ir.Constant():
            return f'"{given.value}"' if isinstance(given.value, str) else str(given.value).lower()
        case ir.ColumnValue():
            return given.name
        case ir.AggregateValue():
            return f"aggregate {given.index}"
        case ir.NamedValue():
            return f"value {given.index}"
        case ir.LookedUp():
            return f"lookup {given.lookup}.{given.name}"
        case ir.Operation():
            return _operation(given.operator, [expression(argument) for argument in given.arguments])


def _operation(operator: str, arguments: list[str]) -> str:
    if operator in _SIGNS:
        return f"({f' {_SIGNS[operator]} '.join(arguments)})"
    match operator:
        case "not":
            return f"not {arguments[0]}"
        case "negate":
            return f"-{arguments[0]}"
        case "is_null":
            return f"({arguments[0]} is null)"
        case "if":
            return f"(if {arguments[0]} then {arguments[1]} else {arguments[2]})"
        case "in":
            return f"({arguments[0]} in [{', '.join(arguments[1:])}])"
        case _:
            return f"{operator}({', '.join(arguments)})"


def duration(microseconds: int) -> str:
    """A duration in the largest unit that divides it."""
    size, unit = next((size, unit) for size, unit in _UNITS if microseconds % size == 0)
    return f"{microseconds // size}{unit}" if microseconds else "0s"


def _place(origin: ir.Origin) -> str:
    return f"{origin.file}:{origin.line}"
