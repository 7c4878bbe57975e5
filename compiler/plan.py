"""IR to plan: the jobs, each a chain of stages, that compute a program; pure and engine-free.

A job is one connected set of definitions. A stage is one keyed operator: the feature groups that share a source and the
same key columns in the same order share its state and its shuffle. A ring is the state of one filter over one window.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from featlang.compiler import ir
from featlang.stdlib.aggregates import AGGREGATES

MAX_GROUPS = 64
"""A stage's groups are bits of one 64-bit mask; further groups of the same key make a further stage."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One accumulator of a ring, fed with the argument of the events for which `where` is true.

    `identity` is 16 hex digits of what it computes: a state's cell is kept over an edit iff its identity stands.
    `argument` is None for `count()`. `when` restricts a bool argument to true or to false.
    """

    kind: str
    argument: ir.Expression | None
    where: ir.Expression | None
    when: bool | None
    identity: str


@dataclass(frozen=True, slots=True)
class Ring:
    """The accumulators of one header filter over one window; groups with the same filter share it.

    `groups` are the positions of those groups in the stage.
    """

    window: ir.Window
    cells: tuple[Cell, ...]
    groups: tuple[int, ...]
    identity: str


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of a group's row."""

    name: str
    type: ir.TypeName
    nullable: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A `features` block in its stage.

    `columns` are the row's: keys, time, `_tie`, the written values. `cells` gives, for each aggregate of the block and
    each of its accumulators, the position of the stage's ring and of the cell in it.
    """

    features: ir.Features
    columns: tuple[RowColumn, ...]
    cells: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def name(self) -> str:
        """The block's name."""
        return self.features.name

    @property
    def identity(self) -> str:
        """16 hex digits for the block by its name: what its count of simultaneous events belongs to."""
        return _identity("group", self.features.name)

    @property
    def filter_identity(self) -> str:
        """16 hex digits for what the block filters by: which events that wait are its own, whatever it is called."""
        return _identity("filter", self.features.where)


