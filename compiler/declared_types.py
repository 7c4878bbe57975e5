"""Columns and parameters as they are declared: each name once, types as in `int`, `string?`."""

from __future__ import annotations

from collections.abc import Callable

from featlang.compiler import ir
from featlang.compiler.habits import TYPES
from featlang.compiler.report import Report, did_you_mean
from featlang.compiler.structures import (
    MAP_KEYS,
    MAX_NESTED,
    MAX_PRECISION,
    SCALARS,
    Part,
    Structure,
    decimal_of,
)
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


def names_of(written: tree.TypeExpression) -> set[str]:
    """The names of a type and of all that it holds."""
    inner = [argument.value for argument in written.arguments if isinstance(argument.value, tree.TypeExpression)]
    return {written.name.text}.union(*(names_of(each) for each in inner))


def declared_type(written: tree.TypeExpression, report: Report, depth: int = 0) -> ir.TypeName | None:
    """The type that is written somewhere; None, and a diagnostic, where it is none."""
    type_name = written.name.text
    if type_name in _HOLDING:
        if depth == MAX_NESTED:
            report.error("F222", f"types stand more than {MAX_NESTED} deep", written.span, "take it apart before")
            return None
        return _HOLDING[type_name](written, report, depth)
    if type_name not in SCALARS:
        meant = TYPES.get(type_name.lower())
        advice = f"write `{meant}`" if meant else did_you_mean(type_name, (*SCALARS, *_HOLDING), "the types")
        report.error("F222", f"there is no type `{type_name}`", written.name.span, advice)
        return None
    if written.arguments:
        report.error("F222", f"`{type_name}` takes nothing in `<…>`", written.span, f"write `{type_name}`")
        return None
    return type_name


def _decimal(written: tree.TypeExpression, report: Report, _: int) -> ir.TypeName | None:
    digits = [argument.value for argument in written.arguments if argument.name is None]
    numbers = [digit for digit in digits if isinstance(digit, int)]
    if len(numbers) != 2 or len(written.arguments) != 2:  # noqa: PLR2004 - the digits, and those behind the point
        advice = "write it as in `decimal<10, 2>`: ten digits, two of them behind the point"
        report.error("F222", "a decimal says how many digits it has", written.span, advice)
        return None
    precision, scale = numbers
    if not 1 <= precision <= MAX_PRECISION or not 0 <= scale <= precision:
        advice = f"write from 1 to {MAX_PRECISION} digits, and of those how many stand behind the point"
        report.error("F222", f"a decimal has no {precision} digits with {scale} behind the point", written.span, advice)
        return None
    return decimal_of(precision, scale)


def _list(written: tree.TypeExpression, report: Report, depth: int) -> ir.TypeName | None:
    parts = _parts(written, 1, "`list<string>`", report, depth)
    return None if parts is None else Structure("list", parts).text


def _map(written: tree.TypeExpression, report: Report, depth: int) -> ir.TypeName | None:
    parts = _parts(written, 2, "`map<string, float>`", report, depth)
    if parts is None:
        return None
    key, span = parts[0], written.arguments[0].value
    if key.type not in MAP_KEYS or key.nullable:
        title = f"a map has no keys that are {key.text}"
        place = span.span if isinstance(span, tree.TypeExpression) else written.span
        report.error("F222", title, place, f"its keys are {' or '.join(f'`{each}`' for each in MAP_KEYS)}")
        return None
    return Structure("map", parts).text


def _parts(
    written: tree.TypeExpression, number: int, example: str, report: Report, depth: int
) -> tuple[Part, ...] | None:
    """What stands in the `<…>` of a list or a map."""
    inner = [
        each.value for each in written.arguments if each.name is None and isinstance(each.value, tree.TypeExpression)
    ]
    if len(inner) != number or len(written.arguments) != number:
        title = f"a {written.name.text} says what it holds"
        report.error("F222", title, written.span, f"write it as in {example}")
        return None
    types = [declared_type(each, report, depth + 1) for each in inner]
    known = [Part("", kind, each.nullable) for kind, each in zip(types, inner, strict=True) if kind is not None]
    return tuple(known) if len(known) == number else None


def _struct(written: tree.TypeExpression, report: Report, depth: int) -> ir.TypeName | None:
    found: dict[str, Part] = {}
    failed = not written.arguments
    if failed:
        report.error("F222", "a struct says which fields it has", written.span, "write it as in `struct<city: string>`")
    for argument in written.arguments:
        if argument.name is None or not isinstance(argument.value, tree.TypeExpression):
            report.error("F222", "a field has a name", argument.span, "write it as in `struct<city: string>`")
            failed = True
            continue
        name = argument.name.text
        if name in found:
            report.error("F106", f"the field `{name}` is declared twice", argument.name.span, "remove or rename one")
        kind = declared_type(argument.value, report, depth + 1)
        if kind is None or name in found:
            failed = True
            continue
        found[name] = Part(name, kind, argument.value.nullable)
    return None if failed else Structure("struct", tuple(found.values())).text


_HOLDING: dict[str, Callable[[tree.TypeExpression, Report, int], ir.TypeName | None]] = {
    "decimal": _decimal,
    "list": _list,
    "map": _map,
    "struct": _struct,
}
"""The types that take something in `<…>`."""
