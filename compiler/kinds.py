"""Declarations other than sources and features: `table`, `stream`, `model`, `params`, `rules`.

A stream that reads its input's rows alone is compiled: what is computed from it reads its source. The others are typed
as if they ran, so that mistakes in them are found. Each is checked once, when it is first asked for; a declaration that
needs itself is a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from featlang.compiler import ir, typed
from featlang.compiler.connectors import connector
from featlang.compiler.declared_types import declared_columns, declared_type
from featlang.compiler.expressions import Context, Functions, Typer
from featlang.compiler.nullability import NOTHING, Facts, if_true, may_be_null
from featlang.compiler.on_demand import OnDemand, Words
from featlang.compiler.report import Report, did_you_mean, listed, with_article
from featlang.compiler.scopes import Callee, Readable, RowScope
from featlang.compiler.structures import kind_of
from featlang.compiler.substitution import leaves, outgrown, replaced
from featlang.compiler.typed import ColumnRead, Constant, Expression
from featlang.compiler.types import KEY_TYPES, Null, fitted, operation, unified
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label

Found = TypeVar("Found")

TABLE_PROPERTIES = ("stream", "history", "time", "known")
MODEL_PROPERTIES = ("onnx", "fallback")
REST = "otherwise"
"""The rule for what no other rule takes."""

WORDS = Words("needs", "needed", "these need each other", "declarations", "compute one of them without the others")

Columns = Mapping[str, ColumnRead | None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, and its key."""

    columns: Columns
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A stream in terms of the source that its rows come from: which events they are of, and each column."""

    source: str
    where: Expression | None
    values: Mapping[str, Expression]

    def filtered(self, condition: Expression | None) -> Expression | None:
        """Which events those of its rows are of for which a condition is true; None for all events."""
        if condition is None:
            return self.where
        own = replaced(condition, self.values)
        return own if self.where is None else operation("and", (self.where, own), "bool")


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of a source or a stream: its columns; the time is that of what it reads.

    `view` is None where that does not run yet, or is wrong.
    """

    columns: Columns
    time: str | None
    view: View | None


