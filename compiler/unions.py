"""Streams of several inputs: which columns their rows have, and what those are in each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from featlang.compiler.report import Report, with_article
from featlang.compiler.typed import ColumnRead
from featlang.compiler.views import Stream, View
from featlang.compiler.walk import nodes_in
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label, Span

MAX_INPUTS = 255
"""The most sources that the rows of one stream come from: one byte of their order says of which a row is."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input by its place in the file, and its rows."""

    name: tree.Name
    rows: Stream

    def column(self, name: str, time: str | None) -> str | None:
        """What it calls a column of the union, whose time is called `time`; None where it has none."""
        own = self.rows.time if name == time else name
        return own if own in self.rows.columns and (name == time or own != self.rows.time) else None


def united(declaration: tree.Declaration, inputs: Sequence[Input], report: Report) -> Stream | None:
    """The rows of several inputs: the columns that all of them have with one type. The first one names the time.

    None where they cannot be united, which was reported.
    """
    if not _are_orderly(declaration, inputs, report):
        return None
    time = inputs[0].rows.time
    names = dict.fromkeys(name for each in inputs for name in _columns_of(each, time))
    columns: dict[str, ColumnRead | None] = {}
    differing: dict[str, _Difference] = {}
    for name in names:
        difference = _difference(name, inputs, time)
        if difference is None:
            columns[name] = _common(name, inputs, time)
        else:
            differing[name] = difference
    if not _check_read(declaration, differing, list(columns), time, report):
        return None
    views = tuple(_renamed(view, each, columns, time) for each in inputs for view in each.rows.views)
    right = all(each.rows.views for each in inputs)
    runs = all(each.rows.runs for each in inputs)
    return Stream(columns, time, views if right else (), union=declaration.name.text, runs=runs)


def _are_orderly(declaration: tree.Declaration, inputs: Sequence[Input], report: Report) -> bool:
    """Whether each is read once, their rows have one order, that of time, and no column is in the place of the time."""
    first = inputs[0]
    seen: dict[str, tree.Name] = {}
    for each in inputs:
        name, span = each.name.text, each.name.span
        known = seen.setdefault(name, each.name)
        if known is not each.name:
            advice = "keep one; for two rows of each event, unite two streams of it"
            report.error("F121", f"`{name}` is read twice", span, advice, Label(known.span, "first here"))
            return False
        if not each.rows.by_time:
            title = f"`{name}` is in the order of arrival, which orders its own events alone"
            advice = "unite inputs in the order of time: leave `order` out, and say which `lateness` they may have"
            report.error("F241", title, span, advice)
            return False
        time = first.rows.time
        if time is not None and time != each.rows.time and time in each.rows.columns:
            title = f"`{time}` is the time of the rows, as in `{first.name.text}`, and another column of `{name}`"
            advice = f"unite a stream of `{name}` that does not keep `{time}`, or gives it another name"
            report.error("F235", title, span, advice, Label(first.name.span, f"its time is `{time}`"))
            return False
    sources = sum(len(each.rows.views) for each in inputs)
    if sources > MAX_INPUTS:
        title = f"`{declaration.name.text}` unites the rows of {sources} sources"
        report.error("F228", title, declaration.name.span, f"unite at most {MAX_INPUTS}")
    return sources <= MAX_INPUTS


@dataclass(frozen=True, slots=True)
class _Difference:
    """Why a column is not one of the union: what is said of it, the input that is told of, what is to be done."""

    title: str
    input: tree.Name
    label: str
    advice: str


def _columns_of(each: Input, time: str | None) -> list[str]:
    """Its columns, the time under the name that the union has for it."""
    names = [time if name == each.rows.time else name for name in each.rows.columns]
    return [name for name in names if name is not None]


def _difference(name: str, inputs: Sequence[Input], time: str | None) -> _Difference | None:
    """What is not the same of a column in all inputs; None where it is."""
    found = {each.name.text: each.column(name, time) for each in inputs}
    having = next(each for each in inputs if found[each.name.text] is not None)
    for each in inputs:
        own = found[each.name.text]
        if own is None:
            title = f"`{each.name.text}` has no column `{name}`, which `{having.name.text}` has"
            computing = f"`stream {each.name.text}_rows from {each.name.text} {{ {name} = … }}`"
            advice = f"unite a stream of `{each.name.text}` that computes it, as in {computing}"
            return _Difference(title, each.name, "not in this input", advice)
        one, other = having.rows.columns[found[having.name.text] or name], each.rows.columns[own]
        if one is not None and other is not None and one.type != other.type:
            kinds = with_article(one.type), with_article(other.type)
            title = f"`{name}` is {kinds[0]} in `{having.name.text}`, and {kinds[1]} in `{each.name.text}`"
            advice = f"unite a stream of `{each.name.text}` that computes `{name}` as {kinds[0]}, and does not keep it"
            return _Difference(title, each.name, f"{kinds[1]} here", advice)
    return None


def _common(name: str, inputs: Sequence[Input], time: str | None) -> ColumnRead | None:
    """A column of the union, which may be null where one input's may; None where one was reported."""
    reads = [each.rows.columns[each.column(name, time) or name] for each in inputs]
    known = [read for read in reads if read is not None]
    if len(known) < len(reads):
        return None
    return ColumnRead(name, known[0].type, any(read.nullable for read in known))


def _check_read(
    declaration: tree.Declaration,
    differing: Mapping[str, _Difference],
    common: Sequence[str],
    time: str | None,
    report: Report,
) -> bool:
    """Whether what is kept (all, without `keep`) and read is in all inputs; what is not is told, the first of it."""
    keeps = [clause for clause in declaration.clauses if isinstance(clause, tree.KeepClause)]
    lost = [found for name, found in differing.items() if name != time]  # rows hold their time in any case
    if not keeps and lost:
        first = lost[0]
        advice = f"keep what all have, as in `keep {', '.join(common)}`, or {first.advice}" if common else first.advice
        report.error("F235", first.title, first.input.span, advice)
        return False
    for name, span in _read_by(declaration):
        if name in differing:
            found = differing[name]
            report.error("F235", found.title, span, found.advice, Label(found.input.span, found.label))
            return False
    return True


def _read_by(declaration: tree.Declaration) -> list[tuple[str, Span]]:
    """The names that clauses and values read, but for those of lookups, and those that a value before them has."""
    lookups = [clause for clause in declaration.clauses if isinstance(clause, tree.LookupClause)]
    other = {(clause.alias or clause.target).text for clause in lookups}
    found: list[tuple[str, Span]] = []

    def add(part: object) -> None:
        names = [each.name for each in nodes_in(part, tree.Reference)]
        found.extend((name.text, name.span) for name in names if name.text not in other)

    for clause in declaration.clauses:
        if isinstance(clause, tree.KeepClause):
            found += [(name.text, name.span) for name in clause.columns]
        elif isinstance(clause, tree.LookupClause):
            found += [(key.name.text, key.span) for key in clause.keys if key.value is None]
            add(clause.keys)
        elif isinstance(clause, tree.WhereClause):
            add(clause.condition)
    for entry in declaration.body or ():
        if isinstance(entry, tree.Binding):
            add(entry.value)
            other.add(entry.name.text)
    return found


def _renamed(view: View, of: Input, columns: Mapping[str, ColumnRead | None], time: str | None) -> View:
    """An input's view with the columns of the union."""
    own = {name: of.column(name, time) for name in columns}
    values = {name: view.values[each] for name, each in own.items() if each is not None}
    return View(view.source, view.where, values, view.lookups)
