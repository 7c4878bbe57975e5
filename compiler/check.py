"""Types: from bound names to a typed tree, with everything that can be wrong in a block reported."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from featlang.compiler import ir, typed
from featlang.compiler.advice import texts_of
from featlang.compiler.annotations import annotations_of
from featlang.compiler.connectors import KINDS, connector
from featlang.compiler.definitions import Definitions
from featlang.compiler.expressions import Context, FamilyUse, Functions, Typer
from featlang.compiler.flows import Flows, Mark, Marked, Path
from featlang.compiler.kinds import Kinds
from featlang.compiler.nullability import NOTHING, Facts, if_true
from featlang.compiler.outputs import check_accepts, check_outputs, check_streams, looked_up
from featlang.compiler.report import SHOWN_NAMES, Report, did_you_mean, with_article
from featlang.compiler.resolve import FeaturesNames, Names, SourceNames
from featlang.compiler.sources import check_columns, check_source, orders_by_time, orders_simultaneous, time_column
from featlang.compiler.streams import Streams
from featlang.compiler.substitution import outgrown, replaced
from featlang.compiler.templates import column_type
from featlang.compiler.types import KEY_TYPES, fitted
from featlang.compiler.views import Stream, View
from featlang.compiler.walk import nodes_in, rewritten
from featlang.compiler.windows import is_window, windows
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions import FUNCTIONS

STORED_NAMES = ("as_of", "_written")
"""The columns that a stored row has besides its keys and features."""

ORDER_AGGREGATES = ("first", "last")
"""Aggregates whose value depends on the order of simultaneous events."""


def check(names: Names) -> tuple[typed.Checked | None, tuple[Diagnostic, ...]]:
    """Type a project; None where an error was found."""
    return _Project(names).check()


class _Project:
    """A project while it is checked: each declaration once, when it is first asked for."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.report = Report()
        self.functions = _functions(names, self.report)
        self.columns: dict[str, dict[str, ir.Column | None]] = {}
        self.times: dict[str, str | None] = {}
        self.blocks: dict[str, typed.Features | None] = {}
        self.by_name = {block.declaration.name.text: block for block in names.features}
        found = Report()
        self.kinds = Kinds(names.declared, names.visible, self.functions, names.reported, found)
        self.streams = Streams(self.kinds, found, source=self._rows, features=self._features)

    def check(self) -> tuple[typed.Checked | None, tuple[Diagnostic, ...]]:
        """All of it."""
        sources = []
        for source in self.names.sources:
            found = Report()
            name = source.declaration.name.text
            self.columns[name] = check_columns(source, found)
            self.times[name] = time_column(source)
            checked = check_source(source, self.columns[name], found)
            self.report.add(found.ordered())
            if checked is not None:
                sources.append(checked)
        self.kinds.check_all()
        streams = self.streams.check_all()
        blocks = [self._features(name) for name in self.by_name]
        for template in self.names.unused:
            self.report.add(_Template(template, self.functions, self.names.reported).errors())
        features = [block for block in blocks if block is not None]
        streams = self.streams.in_rows({each.source for each in features} - {*self.columns}, streams)
        self.report.add(self.kinds.report.ordered())
        by_name = {source.name: source for source in sources}
        declared = [name for name, each in self.names.declared.items() if each.kind.text == "table"]
        tables = {name: table for name in declared if (table := self.kinds.table(name)) is not None}
        blocks_by_name = {each.name: each for each in features}
        streams = check_streams(streams, self.names, by_name, blocks_by_name, tables, self.report)
        check_outputs(self.names, features, streams, self.report)
        program = (
            None
            if self.report.failed
            else typed.Checked(tuple(sources), tuple(features), tuple(streams), tuple(tables.values()))
        )
        return program, self.report.ordered()

    def _rows(self, source: str) -> Stream | None:
        """The rows of a source, for streams."""
        read = {name: _read(column) for name, column in self.columns[source].items()}
        known = {name: column for name, column in read.items() if column is not None}
        views = (View(source, None, known),) if len(known) == len(read) else ()
        by_time = orders_by_time(self._source_names(source))
        return Stream(read, self.times[source], views, by_time=by_time)

    def _source_names(self, name: str) -> SourceNames:
        return next(each for each in self.names.sources if each.declaration.name.text == name)

    def _features(self, name: str) -> typed.Features | None:
        """A block of features; None where it is wrong, or reads a stream."""
        if name not in self.blocks:
            self.blocks[name] = None  # while it is checked
            block = self.by_name[name]
            found = Report()
            columns: Mapping[str, ir.Column | None] | None = (
                self.columns[block.source.declaration.name.text] if block.source else None
            )
            through = rows = None
            stream = self.streams.stream(block.stream.text) if block.stream else None
            if stream is not None:
                columns = _columns(stream)
                block, through, rows = self._through(block, stream, found)
            if rows is not None:
                columns = rows.columns
            checking = _Block(block, columns, self.functions, self.names.reported, found, through, rows)
            self.blocks[name] = checking.check(None if rows is None or block.stream is None else block.stream.text)
            self.report.add(found.ordered())
        return self.blocks[name]

    def _through(
        self, block: FeaturesNames, stream: Stream, report: Report
    ) -> tuple[FeaturesNames, _Through | None, _Rows | None]:
        """A block that reads a stream: as one of the stream's source where all that it reads is of that.

        Else it is one of the stream's rows, which come last: what it looks up, or computes for a key, is sent.
        """
        name = block.stream.text if block.stream else ""
        if not stream.runs:
            title = f"`{block.declaration.name.text}` is checked, and left out: `{name}` does not run yet"
            span = block.stream.span if block.stream else block.declaration.name.span
            report.warning("F501", title, span, "features run of sources, and of streams that run")
            return block, None, self._marked(stream, name)
        if not stream.views:
            return block, None, None
        view, *others = stream.views
        source = self._source_names(view.source)
        block = replace(block, source=source, others=tuple(self._source_names(other.source) for other in others))
        computed = [key for key in _written_key(block.declaration) if not _is_plain(key, view)]
        if stream.union is None and not view.lookups and not computed:
            return block, _Through(view, self.columns[view.source]), None
        if not stream.by_time:
            title = "features of such a stream do not run in the order of arrival"
            advice = f"group by a column of `{view.source}` that the stream keeps, or use the order of time"
            report.error("F502", title, (computed[0] if computed else block.declaration.name).span, advice)
        return block, None, self._marked(stream, name)

    def _marked(self, stream: Stream, name: str) -> _Rows:
        """A stream's rows: what is computed from a personal column or a label is so too."""
        ways: dict[Mark, dict[str, Path]] = {"pii": {}, "label": {}}
        for view in stream.views:
            source = [column for column in self.columns[view.source].values() if column is not None]
            for mark, found in ways.items():
                marked, time = Marked.of(source, mark), self.times[view.source]
                if stream.time is not None and time is not None and time in marked.columns:
                    found.setdefault(stream.time, marked.columns[time])
                flows = Flows(marked, view.where, self._looked_up(view, mark), view.lookups)
                head = [(*way, name) for way in flows.head.values()]
                for column, value in view.values.items():
                    own = [*flows.of_value(column, value).values(), *((*way, column) for way in head)]
                    if own:
                        found.setdefault(column, own[0])
        columns = {
            column: ir.Column(
                name=column,
                type=value.type,
                nullable=any(view.values[column].nullable for view in stream.views)
                if (read := stream.columns.get(column)) is None
                else read.nullable,
                pii=column in ways["pii"],
                label=column in ways["label"],
            )
            for column, value in stream.views[0].values.items()
        }
        return _Rows(columns, stream.time, Marked(ways["pii"], ends=True), Marked(ways["label"], ends=False))

    def _looked_up(self, view: View, mark: Mark) -> dict[tuple[int, str], Path]:
        """What the lookups of a view find that bears a mark."""
        targets = {each.target for each in view.lookups}
        blocks = {name: block for name in targets if name in self.by_name and (block := self._features(name))}
        tables = {name: table for name in targets - {*self.by_name} if (table := self.kinds.table(name))}
        return looked_up(view.lookups, blocks, tables, mark)


