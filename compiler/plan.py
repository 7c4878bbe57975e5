"""IR to plan: the jobs, each a chain of stages, that compute a program; pure and engine-free.

A job is one connected set of definitions. A stage is one keyed operator: the feature groups that share a source and the
same key columns in the same order share its state and its shuffle. A ring is the state of one filter over one window.
A row of a stream visits the stages whose features it looks up, one after another; from the last it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from featlang.compiler import ir
from featlang.compiler.connected import connected, reached
from featlang.stdlib.aggregates import AGGREGATES

MAX_GROUPS = 64
"""A stage's groups and visits are bits of one 64-bit mask; further groups of the same key make a further stage."""

MAX_VISITS = 32
"""The most streams that visit a stage; further ones visit another of the same groups."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One accumulator of a ring, fed with the argument of the events for which `where` is true.

    `identity` is 16 hex digits of what it computes: a state's cell is kept over an edit iff its identity stands.
    `argument` is None for `count()`. `when` restricts a bool argument to true or to false. `bound` is the most
    different values that it may keep, where that is said.
    """

    kind: str
    argument: ir.Expression | None
    where: ir.Expression | None
    when: bool | None
    identity: str
    bound: int | None = None


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
    suffix: str = ""

    @property
    def name(self) -> str:
        """The block's name; with a suffix where another stage writes its rows, and this one is only looked up."""
        return self.features.name + self.suffix

    @property
    def identity(self) -> str:
        """16 hex digits for the block by its name: what its count of simultaneous events belongs to."""
        return identity_of("group", self.features.name)

    @property
    def filter_identity(self) -> str:
        """16 hex digits for what the block filters by: which events that wait are its own, whatever it is called."""
        return identity_of("filter", self.features.where)


Rule = Literal["with", "with_input", "after", "before"]
"""Where a row stands among a stage's events: behind its own event, behind those of its time, before those.

`with_input` is `with` where the row's own order is that of a union, and the stage's events are those of its source.
"""

