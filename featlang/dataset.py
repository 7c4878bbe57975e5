"""Training sets: each row of a spine with what features and tables had for its keys before its time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from featlang.backends.reference.records import Input
from featlang.backends.reference.to_table import arrow_type
from featlang.compiler import ir
from featlang.compiler.report import did_you_mean, listed
from featlang.data_card import card_of
from featlang.dataset_program import ROW, TIME, Lookup, Made, Target, program_of
from featlang.project import Project
from featlang.request import Progress, Request
from featlang.run_inputs import inputs_of, state_of
from featlang.run_report import Engine, RunReport
from featlang.runner import run
from featlang.spine import Spine, SpineError, Unit, as_key, as_time, carried, time_of

METADATA = b"featlang"
"""Under this key the schema of a training set holds its card, as JSON."""

Refusals = dict[int, tuple[str, str]]
"""Why rows of the spine are refused: code and text by row."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the columns of the time and, by key (or `NAME.key`), of keys, where they are not named alike.

    `unit` says what a time counts that is a number. `prefix` puts `NAME_` before the columns also of one name, `pii`
    lets personal values in. `now` is the clock of the run. `excluding` gives what is read without what was refused
    before.
    """

    engine: Engine
    now: int
    time: str | None = None
    on: Mapping[str, str] = field(default_factory=dict)
    unit: Unit | None = None
    environment: str | None = None
    prefix: bool = False
    pii: bool = False
    excluding: Callable[[Mapping[str, Input]], Mapping[str, Input]] = lambda inputs: inputs


@dataclass(frozen=True)
class Dataset:
    """A training set, what is to be known of it, and the rows of the spine that have no place in it, with why."""

    table: pa.Table
    card: Mapping[str, Any]
    refused: pa.Table


@dataclass(frozen=True)
class _Keys:
    """The columns of the spine that keys are read from.

    `of` has the spine's column for each key of each target, `named` the source's for it: one for each column and type.
    """

    of: Mapping[str, Mapping[str, str]]
    named: Mapping[tuple[str, ir.TypeName], str]
    values: Mapping[str, pa.ChunkedArray]
    refused: Refusals


def build(
    project: Project,
    spine: Spine,
    targets: Sequence[Target],
    wanted: Wanted,
    folder: Path,
    progress: Progress = lambda _: None,
) -> Dataset:
    """Make a training set with a run in a folder. Raises `SpineError` for what is wrong with the spine.

    Raises like `runner.run` besides, and `FeatError` where data of the project is missing.
    """
    keys = _keys(spine, targets, wanted.on)
    time = time_of(spine, wanted.time, {column for of in keys.of.values() for column in of.values()})
    instants = as_time(spine, time, wanted.unit)
    names = _value_names(spine, targets, wanted)
    refused = {**keys.refused, **instants.refused}
    file = folder / "spine.parquet"
    rows = _write(file, instants.values, keys, refused)
    made = program_of(project, _types(keys), _lookups(targets, keys, names), file, pii=wanted.pii)
    report, out = _run(made, wanted, folder, progress)
    for row, code, text in _engine_refusals(out / "_rejects" / made.source, rows):
        refused[row] = code, text.replace(f"`{TIME}`", f"`{time}`")
    found = pq.read_table(out / made.stream).drop_columns([TIME, "_event"]).sort_by(ROW)
    if not found.num_rows:
        first = refused[min(refused)]
        message = f"every row of {spine.path} is refused, the first because its {first[1]}"
        raise SpineError(message)
    if found.num_rows + len(refused) != spine.table.num_rows:
        message = f"{spine.table.num_rows} rows of the spine became {found.num_rows}, and {len(refused)} were refused"
        raise AssertionError(message)
    carried_columns = _spine_columns(spine, time, keys, instants.values)
    table = carried_columns.take(found.column(ROW))
    for name in names:
        table = table.append_column(name, found.column(names[name].column))
    card = card_of(table, spine, targets, made, report, time=time, keys=keys.of, values=names, refused=refused)
    metadata = {**(table.schema.metadata or {}), METADATA: json.dumps(card, ensure_ascii=False).encode()}
    return Dataset(table.replace_schema_metadata(metadata), card, _refused_table(spine, refused))


@dataclass(frozen=True)
class Named:
    """A column of the training set: what of which target it holds, and its name in the stream."""

    target: Target
    reading: str
    column: str


def _keys(spine: Spine, targets: Sequence[Target], on: Mapping[str, str]) -> _Keys:
    """Find and read the columns of the keys. A key that cannot be read is refused, one that is null finds nothing."""
    known = {key: None for target in targets for name in target.key for key in (name, f"{target.name}.{name}")}
    for key in on:
        if key not in known:
            keys = list(dict.fromkeys(name for target in targets for name in target.key))
            message = f"there is no key `{key}`; {did_you_mean(key, keys, 'the keys')}"
            raise SpineError(message)
    of: dict[str, dict[str, str]] = {}
    named: dict[tuple[str, ir.TypeName], str] = {}
    values: dict[str, pa.ChunkedArray] = {}
    refused: Refusals = {}
    for target in targets:
        of[target.name] = {}
        for key, kind in target.key.items():
            column = on.get(f"{target.name}.{key}") or on.get(key) or key
            if column not in spine.table.column_names and key not in on and f"{target.name}.{key}" not in on:
                message = (
                    f"{spine.path} has no column `{key}`, by which `{target.name}` is looked up; name the column that "
                    f"holds it, as in --on {key}=COLUMN; its columns are {listed(spine.table.column_names)}"
                )
                raise SpineError(message)
            of[target.name][key] = column
            if (column, kind) not in named:
                read = as_key(spine, column, key, target.name, kind)
                name = named[column, kind] = f"key_{len(named)}"
                values[name] = read.values
                refused = {**read.refused, **refused}
    return _Keys(of, named, values, refused)


def _value_names(spine: Spine, targets: Sequence[Target], wanted: Wanted) -> dict[str, Named]:
    """The columns that are looked up, by their names in the training set. Raises `SpineError` where two are alike."""
    several = len(targets) > 1
    found: dict[str, Named] = {}
    for target in targets:
        personal = [value.column for value in target.values if value.pii]
        if personal and not wanted.pii:
            message = (
                f"`{target.name}` tells something of a person: {listed(personal)}; add --pii to write it all the same"
            )
            raise SpineError(message)
        for value in target.values:
            name = f"{target.name}_{value.column}" if several or wanted.prefix else value.column
            if name in spine.table.column_names:
                way = "" if several or wanted.prefix else f", or add --prefix, which makes it `{target.name}_{name}`"
                message = f"`{name}` of `{target.name}` is a column of {spine.path} too; rename that one{way}"
                raise SpineError(message)
            if name in found:
                message = f"`{found[name].target.name}` and `{target.name}` both give `{name}`; make two training sets"
                raise SpineError(message)
            found[name] = Named(target, value.reading, f"value_{len(found)}")
    return found


def _lookups(targets: Sequence[Target], keys: _Keys, names: Mapping[str, Named]) -> list[Lookup]:
    return [
        Lookup(
            target,
            {key: keys.named[keys.of[target.name][key], kind] for key, kind in target.key.items()},
            tuple(each.column for each in names.values() if each.target is target),
        )
        for target in targets
    ]


def _types(keys: _Keys) -> dict[str, ir.TypeName]:
    return {name: kind for (_, kind), name in keys.named.items()}


def _write(file: Path, instants: pa.ChunkedArray, keys: _Keys, refused: Refusals) -> list[int]:
    """Write what of the spine is looked up by, in the order of time: so a stream of it has nothing late.

    Gives which of the spine's rows each is.
    """
    table = pa.table({ROW: pa.array(range(len(instants)), pa.int64()), TIME: instants, **keys.values})
    kinds = {name: arrow_type(kind) for name, kind in _types(keys).items() if kind != "timestamp"}
    for place, column in enumerate(table.column_names):
        if pa.types.is_null(table.column(column).type):  # a column of nothing has no type of its own
            kind = kinds.get(column, pa.timestamp("us"))
            table = table.set_column(place, column, table.column(column).cast(kind))
    kept = pc.invert(pc.is_in(table.column(ROW), pa.array(list(refused), pa.int64())))
    table = table.filter(kept).sort_by([(TIME, "ascending"), (ROW, "ascending")])
    pq.write_table(table, file)
    rows: list[int] = table.column(ROW).to_pylist()
    return rows


def _run(made: Made, wanted: Wanted, folder: Path, progress: Progress) -> tuple[RunReport, Path]:
    inputs = inputs_of(made.project, made.program, [made.stream], wanted.environment, wanted.engine)
    spine = inputs.pop(made.source)
    request = Request(
        program=made.program,
        features=(made.stream,),
        inputs={**wanted.excluding(inputs), made.source: spine},
        out=folder / "out",
        build=folder / "build",
        now=wanted.now,
        state=state_of(made.project, wanted.environment),
    )
    return run(request, wanted.engine, progress), request.out


def _engine_refusals(folder: Path, rows: Sequence[int]) -> list[tuple[int, str, str]]:
    """What the engine refused of the spine, as a time of null: row of the spine, code and text."""
    rejects = pq.read_table(folder, columns=["record", "code", "text"])
    found = zip(*(column.to_pylist() for column in rejects.columns), strict=True)
    return [(rows[record - 1], code, text) for record, code, text in found]


def _spine_columns(spine: Spine, time: str, keys: _Keys, instants: pa.ChunkedArray) -> pa.Table:
    """The spine as the training set has it: what was read as a time or a key from texts, numbers or days is that."""
    read = {column: keys.values[name] for (column, _), name in reversed([*keys.named.items()])} | {time: instants}
    table = spine.table
    for place, name in enumerate(table.column_names):
        kind = spine.column(name).type
        was_read = pa.types.is_string(kind) or (name == time and not pa.types.is_timestamp(kind))
        column = read[name] if name in read and was_read else carried(spine, name)
        table = table.set_column(place, name, column)
    return table


def _refused_table(spine: Spine, refused: Refusals) -> pa.Table:
    rows = sorted(refused)
    table = spine.table.take(pa.array(rows, pa.int64()))
    for name, values in (
        ("_row", pa.array([row + 1 for row in rows], pa.int64())),
        ("_code", pa.array([refused[row][0] for row in rows], pa.string())),
        ("_text", pa.array([refused[row][1] for row in rows], pa.string())),
    ):
        table = table.append_column(name, values)
    return table
