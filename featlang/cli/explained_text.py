"""What made a value, for people and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import typer

from featlang.backends.reference.json_values import as_json
from featlang.cli.plan_text import duration, expression, leaf, window
from featlang.compiler import ir
from featlang.compiler.structures import is_structured
from featlang.explained import (
    Contribution,
    ExplainedAggregate,
    ExplainedFeatures,
    ExplainedRow,
    ExplainedStream,
    ExplainedTable,
    Happened,
    Refusal,
    TableRow,
)
from featlang.testing.tables import written

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_Item = TypeVar("_Item")
_FATES = {"null": "null: skipped", "filtered": "filtered out"}


class Shown:
    """How it is shown: of many events the last `most`, None for all."""

    def __init__(self, program: ir.Program, most: int | None, *, as_json: bool) -> None:
        """`program` has the types."""
        self._types = {
            name: {column.name: column.type for column in program.source(name).columns}
            for name in (*(each.name for each in program.inputs), *(each.name for each in program.streams))
        }
        self._most = most
        self._as_json = as_json

    def print_features(self, found: ExplainedFeatures) -> None:
        """Print the values of a block."""
        self._print(self._features_in_json(found) if self._as_json else "\n".join(self._features(found)))

    def print_stream(self, found: ExplainedStream) -> None:
        """Print the rows of a stream."""
        self._print(self._stream_in_json(found) if self._as_json else "\n".join(self._stream(found)))

    def keys(self, block: ir.Features | ir.Table, keys: Sequence[Any]) -> str:
        """Key columns and their values, as in `user_id=u1`."""
        types = self._types[block.source if isinstance(block, ir.Features) else block.name]
        return ", ".join(f"{name}={text_of(each, types[name])}" for name, each in zip(block.key, keys, strict=True))

    def _print(self, content: object) -> None:
        typer.echo(content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False))

    def _last(self, items: Sequence[_Item]) -> Sequence[_Item]:
        return items if self._most is None else items[max(len(items) - self._most, 0) :]

    # --- for people ---------------------------------------------------------------------------------------------

    def _features(self, found: ExplainedFeatures) -> Iterator[str]:
        yield f"{found.block.name} of {self.keys(found.block, found.keys)} at {instant(found.time)}"
        if found.events:
            yield from self._values(found)
        else:
            yield "no event, so the values are those of none"
            yield ""
            yield from _aligned([(value.name, f"= {text_of(result, value.type)}") for value, result in found.values])
        types = self._types[found.block.source]
        if found.not_taken:
            count = _counted(len(found.not_taken), "event")
            condition = "" if found.block.where is None else f": {expression(found.block.where)}"
            yield ""
            yield f"{count} of the key that the block's `where` does not take{condition}"
            yield from self._more(len(found.not_taken))
            columns = [] if found.block.where is None else _columns(found.block.where)
            yield from _aligned([_event(each, columns, types) for each in self._last(found.not_taken)])
        yield from self._refusals(found.refused, found.unreadable, "of the key ")

    def _values(self, found: ExplainedFeatures) -> Iterator[str]:
        if found.before:
            yield "of the events before that time"
        elif found.row is not None:
            yield f"the row of {place(found.row)}, _tie {found.tie}"
        else:
            yield "no row is read then: these are the values between two rows"
        until = "before" if found.before else "up to"
        yield f"{_counted(found.events, 'event')} of the key, {found.applied:,} of them {until} then"
        yield ""
        numbers = {index: number for number, index in enumerate(found.aggregates, 1)}
        lines = [
            (value.name, f"= {text_of(result, value.type)}", _expression(found.block, value.expression, numbers))
            for value, result in found.values
        ]
        yield from _aligned(lines)
        for index, aggregate in found.aggregates.items():
            yield ""
            yield f"#{numbers[index]} {aggregate_text(aggregate.aggregate)} = {self._result(aggregate)}"
            yield from self._aggregate(found, aggregate)

    def _result(self, aggregate: ExplainedAggregate) -> str:
        reason = "" if aggregate.reason is None else f" ({aggregate.reason})"
        return text_of(aggregate.value, aggregate.aggregate.type) + reason

    def _aggregate(self, found: ExplainedFeatures, aggregate: ExplainedAggregate) -> Iterator[str]:
        counting = sum(each.fate == "counts" for each in aggregate.held)
        newest = f"before {instant(found.time)}" if found.before else f"up to {instant(found.time)}"
        yield (
            f"  {_edges(aggregate, newest)}: holds {_counted(len(aggregate.held), 'event')}, "
            f"of which {counting:,} {'counts' if counting == 1 else 'count'}"
        )
        yield from self._more(len(aggregate.held))
        types = self._types[found.block.source]
        by_arrival = any(each.event.read_at != each.event.time for each in aggregate.held)
        shown = [
            *([("before", aggregate.before)] if aggregate.before else []),
            *(("", each) for each in self._last(aggregate.held)),
            *([("after", aggregate.after)] if aggregate.after else []),
        ]
        lines = [
            (
                where,
                *_event(each.event, aggregate.columns, types),
                *([f"read at {instant(each.event.read_at)}"] if by_arrival else []),
                _gives(each, aggregate.aggregate, is_held=not where),
            )
            for where, each in shown
        ]
        yield from _aligned(lines)

    def _more(self, count: int) -> Iterator[str]:
        if self._most is not None and count > self._most:
            yield f"  … {count - self._most:,} earlier ones, which --all shows"

    def _refusals(self, refused: Sequence[Refusal], unreadable: Mapping[str, int], whose: str) -> Iterator[str]:
        if refused:
            yield ""
            yield f"{_counted(len(refused), 'event')} {whose}that {'was' if len(refused) == 1 else 'were'} refused"
            yield from self._more(len(refused))
            yield from _aligned(
                [(each.code, place(each.event), instant(each.event.time), each.text) for each in self._last(refused)]
            )
        if unreadable:
            yield ""
            codes = ", ".join(f"{count:,} {code}" for code, count in sorted(unreadable.items()))
            yield f"of rejected records it is not known whose they are: {codes}"

    def _stream(self, found: ExplainedStream) -> Iterator[str]:
        types = self._types[found.stream.source]
        if found.earlier:
            yield f"… {_counted(found.earlier, 'earlier row')}, which --all shows"
            yield ""
        for number, row in enumerate(found.rows):
            if number:
                yield ""
            yield f"{found.stream.name} at {instant(row.event.time)}, _event {row.name}"
            yield f"the event {place(row.event)}"
            yield from self._row(found.stream, row, types)
        if not found.rows:
            yield f"{found.stream.name}: no row"
        yield from self._refusals(found.refused, found.unreadable, "")

    def _row(self, stream: ir.Stream, row: ExplainedRow, types: Mapping[str, str]) -> Iterator[str]:
        condition = {"where": stream.where, "found": stream.where_found, None: None}[row.dropped_by]
        if condition is not None:
            yield f"it has no row, because this is not true: {expression(condition, _looked_up(stream))}"
            read = _columns(condition)
            if read:
                yield "  " + ", ".join(f"{name}={text_of(row.event.columns[name], types[name])}" for name in read)
        lines = [
            (value.name, f"= {text_of(result, value.type)}", expression(value.expression, _looked_up(stream)))
            for value, result in row.values
        ]
        yield from _aligned(lines)
        for what in row.lookups:
            yield ""
            yield "looked up:"
            lines_of = self._table(what) if isinstance(what, ExplainedTable) else self._features(what)
            yield from (f"  {line}".rstrip() for line in lines_of)

    def _table(self, found: ExplainedTable) -> Iterator[str]:
        before = ", of the time before" if found.before else ""
        yield f"{found.table.name} of {self.keys(found.table, found.keys)}{before}"
        if found.counts is None:
            yield "no row counts"
        elif found.counts.is_deletion:
            yield f"no row counts: `{found.table.deleted}` is true in the newest"
        types = self._types[found.table.name]
        shown = (("older", found.older), ("counts", found.counts), ("newer", found.newer))
        yield from _aligned(
            [(where, *_table_row(row, found.columns, types)) for where, row in shown if row is not None]
        )

    # --- for programs -------------------------------------------------------------------------------------------

    def _features_in_json(self, found: ExplainedFeatures) -> dict[str, Any]:
        types = self._types[found.block.source]
        numbers = {index: number for number, index in enumerate(found.aggregates, 1)}
        return {
            "features": found.block.name,
            "key": _in_json(dict(zip(found.block.key, found.keys, strict=True)), types),
            "at": instant(found.time),
            "before": found.before,
            "row": None if found.row is None else {**_position(found.row), "tie": found.tie},
            "events": found.events,
            "applied": found.applied,
            "values": [
                {
                    "name": value.name,
                    "type": value.type,
                    "value": in_json(result, value.type),
                    "expression": _expression(found.block, value.expression, numbers),
                }
                for value, result in found.values
            ],
            "aggregates": [
                {"number": numbers[index], **self._aggregate_in_json(aggregate, types)}
                for index, aggregate in found.aggregates.items()
            ],
            "not_taken": [_position(each) for each in self._last(found.not_taken)],
            **self._refused_in_json(found.refused, found.unreadable),
        }

    def _aggregate_in_json(self, found: ExplainedAggregate, types: Mapping[str, str]) -> dict[str, Any]:
        aggregate = found.aggregate

        def contribution(each: Contribution | None) -> dict[str, Any] | None:
            if each is None:
                return None
            return {
                **_position(each.event),
                "columns": _in_json({name: each.event.columns[name] for name in found.columns}, types),
                "fate": each.fate,
                "gives": in_json(each.gives, _argument_type(aggregate)),
            }

        return {
            "function": aggregate.function,
            "argument": expression(aggregate.arguments[0]) if aggregate.arguments else None,
            "bound": aggregate.bound,
            "where": None if aggregate.where is None else expression(aggregate.where),
            "window": window(aggregate.window),
            "oldest": None if found.oldest is None else instant(found.oldest),
            "newest": instant(found.newest),
            "value": in_json(found.value, aggregate.type),
            "reason": found.reason,
            "holds": len(found.held),
            "events": [contribution(each) for each in self._last(found.held)],
            "before": contribution(found.before),
            "after": contribution(found.after),
        }

    def _refused_in_json(self, refused: Sequence[Refusal], unreadable: Mapping[str, int]) -> dict[str, Any]:
        return {
            "refused": [
                {**_position(each.event), "code": each.code, "text": each.text} for each in self._last(refused)
            ],
            "unreadable": dict(sorted(unreadable.items())),
        }

    def _stream_in_json(self, found: ExplainedStream) -> dict[str, Any]:
        return {
            "stream": found.stream.name,
            "earlier": found.earlier,
            "rows": [
                {
                    **_position(row.event),
                    "event": row.name,
                    "dropped_by": row.dropped_by,
                    "values": {value.name: in_json(result, value.type) for value, result in row.values},
                    "lookups": [
                        self._table_in_json(what) if isinstance(what, ExplainedTable) else self._features_in_json(what)
                        for what in row.lookups
                    ],
                }
                for row in found.rows
            ],
            **self._refused_in_json(found.refused, found.unreadable),
        }

    def _table_in_json(self, found: ExplainedTable) -> dict[str, Any]:
        types = self._types[found.table.name]

        def row(given: TableRow | None) -> dict[str, Any] | None:
            if given is None:
                return None
            return {
                "path": given.path,
                "record": given.record,
                "counts_from": _instant_or_none(given.counts_from),
                "time": _instant_or_none(given.time),
                "known": _instant_or_none(given.known),
                "is_deletion": given.is_deletion,
                "columns": _in_json({name: given.columns[name] for name in found.columns}, types),
            }

        return {
            "table": found.table.name,
            "before": found.before,
            "key": _in_json(dict(zip(found.table.key, found.keys, strict=True)), types),
            "counts": row(found.counts),
            "older": row(found.older),
            "newer": row(found.newer),
        }


# --- parts ----------------------------------------------------------------------------------------------------------


def instant(microseconds: int) -> str:
    """A time, as in `2024-03-01T12:00:00Z`; outside of the calendar, where edges of long windows lie, as a number."""
    try:
        moment = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return f"{microseconds}us"
    text = moment.isoformat(timespec="microseconds" if microseconds % 1_000_000 else "seconds")
    return text.replace("+00:00", "Z")


def day(days: int) -> str:
    """A date; outside of the calendar as a number."""
    try:
        return (_EPOCH + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return f"{days}d"


def place(event: Happened | TableRow) -> str:
    """File and record, the file from this folder on where it is in it."""
    relative = os.path.relpath(event.path)
    path = event.path if relative.startswith("..") else relative
    return f"{path if path.isprintable() else repr(path)}:{event.record}"


def aggregate_text(aggregate: ir.Aggregate) -> str:
    """As in `count(page_id) where (action == "view") over exact(1h)`."""
    bound = () if aggregate.bound is None else (f"bound={aggregate.bound}",)
    arguments = ", ".join((*map(expression, aggregate.arguments), *bound))
    where = "" if aggregate.where is None else f" where {expression(aggregate.where)}"
    return f"{aggregate.function}({arguments}){where} over {window(aggregate.window)}"


def text_of(value: Any, kind: str) -> str:
    """A value as a cell of a test is written; but one may be outside of the calendar."""
    if value is not None and is_structured(kind):
        text = json.dumps(in_json(value, kind), ensure_ascii=False)
        return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
    if value is not None and kind == "timestamp":
        return instant(value)
    if value is not None and kind == "date":
        return day(value)
    return written(value, kind)


def in_json(value: Any, kind: str) -> Any:
    """A value as JSON has it: instants, dates, durations, decimals and bytes as texts."""
    return as_json(
        value, kind, lambda each, type_: each if type_ in {"bool", "int", "float", "string"} else text_of(each, type_)
    )


def _in_json(values: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    return {name: in_json(value, types[name]) for name, value in values.items()}


def _instant_or_none(microseconds: int | None) -> str | None:
    return None if microseconds is None else instant(microseconds)


def _position(event: Happened) -> dict[str, Any]:
    return {
        "path": event.path,
        "record": event.record,
        "time": instant(event.time),
        **({} if event.read_at == event.time else {"read_at": instant(event.read_at)}),
    }


def _expression(block: ir.Features, given: ir.Expression, numbers: Mapping[int, int]) -> str:
    """A value's expression, its aggregates by number, and other values by name."""

    def named(each: ir.Leaf) -> str:
        match each:
            case ir.AggregateValue():
                return f"#{numbers[each.index]}"
            case ir.NamedValue():
                return block.values[each.index].name
            case _:
                return leaf(each)

    return expression(given, named)