Carried = ir.ColumnValue | ir.LookedUp


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of a stream in a stage, where it is given what some of its lookups find.

    `number` counts the stream's visits. One that is `fused` comes with the event that its row is of; another comes on
    its own, by `key`, and `carried` is what it brings: columns of the event, and what was found before. `found` are the
    positions of lookups, each with that of its group in the stage.
    """

    stream: PlannedStream
    number: int
    stage: int
    rule: Rule
    fused: bool
    key: tuple[ir.Expression, ...]
    found: tuple[tuple[int, int], ...]
    carried: tuple[Carried, ...]

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.stream.name

    @property
    def identity(self) -> str:
        """16 hex digits for which rows visit the stage, and with which key: those that wait are its own."""
        stream = self.stream.stream
        united = [] if stream.union is None else [stream.union.input]
        return identity_of("visit", stream.name, self.number, stream.source, stream.where, self.rule, self.key, *united)

    @property
    def following(self) -> Visit | None:
        """The visit after this one; None where the row is written from here."""
        visits = self.stream.visits
        return visits[self.number + 1] if self.number + 1 < len(visits) else None


@dataclass(frozen=True, slots=True)
class PlannedStream:
    """A stream with the stages that its rows visit, in their order; where there is none its source writes them.

    One whose rows come from several sources is there for each of them.
    `columns` are those of a row that is written: the time, `_event`, the written values. Where it `feeds`, features are
    computed of its rows: stages whose source has its name.
    """

    stream: ir.Stream
    source: ir.Source
    columns: tuple[RowColumn, ...]
    feeds: bool
    visits: list[Visit] = field(compare=False, repr=False, default_factory=list)

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.stream.name

    @property
    def time(self) -> str:
        """What its rows call their time."""
        return self.stream.time(self.source)

    @property
    def read(self) -> tuple[ir.Leaf, ...]:
        """What its rows are made of, once their events are chosen."""
        stream = self.stream
        values = [value.expression for value in stream.values if value.written or self.feeds]
        return tuple(dict.fromkeys(leaf for each in (*values, stream.where_found) for leaf in leaves_of(each)))

    @property
    def found(self) -> tuple[ir.LookedUp, ...]:
        """What is read of what its lookups find: by its rows, or by the keys of further lookups that are read."""
        found = dict.fromkeys(looked_up_in(self.read))
        waiting = list(found)
        while waiting:
            new = [leaf for leaf in looked_up_in(self.stream.lookups[waiting.pop().lookup].key) if leaf not in found]
            found |= dict.fromkeys(new)
            waiting += new
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Stage:
    """One keyed operator.

    `number` is its position among the stages of its job, `index` among those of its source; `payload` names the columns
    that an event brings. One that is there `again` computes for lookups what another stage computes too.
    """

    name: str
    class_name: str
    source: str
    number: int
    index: int
    key: tuple[str, ...]
    payload: tuple[str, ...]
    groups: tuple[Group, ...]
    rings: tuple[Ring, ...]
    visits: tuple[Visit, ...] = ()
    again: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the blocks in it, and of the streams that visit it."""
        return (*(group.name for group in self.groups), *(visit.name for visit in self.visits))

    @property
    def uid(self) -> str:
        """The operator's uid: from names of definitions only, so that adding features keeps it."""
        return self.name


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source with the stages that read it, and the streams of its rows; or a table, read like one."""

    source: ir.Source
    class_name: str
    stages: tuple[Stage, ...]
    streams: tuple[PlannedStream, ...] = ()
    table: ir.Table | None = None

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
        reaches = [window.reach for window in windows]
        return None if None in reaches else max((r for r in reaches if r is not None), default=0)


@dataclass(frozen=True, slots=True)
class Job:
    """One connected set of definitions: what one generated script runs. `package` is its classes' Java package.

    `sources` are read; `fed` are streams of whose rows features are computed, as if they were sources.
    """

    name: str
    package: str
    sources: tuple[PlannedSource, ...]
    fed: tuple[PlannedSource, ...] = ()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of all its sources, by number: a row visits them in this order."""
        return tuple(
            sorted((s for source in (*self.sources, *self.fed) for s in source.stages), key=lambda stage: stage.number)
        )

    @property
    def streams(self) -> tuple[PlannedStream, ...]:
        """The streams of all its sources."""
        return tuple(stream for source in self.sources for stream in source.streams)

    def fed_by(self, stream: PlannedStream) -> tuple[Stage, ...]:
        """The stages that the rows of a stream are events of."""
        return tuple(stage for source in self.fed if source.name == stream.name for stage in source.stages)

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """For each block and stream, the others, and the tables, that must be computed for it."""
        reads: dict[str, set[str]] = {}
        for stream in self.streams:
            reads.setdefault(stream.name, set()).update(each.target for each in stream.stream.lookups)
        reads |= {g.features.name: {source.name} for source in self.fed for s in source.stages for g in s.groups}
        found = {name: tuple(sorted(reached(reads, [name]))) for name in reads}
        return {name: needed for name, needed in found.items() if needed}

    @property
    def levels(self) -> tuple[tuple[Stage, ...], ...]:
        """The stages by how many others a row may have visited before it comes there."""
        depth = {stage.number: 0 for stage in self.stages}
        for stage in self.stages:  # rows visit them in this order
            for visit in stage.visits:
                following = visit.following
                to = [following.stage] if following else [each.number for each in self.fed_by(visit.stream)]
                depth.update({number: max(depth[number], depth[stage.number] + 1) for number in to})
        levels = range(max(depth.values(), default=-1) + 1)
        return tuple(tuple(stage for stage in self.stages if depth[stage.number] == level) for level in levels)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what it writes rows of: blocks of features, and streams."""
        blocks = [group.name for stage in self.stages for group in stage.groups if not group.suffix]
        return (*blocks, *dict.fromkeys(stream.name for stream in self.streams if stream.stream.writes))


@dataclass(frozen=True, slots=True)
class Plan:
    """All jobs of a program, by name."""

    jobs: tuple[Job, ...]


def plan(program: ir.Program) -> Plan:
    """The jobs of a program. A source that nothing reads is in no job; blocks that say `@job("name")` share one."""
    source_of = {block.name: block.source for block in program.features}
    base = {stream.name: stream.source for stream in program.streams}
    source_of = {name: base.get(source, source) for name, source in source_of.items()}
    read = {*source_of.values(), *(stream.source for stream in program.streams)}
    links = [
        (stream.source, source_of.get(each.target, each.target))
        for stream in program.streams
        for each in stream.lookups
    ]
    links += [(stream.source, base[stream.name]) for stream in program.streams]  # what is united
    tables = sorted({other for _, other in links} - read)
    first = connected([*sorted(read), *tables], links)
    annotated: list[ir.Features | ir.Stream] = [*program.features, *program.streams]
    named = {
        first[base.get(each.source, each.source)]: str(each.annotations["job"][0])
        for each in annotated
        if each.annotations.get("job")
    }
    jobs: dict[str, list[ir.Source]] = {}
    for source in sorted(program.inputs, key=lambda s: s.name):
        if source.name in first:
            jobs.setdefault(named.get(first[source.name], first[source.name]), []).append(source)
    return Plan(tuple(_job(name, sources, program) for name, sources in sorted(jobs.items())))


def _job(name: str, sources: list[ir.Source], program: ir.Program) -> Job:
    """The stages are known before the visits: their keys and groups, which the lookups are of."""
    package = f"featlang.generated.{name}_"
    grouped = {block.source for block in program.features}
    streams = {
        source.name: tuple(
            _stream(each, source, feeds=each.name in grouped) for each in program.streams if each.source == source.name
        )
        for source in sources
    }
    lookups = [
        {lookup.target for lookup in planned.stream.lookups} for of_source in streams.values() for planned in of_source
    ]
    looked_up = frozenset().union(*lookups)
    tables = {table.name: table for table in program.tables}
    drafts: list[_Draft] = []
    for source in _behind_what_finds_keys(sources, program):
        if source.name in tables:
            drafts.append(
                _Draft(source, tables[source.name].key, [rows_of(tables[source.name])], "", source.name, is_table=True)
            )
        else:
            drafts += _drafts(source, source.name, program, lookups)
    every: dict[str, list[PlannedStream]] = {}
    for planned in (each for of_source in streams.values() for each in of_source):
        every.setdefault(planned.name, []).append(planned)
    derived = []
    visitors: Counter[int] = Counter()
    for first, *others in _after_what_they_need(every, program):
        for planned in (first, *others):
            planned.visits.extend(_visits(planned, drafts, looked_up, visitors))
        if first.feeds:
            derived.append(program.source(first.name))
            drafts += _drafts(derived[-1], first.stream.ordered_by, program, lookups)
    read = tuple(_source(source, drafts, streams, package, tables.get(source.name)) for source in sources)
    fed = tuple(_source(source, drafts, streams, package, None) for source in derived)
    return Job(name, package, read, fed)


def _behind_what_finds_keys(sources: list[ir.Source], program: ir.Program) -> list[ir.Source]:
    """The same sources, those in which keys of others are found before these: else a stage of these is there twice.

    The source that rows come from is not moved for them: they begin with what is looked up by its own key.
    """
    source_of = {block.name: block.source for block in program.features}
    keys_of: dict[str, set[str]] = {}
    for stream in program.streams:
        targets = [source_of.get(each.target, each.target) for each in stream.lookups]
        for target, lookup in zip(targets, stream.lookups, strict=True):
            if target == stream.source:
                continue
            keys_of.setdefault(target, set()).update(targets[leaf.lookup] for leaf in looked_up_in(lookup.key))
    found: dict[str, ir.Source] = {}
    begun: set[str] = set()

    def add(source: ir.Source) -> None:
        if source.name not in begun:
            begun.add(source.name)
            for each in sources:
                if each.name in keys_of.get(source.name, ()):
                    add(each)
            found[source.name] = source

    for source in sources:
        add(source)
    return list(found.values())


def _drafts(source: ir.Source, origin: str, program: ir.Program, lookups: list[set[str]]) -> list[_Draft]:
    """The stages of a source, or of a stream that features read: one for each key, or more where groups are many."""
    found = []
    features = [f for f in program.features if f.source == source.name]
    for key in dict.fromkeys(f.key for f in features):
        same_key = [f for f in features if f.key == key]
        names = {f.name for f in same_key}
        most = MAX_GROUPS - min(MAX_VISITS, sum(not names.isdisjoint(each) for each in lookups))
        for start in range(0, len(same_key), most):
            suffix = f" ({start // most + 1})" if start else ""
            found.append(_Draft(source, key, same_key[start : start + most], suffix, origin))
    return found


def _after_what_they_need(streams: dict[str, list[PlannedStream]], program: ir.Program) -> list[list[PlannedStream]]:
    """The streams, those that feed features before those that look these up: rows go from stage to later stage."""
    found: dict[str, list[PlannedStream]] = {}

    def add(name: str) -> None:
        if name in streams and name not in found:
            for needed in sorted(program.needed_by([name])):
                add(needed)
            found[name] = streams[name]

    for feeds in (True, False):
        for name, planned in streams.items():
            if planned[0].feeds is feeds:
                add(name)
    return list(found.values())


@dataclass(frozen=True)
class _Draft:
    """A stage before anything in it is made."""

    source: ir.Source
    key: tuple[str, ...]
    features: list[ir.Features]
    suffix: str
    origin: str
    """Whose order its events are in: of a stream's rows, that of the stream's source, or of the union."""
    is_table: bool = False
    again: int = 0
    """How many others of the same there are before it: of a block that a stream's rows look up by several keys."""

    @property
    def marks(self) -> str:
        """What tells its groups from those that write rows."""
        return (" (table)" if self.is_table else "") + (f" (again {self.again})" if self.again else "")


