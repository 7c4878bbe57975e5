"""What stands behind `=` in the block of a source or a table: columns, lengths of time; what annotations take."""

from __future__ import annotations

from collections.abc import Mapping

from featlang.compiler import ir, typed
from featlang.compiler.expressions import Typer
from featlang.compiler.report import Report, did_you_mean
from featlang.compiler.windows import LONGEST
from featlang.dsl import tree

Columns = Mapping[str, "ir.Column | None"]
"""Declared columns by name; None for one that was reported."""


def column_named(value: tree.Expression, columns: Columns, report: Report, example: str) -> str | None:
    """The name of a declared column; None, and a diagnostic, where it is none."""
    if not isinstance(value, tree.Reference):
        report.error("F223", "this is not the name of a column", value.span, f"write it as in `{example}`")
        return None
    name = value.name.text
    if name not in columns:
        report.error(
            "F109", f"there is no column `{name}`", value.span, did_you_mean(name, list(columns), "the columns")
        )
        return None
    return name


def duration(value: tree.Expression, report: Report, example: str, least: int) -> int | None:
    """A length of time in µs, of `least` µs; None, and a diagnostic, where it is none."""
    found = Typer(report, {}, {}, f"`{example.split(' ', maxsplit=1)[0]}`").value(value)
    if found is None:
        return None
    if not isinstance(found, typed.Constant) or found.type != "duration" or not isinstance(found.value, int):
        report.error("F223", "this is not a duration", value.span, f"write it as in `{example}`")
        return None
    if not least <= found.value <= LONGEST:
        what = "below zero" if found.value < 0 else "zero" if found.value == 0 else "longer than 100 years"
        report.error("F217", f"this duration is {what}", value.span, f"write it as in `{example}`")
        return None
    return found.value


def only_text(annotation: tree.Annotation) -> str | None:
    """The text that an annotation takes, where that is all it takes."""
    if len(annotation.arguments) != 1 or annotation.arguments[0].name is not None:
        return None
    value = annotation.arguments[0].value
    return value.value if isinstance(value, tree.StringLiteral) else None