class Kinds:
    """The declarations of a project by name, typed on demand."""

    def __init__(
        self,
        declared: Mapping[str, tree.Declaration],
        visible: Mapping[str, Collection[str]],
        functions: Functions,
        reported: frozenset[str],
        report: Report,
        source: Callable[[str], Stream | None],
        features: Callable[[str], typed.Features | None],
    ) -> None:
        """`source` gives the columns of a source, `features` a checked block; both report what is wrong themselves."""
        self.declared = declared
        self.visible = visible
        self.functions = functions
        self.reported = reported
        self.report = report
        self.source = source
        self.features = features
        self._on_demand = OnDemand(report, WORDS)

    def check_all(self) -> None:
        """Check every declaration of these kinds, whether or not it is used."""
        for name, declaration in self.declared.items():
            kind = declaration.kind.text
            if kind == "table":
                self._table(name)
            elif kind == "stream":
                self.stream(name)
            elif kind in {"model", "rules"}:
                self._callee(name)
            elif kind == "params":
                self._params(name)

    def scope(self) -> RowScope:
        """What every row may read: parameters, models and rules, by their names."""
        readable = {n: self._params(n) for n, d in self.declared.items() if d.kind.text == "params"}
        callees = {n: self._callee(n) for n, d in self.declared.items() if d.kind.text in {"model", "rules"}}
        return RowScope(readable, callees)

    def _once(self, name: str, make: Callable[[tree.Declaration], Found | None]) -> Found | None:
        """What a declaration is, made once; None where it is wrong, or needs itself."""
        declaration = self.declared[name]
        return self._on_demand.of(declaration.name, lambda: make(declaration))

    def _named(self, name: tree.Name, kinds: Sequence[str], what: str) -> str | None:
        """The kind of what a name stands for, which is one of some; None, and a diagnostic, where it is not."""
        found = self.declared.get(name.text)
        candidates = [known for known, each in self.declared.items() if each.kind.text in kinds]
        if found is None:
            if name.text not in self.reported:
                title = f"there is no {what} `{name.text}`"
                self.report.error("F102", title, name.span, did_you_mean(name.text, candidates, f"the {what}s"))
            return None
        if found.kind.text not in kinds:
            title = f"`{name.text}` is a `{found.kind.text}`, not a {what}"
            label = Label(found.name.span, f"a `{found.kind.text}`")
            advice = f"write one of {listed(candidates)}" if candidates else f"declare a {what}"
            self.report.error("F120", title, name.span, advice, label)
            return None
        if name.text not in self.visible.get(name.span.file, ()):
            file = found.name.span.file
            title = f"`{name.text}` is declared in {file}, which this file does not import"
            self.report.error(
                "F104", title, name.span, f"add an `import` of {file}", Label(found.name.span, "declared here")
            )
        return found.kind.text

    # --- tables

    def _table(self, name: str) -> Table | None:
        return self._once(name, self._checked_table)

    def _checked_table(self, declaration: tree.Declaration) -> Table | None:
        columns = self._columns(declaration)
        self._refuse(declaration, (tree.ByClause,), "a table has a key (`by`), and a block with what it reads")
        keys = [key for clause in declaration.clauses if isinstance(clause, tree.ByClause) for key in clause.keys]
        if not keys:
            title = f"`{declaration.name.text}` has no key"
            self.report.error("F115", title, declaration.name.span, "add `by` and the columns that name a row")
        self._check_keys(keys, columns)
        for binding in self._properties(declaration, TABLE_PROPERTIES):
            if binding.name.text in {"stream", "history"}:
                connector(binding.value, self.report)
            elif not (isinstance(binding.value, tree.Reference) and binding.value.name.text in columns):
                advice = did_you_mean(
                    getattr(getattr(binding.value, "name", None), "text", ""), list(columns), "the columns"
                )
                self.report.error("F223", f"`{binding.name.text}` names a column", binding.value.span, advice)
        known = keys and all(key.text in columns for key in keys)
        return Table(columns, tuple(key.text for key in keys)) if known else None

    def _check_keys(self, keys: Sequence[tree.Name], columns: Columns) -> None:
        for key in keys:
            if key.text not in columns:
                advice = did_you_mean(key.text, list(columns), "the columns")
                self.report.error("F109", f"there is no column `{key.text}`", key.span, advice)
                continue
            column = columns[key.text]
            if column is not None and column.type not in KEY_TYPES:
                title = f"`{key.text}` is {with_article(column.type)}, which is no key"
                self.report.error("F214", title, key.span, f"a key is one of {', '.join(KEY_TYPES)}")

    def _columns(self, declaration: tree.Declaration, *, defaults: bool = False) -> dict[str, ColumnRead | None]:
        """The typed columns, or parameters, of a declaration."""
        found: dict[str, ColumnRead | None] = {}
        if not declaration.columns:
            title = f"`{declaration.name.text}` has no columns"
            self.report.error("F115", title, declaration.name.span, "list them in brackets, as in `(user_id: string)`")
        for column in declared_columns(declaration, "column", self.report).values():
            if column.default is not None and not defaults:
                self.report.error("F116", "there is no default here", column.default.span, "remove it")
            kind = declared_type(column.type, self.report)
            found[column.name.text] = None if kind is None else ColumnRead(column.name.text, kind, column.type.nullable)
        return found

    def _refuse(self, declaration: tree.Declaration, allowed: tuple[type, ...], advice: str) -> None:
        for clause in declaration.clauses:
            if not isinstance(clause, allowed):
                word = type(clause).__name__.removesuffix("Clause").lower()
                title = f"a `{declaration.kind.text}` has no `{word}`"
                self.report.error("F116", title, clause.span, advice)

    def _properties(self, declaration: tree.Declaration, known: Sequence[str]) -> list[tree.Binding]:
        """The properties in a block, each known and set once."""
        found: dict[str, tree.Binding] = {}
        for entry in declaration.body or ():
            if isinstance(entry, tree.Use):
                self.report.error("F116", f"a `{declaration.kind.text}` uses no template", entry.span, "remove it")
            elif entry.name.text not in known:
                title = f"a `{declaration.kind.text}` has no property `{entry.name.text}`"
                self.report.error(
                    "F112", title, entry.name.span, did_you_mean(entry.name.text, known, "the properties")
                )
            elif entry.name.text in found:
                self.report.error("F107", f"`{entry.name.text}` is set twice", entry.name.span, "keep one")
            else:
                found[entry.name.text] = entry
        return list(found.values())

    # --- parameters, models, rules

    def _params(self, name: str) -> Readable | None:
        return self._once(name, self._checked_params)

    def _checked_params(self, declaration: tree.Declaration) -> Readable | None:
        self._refuse(
            declaration, (tree.FromClause,), "parameters have a block, and perhaps `from` and a stream of updates"
        )
        for clause in declaration.clauses:
            for source in clause.sources if isinstance(clause, tree.FromClause) else ():
                connector(source, self.report)
        columns: dict[str, ColumnRead | None] = {}
        for entry in declaration.body or ():
            if isinstance(entry, tree.Use):
                self.report.error("F116", "parameters use no template", entry.span, "remove it")
                continue
            if entry.name.text in columns:
                self.report.error("F107", f"`{entry.name.text}` is defined twice", entry.name.span, "keep one")
                continue
            columns[entry.name.text] = self._parameter(declaration, entry)
        if not columns:
            title = f"`{declaration.name.text}` defines nothing"
            self.report.error("F123", title, declaration.name.span, "add a parameter, as in `{ limit: int = 10 }`")
        return Readable("parameter", columns)

    def _parameter(self, declaration: tree.Declaration, entry: tree.Binding) -> ColumnRead | None:
        if entry.type is None:
            title = f"the parameter `{entry.name.text}` has no type"
            self.report.error("F115", title, entry.name.span, f"write it as in `{entry.name.text}: float = …`")
            return None
        kind = declared_type(entry.type, self.report)
        value = self._constant(entry.value, kind, f"`{entry.name.text}`")
        for annotation in entry.annotations:
            if annotation.name.text != "range":
                title = f"there is no `@{annotation.name.text}` of a parameter"
                advice = did_you_mean(f"@{annotation.name.text}", ["@range"], "the annotations of parameters")
                self.report.error("F114", title, annotation.span, advice)
                continue
            bounds = [self._constant(argument.value, kind, "`@range`") for argument in annotation.arguments]
            if len(bounds) != 2 or any(bound is None for bound in bounds):  # noqa: PLR2004 - a lower and an upper one
                if len(bounds) != 2:  # noqa: PLR2004
                    self.report.error(
                        "F206", "`@range` takes two bounds", annotation.span, "write it as in `@range(0, 1)`"
                    )
                continue
            low, high = (bound.value for bound in bounds if bound is not None)
            if value is not None and not _ordered(low, value.value, high, kind):
                title = f"the default of `{entry.name.text}` lies outside its range"
                self.report.error(
                    "F233",
                    title,
                    entry.value.span,
                    f"write one from {low} to {high}",
                    Label(annotation.span, "the range"),
                )
        return None if kind is None else ColumnRead(f"{declaration.name.text}.{entry.name.text}", kind, nullable=False)

    def _constant(self, node: tree.Expression, kind: ir.TypeName | None, what: str) -> Constant | None:
        """A constant of a type; an int widens to a float."""
        found = Typer(self.report, {}, {}, what, Context(self.functions, self.reported)).value(node)
        if found is None or kind is None:
            return None
        found = fitted(found, kind) or found
        if not isinstance(found, Constant) or found.type != kind or found.value is None:
            title = f"{what} takes {with_article(kind)} that is written out"
            self.report.error("F223", title, node.span, f"write {with_article(kind)}")
            return None
        return found

    def _callee(self, name: str) -> Callee | None:
        return self._once(
            name, self._checked_model if self.declared[name].kind.text == "model" else self._checked_rules
        )

    def _signature(self, declaration: tree.Declaration) -> tuple[dict[str, ColumnRead | None], ir.TypeName | None]:
        parameters = self._columns(declaration)
        if declaration.returns is None:
            title = f"`{declaration.name.text}` does not say what it gives"
            self.report.error(
                "F115", title, declaration.name.span, "add its type behind the parameters, as in `-> float`"
            )
            return parameters, None
        return parameters, declared_type(declaration.returns, self.report)

    def _made(
        self, declaration: tree.Declaration, parameters: Columns, gives: ir.TypeName | None, *, nullable: bool
    ) -> Callee | None:
        known = tuple(parameter for parameter in parameters.values() if parameter is not None)
        if gives is None or len(known) < len(declaration.columns or ()):
            return None
        return Callee(declaration, known, gives, nullable)

    def _checked_model(self, declaration: tree.Declaration) -> Callee | None:
        self._refuse(declaration, (), "a model has parameters, a type, and a block with `onnx` and `fallback`")
        parameters, gives = self._signature(declaration)
        found = {binding.name.text: binding for binding in self._properties(declaration, MODEL_PROPERTIES)}
        if "onnx" not in found:
            title = f"`{declaration.name.text}` has no file"
            self.report.error("F115", title, declaration.name.span, 'add it, as in `onnx = "models/propensity.onnx"`')
        elif not isinstance(found["onnx"].value, tree.StringLiteral):
            self.report.error(
                "F223", "`onnx` is the path of a file", found["onnx"].value.span, 'write it as in `"models/a.onnx"`'
            )
        if "fallback" in found:
            self._constant(found["fallback"].value, gives, "`fallback`")
        return self._made(declaration, parameters, gives, nullable="fallback" not in found)

    def _checked_rules(self, declaration: tree.Declaration) -> Callee | None:
        self._refuse(declaration, (tree.FromClause,), "rules have parameters, a type, and perhaps `from`")
        for clause in declaration.clauses:
            for source in clause.sources if isinstance(clause, tree.FromClause) else ():
                connector(source, self.report)
        parameters, gives = self._signature(declaration)
        nullable = declaration.returns is not None and declaration.returns.nullable
        readable = {n: self._params(n) for n, d in self.declared.items() if d.kind.text == "params"}
        inside = f"`{declaration.name.text}`"
        scope = RowScope(readable)
        context = Context(self.functions, self.reported, noun="parameter", scope=scope)
        typer = Typer(self.report, parameters, {}, inside, context)
        seen: dict[str, tree.Name] = {}
        whole = False
        for entry in declaration.body or ():
            if isinstance(entry, tree.Use):
                self.report.error("F116", "rules use no template", entry.span, "remove it")
                continue
            if entry.name.text in seen:
                label = Label(seen[entry.name.text].span, "first here")
                self.report.error(
                    "F107", f"the rule `{entry.name.text}` is written twice", entry.name.span, "rename one", label
                )
            seen.setdefault(entry.name.text, entry.name)
            if whole:
                title = f"the rule `{entry.name.text}` is never reached: one before it takes all"
                self.report.warning("F306", title, entry.name.span, "move it up, or remove it")
            facts: Facts = NOTHING
            if entry.when is not None:
                condition = typer.condition(entry.when, "`when`")
                facts = NOTHING if condition is None else if_true(condition)
            else:
                whole = True
            typer.facts = facts
            self._gives(typer.expression(entry.value), gives, entry)
            typer.facts = NOTHING
        if not whole and not nullable and gives is not None:
            title = f"`{declaration.name.text}` gives nothing where no rule holds"
            advice = f"add a last rule without `when`, as in `{REST} = …`, or write `-> {gives}?`"
            self.report.error("F234", title, declaration.name.span, advice)
        return self._made(declaration, parameters, gives, nullable=nullable)

    def _gives(self, value: Expression | Null | None, gives: ir.TypeName | None, entry: tree.Binding) -> None:
        if value is None or gives is None or isinstance(value, Null):
            return
        pair = unified(value, Constant(gives, None))
        if pair is None or pair[0].type != gives:
            title = f"the rule `{entry.name.text}` gives {with_article(value.type)}, and not {with_article(gives)}"
            self.report.error("F203", title, entry.value.span, f"give it {with_article(gives)}")

    # --- streams

    def stream(self, name: str) -> Stream | None:
        """The rows of a source or a stream; None where it is wrong, which was reported."""
        if self.declared[name].kind.text == "source":
            return self.source(name)
        return self._once(name, self._checked_stream)

    def _checked_stream(self, declaration: tree.Declaration) -> Stream | None:
        inputs = self._inputs(declaration)
        columns: Columns | None = None if inputs is None else inputs.columns
        typer = Typer(self.report, columns, {}, "the stream", self._of_rows(declaration, columns))
        self._check_head(declaration)
        condition: Expression | None = None
        for clause in declaration.clauses:
            if isinstance(clause, tree.WhereClause):
                condition = typer.condition(clause.condition, "`where`")
        typer.facts = NOTHING if condition is None else if_true(condition)
        given = _narrowed(self._kept(declaration, columns or {}), typer.facts)
        values: dict[str, Expression] = {}
        for entry in declaration.body or ():
            if inputs is not None and isinstance(entry, tree.Binding) and entry.name.text == inputs.time:
                title = f"`{inputs.time}` is the time of the rows, which a stream leaves as it is"
                self.report.error("F108", title, entry.name.span, "choose another name")
                continue
            value = self._row_value(entry, typer, given)
            if value is not None and isinstance(entry, tree.Binding):
                values[entry.name.text] = value
        if inputs is None:
            return None
        return Stream(given, inputs.time, self._view(declaration, inputs.view, condition, values, given))

    def _view(
        self,
        declaration: tree.Declaration,
        read: View | None,
        condition: Expression | None,
        values: Mapping[str, Expression],
        given: Columns,
    ) -> View | None:
        """A stream in terms of its source; None where it reads more than its input's rows, or is wrong."""
        if read is None:
            return None
        several = any(len(clause.sources) > 1 for clause in declaration.clauses if isinstance(clause, tree.FromClause))
        looks_up = any(isinstance(clause, tree.LookupClause) for clause in declaration.clauses)
        read_by = [*values.values(), *([condition] if condition is not None else [])]
        if several or looks_up or not all(_columns_in(each) <= {*read.values, *values} for each in read_by):
            title = "this `stream` is checked, but does not run yet"
            advice = "what is computed from it is left out; a stream runs that reads the rows of one input alone"
            self.report.warning("F501", title, declaration.kind.span, advice)
            return None
        where = read.filtered(condition)
        known = dict(read.values)
        for name, value in values.items():
            known[name] = replaced(value, known)
        kept = {name: known[name] for name in given if name in known}
        if len(kept) < len(given):
            return None  # a value is wrong, which was reported
        for expression in (*kept.values(), *([where] if where is not None else [])):
            too_much = outgrown(expression)
            if too_much is not None:
                title = f"with the streams that it reads, `{declaration.name.text}` has {too_much}"
                self.report.error("F228", title, declaration.name.span, "compute less here, or before the source")
                return None
        return View(read.source, where, kept)

    def _of_rows(self, declaration: tree.Declaration, columns: Columns | None) -> Context:
        """What the rows of a stream read besides their columns, what it looks up among it."""
        scope = self.scope()
        readable = dict(scope.readable)
        for clause in declaration.clauses:
            if isinstance(clause, tree.LookupClause):
                alias = clause.alias or clause.target
                if columns is not None and alias.text in columns:
                    title = f"`{alias.text}` is a column already"
                    self.report.error("F101", title, alias.span, "give it a name with `as`")
                readable[alias.text] = self._lookup(clause, columns)
        return Context(self.functions, self.reported, scope=RowScope(readable, scope.callees))

    def _check_head(self, declaration: tree.Declaration) -> None:
        """The clauses that say nothing of types."""
        named = declaration.name
        if declaration.columns is not None:
            self.report.error("F116", "a stream has no list of columns", named.span, "name them after `keep`")
        if declaration.returns is not None:
            self.report.error("F116", "a stream returns nothing", declaration.returns.span, "remove `->` and the type")
        for clause in declaration.clauses:
            if isinstance(clause, tree.ToClause):
                for sink in clause.sinks:
                    connector(sink, self.report, writes=True)
                title = "the rows of a `stream` are not written yet"
                self.report.warning("F501", title, clause.span, "features that are computed from it are")
            elif isinstance(clause, (tree.ByClause, tree.OverClause)):
                word = "by" if isinstance(clause, tree.ByClause) else "over"
                title = f"a stream has no `{word}`: it has a row for each event"
                self.report.error("F116", title, clause.span, "write `features` for what is grouped")

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
        typer.facts = frozenset(fact for fact in typer.facts if name not in _columns_in(fact))  # those of a namesake
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
        """The rows that come in: of one source or stream, or of several that have the same columns."""
        clauses = [clause for clause in declaration.clauses if isinstance(clause, tree.FromClause)]
        if not clauses:
            title = f"`{declaration.name.text}` does not say what it reads"
            self.report.error("F115", title, declaration.name.span, "add `from` and a source or stream")
            return None
        found: list[Stream] = []
        for expression in clauses[0].sources:
            if not isinstance(expression, tree.Reference):
                self.report.error(
                    "F120", "a stream reads sources and streams", expression.span, "write a name after `from`"
                )
                return None
            if self._named(expression.name, ("source", "stream"), "source or stream") is None:
                return None
            stream = self.stream(expression.name.text)
            if stream is None:
                return None
            found.append(stream)
        for other, expression in zip(found[1:], clauses[0].sources[1:], strict=True):
            if {n: c and c.type for n, c in other.columns.items()} != {
                n: c and c.type for n, c in found[0].columns.items()
            }:
                title = "the rows that are united have different columns"
                self.report.error("F235", title, expression.span, "make a stream of each that keeps the same columns")
                return None
        return found[0]

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

    # --- lookups

    def _lookup(self, clause: tree.LookupClause, columns: Columns | None) -> Readable | None:
        """The row that a lookup finds: of a table, or the features of a key."""
        kind = self._named(clause.target, ("table", "features"), "table or block of features")
        if kind is None:
            self._lookup_values(clause, columns)
            return None
        name = clause.target.text
        if kind == "table":
            table = self._table(name)
            keys = None if table is None else [(key, table.columns.get(key)) for key in table.key]
            readable = None if table is None else Readable("column", _absent(name, table))
        else:
            block = self.features(name)
            keys = None if block is None else [(key, None) for key in block.key]
            readable = None if block is None else _features_read(block)
        self._lookup_keys(clause, keys, columns)
        return readable

    def _lookup_keys(
        self, clause: tree.LookupClause, keys: Sequence[tuple[str, ColumnRead | None]] | None, columns: Columns | None
    ) -> None:
        """Each key of what is looked up is given a value of its type."""
        values = self._lookup_values(clause, columns)
        if keys is None:
            return
        wanted = dict(keys)
        for key in clause.keys:
            if key.name.text not in wanted:
                title = f"`{clause.target.text}` has no key `{key.name.text}`"
                self.report.error("F127", title, key.name.span, did_you_mean(key.name.text, list(wanted), "its keys"))
        missing = [key for key in wanted if key not in values]
        if missing:
            title = f"`{clause.target.text}` is looked up without {listed(missing)}"
            self.report.error("F127", title, clause.span, f"add it, as in `on {', '.join(wanted)}`")
        for name, value in values.items():
            column = wanted.get(name)
            if value is not None and column is not None and value.type != column.type:
                title = f"the key `{name}` is {with_article(column.type)}, this is {with_article(value.type)}"
                span = next(key for key in clause.keys if key.name.text == name).span
                self.report.error("F127", title, span, f"give it {with_article(column.type)}")

    def _lookup_values(self, clause: tree.LookupClause, columns: Columns | None) -> dict[str, Expression | None]:
        typer = Typer(self.report, columns, {}, "`lookup`", Context(self.functions, self.reported))
        values: dict[str, Expression | None] = {}
        for key in clause.keys:
            written = key.value if key.value is not None else tree.Reference(key.name, key.name.span)
            if key.name.text in values:
                self.report.error("F121", f"`{key.name.text}` stands here twice", key.name.span, "keep one")
            values[key.name.text] = typer.value(written)
        if clause.at is not None:
            at = typer.value(clause.at)
            if at is not None and at.type != "timestamp":
                title = f"`at` takes a timestamp, this is {with_article(at.type)}"
                self.report.error("F202", title, clause.at.span, "write it as in `at ts - 1h`")
        return values


