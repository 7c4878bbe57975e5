"""Debezium's envelopes: what a declaration takes from them besides the row, and what it must say for that."""

from __future__ import annotations

import re
from collections.abc import Iterable

from featlang.compiler import ir
from featlang.compiler.property_values import only_text
from featlang.compiler.report import Report
from featlang.dsl import tree

DEBEZIUM = "debezium"

DELETED = ir.Column(name="_deleted", type="bool", nullable=True)
"""The column that holds an envelope's deletion in a table that names none by `deleted`."""

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_EXAMPLE = '`@envelope("source.ts_ms")`'


def reads_envelopes(*places: ir.Connector | None) -> bool:
    """Whether one of the places holds envelopes."""
    return any(place is not None and place.options.get("format") == DEBEZIUM for place in places)


def envelope_place(annotation: tree.Annotation, report: Report) -> str | None:
    """Where in the envelope a column stands, as `@envelope` says; None where it was reported."""
    place = only_text(annotation)
    if place is not None and _PATH.fullmatch(place):
        return place
    title = "`@envelope` takes the names that lead to a value, with dots between"
    report.error("F223", title, annotation.span, f"write it as in {_EXAMPLE}")
    return None


def check_envelopes(declaration: tree.Declaration, places: Iterable[ir.Connector | None], report: Report) -> None:
    """What `@envelope` needs: a place that holds envelopes."""
    if reads_envelopes(*places):
        return
    for column in declaration.columns or ():
        for annotation in column.annotations:
            if annotation.name.text == "envelope":
                title = f"`{declaration.name.text}` reads no envelopes"
                advice = f'remove it, or add `format="{DEBEZIUM}"` to what it reads'
                report.error("F239", title, annotation.span, advice)


def check_deletions(declaration: tree.Declaration, kinds: Iterable[str], report: Report) -> None:
    """A table that reads envelopes, and names no column by `deleted`: it has one of its own, which files lack."""
    kind = next((kind for kind in ("csv", "parquet") if kind in {*kinds}), None)
    names = {entry.name.text for entry in declaration.body or () if isinstance(entry, tree.Binding)}
    if declaration.kind.text != "table" or "deleted" in names:
        return
    for column in declaration.columns or ():
        if column.name.text == DELETED.name:
            title = f"`{DELETED.name}` is the name of the column that holds whether an envelope is a deletion"
            report.error(
                "F108", title, column.span, f"name it as in `deleted = {DELETED.name}`, or choose another name"
            )
    if kind is not None:
        title = f"`{kind}` files do not say by themselves which rows of `{declaration.name.text}` are deletions"
        advice = "declare a `bool` column that it has, and name it as in `deleted = gone`; envelopes fill it too"
        report.error("F412", title, declaration.name.span, advice)
