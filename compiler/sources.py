"""Sources: their columns, and the properties in their block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from featlang.compiler import ir, typed
from featlang.compiler.annotations import KNOWN
from featlang.compiler.connectors import connector
from featlang.compiler.declared_types import declared_type, names_of
from featlang.compiler.duplicates import DEDUP, dedup_of
from featlang.compiler.habits import ANNOTATIONS as MEANT_ANNOTATIONS
from featlang.compiler.habits import PROPERTIES as MEANT_PROPERTIES
from featlang.compiler.places import PLACES, check_places, placed
from featlang.compiler.property_values import Columns, column_named, duration, only_text
from featlang.compiler.report import Report, did_you_mean, with_article
from featlang.compiler.resolve import SourceNames
from featlang.compiler.structures import is_structured
from featlang.compiler.walk import nodes_in
from featlang.dsl import tree

Unit = Literal["s", "ms", "us", "ns"]
UNITS: tuple[Unit, ...] = get_args(Unit)

PROPERTIES = ("time", "ties", "lateness", "max_ahead", "order", "idleness", "stream", "history")

_DECIDING = ("time", "known", "ties", "order", "deleted")
"""The properties whose columns decide which events or rows there are, when and in which order."""

ARRIVAL_TYPES: tuple[ir.TypeName, ...] = ("int", "timestamp")
"""The types of a column by which events are in order of arrival."""

_ARRIVAL = "order = arrival(seq)"

MAX_COLUMNS = 1_000
"""The most columns of a source: a class of the JVM holds 64 KB of code that sets it up."""


def check_columns(names: SourceNames, report: Report) -> dict[str, ir.Column | None]:
    """The columns by name; None for one that was reported."""
    return {name: _column(column, report) for name, column in names.columns.items()}


def check_source(names: SourceNames, columns: Mapping[str, ir.Column | None], report: Report) -> typed.Source | None:
    """A source with its properties; None where one was reported."""
    declaration = names.declaration
    _check_shape(declaration, report)
    if not columns:
        title = f"`{declaration.name.text}` has no columns"
        advice = "list them in brackets, as in `(user_id: string, ts: timestamp)`"
        report.error("F115", title, declaration.name.span, advice)
        return None
    if len(columns) > MAX_COLUMNS:
        title = f"`{declaration.name.text}` has {len(columns):,} columns; {MAX_COLUMNS:,} are the most"
        advice = "leave out columns that no feature reads: fields that are not declared are ignored"
        report.error("F228", title, declaration.name.span, advice)
    properties = properties_of(declaration, columns, "source", PROPERTIES, report)
    if "time" not in {entry.name.text for entry in declaration.body or () if isinstance(entry, tree.Binding)}:
        _report_no_time(declaration, columns, report)
    known = tuple(column for column in columns.values() if column is not None)
    check_labels(declaration, columns, report)
    if "csv" in {each.kind for each in (properties.stream, properties.history) if each is not None}:
        check_csv(declaration, known, report)
    dedup = dedup_of(declaration, columns, properties.lateness, report)
    check_places(declaration, (properties.stream, properties.history), report)
    if properties.time is None or len(known) < len(columns) or report.failed:
        return None
    return typed.Source(
        name=declaration.name.text,
        columns=known,
        time=properties.time,
        ties=properties.ties,
        lateness=properties.lateness,
        max_ahead=properties.max_ahead,
        dedup=dedup,
        order=properties.order,
        order_ttl=properties.order_ttl,
        idleness=properties.idleness,
        stream=properties.stream,
        history=properties.history,
        doc=declaration.doc,
        span=declaration.span,
    )


def check_csv(declaration: tree.Declaration, columns: Iterable[ir.Column], report: Report) -> None:
    """A source that reads a CSV, which holds no lists, maps and structs."""
    held = next((column for column in columns if is_structured(column.type)), None)
    if held is not None:
        span = next(column.span for column in declaration.columns or () if column.name.text == held.name)
        title = f"`{held.name}` is a {held.type}, which a CSV cannot hold"
        report.error("F409", title, span, "read it from JSON lines or Parquet")


def check_labels(declaration: tree.Declaration, columns: Columns, report: Report) -> None:
    """No `@label` decides which events there are, when they are and in which order: features would know it by that."""
    said: list[tuple[str, object]] = [
        (f"`@{annotation.name.text}`", annotation.arguments) for annotation in declaration.annotations
    ]
    bindings = [entry for entry in declaration.body or () if isinstance(entry, tree.Binding)]
    said += [(f"`{each.name.text}`", each.value) for each in bindings if each.name.text in _DECIDING]
    for where, value in said:
        for reference in nodes_in(value, tree.Reference):
            column = columns.get(reference.name.text)
            if column is not None and column.label:
                title = f"the label `{column.name}` stands in {where}, so features would know it by what they see"
                report.error("F231", title, reference.span, "name a column that is known before")


def time_column(names: SourceNames) -> str | None:
    """The column that a source names as its time, whether or not it is one."""
    for entry in names.declaration.body or ():
        if isinstance(entry, tree.Binding) and entry.name.text == "time" and isinstance(entry.value, tree.Reference):
            return entry.value.name.text
    return None


def orders_simultaneous(names: SourceNames) -> bool:
    """Whether a source says how simultaneous events are ordered: by `ties`, or by their arrival."""
    bindings = [entry for entry in names.declaration.body or () if isinstance(entry, tree.Binding)]
    return any(b.name.text == "ties" or (b.name.text == "order" and isinstance(b.value, tree.Call)) for b in bindings)


def orders_by_time(names: SourceNames) -> bool:
    """Whether a source is in the order of time, and not of arrival."""
    bindings = [entry for entry in names.declaration.body or () if isinstance(entry, tree.Binding)]
    return not any(b.name.text == "order" and isinstance(b.value, tree.Call) for b in bindings)


def _check_shape(declaration: tree.Declaration, report: Report) -> None:
    for clause in declaration.clauses:
        reads = isinstance(clause, tree.FromClause)
        said = "name what it reads in its block, as in `stream = …`"
        advice = said if reads else "put what it is like into its block, as in `time = ts`"
        report.error("F116", "a source has no clauses", clause.span, advice)
    if declaration.returns is not None:
        report.error("F116", "a source returns nothing", declaration.returns.span, "remove `->` and the type")
    for annotation in declaration.annotations:
        if annotation.name.text == DEDUP:
            continue
        name = annotation.name.text
        if name in KNOWN:
            report.error("F508", f"`@{name}` on a source is not compiled yet", annotation.span, "remove it")
            continue
        advice = did_you_mean(f"@{name}", [f"@{DEDUP}", *(f"@{known}" for known in KNOWN)], "the annotations")
        report.error("F114", f"there is no `@{name}` of a source", annotation.span, advice)


# --- columns


def _column(column: tree.Column, report: Report) -> ir.Column | None:
    if column.default is not None:
        report.error(
            "F116", "a source's column has no default", column.default.span, "remove it, or write `x ?? default` later"
        )
    type_name = declared_type(column.type, report)
    if type_name is None:
        return None
    unit, zone = _reading(column, report)
    if "duration" in names_of(column.type) and unit is None and "unit" not in {a.name.text for a in column.annotations}:
        title = f"`{column.name.text}` is a duration: it needs the unit of its numbers"
        report.error("F224", title, column.span, 'write `@unit("ms")` before it')
    return ir.Column(
        name=column.name.text,
        type=type_name,
        nullable=column.type.nullable,
        doc=column.doc,
        unit=unit,
        zone=zone,
        **placed(column, type_name, report),
        pii=_is_marked(column, "pii", report),
        label=_is_marked(column, "label", report),
    )


def _is_marked(column: tree.Column, mark: str, report: Report) -> bool:
    """Whether a column bears `@pii` or `@label`, which take nothing."""
    found = [annotation for annotation in column.annotations if annotation.name.text == mark]
    for annotation in found:
        if annotation.arguments:
            report.error("F206", f"`@{mark}` takes nothing in parentheses", annotation.span, f"write `@{mark}`")
    return bool(found)


def _reading(column: tree.Column, report: Report) -> tuple[Unit | None, Literal["UTC"] | None]:
    """How a column's numbers and texts are read as times: `@unit("ms")` or `@zone("UTC")`."""
    unit: Unit | None = None
    zone: Literal["UTC"] | None = None
    seen: set[str] = set()
    takes: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "unit": (("timestamp", "duration"), UNITS),
        "zone": (("timestamp",), ("UTC",)),
    }
    others = ("label", "pii", *PLACES)
    for annotation in column.annotations:
        name = annotation.name.text
        if name == "known":
            report.error("F508", f"`@{name}` is not compiled yet", annotation.span, "remove it")
            continue
        if name in others:
            continue
        if name not in takes:
            report.error(
                "F114",
                f"there is no `@{name}` of a column",
                annotation.span,
                did_you_mean(
                    f"@{name}",
                    [f"@{each}" for each in (*takes, *others)],
                    "the annotations of columns",
                ),
            )
            continue
        types, values = takes[name]
        value = only_text(annotation)
        if not names_of(column.type) & {*types}:
            declared = with_article(column.type.name.text)
            title = f"`@{name}` is for a {' or a '.join(types)}, `{column.name.text}` is {declared}"
            advice = f"remove it, or declare `{column.name.text}` as a {' or a '.join(types)}"
            report.error("F224", title, annotation.span, advice)
        elif value not in values:
            written = " or ".join(f'`@{name}("{each}")`' for each in values)
            report.error("F224", f"`@{name}` names one of {', '.join(values)}", annotation.span, f"write {written}")
        elif seen:
            title = f"`@{name}` comes beside `@{min(seen)}`"
            advice = "keep one: `@unit` for numbers, `@zone` for texts without an offset"
            report.error("F224", title, annotation.span, advice)
        elif name == "unit":
            unit = cast("Unit", value)
        else:
            zone = "UTC"
        seen.add(name)
    return unit, zone


