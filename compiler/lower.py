"""Typed tree to IR: families are unrolled, a value for each window; equal aggregates are computed once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from featlang.compiler import ir, typed
from featlang.compiler.connectors import KINDS
from featlang.compiler.envelopes import DELETED, reads_envelopes
from featlang.dsl import tree
from featlang.dsl.diagnostics import Span

MAX_AHEAD_OF_STORED = 3_600_000_000
"""The `max_ahead` of a source without one of which an online store has features, µs.

A row is written as of its event's time: one from the year 9999 would stand for what comes before that.
"""


def lower(checked: typed.Checked, files: Iterable[tree.File]) -> ir.Program:
    """The program that a checked project means; `files` say on which lines things stand."""
    lines = _Lines(files)
    stored = _stored(checked)
    looked_up = {lookup.target for stream in checked.streams for lookup in stream.lookups}
    return ir.Program(
        sources=tuple(_source(source, lines, stored=source.name in stored) for source in checked.sources),
        features=tuple(_Group(features, lines).lowered() for features in checked.features),
        streams=tuple(_stream(stream, lines) for stream in checked.streams),
        tables=tuple(_table(table, lines) for table in checked.tables if table.name in looked_up),
    )


class _Lines:
    """Turns offsets into line numbers."""

    def __init__(self, files: Iterable[tree.File]) -> None:
        self._starts = {file.path: [0, *(i + 1 for i, c in enumerate(file.text) if c == "\n")] for file in files}

    def origin(self, span: Span) -> ir.Origin:
        return ir.Origin(file=span.file, line=bisect_right(self._starts[span.file], span.start))


def _stored(checked: typed.Checked) -> set[str]:
    """The sources of which an online store has features, also of their streams' rows."""
    found = {block.source for block in checked.features if any(KINDS[sink.kind].stores for sink in block.sinks)}
    return found | {stream.source for stream in checked.streams if stream.name in found}


def _source(source: typed.Source, lines: _Lines, *, stored: bool) -> ir.Source:
    return ir.Source(
        name=source.name,
        columns=source.columns,
        time=source.time,
        ties=source.ties,
        lateness=source.lateness,
        dedup=source.dedup,
        max_ahead=MAX_AHEAD_OF_STORED if stored and source.max_ahead is None else source.max_ahead,
        order=source.order,
        order_ttl=source.order_ttl,
        idleness=source.idleness,
        stream=source.stream,
        history=source.history,
        doc=source.doc,
        origin=lines.origin(source.span),
    )


def _table(table: typed.Table, lines: _Lines) -> ir.Table:
    columns, deleted = table.columns, table.deleted
    if deleted is None and reads_envelopes(table.stream, table.history):
        columns, deleted = (*columns, DELETED), DELETED.name
    source = ir.Source(
        name=table.name,
        columns=columns,
        time=table.time or "",
        ties=table.ties,
        lateness=0,
        max_ahead=None,
        deleted=deleted,
        stream=table.stream,
        history=table.history,
        doc=table.doc,
        origin=lines.origin(table.span),
    )
    return ir.Table(source=source, key=table.key, known=table.known)


def _stream(stream: typed.Stream, lines: _Lines) -> ir.Stream:
    conditions = [] if stream.where is None else _conditions(_row_expression(stream.where))
    return ir.Stream(
        name=stream.name,
        source=stream.source,
        where=_all_of([each for each in conditions if not _looks_up(each)]),
        where_found=_all_of([each for each in conditions if _looks_up(each)]),
        lookups=tuple(
            ir.Lookup(target=each.target, key=tuple(map(_row_expression, each.key)), before=each.before)
            for each in stream.lookups
        ),
        values=tuple(_stream_value(value, lines) for value in stream.values),
        sinks=stream.sinks,
        doc=stream.doc,
        annotations=stream.annotations,
        origin=lines.origin(stream.span),
        union=stream.union,
    )


def _conditions(expression: ir.Expression) -> list[ir.Expression]:
    """What must be true for an expression to be true: the parts of its `and`."""
    if isinstance(expression, ir.Operation) and expression.operator == "and":
        return [each for argument in expression.arguments for each in _conditions(argument)]
    return [expression]


def _all_of(conditions: list[ir.Expression]) -> ir.Expression | None:
    found: ir.Expression | None = None
    for each in conditions:
        nullable = each.nullable or (found is not None and found.nullable)
        found = (
            each
            if found is None
            else ir.Operation(operator="and", arguments=(found, each), type="bool", nullable=nullable)
        )
    return found


def _looks_up(expression: ir.Expression) -> bool:
    if isinstance(expression, ir.Operation):
        return any(map(_looks_up, expression.arguments))
    return isinstance(expression, ir.LookedUp)


def _stream_value(value: typed.StreamValue, lines: _Lines) -> ir.Value:
    expression = _row_expression(value.expression)
    return ir.Value(
        name=value.name,
        feature=value.name,
        expression=expression,
        type=expression.type,
        nullable=expression.nullable,
        written=value.written,
        pii=value.pii,
        doc=value.doc,
        origin=lines.origin(value.span),
    )