def rows_of(table: ir.Table) -> ir.Features:
    """A table as features: of the rows of a key the greatest, as structs that begin with what decides, by columns."""
    source = table.source
    columns = {column.name: column for column in source.columns}
    deciding = [*([source.time] if source.time else []), *source.ties]
    fields = [*(columns[name] for name in deciding), *source.columns]
    parts = [f"f{i}: {each.type}{'?' if each.nullable else ''}" for i, each in enumerate(fields)]
    kind = f"struct<{', '.join(parts)}>"
    reads = tuple(ir.ColumnValue(name=each.name, type=each.type, nullable=each.nullable) for each in fields)
    row = ir.Operation(operator="struct", arguments=reads, type=kind, nullable=False)
    newest = ir.Aggregate(function="max", arguments=(row,), where=None, window=ir.Forever(), type=kind, nullable=True)

    def field(name: str) -> ir.Operation:
        position = ir.Constant(type="int", value=len(deciding) + list(columns).index(name))
        arguments = (ir.AggregateValue(index=0, type=kind, nullable=True), position)
        return ir.Operation(operator="field", arguments=arguments, type=columns[name].type, nullable=True)

    def there(column: ir.Column) -> ir.Expression:
        if table.deleted is None:
            return field(column.name)
        nothing = ir.Constant(type=column.type, value=None, nullable=True)
        arguments = (field(table.deleted), nothing, field(column.name))
        return ir.Operation(operator="if", arguments=arguments, type=column.type, nullable=True)

    values = tuple(
        ir.Value(
            name=column.name,
            feature=column.name,
            expression=there(column),
            type=column.type,
            nullable=True,
            written=True,
            origin=source.origin,
        )
        for column in source.columns
    )
    return ir.Features(
        name=table.name,
        source=source.name,
        key=table.key,
        where=None,
        aggregates=(newest,),
        values=values,
        sinks=(),
        origin=source.origin,
    )