@dataclass(frozen=True, slots=True)
class Stage:
    """One keyed operator.

    `index` is its position among the stages of its source; `payload` names the columns that it is sent.
    """

    name: str
    class_name: str
    source: str
    index: int
    key: tuple[str, ...]
    payload: tuple[str, ...]
    groups: tuple[Group, ...]
    rings: tuple[Ring, ...]

    @property
    def uid(self) -> str:
        """The operator's uid: from names of definitions only, so that adding features keeps it."""
        return self.name


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source with the stages that read it."""

    source: ir.Source
    class_name: str
    stages: tuple[Stage, ...]

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def reach(self) -> int | None:
        """How far before a row the events may lie that it is made of, in microseconds; None without limit.

        None under arrival too: what is in sequence depends on every earlier event.
        """
        if self.source.order is not None:
            return None
        windows = [ring.window for stage in self.stages for ring in stage.rings]
        reaches = [_reach(window) for window in windows]
        return None if None in reaches else max((r for r in reaches if r is not None), default=0)


@dataclass(frozen=True, slots=True)
class Job:
    """One connected set of definitions: what one generated script runs. `package` is its classes' Java package."""

    name: str
    package: str
    sources: tuple[PlannedSource, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of all its sources."""
        return tuple(stage for source in self.sources for stage in source.stages)


@dataclass(frozen=True, slots=True)
class Plan:
    """All jobs of a program, by name."""

    jobs: tuple[Job, ...]


def plan(program: ir.Program) -> Plan:
    """The jobs of a program. A source that nothing reads is in no job; blocks that say `@job("name")` share one."""
    jobs: dict[str, list[tuple[ir.Source, list[ir.Features]]]] = {}
    for source in sorted(program.sources, key=lambda s: s.name):
        features = [f for f in program.features if f.source == source.name]
        if features:
            named = [str(f.annotations["job"][0]) for f in features if f.annotations.get("job")]
            jobs.setdefault(named[0] if named else source.name, []).append((source, features))
    return Plan(tuple(_job(name, members) for name, members in sorted(jobs.items())))


def _job(name: str, members: list[tuple[ir.Source, list[ir.Features]]]) -> Job:
    package = f"featlang.generated.{name}_"
    return Job(name, package, tuple(_source(source, features, package) for source, features in members))


def _source(source: ir.Source, features: list[ir.Features], package: str) -> PlannedSource:
    stages: list[Stage] = []
    for key in dict.fromkeys(f.key for f in features):
        same_key = [f for f in features if f.key == key]
        for start in range(0, len(same_key), MAX_GROUPS):
            stages.append(_stage(source, key, same_key[start : start + MAX_GROUPS], len(stages), package, start))
    return PlannedSource(source, f"{package}.Source_{source.name}", tuple(stages))


def _stage(
    source: ir.Source, key: tuple[str, ...], features: list[ir.Features], index: int, package: str, start: int
) -> Stage:
    name = f"{source.name} by {', '.join(key)}" + (f" ({start // MAX_GROUPS + 1})" if start else "")
    rings, places = _rings(source.time, features)
    groups = tuple(Group(f, _row(source, f), cells) for f, cells in zip(features, places, strict=True))
    used = set(key)
    for f in features:
        for aggregate in f.aggregates:
            for expression in (*aggregate.arguments, *([aggregate.where] if aggregate.where else [])):
                used |= columns_of(expression)
    payload = tuple(c.name for c in source.columns if c.name in used)
    return Stage(name, f"{package}.Stage_{source.name}_{index}", source.name, index, key, payload, groups, rings)


def _row(source: ir.Source, features: ir.Features) -> tuple[RowColumn, ...]:
    types = {c.name: c.type for c in source.columns}
    return (
        *(RowColumn(k, types[k], nullable=False) for k in features.key),
        RowColumn(source.time, "timestamp", nullable=False),
        RowColumn("_tie", "int", nullable=False),
        *(RowColumn(v.name, v.type, nullable=True) for v in features.values if v.written),
    )


@dataclass
class _Ring:
    window: ir.Window
    cells: dict[str, Cell]
    groups: list[int]


def _rings(
    time: str, features: list[ir.Features]
) -> tuple[tuple[Ring, ...], list[tuple[tuple[tuple[int, int], ...], ...]]]:
    rings: dict[str, _Ring] = {}
    places: list[list[list[tuple[str, str]]]] = []
    for g, f in enumerate(features):
        places.append([])
        for aggregate in f.aggregates:
            identity = _identity("ring", time, aggregate.window, f.where)
            ring = rings.setdefault(identity, _Ring(aggregate.window, {}, []))
            if g not in ring.groups:
                ring.groups.append(g)
            cells = _cells(aggregate, identity)
            for cell in cells:
                ring.cells.setdefault(cell.identity, cell)
            places[-1].append([(identity, cell.identity) for cell in cells])
    position = {r: (i, {c: j for j, c in enumerate(ring.cells)}) for i, (r, ring) in enumerate(rings.items())}
    return (
        tuple(Ring(r.window, tuple(r.cells.values()), tuple(r.groups), identity) for identity, r in rings.items()),
        [tuple(tuple((position[r][0], position[r][1][c]) for r, c in place) for place in group) for group in places],
    )


def _cells(aggregate: ir.Aggregate, ring_identity: str) -> list[Cell]:
    """An aggregate's cells, which it shares only with aggregates of the very same ones.

    So an edit keeps all of them or none: a new `stddev` whose count came from an older `avg` would mix their events.
    """
    argument = aggregate.arguments[0] if aggregate.arguments else None
    accumulators = AGGREGATES[aggregate.function].accumulators
    together = [(accumulator.kind, accumulator.when) for accumulator in accumulators]
    cells = []
    for kind, when in together:
        identity = _identity("cell", ring_identity, together, kind, when, argument, aggregate.where)
        cells.append(Cell(kind, argument, aggregate.where, when, identity))
    return cells


def columns_of(expression: ir.Expression) -> set[str]:
    """The names of the columns that an expression reads."""
    if isinstance(expression, ir.ColumnValue):
        return {expression.name}
    if isinstance(expression, ir.Operation):
        return {name for argument in expression.arguments for name in columns_of(argument)}
    return set()


def _reach(window: ir.Window) -> int | None:
    match window:
        case ir.Sliding():
            return window.width + window.step
        case ir.Exact():
            return window.width
        case ir.Forever():
            return None


def order_identity(source: ir.Source) -> str:
    """16 hex digits for the columns that decide a source's order: events that wait in it are in no other."""
    return _identity("order", source.time, source.order)


def _identity(*parts: object) -> str:
    """16 hex digits of the meaning of `parts`: declared nullability, which no state depends on, is left out."""
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{ir.SEMANTICS_VERSION}:{text}".encode()).hexdigest()[:16]


def _plain(part: object) -> Any:
    if isinstance(part, ir.Node):
        return {k: _plain(getattr(part, k)) for k in type(part).model_fields if k != "nullable"}
    if isinstance(part, (tuple, list)):
        return [_plain(item) for item in part]
    if isinstance(part, float):
        return part.hex()
    return part
