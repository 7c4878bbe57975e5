"""Messages of topics: what a declaration takes from them besides their values, and what it must say for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast, get_args

from featlang.compiler import ir
from featlang.compiler.property_values import only_text
from featlang.compiler.report import Report, did_you_mean, with_article
from featlang.dsl import tree

TOPIC = "kafka"
"""The kind of connector that reads messages."""

_BYTES = ("string", "bytes")
_TYPES: Mapping[str, tuple[ir.TypeName, ...]] = {
    "key": _BYTES,
    "partition": ("int",),
    "offset": ("int",),
    "timestamp": ("timestamp",),
}
"""The types that a part of a message is read as."""


def message_part(
    annotation: tree.Annotation, column: tree.Column, type_name: ir.TypeName, report: Report
) -> ir.MessagePart | None:
    """The part of a message that a column is, as `@message` says; None where it was reported."""
    part = only_text(annotation)
    if part is None:
        title = "`@message` takes the name of a part of a message"
        report.error("F223", title, annotation.span, 'write it as in `@message("key")`')
    elif part not in _TYPES:
        advice = did_you_mean(part, get_args(ir.MessagePart), "the parts")
        report.error("F223", f"a message has no part `{part}`", annotation.span, advice)
    elif _fits(column, type_name, f"the {part}", _TYPES[part], report):
        return cast("ir.MessagePart", part)
    return None


def header_name(annotation: tree.Annotation, column: tree.Column, type_name: ir.TypeName, report: Report) -> str | None:
    """The header of a message that a column is, as `@header` says; None where it was reported."""
    name = only_text(annotation)
    if not name:
        title = "`@header` takes the name of a header"
        report.error("F223", title, annotation.span, 'write it as in `@header("trace-id")`')
    elif _fits(column, type_name, "a header", _BYTES, report):
        return name
    return None


def check_messages(declaration: tree.Declaration, places: Iterable[ir.Connector | None], report: Report) -> None:
    """What `@message` and `@header` need: a topic."""
    if any(place is not None and place.kind == TOPIC for place in places):
        return
    for column in declaration.columns or ():
        for annotation in column.annotations:
            if annotation.name.text in {"message", "header"}:
                advice = f'remove it, or read a topic, as in `stream = kafka("{declaration.name.text}")`'
                report.error("F242", f"`{declaration.name.text}` reads no topic", annotation.span, advice)


def _fits(
    column: tree.Column, type_name: ir.TypeName, what: str, types: tuple[ir.TypeName, ...], report: Report
) -> bool:
    """Whether a column is of one of the types of what it is read from; if it is not, that is reported."""
    if type_name not in types:
        title = f"{what} of a message is read as {' or '.join(types)}, `{column.name.text}` is "
        advice = f"declare `{column.name.text}: {types[0]}{'?' * column.type.nullable}`"
        report.error("F223", title + with_article(type_name), column.type.span, advice)
    return type_name in types
