"""A plan as text: its sources, for each stage what it is sent, keeps and gives, and which stages streams visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from featlang.compiler import ir
from featlang.compiler.plan import Cell, Group, Job, PlannedSource, PlannedStream, Ring, Stage, Visit

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
    """The job, or of its stages only those that compute the block, or are visited by the rows of the stream, `name`."""
    lines = [f"job {job.name}"]
    for source in job.sources:
        lines += _source(source)
    stages = [stage for stage in job.stages if name in stage.outputs]
    for stage in stages or job.stages:
        lines += _stage(stage, job)
    for stream in job.streams:
        if stream.name == name or not stages:
            lines += _stream(stream, job)
    return "\n".join(lines)


def _source(source: PlannedSource) -> Iterator[str]:
    declared = source.source
    if source.table is not None:
        known = "" if source.table.known is None else f", known {source.table.known}"
        deleted = "" if source.table.deleted is None else f", deleted {source.table.deleted}"
        yield f"  table {source.name}  {_place(declared.origin)}"
        yield f"    time {declared.time or 'none'}{known}{deleted}, ties {', '.join(declared.ties) or 'none'}"
        return
    yield f"  source {source.name}  {_place(declared.origin)}"
    yield f"    time {declared.time}, ties {', '.join(declared.ties) or 'none'}, lateness {duration(declared.lateness)}"
    if declared.dedup is not None:
        yield f"    dedup {', '.join(declared.dedup.columns)} within {duration(declared.dedup.within)}"
    if declared.order is not None:
        ttl = "" if declared.order_ttl is None else f", ttl={duration(declared.order_ttl)}"
        yield f"    order arrival({declared.order}{ttl})"
    if declared.idleness is not None:
        yield f"    idleness {duration(declared.idleness)}"


def _stage(stage: Stage, job: Job) -> Iterator[str]:
    yield f"  stage {stage.name}"
    yield f"    key {', '.join(stage.key)}; is sent {', '.join(stage.payload)}"
    for ring in stage.rings:
        yield from _ring(ring, stage)
    for group in stage.groups:
        if not group.suffix:
            yield from _group(group)
    for visit in stage.visits:
        yield from _visit(visit, stage, job)


_RULES = {
    "with": "behind its own event",
    "with_input": "behind its own event, in the order of its source",
    "after": "behind all events of its time",
    "before": "before those of its time",
}


def _visit(visit: Visit, stage: Stage, job: Job) -> Iterator[str]:
    """What a stream's row is given, how it comes, and where it goes."""
    found = ", ".join(dict.fromkeys(stage.groups[group].features.name for _, group in visit.found))
    comes = "with its event" if visit.fused else f"by {', '.join(expression(key) for key in visit.key)}"
    following = [visit.following.stage] if visit.following else [each.number for each in job.fed_by(visit.stream)]
    names = {each.number: each.name for each in job.stages}
    written = ["written"] if visit.following is None and visit.stream.stream.writes else []
    goes = ", ".join([*(f"to stage {names[number]}" for number in following), *written])
    yield f"    looks up {found} for {visit.name}, {_RULES[visit.rule]}; comes {comes}; then {goes}"


def _stream(stream: PlannedStream, job: Job) -> Iterator[str]:
    union = stream.stream.union
    of = "" if union is None else f", input {union.input} of {union.name}"
    yield f"  stream {stream.name} of {stream.source.name}{of}  {_place(stream.stream.origin)}"
    for condition in (stream.stream.where, stream.stream.where_found):
        if condition is not None:
            yield f"    where {expression(condition)}"
    if not stream.visits:
        fed = [f"to stage {stage.name}" for stage in job.fed_by(stream)]
        yield f"    goes from its source {', '.join(fed) or 'to its rows'}"
    yield f"    {', '.join(f'{column.name}: {column.type}' for column in stream.columns)}"


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
    argument += "" if cell.bound is None else f", bound={cell.bound}"
    only = "" if cell.when is None else f" if {str(cell.when).lower()}"
    return f"{cell.kind}({argument}){only}" + (f" where {expression(cell.where)}" if cell.where else "")


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
        case ir.Exact(width=width, bound=bound):
            return f"exact({duration(width)})" if bound is None else f"exact({duration(width)}, bound={bound})"
        case ir.Forever(ttl=ttl):
            return "forever" if ttl is None else f"forever(ttl={duration(ttl)})"


def leaf(given: ir.Leaf) -> str:
    """What an expression is over; aggregates, values and lookups by their numbers."""
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


def expression(given: ir.Expression, leaf_text: Callable[[ir.Leaf], str] = leaf) -> str:
    """An expression in the language's own notation; `leaf_text` gives what it is over."""
    if isinstance(given, ir.Operation):
        return _operation(given.operator, [expression(argument, leaf_text) for argument in given.arguments])
    return leaf_text(given)


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