# --- properties


@dataclass(slots=True)
class Properties:
    """What stands in the block of a source or a table; None for what does not, or is wrong."""

    time: str | None = None
    ties: tuple[str, ...] = ()
    lateness: int = 0
    max_ahead: int | None = None
    order: str | None = None
    order_ttl: int | None = None
    idleness: int | None = None
    known: str | None = None
    deleted: str | None = None
    stream: ir.Connector | None = None
    history: ir.Connector | None = None


def properties_of(
    declaration: tree.Declaration, columns: Columns, kind: str, allowed: Sequence[str], report: Report
) -> Properties:
    """The properties of a source, or of what is read like one; `allowed` are those that there are."""
    properties = Properties()
    seen: set[str] = set()
    for entry in declaration.body or ():
        if isinstance(entry, tree.Use):
            report.error("F116", f"a {kind} uses no template", entry.span, "remove it")
            continue
        name = entry.name.text
        if name not in allowed:
            meant = MEANT_PROPERTIES.get(name.lower())
            if kind == "source" and name.lower() in MEANT_ANNOTATIONS:
                advice = f"write `{MEANT_ANNOTATIONS[name.lower()]}` before `source`"
            elif meant is not None and meant.split(" ")[0] in allowed:
                advice = f"write `{meant}`"
            else:
                advice = did_you_mean(name, allowed, "the properties")
            report.error("F112", f"a {kind} has no property `{name}`", entry.name.span, advice)
        elif name in seen:
            report.error("F107", f"`{name}` is set twice", entry.name.span, "keep one")
        else:
            seen.add(name)
            _SETTERS[name](properties, entry.value, columns, report)
        if entry.type or entry.where or entry.over or entry.when or entry.annotations:
            title = f"`{name}` has a value, and nothing else"
            report.error("F116", title, entry.span, f"write `{name} = …`")
    return properties