def _stream(stream: ir.Stream, source: ir.Source, *, feeds: bool) -> PlannedStream:
    columns = (
        RowColumn(stream.time(source), "timestamp", nullable=False),
        RowColumn("_event", "string", nullable=False),
        *(RowColumn(v.name, v.type, nullable=True) for v in stream.values if v.written),
    )
    return PlannedStream(stream, source, columns, feeds)


def _visits(
    planned: PlannedStream, drafts: list[_Draft], looked_up: frozenset[str], visitors: Counter[int]
) -> list[Visit]:
    """The stages that a stream's rows visit, in the order of the stages; `visitors` counts the streams of each."""
    stream = planned.stream
    needed = dict.fromkeys(planned.read)
    read = {leaf.lookup for leaf in planned.found}
    places: _Places = {}
    for position, lookup in enumerate(stream.lookups):
        if position in read:
            number, group = _place(lookup.target, drafts)
            rule = _rule(lookup, drafts[number], stream)
            places.setdefault((number, rule, lookup.key), []).append((position, group))
    once = _each_stage_once(places, drafts, looked_up, visitors)
    ordered = sorted(once.items(), key=lambda each: each[0][0])
    visits: list[Visit] = []
    for number, ((stage, rule, key), found) in enumerate(ordered):
        keys = {leaf: None for (_, _, later), _ in ordered[number + 1 :] for each in later for leaf in leaves_of(each)}
        known = {position for visit in visits for position, _ in visit.found}
        carried = tuple(
            leaf
            for leaf in {**keys, **needed}
            if isinstance(leaf, ir.ColumnValue) or (isinstance(leaf, ir.LookedUp) and leaf.lookup in known)
        )
        is_direct = drafts[stage].source.name == stream.source
        is_first = number == 0 and not drafts[stage].again
        fused = is_first and rule == "with" and is_direct and _is_own_key(key, drafts[stage])
        visits.append(Visit(planned, number, stage, rule, fused, key, tuple(found), carried))
    return visits