def _columns_in(expression: Expression) -> set[str]:
    """The names of the columns that it reads."""
    return {each.name for each in leaves(expression) if isinstance(each, ColumnRead)}


def _narrowed(columns: Columns, facts: Facts) -> dict[str, ColumnRead | None]:
    """Columns that are not null where the facts prove it."""
    return {
        name: None if read is None else ColumnRead(read.name, read.type, may_be_null(read, facts))
        for name, read in columns.items()
    }


def _ordered(low: Any, value: Any, high: Any, kind: ir.TypeName | None) -> bool:
    """Whether a constant of a type lies between two others; those of decimals are held as texts."""
    if kind is not None and kind_of(kind) == "decimal":
        low, value, high = Decimal(low), Decimal(value), Decimal(high)
    return bool(low <= value <= high)


def _absent(name: str, table: Table) -> dict[str, ColumnRead | None]:
    """The columns of a row that may not be there: all may be null, but for its key."""
    return {
        column: None
        if read is None
        else ColumnRead(f"{name}.{column}", read.type, read.nullable or column not in table.key)
        for column, read in table.columns.items()
    }


def _features_read(block: typed.Features) -> Readable:
    """The written features of a block: a key that was never seen has those of no events."""
    columns: dict[str, ColumnRead | None] = {}
    families: dict[str, dict[ir.Window, tuple[typed.Window, ColumnRead]]] = {}
    for feature in block.features:
        if not feature.written:
            continue
        kind, nullable = feature.expression.type, feature.expression.nullable
        if feature.family:
            families[feature.name] = {
                own.window: (own, ColumnRead(f"{block.name}.{feature.name}_{own.suffix}", kind, nullable))
                for own in feature.windows
            }
        else:
            columns[feature.name] = ColumnRead(f"{block.name}.{feature.name}", kind, nullable)
    return Readable("feature", columns, families)