class _Group:
    """Lowers one block."""

    def __init__(self, features: typed.Features, lines: _Lines) -> None:
        self.features = features
        self.lines = lines
        self.by_name = {feature.name: feature for feature in features.features}
        self.aggregates: dict[ir.Aggregate, int] = {}
        self.values: list[ir.Value] = []
        self.places: dict[tuple[str, ir.Window | None], int] = {}
        self.rows: dict[typed.Expression, ir.Expression] = {}
        self.taken = {member for feature in features.features for _, member in _members(feature)}

    def lowered(self) -> ir.Features:
        """Lower the block's features, in declared order: it is that of the row's columns.

        A feature that is read before it is declared is computed there, as a helper; where it is declared, a column
        reads that helper.
        """
        features = self.features
        declared = features.features
        early: set[str] = set()
        position = 0  # of the first declared feature that is not computed
        computed: set[str] = set()
        for name in features.ordered:
            feature = self.by_name[name]
            if declared[position] is not feature and feature.written:
                early.add(name)
            self._compute(feature, early=name in early)
            computed.add(name)
            while position < len(declared) and declared[position].name in computed:
                if declared[position].name in early:
                    self._copy(declared[position])
                position += 1
        return ir.Features(
            name=features.name,
            source=features.source,
            key=features.key,
            where=None if features.where is None else self._row(features.where),
            aggregates=tuple(self.aggregates),
            values=tuple(self.values),
            sinks=features.sinks,
            doc=features.doc,
            annotations=features.annotations,
            origin=self.lines.origin(features.span),
        )

    def _compute(self, feature: typed.Feature, *, early: bool) -> None:
        """Add a value for each window of a family, else one."""
        for window, name in _members(feature):
            self.places[feature.name, window] = len(self.values)
            over = window or (feature.windows[0].window if feature.windows else None)
            expression = self._expression(feature.expression, feature, over)
            own = self._hidden(name) if early else name
            self._add(feature, own, expression, written=feature.written and not early)

    def _copy(self, feature: typed.Feature) -> None:
        """Add the columns of a feature that was computed early."""
        for window, name in _members(feature):
            expression = self._named_value(self.places[feature.name, window])
            self._add(feature, name, expression, written=True)

    def _add(self, feature: typed.Feature, name: str, expression: ir.Expression, *, written: bool) -> None:
        self.values.append(
            ir.Value(
                name=name,
                feature=feature.name,
                expression=expression,
                type=expression.type,
                nullable=expression.nullable,
                written=written,
                pii=feature.pii,
                doc=feature.doc,
                origin=self.lines.origin(feature.span),
            )
        )

    def _hidden(self, name: str) -> str:
        hidden = f"_early_{name}"
        while hidden in self.taken:
            hidden = f"_{hidden}"
        return hidden

    def _named_value(self, index: int) -> ir.NamedValue:
        value = self.values[index]
        return ir.NamedValue(index=index, type=value.type, nullable=value.nullable)

    def _expression(
        self, expression: typed.Expression, feature: typed.Feature, over: ir.Window | None
    ) -> ir.Expression:
        """Lower an expression of a feature, read in the window `over`."""
        match expression:
            case typed.Constant() | typed.ColumnRead() | typed.LookupRead() | typed.Called():
                return self._row(expression)
            case typed.FeatureRead(name, picked):
                member = picked or (over if self.by_name[name].family else None)
                return self._named_value(self.places[name, member])
            case typed.AggregateRead():
                if over is None:
                    raise AssertionError(feature.name)
                return self._aggregate(expression, feature, over)
            case typed.Operation():
                arguments = tuple(self._expression(each, feature, over) for each in expression.arguments)
                return _operation(expression, arguments)

    def _aggregate(
        self, expression: typed.AggregateRead, feature: typed.Feature, window: ir.Window
    ) -> ir.AggregateValue:
        aggregate = ir.Aggregate(
            function=expression.function,
            arguments=tuple(self._row(argument) for argument in expression.arguments),
            where=None if feature.where is None else self._row(feature.where),
            window=window,
            type=expression.type,
            nullable=expression.nullable,
            bound=expression.bound,
        )
        index = self.aggregates.setdefault(aggregate, len(self.aggregates))
        return ir.AggregateValue(index=index, type=aggregate.type, nullable=aggregate.nullable)

    def _row(self, expression: typed.Expression) -> ir.Expression:
        """Lower an expression over the columns of an event."""
        known = self.rows.get(expression)
        if known is None:
            known = self.rows[expression] = _row_expression(expression)
        return known


def _members(feature: typed.Feature) -> list[tuple[ir.Window | None, str]]:
    """The windows and columns of a family; else None and the one column."""
    if not feature.family:
        return [(None, feature.name)]
    return [(own.window, f"{feature.name}_{own.suffix}") for own in feature.windows]


def _row_expression(expression: typed.Expression) -> ir.Expression:
    match expression:
        case typed.Constant(type_name, value):
            return ir.Constant(type=type_name, value=value, nullable=value is None)
        case typed.ColumnRead(name, type_name, nullable):
            return ir.ColumnValue(name=name, type=type_name, nullable=nullable)
        case typed.LookupRead(lookup, name, type_name, nullable):
            return ir.LookedUp(lookup=lookup, name=name, type=type_name, nullable=nullable)
        case typed.Operation():
            return _operation(expression, tuple(_row_expression(each) for each in expression.arguments))
        case typed.AggregateRead() | typed.FeatureRead() | typed.Called():
            raise AssertionError(expression)


def _operation(expression: typed.Operation, arguments: tuple[ir.Expression, ...]) -> ir.Operation:
    return ir.Operation(
        operator=expression.operator, arguments=arguments, type=expression.type, nullable=expression.nullable
    )
