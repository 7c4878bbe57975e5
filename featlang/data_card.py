"""The card of a training set: what it holds, what that was made of, and what is missing in it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from featlang.compiler import ir
from featlang.dataset_program import Made, Target
from featlang.run_report import RunReport
from featlang.spine import Spine

if TYPE_CHECKING:
    from featlang.dataset import Named

IN_WORDS = ("doc", "origin", "sinks", "annotations", "stream", "history")
"""What of a definition changes no value: what is said of it, where it stands, where it is read and written to."""


def card_of(  # noqa: PLR0913 - all that a card tells of
    table: pa.Table,
    spine: Spine,
    targets: Sequence[Target],
    made: Made,
    report: RunReport,
    *,
    time: str,
    keys: Mapping[str, Mapping[str, str]],
    values: Mapping[str, Named],
    refused: Mapping[int, tuple[str, str]],
) -> dict[str, Any]:
    """The card, as JSON has it. `keys` are the spine's columns by target and key, `values` what was looked up."""
    key_columns = list(dict.fromkeys(column for of in keys.values() for column in of.values()))
    instants = pc.min_max(table.column(time)).as_py()
    inputs = {each.name for each in made.program.inputs} - {made.source}
    timeless = sorted(each.name for each in made.program.tables if not each.source.time)
    return {
        "rows": table.num_rows,
        "time": {"column": time, "first": _plain(instants["min"]), "last": _plain(instants["max"])},
        "columns": [
            _column(table, name, "time" if name == time else "key" if name in key_columns else "carried")
            if name not in values
            else {**_column(table, name, "value"), "of": values[name].target.name, "reads": values[name].reading}
            for name in table.column_names
        ],
        "names": {
            target.name: {
                "kind": target.kind,
                "definition": definition(made.program, target.name),
                "on": keys[target.name],
            }
            for target in targets
        },
        "spine": {
            "path": spine.path,
            "rows": spine.table.num_rows,
            "refused": dict(sorted(Counter(code for code, _ in refused.values()).items())),
            "null_keys": {name: table.column(name).null_count for name in key_columns},
        },
        "timeless": timeless,
        "sources": {name: asdict(read) for name, read in sorted(report.sources.items()) if name in inputs},
        "engine": report.engine,
        "featlang": version("featlang"),
        "semantics": ir.SEMANTICS_VERSION,
    }


def definition(program: ir.Program, name: str) -> str:
    """The SHA-256 of what a block (with all that it reads) or a table means: equal as long as its values are."""
    needed = {name, *program.needed_by([name])}
    found: list[ir.Node] = [block for block in program.features if block.name == name]
    found += [source for source in program.sources if source.name in needed]
    found += [block for block in program.features if block.name in needed - {name}]
    found += [stream for stream in program.streams if stream.name in needed]
    found += [table for table in program.tables if table.name in needed]
    text = json.dumps(
        [ir.SEMANTICS_VERSION, *(_meaning(each.model_dump(mode="json")) for each in found)], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _meaning(node: Any) -> Any:
    """A definition without what changes no value."""
    if isinstance(node, dict):
        said = {name: value for name, value in node.items() if name != "bound" or value is not None}
        return {name: _meaning(value) for name, value in said.items() if name not in IN_WORDS}
    return [_meaning(each) for each in node] if isinstance(node, list) else node


def _column(table: pa.Table, name: str, role: str) -> dict[str, Any]:
    column = table.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    found = {"name": name, "role": role, "type": str(kind), "nulls": column.null_count}
    if _is_ordered(kind):
        ends = pc.min_max(column.cast(kind)).as_py()
        return {**found, "min": _plain(ends["min"]), "max": _plain(ends["max"])}
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        return found
    return {**found, "distinct": pc.count_distinct(column.cast(kind)).as_py()}


def _is_ordered(kind: pa.DataType) -> bool:
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return bool(is_number or pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal) or (isinstance(value, float) and value - value != 0):
        return str(value)
    return value


def lines(card: Mapping[str, Any]) -> Iterator[str]:
    """A short print of a card."""
    spine, time = card["spine"], card["time"]
    counts = Counter(column["role"] for column in card["columns"])
    roles = ", ".join(f"{counts[role]} {role}" for role in ("key", "time", "carried", "value") if counts[role])
    yield f"{card['rows']:,} rows, {len(card['columns'])} columns ({roles})"
    yield f"{time['column']} from {time['first']} to {time['last']}"
    for name, of in card["names"].items():
        values = [column for column in card["columns"] if column.get("of") == name]
        nulls = sum(column["nulls"] for column in values)
        share = nulls / (card["rows"] * len(values)) if values else 0.0
        yield f"{name}: {len(values)} columns, {share:.1%} null, definition {of['definition'][:12]}"
    for name, count in spine["null_keys"].items():
        if count:
            yield f"{name} is null in {count:,} rows, which have the features of no event"
    for name in card["timeless"]:
        yield f"{name} has no time: each row has what it says today, also what was not known then"
