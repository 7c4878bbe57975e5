"""Streams: rows of a source that are filtered, enriched by what they look up, projected.

A stream is said in terms of the sources that its rows come from (`View`): what is computed from it reads those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from featlang.compiler import ir, typed
from featlang.compiler.annotations import annotations_of
from featlang.compiler.connectors import KINDS, connector
from featlang.compiler.expressions import Context, Typer
from featlang.compiler.kinds import Columns, Kinds
from featlang.compiler.lookups import Found, Lookups, Rows, columns_in
from featlang.compiler.nullability import NOTHING, Facts, if_true, may_be_null
from featlang.compiler.report import Report, did_you_mean
from featlang.compiler.scopes import RowScope
from featlang.compiler.substitution import leaves, outgrown, replaced
from featlang.compiler.typed import Called, ColumnRead, Expression, LookupRead
from featlang.compiler.unions import Input, united
from featlang.compiler.views import Stream, View
from featlang.dsl import tree

EVENT = "_event"
"""The column of a stream's rows that names the event of its time that a row is of."""


class Streams:
    """The streams of a project by name, typed on demand."""

    def __init__(
        self,
        kinds: Kinds,
        report: Report,
        source: Callable[[str], Stream | None],
        features: Callable[[str], typed.Features | None],
    ) -> None:
        """`source` gives the rows of a source, `features` a checked block; both report what is wrong themselves."""
        self.kinds = kinds
        self.report = report
        self.source = source
        self.lookups = Lookups(kinds, report, features, self._columns_of)

    def stream(self, name: str) -> Stream | None:
        """The rows of a source or a stream; None where it is wrong, which was reported."""
        if self.kinds.declared[name].kind.text == "source":
            return self.source(name)
        return self.kinds.once(name, self._checked_stream)

    def check_all(self) -> list[typed.Stream]:
        """Check every stream, whether or not it is used; gives those that write rows."""
        found: list[typed.Stream] = []
        for name, declaration in self.kinds.declared.items():
            if declaration.kind.text == "stream":
                stream = self.stream(name)
                if stream is not None and stream.sinks:
                    found += self._written(declaration, stream)
        return found

    def in_rows(self, read: Collection[str], writing: Sequence[typed.Stream]) -> list[typed.Stream]:
        """The streams that write rows, and those of whose rows features are computed, in the order of the files."""
        known: dict[str, list[typed.Stream]] = {}
        for each in writing:
            known.setdefault(each.name, []).append(each)
        for name in read:
            stream = self.stream(name)
            if name not in known and stream is not None:
                known[name] = self._written(self.kinds.declared[name], stream)
        return [each for name in self.kinds.declared for each in known.get(name, ())]

    def _columns_of(self, name: str) -> Columns | None:
        """The columns of a source or a stream."""
        stream = self.stream(name)
        return None if stream is None else stream.columns

    def _written(self, declaration: tree.Declaration, stream: Stream) -> list[typed.Stream]:
        """A stream that writes rows, for each source that they come from; those hold the time in any case."""
        annotations = annotations_of(declaration, self.report)
        return [
            replace(self._of_view(declaration, stream, number), annotations=annotations)
            for number in range(len(stream.views))
        ]

    def _of_view(self, declaration: tree.Declaration, stream: Stream, number: int) -> typed.Stream:
        view = stream.views[number]
        written = {
            binding.name.text: binding for binding in declaration.body or () if isinstance(binding, tree.Binding)
        }
        values = tuple(
            typed.StreamValue(
                name=name,
                expression=expression,
                doc=written[name].doc if name in written else "",
                span=written[name].span if name in written else declaration.name.span,
                written=name not in written or not name.startswith("_"),
            )
            for name, expression in view.values.items()
            if name != stream.time
        )
        return typed.Stream(
            name=declaration.name.text,
            source=view.source,
            where=view.where,
            lookups=view.lookups,
            values=values,
            sinks=stream.sinks,
            doc=declaration.doc,
            annotations={},
            span=declaration.span,
            union=None
            if stream.union is None or stream.time is None
            else ir.Union(name=stream.union, input=number, time=stream.time),
            runs=stream.runs,
        )

    def _checked_stream(self, declaration: tree.Declaration) -> Stream | None:
        inputs = self._inputs(declaration)
        columns: Columns | None = None if inputs is None else inputs.columns
        lookups = self.lookups.of(declaration, Rows(columns, None if inputs is None else inputs.time))
        typer = Typer(self.report, columns, {}, "the stream", self._of_rows(lookups))
        sinks = self._check_head(declaration)
        condition: Expression | None = None
        for clause in declaration.clauses:
            if isinstance(clause, tree.WhereClause):
                condition = typer.condition(clause.condition, "`where`")
        typer.facts = NOTHING if condition is None else if_true(condition)
        given = _narrowed(self._kept(declaration, columns or {}), typer.facts)
        values = self._values(declaration, inputs, typer, given)
        if inputs is None:
            return None
        if sinks:
            self._check_columns(declaration, given, inputs.time)
        read = () if any(lookup.key is None for lookup in lookups) else inputs.views
        known = [_with_lookups(each, lookups) for each in read]
        own = [*values.values(), *([condition] if condition is not None else [])]
        runs = inputs.runs
        if known and not all(_runs(each, {*known[0].values, *values}) for each in own):
            title = "this `stream` is checked, but does not run yet: it reads parameters, a model or rules"
            advice = (
                "what is computed from it is left out; a stream runs that reads sources, streams, features and tables"
            )
            self.report.warning("F501", title, declaration.kind.span, advice)
            known = [_with_parameters(view, own, values) for view in known]
            runs = False
        views = self._views(declaration, known, condition, values, given)
        if views:
            self._warn_of_unread(lookups, own)
        return Stream(given, inputs.time, views, sinks, inputs.union, inputs.by_time, runs)

    def _values(
        self, declaration: tree.Declaration, inputs: Stream | None, typer: Typer, given: dict[str, ColumnRead | None]
    ) -> dict[str, Expression]:
        """What a stream computes, in its order; each may read those before it."""
        values: dict[str, Expression] = {}
        typer.below = [entry.name.text for entry in declaration.body or () if isinstance(entry, tree.Binding)]
        for entry in declaration.body or ():
            if isinstance(entry, tree.Binding):
                typer.below.remove(entry.name.text)
            if inputs is not None and isinstance(entry, tree.Binding) and entry.name.text == inputs.time:
                title = f"`{inputs.time}` is the time of the rows, which a stream leaves as it is"
                self.report.error("F108", title, entry.name.span, "choose another name")
                continue
            value = self._row_value(entry, typer, given)
            if value is not None and isinstance(entry, tree.Binding):
                values[entry.name.text] = value
        return values

    def _warn_of_unread(self, lookups: Sequence[Found], expressions: Sequence[Expression]) -> None:
        keys = [part for lookup in lookups for part in (lookup.key or {}).values()]
        read = {name for each in (*expressions, *keys) for name in columns_in(each)}
        for lookup in lookups:
            if not any(name.startswith(f"{lookup.alias}.") for name in read):
                title = f"the lookup `{lookup.alias}` is not read"
                advice = f"read a field of it, as in `{lookup.alias}.x`, or remove it"
                self.report.warning("F302", title, lookup.clause.span, advice)

    def _views(
        self,
        declaration: tree.Declaration,
        read: Sequence[View],
        condition: Expression | None,
        values: Mapping[str, Expression],
        given: Columns,
    ) -> tuple[View, ...]:
        """A stream in terms of its sources, of which `read` has all that it may read; none where something is wrong."""
        views = [_computed(view, condition, values, given) for view in read]
        if any(len(view.values) < len(given) for view in views):
            return ()  # a value is wrong, which was reported
        for view in views:
            for expression in (*view.values.values(), *([view.where] if view.where is not None else [])):
                too_much = outgrown(expression)
                if too_much is not None:
                    title = f"with the streams that it reads, `{declaration.name.text}` has {too_much}"
                    self.report.error("F228", title, declaration.name.span, "compute less here, or before the source")
                    return ()
        return tuple(views)

    def _check_columns(self, declaration: tree.Declaration, given: Columns, time: str | None) -> None:
        """The columns of a row have different names, also where case is ignored; one is kept for the event."""
        spans = {
            entry.name.text: entry.name.span for entry in declaration.body or () if isinstance(entry, tree.Binding)
        }
        named = declaration.name
        if named.text.startswith("_"):
            title = f"`{named.text}` begins with `_`, like the folders that a run keeps for itself"
            self.report.error("F108", title, named.span, "choose another name")
        made = {EVENT: EVENT, **({} if time is None else {time.casefold(): time})}
        for name in given:
            if name in spans and name.startswith("_") and name != EVENT:
                continue
            other = made.setdefault(name.casefold(), name)
            if name == EVENT:
                title = f"`{EVENT}` is a column that the rows of a stream keep for themselves"
                self.report.error("F108", title, spans.get(name, named.span), "choose another name, or leave it out")
            elif other != name:
                title = f"the columns `{name}` and `{other}` differ only in case, which stores may ignore"
                self.report.error("F118", title, spans.get(name, named.span), "rename one of them")

    def _of_rows(self, lookups: Sequence[Found]) -> Context:
        """What the rows of a stream read besides their columns, what it looks up among it."""
        scope = self.kinds.scope()
        readable = {**scope.readable, **{lookup.alias: lookup.readable for lookup in lookups}}
        return Context(self.kinds.functions, self.kinds.reported, scope=RowScope(readable, scope.callees))

    def _check_head(self, declaration: tree.Declaration) -> tuple[ir.Connector, ...]:
        """The clauses that say nothing of types; gives what rows are written to."""
        sinks: list[ir.Connector] = []
        named = declaration.name
        if declaration.columns is not None:
            self.report.error("F116", "a stream has no list of columns", named.span, "name them after `keep`")
        if declaration.returns is not None:
            self.report.error("F116", "a stream returns nothing", declaration.returns.span, "remove `->` and the type")
        for clause in declaration.clauses:
            if isinstance(clause, tree.ToClause):
                for expression in clause.sinks:
                    sink = connector(expression, self.report, writes=True)
                    if sink is not None and KINDS[sink.kind].stores:
                        title = f"the rows of a `stream` are not written to {sink.kind}(…) yet"
                        self.report.warning("F501", title, expression.span, "they are written to its other sinks")
                    elif sink is not None:
                        sinks.append(sink)
            elif isinstance(clause, (tree.ByClause, tree.OverClause)):
                word = "by" if isinstance(clause, tree.ByClause) else "over"
                title = f"a stream has no `{word}`: it has a row for each event"
                self.report.error("F116", title, clause.span, "write `features` for what is grouped")
        return tuple(sinks)

    def _row_value(self, entry: tree.Entry, typer: Typer, given: dict[str, ColumnRead | None]) -> Expression | None:
        """A value of a stream: its type, beside the columns that are kept and the values before it."""
        if isinstance(entry, tree.Use):
            self.report.error("F116", "a stream uses no template", entry.span, "templates give features")
            return None
        if entry.where is not None or entry.over or entry.when is not None:
            title = f"`{entry.name.text}` has a value, and nothing else"
            self.report.error("F116", title, entry.span, "filters stand in the head; `if … then … else …` chooses")
        if entry.name.text in given:
            title = f"`{entry.name.text}` is a column of the stream already"
            self.report.error(
                "F107", title, entry.name.span, "choose another name, or leave the column out with `keep`"
            )
            return None
        self._check_bare(entry)
        value = typer.value(entry.value)
        name = entry.name.text
        read = None if value is None else ColumnRead(name, value.type, may_be_null(value, typer.facts))
        given[name] = read
        typer.columns = {**(typer.columns or {}), name: read} if typer.columns is not None else None
        typer.facts = frozenset(fact for fact in typer.facts if name not in columns_in(fact))  # those of a namesake
        return value

    def _check_bare(self, entry: tree.Binding) -> None:
        """A value of a stream says nothing that features say beside theirs."""
        if entry.type is not None:
            self.report.error("F116", "the type of a column is found, not declared", entry.type.span, "remove it")
        for annotation in entry.annotations:
            title = f"there is no `@{annotation.name.text}` of a column that a stream computes"
            advice = "remove it: what is computed of a `@pii` or `@label` column of the source is marked like it"
            self.report.error("F114", title, annotation.span, advice)

    def _inputs(self, declaration: tree.Declaration) -> Stream | None:
        """The rows that come in: of one source or stream, or of several, united."""
        clauses = [clause for clause in declaration.clauses if isinstance(clause, tree.FromClause)]
        if not clauses:
            title = f"`{declaration.name.text}` does not say what it reads"
            self.report.error("F115", title, declaration.name.span, "add `from` and a source or stream")
            return None
        found: list[Input] = []
        for expression in clauses[0].sources:
            if not isinstance(expression, tree.Reference):
                self.report.error(
                    "F120", "a stream reads sources and streams", expression.span, "write a name after `from`"
                )
                return None
            if self.kinds.named(expression.name, ("source", "stream"), "source or stream") is None:
                return None
            stream = self.stream(expression.name.text)
            if stream is None:
                return None
            found.append(Input(expression.name, stream))
        return found[0].rows if len(found) == 1 else united(declaration, found, self.report)

    def _kept(self, declaration: tree.Declaration, columns: Columns) -> dict[str, ColumnRead | None]:
        """The columns that a stream keeps: those it names, else all."""
        clauses = [clause for clause in declaration.clauses if isinstance(clause, tree.KeepClause)]
        seen: set[str] = set()
        for name in clauses[0].columns if clauses else ():
            if name.text in seen:
                self.report.error("F121", f"`{name.text}` is kept twice", name.span, "keep one")
            seen.add(name.text)
            if columns and name.text not in columns:
                advice = did_you_mean(name.text, list(columns), "the columns")
                self.report.error("F109", f"there is no column `{name.text}`", name.span, advice)
        kept = {name.text for clause in clauses for name in clause.columns}
        return {name: column for name, column in columns.items() if not clauses or name in kept}


