"""Which value comes from which: columns of sources, features, blocks and what they are written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from featlang.compiler import ir
from featlang.dsl import tree

UP, DOWN = "up", "down"


@dataclass(slots=True)
class Lineage:
    """A graph without circles; a node is named as in `clicks.user_id`, `user_engagement.ctr`, `kafka("web.clicks")`.

    `reads` holds for each node what it comes from, `feeds` what comes from it, both in the order of the definitions.
    A feature is one node, however many windows it has; `written` has it by the names of its columns, as in
    `reading.dwell_1h`. A stream lies between what it reads and the blocks that read it, but their features come from
    the columns of its source.
    """

    reads: dict[str, list[str]] = field(default_factory=dict)
    feeds: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    """Of each node: `column`, `feature`, `helper`, `source`, `table`, `stream`, `features`, `input`, `output`."""
    written: dict[str, str] = field(default_factory=dict)

    def node(self, name: str, kind: str) -> None:
        """Add a node, unless it is there."""
        self.kinds.setdefault(name, kind)
        self.reads.setdefault(name, [])
        self.feeds.setdefault(name, [])

    def edge(self, origin: str, target: str) -> None:
        """Say that one comes from another."""
        if origin not in self.reads[target]:
            self.reads[target].append(origin)
            self.feeds[origin].append(target)

    def paths(self, name: str, direction: str) -> Iterator[tuple[int, str, bool]]:
        """A tree from a node: depth, node, and whether it was shown before (then without what follows)."""
        following = self.reads if direction == UP else self.feeds
        seen: set[str] = set()
        stack = [(1, each) for each in reversed(following[name])]
        while stack:
            depth, node = stack.pop()
            again = node in seen and bool(following[node])
            yield depth, node, again
            if not again:
                seen.add(node)
                stack += [(depth + 1, each) for each in reversed(following[node])]

    def around(self, name: str) -> list[tuple[str, str]]:
        """All edges on ways to the node and from it, in the order of the definitions."""
        up = {name} | {node for _, node, _ in self.paths(name, UP)}
        down = {name} | {node for _, node, _ in self.paths(name, DOWN)}
        return [
            (origin, target)
            for target, origins in self.reads.items()
            for origin in origins
            if (target in up and origin in up) or (origin in down and target in down)
        ]


def lineage(program: ir.Program, files: Iterable[tree.File] = ()) -> Lineage:
    """The lineage of all that a program computes, with the streams that its files declare."""
    found = Lineage()
    for source in program.sources:
        _read(source, "source", found)
    for table in program.tables:
        _read(table.source, "table", found)
    for stream in program.streams:
        for name in (program.time_of(stream), *(value.name for value in stream.values)):
            found.node(f"{stream.name}.{name}", "column")
    for block in program.features:
        _block(block, program.source(block.source), found)
    for stream in program.streams:
        _stream(stream, program, found)
    _streams([each for file in files for each in file.declarations], found)
    return found


def _read(source: ir.Source, kind: str, found: Lineage) -> None:
    """A source or a table: its columns, and what it reads."""
    found.node(source.name, kind)
    for connector in (source.stream, source.history):
        if connector is not None:
            found.node(connector_text(connector), "input")
            found.edge(connector_text(connector), source.name)
    for column in source.columns:
        found.node(f"{source.name}.{column.name}", "column")
        found.edge(source.name, f"{source.name}.{column.name}")


def _streams(declarations: Sequence[tree.Declaration], found: Lineage) -> None:
    """The streams, each behind what it reads and before what reads it."""
    for each in declarations:
        if each.kind.text == "stream":
            found.node(each.name.text, "stream")
    for each in declarations:
        inputs = [read for clause in each.clauses if isinstance(clause, tree.FromClause) for read in clause.sources]
        for name in [read.name.text for read in inputs if isinstance(read, tree.Reference)]:
            kinds = [found.kinds.get(name), found.kinds.get(each.name.text)]
            if None not in kinds and "stream" in kinds:
                found.edge(name, each.name.text)


def _stream(stream: ir.Stream, program: ir.Program, found: Lineage) -> None:
    """A stream whose rows are written or grouped: what each column comes from, by its filter and its lookups too."""
    source = program.source(stream.source)
    features = {(block.name, value.name): value.feature for block in program.features for value in block.values}

    def origins(leaf: ir.Expression) -> list[str]:
        match leaf:
            case ir.ColumnValue(name=name):
                return [f"{source.name}.{name}"]
            case ir.LookedUp(lookup=lookup, name=name):
                target = stream.lookups[lookup].target
                keys = [each for key in stream.lookups[lookup].key for part in leaves(key) for each in origins(part)]
                return [f"{target}.{features.get((target, name), name)}", *keys]
            case _:
                return []

    found.node(stream.name, "stream")
    found.edge(f"{source.name}.{source.time}", f"{stream.name}.{stream.time(source)}")
    for value in stream.values:
        expressions = [value.expression, stream.where, stream.where_found]
        for origin in [o for each in expressions if each is not None for leaf in leaves(each) for o in origins(leaf)]:
            found.edge(origin, f"{stream.name}.{value.name}")
        found.edge(f"{stream.name}.{value.name}", stream.name)
    for sink in stream.sinks:
        found.node(connector_text(sink), "output")
        found.edge(stream.name, connector_text(sink))


def _block(block: ir.Features, source: ir.Source, found: Lineage) -> None:
    names = [f"{block.name}.{value.feature}" for value in block.values]
    for value, name in zip(block.values, names, strict=True):
        found.node(name, "helper")
        found.written[f"{block.name}.{value.name}"] = name
        if value.written:
            found.kinds[name] = "feature"
        for leaf in leaves(value.expression):
            for origin in _origins(leaf, names, block, source):
                if origin != name:
                    found.edge(origin, name)
    found.node(block.name, "features")
    for key in block.key:
        found.edge(f"{source.name}.{key}", block.name)
    for value, name in zip(block.values, names, strict=True):
        if value.written:
            found.edge(name, block.name)
    for sink in block.sinks:
        found.node(connector_text(sink), "output")
        found.edge(block.name, connector_text(sink))


def _origins(leaf: ir.Expression, names: Sequence[str], block: ir.Features, source: ir.Source) -> list[str]:
    """The features or columns that a part of an expression reads."""
    match leaf:
        case ir.NamedValue(index=index):
            return [names[index]]
        case ir.AggregateValue(index=index):
            return [f"{source.name}.{column}" for column in _columns(block.aggregates[index], block, source)]
        case _:
            return []


def _columns(aggregate: ir.Aggregate, block: ir.Features, source: ir.Source) -> list[str]:
    """The columns that decide the value of an aggregate: what it is of, and which events it takes."""
    expressions = [*aggregate.arguments, aggregate.where, block.where]
    read = [
        leaf.name
        for each in expressions
        if each is not None
        for leaf in leaves(each)
        if isinstance(leaf, ir.ColumnValue)
    ]
    return list(dict.fromkeys(read)) or [source.time]


def leaves(expression: ir.Expression) -> Iterator[ir.Expression]:
    """What an expression is made of, without its operators."""
    stack = [expression]
    while stack:
        each = stack.pop()
        if isinstance(each, ir.Operation):
            stack += reversed(each.arguments)
        else:
            yield each


def connector_text(connector: ir.Connector) -> str:
    """As in `kafka("web.clicks")`."""
    return f'{connector.kind}("{connector.target}")'