def _rule(lookup: ir.Lookup, draft: _Draft, stream: ir.Stream) -> Rule:
    if lookup.before:
        return "before"
    if draft.origin == stream.ordered_by:
        return "with"
    return "with_input" if draft.origin == stream.source else "after"


_Places = dict[tuple[int, Rule, tuple[ir.Expression, ...]], list[tuple[int, int]]]


def _each_stage_once(
    places: _Places, drafts: list[_Draft], looked_up: frozenset[str], visitors: Counter[int]
) -> _Places:
    """The same places, but where a stage is visited already, by too many, or too early, in another one like it.

    Rows go from stage to later stage: a key that was looked up is known behind the stage where it was found. One that
    is there again has the groups that are looked up, and no others.
    """
    found: _Places = {}
    visited: set[int] = set()
    stage_of: dict[int, int] = {}  # where each lookup finds what it does
    waiting = sorted(places, key=lambda each: each[1] != "with" or not _is_own_key(each[2], drafts[each[0]]))
    while waiting:
        place = next(each for each in waiting if all(leaf.lookup in stage_of for leaf in looked_up_in(each[2])))
        waiting.remove(place)
        stage, rule, key = place
        behind = max((stage_of[leaf.lookup] for leaf in looked_up_in(key)), default=-1)
        first, number, there = drafts[stage], stage, places[place]
        while number in visited or number <= behind or visitors[number] == MAX_VISITS:
            features = [each for each in first.features if each.name in looked_up]
            draft = replace(first, features=features, again=drafts[number].again + 1)
            if draft not in drafts:
                drafts.append(draft)
            number = drafts.index(draft)
            there = [(lookup, features.index(first.features[group])) for lookup, group in places[place]]
        visited.add(number)
        stage_of |= {lookup: number for lookup, _ in there}
        found[number, rule, key] = there
    visitors.update(visited)
    return found


def _place(features: str, drafts: list[_Draft]) -> tuple[int, int]:
    """The number of a block's stage, and its position among its groups."""
    return next(
        (number, group)
        for number, draft in enumerate(drafts)
        for group, each in enumerate(draft.features)
        if each.name == features
    )