def _runs(expression: Expression, known: Collection[str]) -> bool:
    """Whether it calls nothing that does not run yet, and reads only what is known."""
    called = any(isinstance(leaf, Called) for leaf in leaves(expression))
    return not called and columns_in(expression) <= {*known}


def _with_lookups(view: View, found: Sequence[Found]) -> View:
    """What a stream may read of one source: its input, and what it looks up."""
    known = dict(view.values)
    for number, each in enumerate(found, start=len(view.lookups)):
        for read in each.columns:
            known[read.name] = LookupRead(number, read.name.removeprefix(f"{each.alias}."), read.type, read.nullable)
    lookups = [lookup for each in found if (lookup := each.looking_up(known)) is not None]
    return View(view.source, view.where, known, (*view.lookups, *lookups))


def _with_parameters(view: View, own: Sequence[Expression], values: Collection[str]) -> View:
    """With what a stream reads that does not run yet, `own` besides its `values`: for what flows there alone."""
    read = [leaf for each in own for leaf in leaves(each) if isinstance(leaf, ColumnRead) and leaf.name not in values]
    known = {leaf.name: leaf for leaf in read} | dict(view.values)
    return View(view.source, view.where, known, view.lookups)


def _computed(view: View, condition: Expression | None, values: Mapping[str, Expression], given: Columns) -> View:
    """The rows of a stream that reads those of a view: filtered, with the columns that it gives."""
    known = dict(view.values)
    for name, value in values.items():
        known[name] = replaced(value, known)
    kept = {name: known[name] for name in given if name in known}
    return View(view.source, view.filtered(condition), kept, view.lookups)


def _narrowed(columns: Columns, facts: Facts) -> dict[str, ColumnRead | None]:
    """Columns that are not null where the facts prove it."""
    return {
        name: None if read is None else ColumnRead(read.name, read.type, may_be_null(read, facts))
        for name, read in columns.items()
    }