def _looked_up(stream: ir.Stream) -> Callable[[ir.Leaf], str]:
    def named(each: ir.Leaf) -> str:
        if not isinstance(each, ir.LookedUp):
            return leaf(each)
        lookup = stream.lookups[each.lookup]
        return f"{lookup.target}{' before' if lookup.before else ''}.{each.name}"

    return named


def _edges(aggregate: ExplainedAggregate, newest: str) -> str:
    """What times the window holds; `newest` says where it ends."""
    given, oldest = aggregate.aggregate.window, aggregate.oldest
    match given:
        case ir.Sliding(width=width, step=step) if oldest is not None:
            return f"from {instant(oldest)} ({duration(width)} back, down to a step of {duration(step)}) {newest}"
        case ir.Exact(width=width):
            return f"after {instant(aggregate.newest - width)} {newest}"
        case ir.Forever(ttl=ttl) if ttl is not None:
            if oldest is None:
                return f"silent for {duration(ttl)} or longer"
            return f"since the last silence of {duration(ttl)}, from {instant(oldest)} {newest}"
        case _:
            return f"all {newest}"


def _columns(given: ir.Expression) -> list[str]:
    from featlang.compiler.plan import leaves_of  # noqa: PLC0415 - not needed to start

    return list(dict.fromkeys(each.name for each in leaves_of(given) if isinstance(each, ir.ColumnValue)))


def _event(event: Happened, columns: Sequence[str], types: Mapping[str, str]) -> tuple[str, ...]:
    read = (f"{name}={text_of(event.columns[name], types[name])}" for name in columns)
    return place(event), instant(event.time), *read


def _gives(each: Contribution, aggregate: ir.Aggregate, *, is_held: bool) -> str:
    """What an event gives to an aggregate; what is just outside its window would give it."""
    if each.fate != "counts":
        return _FATES[each.fate]
    if not aggregate.arguments:
        return "counts" if is_held else "would count"
    return f"{'gives' if is_held else 'would give'} {text_of(each.gives, _argument_type(aggregate))}"


def _argument_type(aggregate: ir.Aggregate) -> str:
    return aggregate.arguments[0].type if aggregate.arguments else "bool"


def _table_row(row: TableRow, columns: Sequence[str], types: Mapping[str, str]) -> tuple[str, ...]:
    since = "from the beginning" if row.counts_from is None else f"from {instant(row.counts_from)}"
    why = [f"{name} {instant(each)}" for name, each in (("time", row.time), ("known", row.known)) if each is not None]
    read = (f"{name}={text_of(row.columns[name], types[name])}" for name in columns)
    return place(row), since, ", ".join(why), *read


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()
