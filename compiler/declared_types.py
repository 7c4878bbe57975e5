"""Columns and parameters as they are declared: each name once, types as in `int`, `string?`."""

from __future__ import annotations

from featlang.compiler import ir
from featlang.compiler.habits import TYPES
from featlang.compiler.report import Report, did_you_mean, listed
from featlang.compiler.types import SCALARS, STRUCTURED
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label


def declared_columns(declaration: tree.Declaration, what: str, report: Report) -> dict[str, tree.Column]:
    """A declaration's columns by name, the first of each; F106 for every other; `what`: `column` or `parameter`."""
    columns: dict[str, tree.Column] = {}
    for column in declaration.columns or ():
        first = columns.setdefault(column.name.text, column)
        if first is not column:
            title = f"the {what} `{column.name.text}` is declared twice"
            report.error("F106", title, column.name.span, "remove or rename one", Label(first.name.span, "first here"))
    return columns


def declared_type(written: tree.TypeExpression, report: Report) -> ir.TypeName | None:
    """The type that is written somewhere; None, and a diagnostic, where it is none."""
    type_name = written.name.text
    if type_name in STRUCTURED:
        title = f"the type `{type_name}` is not compiled yet"
        report.error("F504", title, written.span, f"leave it out, or choose one of {listed(SCALARS)}")
        return None
    if type_name not in SCALARS:
        meant = TYPES.get(type_name.lower())
        advice = f"write `{meant}`" if meant else did_you_mean(type_name, (*SCALARS, *STRUCTURED), "the types")
        report.error("F222", f"there is no type `{type_name}`", written.name.span, advice)
        return None
    if written.arguments:
        report.error("F222", f"`{type_name}` takes nothing in `<…>`", written.span, f"write `{type_name}`")
        return None
    return next(known for known in SCALARS if known == type_name)