def _is_own_key(key: tuple[ir.Expression, ...], draft: _Draft) -> bool:
    return [each.name if isinstance(each, ir.ColumnValue) else None for each in key] == list(draft.key)


def _source(
    source: ir.Source,
    drafts: list[_Draft],
    streams: dict[str, tuple[PlannedStream, ...]],
    package: str,
    table: ir.Table | None,
) -> PlannedSource:
    own = [number for number, draft in enumerate(drafts) if draft.source is source]
    stages = tuple(_stage(drafts, number, index, package, streams) for index, number in enumerate(own))
    return PlannedSource(source, f"{package}.Source_{source.name}", stages, streams.get(source.name, ()), table)


def _stage(
    drafts: list[_Draft], number: int, index: int, package: str, all_streams: dict[str, tuple[PlannedStream, ...]]
) -> Stage:
    draft = drafts[number]
    source, key, features = draft.source, draft.key, draft.features
    rings, places = _rings(source.time, features)
    groups = tuple(Group(f, _row(source, f), cells, draft.marks) for f, cells in zip(features, places, strict=True))
    visits = tuple(
        visit
        for of_source in all_streams.values()
        for each in of_source
        for visit in each.visits
        if visit.stage == number
    )
    used = set(key)
    for f in features:
        for aggregate in f.aggregates:
            for expression in (*aggregate.arguments, *([aggregate.where] if aggregate.where else [])):
                used |= columns_of(expression)
    for visit in visits:
        if visit.fused:
            used |= {leaf.name for leaf in visit.carried if isinstance(leaf, ir.ColumnValue)}
    payload = tuple(c.name for c in source.columns if c.name in used)
    name = f"{source.name} by {', '.join(key)}{draft.suffix}{draft.marks}"
    class_name = f"{package}.Stage_{source.name}_{index}"
    return Stage(name, class_name, source.name, number, index, key, payload, groups, rings, visits, draft.again > 0)


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
            identity = identity_of("ring", time, aggregate.window, f.where)
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
    said = [] if aggregate.bound is None else [aggregate.bound]
    cells = []
    for kind, when in together:
        identity = identity_of("cell", ring_identity, together, kind, when, argument, aggregate.where, *said)
        cells.append(Cell(kind, argument, aggregate.where, when, identity, aggregate.bound))
    return cells


def columns_of(expression: ir.Expression | None) -> set[str]:
    """The names of the columns that an expression reads."""
    return {leaf.name for leaf in leaves_of(expression) if isinstance(leaf, ir.ColumnValue)}


def looked_up_in(expressions: Iterable[ir.Expression]) -> list[ir.LookedUp]:
    """What expressions read of what was looked up."""
    return [leaf for each in expressions for leaf in leaves_of(each) if isinstance(leaf, ir.LookedUp)]


def leaves_of(expression: ir.Expression | None) -> list[ir.Leaf]:
    """What an expression is computed from, in the order of its text; nothing of none."""
    if expression is None:
        return []
    if isinstance(expression, ir.Operation):
        return [leaf for argument in expression.arguments for leaf in leaves_of(argument)]
    return [expression]


def order_identity(source: ir.Source) -> str:
    """16 hex digits for the columns that decide a source's order: events that wait in it are in no other."""
    return identity_of("order", source.time, source.order)


def identity_of(*parts: object) -> str:
    """16 hex digits of the meaning of `parts`.

    Declared nullability, which no state depends on, is left out, and so is a bound that is not said.
    """
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{ir.SEMANTICS_VERSION}:{text}".encode()).hexdigest()[:16]


def _plain(part: object) -> Any:
    if isinstance(part, ir.Node):
        said = {k: getattr(part, k) for k in type(part).model_fields if k != "nullable"}
        return {k: _plain(value) for k, value in said.items() if k != "bound" or value is not None}
    if isinstance(part, (tuple, list)):
        return [_plain(item) for item in part]
    if isinstance(part, float):
        return part.hex()
    return part