def _set_time(properties: Properties, value: tree.Expression, columns: Columns, report: Report) -> None:
    name = column_named(value, columns, report, "time = ts")
    if name is None:
        return
    column = columns[name]
    if column is not None and column.type != "timestamp":
        title = f"the time column is a timestamp, `{name}` is {with_article(column.type)}"
        advice = (
            f'declare it as in `@unit("ms") {name}: timestamp`'
            if column.type == "int"
            else f"declare `{name}: timestamp`"
        )
        report.error("F223", title, value.span, advice)
        return
    properties.time = name


def _set_known(properties: Properties, value: tree.Expression, columns: Columns, report: Report) -> None:
    name = column_named(value, columns, report, "known = loaded_at")
    column = columns[name] if name is not None else None
    if column is None:
        return
    if column.type != "timestamp":
        title = f"`known` is a timestamp, `{column.name}` is {with_article(column.type)}"
        report.error("F223", title, value.span, f"declare `{column.name}: timestamp`")
    elif column.nullable:
        title = f"`known` has a value in every row, `{column.name}` may be null"
        report.error("F223", title, value.span, f"declare `{column.name}: timestamp`, without `?`")
    else:
        properties.known = name


def _set_deleted(properties: Properties, value: tree.Expression, columns: Columns, report: Report) -> None:
    name = column_named(value, columns, report, "deleted = is_deleted")
    column = columns[name] if name is not None else None
    if column is not None and column.type != "bool":
        title = f"`deleted` is a bool, `{column.name}` is {with_article(column.type)}"
        report.error("F223", title, value.span, "name a column that is true in the rows that end others")
    elif column is not None:
        properties.deleted = name


