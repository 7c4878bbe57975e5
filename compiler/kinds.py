"""Declarations by kind: `table`, and `model`, `params` and `rules`, which do not run yet.

Those are typed as if they ran, so that mistakes in them are found. Each is checked once, when it is first asked for; a
declaration that needs itself is a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from featlang.compiler import ir, typed
from featlang.compiler.connectors import connector
from featlang.compiler.declared_types import declared_columns, declared_type
from featlang.compiler.expressions import Context, Functions, Typer
from featlang.compiler.nullability import NOTHING, Facts, if_true
from featlang.compiler.on_demand import OnDemand, Words
from featlang.compiler.report import Report, did_you_mean, listed, with_article
from featlang.compiler.scopes import Callee, Readable, RowScope
from featlang.compiler.structures import kind_of
from featlang.compiler.tables import check_table
from featlang.compiler.typed import ColumnRead, Constant, Expression
from featlang.compiler.types import Null, fitted, unified
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label

Found = TypeVar("Found")

MODEL_PROPERTIES = ("onnx", "fallback")
REST = "otherwise"
"""The rule for what no other rule takes."""

WORDS = Words("needs", "needed", "these need each other", "declarations", "compute one of them without the others")

Columns = Mapping[str, ColumnRead | None]


class Kinds:
    """The declarations of a project by name, typed on demand."""

    def __init__(
        self,
        declared: Mapping[str, tree.Declaration],
        visible: Mapping[str, Collection[str]],
        functions: Functions,
        reported: frozenset[str],
        report: Report,
    ) -> None:
        """The declarations of a project, none of them checked."""
        self.declared = declared
        self.visible = visible
        self.functions = functions
        self.reported = reported
        self.report = report
        self._on_demand = OnDemand(report, WORDS)

    def check_all(self) -> None:
        """Check every declaration of these kinds, whether or not it is used."""
        for name, declaration in self.declared.items():
            kind = declaration.kind.text
            if kind == "table":
                self.table(name)
            elif kind in {"model", "rules"}:
                self._callee(name)
            elif kind == "params":
                self._params(name)

    def scope(self) -> RowScope:
        """What every row may read: parameters, models and rules, by their names."""
        readable = {n: self._params(n) for n, d in self.declared.items() if d.kind.text == "params"}
        callees = {n: self._callee(n) for n, d in self.declared.items() if d.kind.text in {"model", "rules"}}
        return RowScope(readable, callees)

    def once(self, name: str, make: Callable[[tree.Declaration], Found | None]) -> Found | None:
        """What a declaration is, made once; None where it is wrong, or needs itself."""
        declaration = self.declared[name]
        return self._on_demand.of(declaration.name, lambda: make(declaration))

    def named(self, name: tree.Name, kinds: Sequence[str], what: str) -> str | None:
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

    def table(self, name: str) -> typed.Table | None:
        """A table; None where it is wrong, which was reported."""
        return self.once(name, lambda declaration: check_table(declaration, self.report))

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
        return self.once(name, self._checked_params)

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
            if not _ordered(low, low, high, kind):
                title = "no value lies in this range: its lower bound is the greater one"
                self.report.error("F233", title, annotation.span, f"write `@range({high}, {low})`")
            elif value is not None and not _ordered(low, value.value, high, kind):
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
        return self.once(name, self._checked_model if self.declared[name].kind.text == "model" else self._checked_rules)

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


def _ordered(low: Any, value: Any, high: Any, kind: ir.TypeName | None) -> bool:
    """Whether a constant of a type lies between two others; those of decimals are held as texts."""
    if kind is not None and kind_of(kind) == "decimal":
        low, value, high = Decimal(low), Decimal(value), Decimal(high)
    return bool(low <= value <= high)
