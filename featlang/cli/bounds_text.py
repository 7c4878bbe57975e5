"""The bounds of a program's state as text, for `feat check --explain`."""

from __future__ import annotations

from collections.abc import Iterator

from featlang.backends.kernel.accumulators import Size
from featlang.backends.kernel.bounds import RingBound, StageBound, bound_of
from featlang.cli.plan_text import cell_text, duration, window
from featlang.compiler import ir
from featlang.compiler.plan import PlannedSource, plan
from featlang.stdlib.aggregates.count_distinct import DISTINCT_BOUND

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B"))


def bounds_text(program: ir.Program) -> str:
    """What a key of each stage may keep, and what it grows with."""
    lines: list[str] = []
    for job in plan(program).jobs:
        for source in job.sources:
            lines += _remembered(source.source)
        for source in (*job.sources, *job.fed):
            for stage in source.stages:
                lines += _stage(bound_of(stage, source.source), source)
    return "\n".join(lines)


def _remembered(source: ir.Source) -> Iterator[str]:
    """What a partition of a source keeps."""
    if source.dedup is not None:
        names, within = ", ".join(source.dedup.columns), duration(source.dedup.within)
        yield f"state of a partition of `{source.name}`: grows with its events"
        yield f"  the ids ({names}) of those within {within} of the greatest time"


def _stage(bound: StageBound, source: PlannedSource) -> Iterator[str]:
    total = bound.total
    most = "grows, see below" if total is None else f"at most {_size(total)}"
    yield f"state of a key of `{bound.stage.name}`: {most}"
    for ring in bound.rings:
        is_row = source.table is not None
        kept = f"{_size(ring.head)}; each key is kept, deleted ones too" if is_row else _ring(ring)
        yield f"  over {window(ring.ring.window)}: {kept}"
        yield f"    {', '.join(map(cell_text, ring.ring.cells))}"
        bounds = [cell.bound or DISTINCT_BOUND for cell in ring.ring.cells if cell.kind == "distinct"]
        if bounds:
            yield f"    of these `distinct` keeps its values, up to {max(bounds):,} for each tile"
    order, ttl = source.source.order, source.source.order_ttl
    if order is not None:
        until = "for good" if ttl is None else f"until the key is silent for {duration(ttl)}"
        yield f"  and its last {order}, {until}"
    columns = ", ".join(bound.stage.payload)
    if source.source.order is None:
        wait = duration(source.source.lateness)
        what = "rows" if source.table is not None else "events"
        yield f"  and the {what} that wait until none can come before them (lateness {wait}), each with {columns}"


def _ring(bound: RingBound) -> str:
    match bound.ring.window:
        case ir.Sliding():
            return f"at most {bound.entries:,} tiles of {_size(bound.entry)} each, and {_size(bound.head)} that run"
        case ir.Exact(width=width) as exact:
            grows = f"grows with the key's events within {duration(width)}: {_size(bound.entry)} for each"
            return grows if width <= exact.most else f"{grows}, of up to {exact.most:,} different times"
        case ir.Forever(ttl=None):
            return (
                f"{_size(bound.head)}; a key is kept for ever: `forever(ttl=90d)` forgets it when it is silent so long"
            )
        case ir.Forever(ttl=ttl):
            return f"{_size(bound.head)}; forgotten when the key is silent for {duration(ttl or 0)}"


def _size(size: Size) -> str:
    """As in `1.2 kB`, `25 B and 10,001 texts`."""
    unit, name = next((unit, name) for unit, name in _UNITS if size.bytes >= unit or unit == 1)
    number = f"{size.bytes / unit:.1f}" if unit > 1 else str(size.bytes)
    texts = f" and {size.texts:,} text{'' if size.texts == 1 else 's'}" if size.texts else ""
    return f"{number} {name}{texts}"