def _set_ties(properties: Properties, value: tree.Expression, columns: Columns, report: Report) -> None:
    if not isinstance(value, tree.ListLiteral):
        report.error("F223", "`ties` is a list of columns", value.span, "write it as in `ties = [event_id]`")
        return
    names: dict[str, None] = {}
    for item in value.items:
        name = column_named(item, columns, report, "ties = [event_id]")
        if name in names:
            report.error("F121", f"`{name}` stands in `ties` twice", item.span, "keep one")
        if name is not None:
            names[name] = None
    properties.ties = tuple(names)


def _set_lateness(properties: Properties, value: tree.Expression, _columns: Columns, report: Report) -> None:
    length = duration(value, report, "lateness = 2s", least=0)
    properties.lateness = length or 0


def _set_max_ahead(properties: Properties, value: tree.Expression, _columns: Columns, report: Report) -> None:
    properties.max_ahead = duration(value, report, "max_ahead = 1h", least=1)


def _set_idleness(properties: Properties, value: tree.Expression, _columns: Columns, report: Report) -> None:
    properties.idleness = duration(value, report, "idleness = 30s", least=1)


def _set_order(properties: Properties, value: tree.Expression, columns: Columns, report: Report) -> None:
    match value:
        case tree.Reference(tree.Name("time")):
            pass
        case tree.Call(tree.Name("arrival")):
            _set_arrival(properties, value, columns, report)
        case tree.Call(name):
            advice = did_you_mean(name.text, ("arrival",), "the orders")
            report.error("F223", f"there is no order `{name.text}`", name.span, advice)
        case tree.Reference(tree.Name("arrival")):
            advice = f"write the column that counts up, as in `{_ARRIVAL}`"
            report.error("F223", "`arrival` does not say by which column", value.span, advice)
        case _:
            report.error("F223", "this is not an order", value.span, f"write `order = time`, or as in `{_ARRIVAL}`")


def _set_arrival(properties: Properties, call: tree.Call, columns: Columns, report: Report) -> None:
    positional = [argument.value for argument in call.arguments if argument.name is None]
    for argument in call.arguments:
        if argument.name is not None and argument.name.text != "ttl":
            title = f"`arrival` has no argument `{argument.name.text}`"
            advice = f"the only one is `ttl`, as in `{_ARRIVAL[:-1]}, ttl=30d)`"
            report.error("F206", title, argument.name.span, advice)
        elif argument.name is not None:
            properties.order_ttl = duration(argument.value, report, f"{_ARRIVAL[:-1]}, ttl=30d)", least=1)
    if len(positional) != 1:
        report.error("F206", f"`arrival` takes one column, not {len(positional)}", call.span, f"write `{_ARRIVAL}`")
        return
    name = column_named(positional[0], columns, report, _ARRIVAL)
    column = columns[name] if name is not None else None
    if column is None:
        return
    span = positional[0].span
    if column.type not in ARRIVAL_TYPES:
        title = f"the column of an arrival is an int or a timestamp, `{name}` is {with_article(column.type)}"
        report.error("F223", title, span, f"name a column that counts up, as in `{_ARRIVAL}` with `seq: int`")
    elif column.nullable:
        title = f"the column of an arrival has a value in every event, `{name}` may be null"
        report.error("F223", title, span, f"declare `{name}: {column.type}`, without `?`")
    else:
        properties.order = name


def _set_stream(properties: Properties, value: tree.Expression, _columns: Columns, report: Report) -> None:
    properties.stream = connector(value, report)


def _set_history(properties: Properties, value: tree.Expression, _columns: Columns, report: Report) -> None:
    properties.history = connector(value, report)


_SETTERS: dict[str, Callable[[Properties, tree.Expression, Columns, Report], None]] = {
    "time": _set_time,
    "ties": _set_ties,
    "lateness": _set_lateness,
    "max_ahead": _set_max_ahead,
    "order": _set_order,
    "idleness": _set_idleness,
    "known": _set_known,
    "deleted": _set_deleted,
    "stream": _set_stream,
    "history": _set_history,
}


def _report_no_time(declaration: tree.Declaration, columns: Columns, report: Report) -> None:
    found = next((name for name, column in columns.items() if column and column.type == "timestamp"), None)
    title = f"`{declaration.name.text}` does not say which column is its time"
    advice = (
        f"add `time = {found}` to its block" if found else "declare a timestamp column, and add `time = …` to its block"
    )
    report.error("F115", title, declaration.name.span, advice)
