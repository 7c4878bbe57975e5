"""Where a column stands that is no field of the record: in the envelope around a row, or beside a message's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from featlang.compiler import ir
from featlang.compiler.envelopes import check_envelopes, envelope_place
from featlang.compiler.messages import check_messages, header_name, message_part
from featlang.compiler.report import Report
from featlang.dsl import tree

PLACES = ("envelope", "message", "header")
"""The annotations that say it, and the fields of `ir.Column` that keep it."""


class Place(TypedDict, total=False):
    """The one place of a column; nothing of a field of the record."""

    envelope: str | None
    message: ir.MessagePart | None
    header: str | None


def placed(column: tree.Column, type_name: ir.TypeName, report: Report) -> Place:
    """Where a column stands, as its annotations say."""
    found = [annotation for annotation in column.annotations if annotation.name.text in PLACES]
    for other in found[1:]:
        first, name = found[0].name.text, other.name.text
        title = f"`@{name}` is written twice" if first == name else f"`@{name}` comes beside `@{first}`"
        report.error("F107", title, other.span, "keep one")
    match found[0].name.text if found else None:
        case "envelope":
            return {"envelope": envelope_place(found[0], report)}
        case "message":
            _check_unread(column, report)
            return {"message": message_part(found[0], column, type_name, report)}
        case "header":
            return {"header": header_name(found[0], column, type_name, report)}
        case _:
            return {}


def check_places(declaration: tree.Declaration, places: Sequence[ir.Connector | None], report: Report) -> None:
    """What the annotations need: that envelopes or messages are read; unless what is read is wrong itself."""
    names = {entry.name.text for entry in declaration.body or () if isinstance(entry, tree.Binding)}
    if len(names & {"stream", "history"}) == sum(place is not None for place in places):
        check_envelopes(declaration, places, report)
        check_messages(declaration, places, report)


def _check_unread(column: tree.Column, report: Report) -> None:
    """What says how a field is read as a time says nothing of a message's time."""
    for annotation in column.annotations:
        name = annotation.name.text
        if name in {"unit", "zone"} and column.type.name.text == "timestamp":
            title = f"`@{name}` comes beside `@message`: the time of a message is no field of its value"
            report.error("F224", title, annotation.span, "remove it")
