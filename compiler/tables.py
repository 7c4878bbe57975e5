"""Tables: the newest row of each key as of a time, from a changelog or a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from featlang.compiler import ir, typed
from featlang.compiler.declared_types import declared_columns
from featlang.compiler.envelopes import check_deletions, reads_envelopes
from featlang.compiler.places import check_places
from featlang.compiler.report import Report, did_you_mean, with_article
from featlang.compiler.resolve import SourceNames
from featlang.compiler.sources import check_columns, check_csv, check_labels, properties_of
from featlang.compiler.types import KEY_TYPES
from featlang.dsl import tree

PROPERTIES = ("time", "known", "ties", "deleted", "stream", "history")


def check_table(declaration: tree.Declaration, report: Report) -> typed.Table | None:
    """A table with its properties; None where one was reported."""
    found = Report()
    columns = check_columns(SourceNames(declaration, declared_columns(declaration, "column", found)), found)
    _check_shape(declaration, columns, found)
    key = [name for clause in declaration.clauses if isinstance(clause, tree.ByClause) for name in clause.keys]
    _check_key(declaration, key, columns, found)
    properties = properties_of(declaration, columns, "table", PROPERTIES, found)
    if properties.known is not None and properties.time is None:
        title = f"`{declaration.name.text}` says when its rows were known, and not from when on they count"
        found.error("F115", title, declaration.name.span, "add `time` and its column")
    known = tuple(column for column in columns.values() if column is not None)
    check_labels(declaration, columns, found)
    kinds = {each.kind for each in (properties.stream, properties.history) if each is not None}
    if "csv" in kinds:
        check_csv(declaration, known, found)
    check_places(declaration, (properties.stream, properties.history), found)
    if reads_envelopes(properties.stream, properties.history):
        check_deletions(declaration, kinds, found)
    report.add(found.ordered())
    if found.failed:
        return None
    return typed.Table(
        name=declaration.name.text,
        columns=known,
        key=tuple(name.text for name in key),
        time=properties.time,
        known=properties.known,
        ties=properties.ties,
        deleted=properties.deleted,
        stream=properties.stream,
        history=properties.history,
        doc=declaration.doc,
        span=declaration.span,
    )


def _check_shape(declaration: tree.Declaration, columns: Mapping[str, object], report: Report) -> None:
    named = declaration.name
    if not columns:
        title = f"`{named.text}` has no columns"
        report.error("F115", title, named.span, "list them in brackets, as in `(user_id: string)`")
    if named.text.startswith("_"):
        title = f"`{named.text}` begins with `_`, like the folders that a run keeps for itself"
        report.error("F108", title, named.span, "choose another name")
    for clause in declaration.clauses:
        if not isinstance(clause, tree.ByClause):
            word = type(clause).__name__.removesuffix("Clause").lower()
            advice = "a table has a key (`by`), and a block with what it reads"
            report.error("F116", f"a `table` has no `{word}`", clause.span, advice)
    for annotation in declaration.annotations:
        report.error("F508", f"`@{annotation.name.text}` on a table is not compiled yet", annotation.span, "remove it")


def _check_key(
    declaration: tree.Declaration, key: Sequence[tree.Name], columns: Mapping[str, ir.Column | None], report: Report
) -> None:
    if not key:
        title = f"`{declaration.name.text}` has no key"
        report.error("F115", title, declaration.name.span, "add `by` and the columns that name a row")
    seen: set[str] = set()
    for name in key:
        if name.text in seen:
            report.error("F121", f"`{name.text}` stands in the key twice", name.span, "keep one")
        seen.add(name.text)
        if name.text not in columns:
            advice = did_you_mean(name.text, list(columns), "the columns")
            report.error("F109", f"there is no column `{name.text}`", name.span, advice)
            continue
        column = columns[name.text]
        if column is not None and column.type not in KEY_TYPES:
            title = f"`{name.text}` is {with_article(column.type)}, which is no key"
            report.error("F214", title, name.span, f"a key is one of {', '.join(KEY_TYPES)}")