def _functions(names: Names, report: Report) -> Functions:
    """What `def` defines; each is checked, whether or not it is called."""
    definitions = {name: each for name, each in names.declared.items() if each.kind.text == "def"}
    for name, declaration in definitions.items():
        if name in AGGREGATES or name in FUNCTIONS:
            title = f"`{name}` is {'an aggregate' if name in AGGREGATES else 'a function'} of the language"
            report.error("F101", title, declaration.name.span, "choose another name")
    found = Report()
    functions = Functions(
        Definitions(definitions, found), names.visible, {n: d.kind.text for n, d in names.declared.items()}
    )
    typer = Typer(found, {}, {}, "`def`", Context(functions, names.reported))
    for name in definitions:
        typer.define(name)
    report.add(found.ordered())
    return functions


@dataclass(frozen=True, slots=True)
class _Header:
    """The clauses of a block; a part that was reported is as if it were not there."""

    key: tuple[str, ...]
    where: typed.Expression | None
    windows: tuple[typed.Window, ...] | None
    """None: there is an `over`, and it was reported."""
    sinks: tuple[ir.Connector, ...]


@dataclass(frozen=True, slots=True)
class _Through:
    """The stream that a block reads, and the columns of its source."""

    view: View
    source: Mapping[str, ir.Column | None]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a stream that a block reads: their columns, and where the marks of these come from."""

    columns: Mapping[str, ir.Column | None]
    time: str | None
    personal: Marked
    labels: Marked


class _Reported:
    """Names that were reported before: each, or all that begin like one of them."""

    def __init__(self, names: frozenset[str], missing: Sequence[str]) -> None:
        self.names = names | {name for name in missing if not name.endswith("*")}
        self.beginnings = tuple(name[:-1] for name in missing if name.endswith("*"))

    def __contains__(self, name: object) -> bool:
        return name in self.names or (bool(self.beginnings) and str(name).startswith(self.beginnings))


class _Block:
    """Checks one `features` block."""

    def __init__(
        self,
        names: FeaturesNames,
        columns: Mapping[str, ir.Column | None] | None,
        functions: Functions,
        reported: frozenset[str],
        report: Report,
        through: _Through | None = None,
        rows: _Rows | None = None,
    ) -> None:
        self.names = names
        self.through = through
        self.rows = rows
        self.functions = functions
        self.reported = _Reported(reported, names.missing)
        self.declaration = names.declaration
        self.declared = columns
        self.columns = None if columns is None else {name: _read(column) for name, column in columns.items()}
        self.report = report
        self.features: dict[str, typed.Feature | None] = dict.fromkeys(names.bindings)
        self.circular: set[str] = set()
        self.reads = _reads(names.bindings)

    def check(self, derived: str | None = None) -> typed.Features | None:
        """Check everything there is; None where an error was found. `derived` is the stream whose rows it groups."""
        self._check_shape()
        annotations = annotations_of(self.declaration, self.report)
        header = self._header()
        self._check_names(header)
        wrong = self._check_given()
        order = self._order()
        for name in order:
            uses = self.names.uses.get(name, ())
            if wrong.isdisjoint(uses):
                with self.report.within(uses):
                    self.features[name] = self._feature(self.names.bindings[name], header)
        self._check_made_names()
        if self.through is not None and not self.report.failed:
            header = self._read_through(header, self.through)
        if not self.report.failed:
            self._check_flows(header, order)
        if self.report.failed or self.names.source is None:
            return None
        declared = [self.features[name] for name in self.names.bindings]
        return typed.Features(
            name=self.declaration.name.text,
            source=derived or self.names.source.declaration.name.text,
            key=header.key,
            where=header.where,
            features=tuple(feature for feature in declared if feature is not None),
            ordered=tuple(order),
            sinks=header.sinks,
            doc=self.declaration.doc,
            annotations=annotations,
            span=self.declaration.span,
        )

    # --- the head

    def _check_shape(self) -> None:
        declaration, report = self.declaration, self.report
        if declaration.columns is not None:
            report.error("F116", "features have no list of columns", declaration.name.span, "name them in the block")
        if declaration.returns is not None:
            report.error("F116", "features return nothing", declaration.returns.span, "remove `->` and the type")
        for clause in declaration.clauses:
            if isinstance(clause, tree.LookupClause):
                title = "`lookup` parses, but is not compiled yet"
                report.error("F502", title, clause.span, "leave it out: features read the columns of their source")
            elif isinstance(clause, tree.KeepClause):
                report.error(
                    "F116", "`keep` belongs to a stream", clause.span, "aggregate what is needed, as in `last(x)`"
                )
        named = declaration.name
        if declaration.body is None:
            report.error("F123", f"`{named.text}` has no block", named.span, "add one, as in `{ events = count() }`")
        elif not any(isinstance(entry, tree.Use) or not entry.name.text.startswith("_") for entry in declaration.body):
            report.error("F123", f"`{named.text}` defines no feature", named.span, "add one, as in `events = count()`")

    def _header(self) -> _Header:
        where: typed.Expression | None = None
        found_windows: tuple[typed.Window, ...] | None = ()
        sinks: list[ir.Connector] = []
        key: tuple[str, ...] | None = None
        for clause in self.declaration.clauses:
            match clause:
                case tree.WhereClause(condition):
                    where = self._filter(condition)
                case tree.OverClause(expressions):
                    found_windows = windows(expressions, self.report)
                case tree.ByClause(names):
                    key = self._key(names)
                case tree.ToClause(expressions):
                    found = [connector(expression, self.report, writes=True) for expression in expressions]
                    sinks.extend(sink for sink in found if sink is not None)
        if key is None:
            name = self.declaration.name
            advice = "add `by` and the columns to group by, as in `by user_id`"
            self.report.error("F115", f"`{name.text}` has no key", name.span, advice)
        return _Header(key or (), where, found_windows, tuple(sinks))

    def _filter(self, condition: tree.Expression, facts: Facts = NOTHING) -> typed.Expression | None:
        context = Context(self.functions, self.reported, facts=facts)
        rows = Typer(self.report, self.columns, self.features, "`where`", context)
        found = rows.condition(condition, "`where`")
        return found if found is not None and self._check_size(found, condition.span) else None

    def _of_events(self, header: _Header) -> Facts:
        """What is not null of each event of the block: its keys, and what the filter of the head wants."""
        keys = {self.columns[key] for key in header.key if key in self.columns} if self.columns is not None else set()
        known = frozenset(column for column in keys if column is not None)
        return known | (if_true(header.where) if header.where is not None else NOTHING)

    def _key(self, names: Sequence[tree.Name]) -> tuple[str, ...]:
        key: dict[str, None] = {}
        time = time_column(self.names.source) if self.names.source else None
        for name in names:
            if name.text in key:
                self.report.error("F121", f"`{name.text}` stands in the key twice", name.span, "keep one")
            key[name.text] = None
            if name.text == time:
                title = f"`{name.text}` is the time of each row, which is no key"
                advice = "group by another column; every row holds its time anyway"
                self.report.error("F214", title, name.span, advice)
            if self.declared is None:
                continue
            if name.text not in self.declared:
                advice = did_you_mean(name.text, list(self.declared), "the columns")
                self.report.error("F109", f"there is no column `{name.text}`", name.span, advice)
                continue
            column = self.declared[name.text]
            if column is not None and column.type not in KEY_TYPES:
                title = f"`{name.text}` is {with_article(column.type)}, which is no key"
                self.report.error("F214", title, name.span, f"a key is one of {', '.join(KEY_TYPES)}")
        return tuple(key)

    def _read_through(self, header: _Header, through: _Through) -> _Header:
        """Say everything in the columns of the source that the stream comes from."""
        view = through.view
        self.declared = through.source
        where = view.filtered(header.where)
        through_streams = "with the streams that it reads, this"
        if where is not None:
            self._check_size(where, self.declaration.name.span, through_streams)
        for name, feature in self.features.items():
            if feature is None:
                continue
            expression = replaced(feature.expression, view.values)
            condition = None if feature.where is None else replaced(feature.where, view.values)
            self.features[name] = replace(feature, expression=expression, where=condition)
            for part in (expression, condition):
                if part is not None:
                    self._check_size(part, self.names.bindings[name].name.span, through_streams)
        return replace(header, where=where)

    def _check_size(self, expression: typed.Expression, span: Span, what: str = "this") -> bool:
        """Whether a method of the JVM holds the code of an expression, which `what` is in messages."""
        too_much = outgrown(expression)
        if too_much is not None:
            self.report.error("F228", f"{what} has {too_much}", span, "compute less here, or before the source")
        return too_much is None

    # --- names

    def _check_names(self, header: _Header) -> None:
        """A feature may not be named as a key or the time column: the row holds those as well."""
        source = self.names.source
        time = time_column(source) if source else None
        for name, binding in self.names.bindings.items():
            if name in header.key or name == time:
                what = "the time column" if name == time else "a key"
                title = f"`{name}` is {what}, which every row holds under that name"
                self.report.error("F108", title, binding.name.span, "choose another name")
        if any(KINDS[sink.kind].stores for sink in header.sinks):
            self._check_stored_names()

    def _check_stored_names(self) -> None:
        """The rows of a store have columns of their own, also where case is ignored."""
        keys = [clause.keys for clause in self.declaration.clauses if isinstance(clause, tree.ByClause)]
        written = [b.name for b in self.names.bindings.values() if not b.name.text.startswith("_")]
        for name in (*itertools.chain(*keys), *written):
            if name.text.casefold() in STORED_NAMES:
                title = f"`{name.text}` is a column that stored rows keep for themselves"
                self.report.error("F108", title, name.span, "choose another name")

    def _check_made_names(self) -> None:
        """The columns of a row have different names, also where case is ignored."""
        source = self.names.source
        time = time_column(source) if source else None
        made: dict[str, tuple[str, str, tree.Name | None]] = {}
        if time is not None:
            made[time.casefold()] = (time, time, None)
        for key in self._written_key():
            known = made.setdefault(key.text.casefold(), (key.text, key.text, None))
            if known[0] != key.text:
                self._report_case(key.text, known[0], key.span, "declare one of them by another name")
        for name, feature in self.features.items():
            binding = self.names.bindings[name]
            for column in feature.columns if feature else ():
                known = made.setdefault(column.casefold(), (column, name, binding.name))
                if known[1] == name:
                    continue
                labels = [Label(known[2].span, "makes it too")] if known[2] else []
                if known[0] == column:
                    title = f"`{name}` and `{known[1]}` both make `{column}`"
                    self.report.error("F118", title, binding.name.span, "rename one of them", *labels)
                else:
                    self._report_case(column, known[0], binding.name.span, "rename one of them", *labels)
                break

    def _report_case(self, column: str, other: str, span: Span, advice: str, *labels: Label) -> None:
        title = f"the columns `{column}` and `{other}` differ only in case, which stores may ignore"
        self.report.error("F118", title, span, advice, *labels)

    # --- the order in which features can be computed

    def _order(self) -> list[str]:
        """All features, each after those it reads, else as declared; a circle is reported and cut."""
        reads = self.reads
        done: dict[str, None] = {}
        for start in reads:
            if start in done:
                continue
            path = {start: None}
            stack = [(start, iter(reads[start]))]
            while stack:
                rest = stack[-1][1]
                following = next((other for other in rest if other not in done), None)
                if following is None:
                    stack.pop()
                    done[path.popitem()[0]] = None
                elif following in path:
                    names = list(path)
                    self._report_circle([*names[names.index(following) :], following])
                else:
                    path[following] = None
                    stack.append((following, iter(reads[following])))
        return list(done)

    def _report_circle(self, path: list[str]) -> None:
        span = self.names.bindings[path[0]].name.span
        cut = [*path[:SHOWN_NAMES], "…", path[-1]] if len(path) > SHOWN_NAMES + 1 else path
        shown = " → ".join(f"`{name}`" for name in cut)
        title = f"`{path[0]}` reads itself" if path[0] == path[1] else f"features read each other in a circle: {shown}"
        self.report.error("F117", title, span, "compute one of them from columns alone")
        self.circular.update(path)

    def _check_flows(self, header: _Header, order: Sequence[str]) -> None:
        """No label flows into a feature; what is personal flows into no sink that does not accept it."""
        declared = [column for column in (self.declared or {}).values() if column]
        time = time_column(self.names.source) if self.names.source else None
        rows = self.rows or _Rows({}, time, Marked.of(declared, "pii"), Marked.of(declared, "label"))
        labels, personal = Flows(rows.labels, header.where), Flows(rows.personal, header.where)
        ways = [way for name, way in rows.personal.columns.items() if name in header.key or name == rows.time]
        for key in self._written_key():
            if key.text in rows.labels.columns:
                self._report_label(rows.labels.columns[key.text], key.span, "is a key")
        for name in order:
            feature = self.features[name]
            if feature is None:
                continue
            binding = self.names.bindings[name]
            with self.report.within(self.names.uses.get(name, ())):
                for way in labels.add(feature).values():
                    if way[:-1] in rows.labels.columns.values():  # what reads this feature follows from it
                        self._report_label(way, binding.name.span, "flows into a feature")
            marks = [annotation.name.text for annotation in binding.annotations]
            found = personal.add(feature, declassified="declassify" in marks)
            self.features[name] = replace(feature, pii=bool(found))
            if feature.written:
                ways += found.values()
        if ways:
            check_accepts(self.declaration, ways, self.names.source, self.report)

    def _written_key(self) -> list[tree.Name]:
        return _written_key(self.declaration)

    def _report_label(self, way: Path, span: Span, what: str) -> None:
        column = self.names.source.columns.get(way[0]) if self.names.source else None
        label = () if column is None else (Label(column.name.span, "a label"),)
        shown = f": {' → '.join(f'`{name}`' for name in way)}" if len(way) > 1 else ""
        title = f"the label `{way[0]}` {what}{shown}"
        advice = "compute features from what is known before; labels go beside them in a training set"
        self.report.error("F231", title, span, advice, *label)

    def _check_given(self) -> set[Label]:
        """What templates were given has the types that their parameters declare; where they are used if it has not."""
        wrong = set()
        for given in self.names.given:
            inside = f"`{given.template}`"
            context = Context(self.functions, self.reported)
            typer = Typer(self.report, self.columns, self.features, inside, context)
            found = typer.value(given.expression)
            if found is None:
                wrong.add(given.use)
                continue
            if given.wanted is None or fitted(found, given.wanted) is not None:
                continue
            title = f"`{given.template}` takes {with_article(str(given.wanted))} as `{given.parameter}`"
            title += f", this is {with_article(found.type)}"
            self.report.error("F205", title, given.expression.span, f"give it a column of type {given.wanted}")
            wrong.add(given.use)
        return wrong

    # --- features

    def _feature(self, binding: tree.Binding, header: _Header) -> typed.Feature | None:
        self._check_binding(binding)
        where = None if binding.where is None else self._filter(binding.where, self._of_events(header))
        known = self._of_events(header) | (if_true(where) if where is not None else NOTHING)
        context = Context(self.functions, self.reported, row_facts=known)
        typer = Typer(self.report, self.columns, self.features, None, context)
        expression = typer.value(binding.value)
        if expression is not None and not self._check_size(expression, binding.value.span):
            return None
        own = windows(binding.over, self.report) if binding.over else header.windows
        aggregates = typer.aggregates
        self._warn_of_order(aggregates)
        if not aggregates:
            if expression is not None:  # else what was reported may have been meant as an aggregate
                self._refuse_ends(binding)
            own = typer.families[0].windows if typer.families else ()
        elif own == ():
            title = f"`{binding.name.text}` aggregates over no window"
            advice = "write one last, as in `over 1h`, here or in the head of the block"
            self.report.error("F215", title, aggregates[0].span, advice)
            return None
        if own is None or expression is None or (binding.where is not None and where is None):
            return None
        if not typer.mixed and not self._families_fit(typer.families, own, aggregates):
            return None
        if typer.mixed or binding.name.text in self.circular:
            return None
        return typed.Feature(binding.name.text, own, expression, where, binding.doc, binding.span)

    def _check_binding(self, binding: tree.Binding) -> None:
        if binding.type is not None:
            self.report.error("F116", "the type of a feature is found, not declared", binding.type.span, "remove it")
        if binding.when is not None:
            self.report.error(
                "F116", "`when` belongs to rules", binding.when.span, "write `where`, or `if … then … else …`"
            )
        for annotation in binding.annotations:
            if annotation.name.text == "declassify":
                reasons = [argument.value for argument in annotation.arguments]
                if not (len(reasons) == 1 and isinstance(reasons[0], tree.StringLiteral) and reasons[0].value.strip()):
                    advice = 'say why, as in `@declassify("a share of all users")`'
                    self.report.error("F223", "`@declassify` takes a reason", annotation.span, advice)
                continue
            title = f"there is no `@{annotation.name.text}` of a feature"
            advice = did_you_mean(f"@{annotation.name.text}", ["@declassify"], "the annotations of features")
            self.report.error("F114", title, annotation.span, advice)

    def _refuse_ends(self, binding: tree.Binding) -> None:
        """`where` and `over` say nothing where nothing is aggregated."""
        for word, end in (("where", binding.where), ("over", binding.over[0] if binding.over else None)):
            if end is not None:
                title = f"`{word}` has nothing to apply to: `{binding.name.text}` aggregates nothing itself"
                advice = (
                    "pick a window, as in `clicks[1h]`" if word == "over" else "put it on the feature that aggregates"
                )
                self.report.error("F221", title, end.span, advice)

    def _families_fit(
        self, families: Sequence[FamilyUse], own: tuple[typed.Window, ...], aggregates: Sequence[tree.Call]
    ) -> bool:
        mine = {window.window for window in own}
        for family in families:
            if {window.window for window in family.windows} != mine:
                other = f"`{aggregates[0].function.text}`" if aggregates else f"`{families[0].text}`"
                span = aggregates[0].span if aggregates else families[0].span
                has = "has windows" if len(own) > 1 else "has"
                common = [window.text for window in family.windows if window.window in mine]
                member = (common or [family.windows[0].text])[0]
                self.report.error(
                    "F204",
                    f"`{family.text}` has windows {texts_of(family.windows)} and {other} {has} {texts_of(own)}",
                    family.span,
                    f"pick one window, as in `{family.text}[{member}]`, or give both the same windows",
                    Label(span, texts_of(own)),
                )
                return False
        return True

    def _warn_of_order(self, aggregates: Sequence[tree.Call]) -> None:
        read = [each for each in (self.names.source, *self.names.others) if each is not None]
        source = next((each for each in read if not orders_simultaneous(each)), None)
        for call in aggregates:
            if source is not None and call.function.text in ORDER_AGGREGATES:
                name = source.declaration.name
                title = f"`{call.function.text}` on a source without `ties`: simultaneous events are ordered by content"
                advice = f"add `ties = […]` to `{name.text}` with a column that orders them"
                self.report.warning("F301", title, call.span, advice, Label(name.span, "the source"))


class _Template(_Block):
    """Checks a template that no block uses, as far as its features can be without what it is given.

    A `column<float>` is one that is never null; of other parameters nothing is known, and what is computed with them is
    not told of. Which windows there are is not known either, so each feature is taken as one value.
    """

    def __init__(self, names: FeaturesNames, functions: Functions, reported: frozenset[str]) -> None:
        parameters = names.declaration.columns or ()
        types = {each.name.text: column_type(each.type) for each in parameters if each.type.name.text == "column"}
        columns = {
            name: None if kind is None else ir.Column(name=name, type=kind, nullable=False)
            for name, kind in types.items()
        }
        unknown = {each.name.text: None for each in parameters}
        super().__init__(names, {**unknown, **columns}, functions, reported, Report())
        self.features = {**unknown, **self.features}
        self.unknown = unknown.keys()

    def errors(self) -> list[Diagnostic]:
        """What is wrong whatever it is given."""
        unknown = self._check_given()
        wrong = unknown if self.report.failed else set()
        header = _Header((), None, (typed.Window(ir.Forever(), "forever", "forever", self.declaration.span),), ())
        for name in self._order():
            uses = self.names.uses.get(name, ())
            if wrong.isdisjoint(uses):
                with self.report.within(uses):
                    binding = self.names.bindings[name]
                    self._check_windows(binding.over)
                    value = rewritten(binding.value, self._whole)
                    self.features[name] = self._feature(replace(binding, value=value, over=()), header)
        return [each for each in self.report.ordered() if each.level == "error"]

    def _check_windows(self, over: tuple[tree.Expression, ...]) -> None:
        if not any(each.name.text in self.unknown for each in nodes_in(over, tree.Reference)):
            windows(over, self.report)

    def _whole(self, node: object) -> tree.Expression | None:
        """A feature in the place of its member for a window."""
        if not isinstance(node, tree.Index) or not isinstance(node.base, tree.Reference):
            return None
        known = node.base.name.text in self.names.bindings
        given = any(each.name.text in self.unknown for each in nodes_in(node.index, tree.Reference))
        is_member = is_window(node.index) or given or self.features.get(node.base.name.text) is None
        return node.base if known and is_member else None


def _reads(bindings: Mapping[str, tree.Binding]) -> dict[str, tuple[str, ...]]:
    """The features that each feature reads, by their names in its expression."""
    return {name: tuple(n for n in names_in(b.value) if n in bindings) for name, b in bindings.items()}


def names_in(expression: tree.Expression) -> list[str]:
    """The names that stand outside aggregates: those of features, in the order of the text, each once."""
    found: dict[str, None] = {}
    stack: list[tree.Expression] = [expression]
    while stack:
        match stack.pop():
            case tree.Reference(name):
                found[name.text] = None
            case tree.Index(base):
                stack.append(base)
            case tree.Unary(_, operand) | tree.IsNull(operand):
                stack.append(operand)
            case tree.Binary(_, left, right):
                stack += (right, left)
            case tree.If(condition, then, otherwise):
                stack += (otherwise, then, condition)
            case tree.ListLiteral(items):
                stack += reversed(items)
            case tree.Call(function, arguments) if function.text not in AGGREGATES:
                stack += [argument.value for argument in reversed(arguments)]
            case _:
                pass
    return list(found)


def _written_key(declaration: tree.Declaration) -> list[tree.Name]:
    return [key for clause in declaration.clauses if isinstance(clause, tree.ByClause) for key in clause.keys]


def _is_plain(key: tree.Name, view: View) -> bool:
    """Whether a key is a column of the view's source under its own name; what is no column is told elsewhere."""
    found = view.values.get(key.text)
    return found is None or (isinstance(found, typed.ColumnRead) and found.name == key.text)


def _columns(stream: Stream) -> dict[str, ir.Column | None]:
    """The columns of a stream, as a source has them."""
    return {
        name: None if read is None else ir.Column(name=name, type=read.type, nullable=read.nullable)
        for name, read in stream.columns.items()
    }


def _read(column: ir.Column | None) -> typed.ColumnRead | None:
    return None if column is None else typed.ColumnRead(column.name, column.type, column.nullable)
