"""Runs tests, compares what they expect with what comes out, and says where the two differ."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from featlang.backends.reference import Input, InputError, Memory, ReferenceResult, run_reference
from featlang.compiler import ir
from featlang.compiler.structures import Structure, structure
from featlang.run_report import Engine
from featlang.stdlib.aggregates.decimal_values import decimal_value
from featlang.testing import tables
from featlang.testing.cases import Case, Table

NOW = 253_402_300_799_000_000
"""The clock of tests, so far ahead that nothing is from the future: 9999-12-31."""

FILLED: Mapping[str, Any] = {"bool": False, "int": 0, "float": 0.0, "string": "", "date": 0, "bytes": b""}
"""What a column holds that a test does not give, and that may not be null."""


@dataclass
class Outcome:
    """What became of one test on one engine: nothing to say, or why it failed."""

    case: Case
    engine: Engine
    problems: list[str] = field(default_factory=list)
    found: dict[str, tuple[list[str], list[list[str]]]] = field(default_factory=dict)
    """By `expect` or `at` and block, as in `expect user_engagement`: the table that came out, where it is another."""

    @property
    def passed(self) -> bool:
        """Whether all is as it was expected."""
        return not self.problems


def run(program: ir.Program, case: Case, engine: Engine) -> Outcome:
    """Run a test. On an engine only `expect` is compared: values at any time are the reference's alone."""
    outcome = Outcome(case, engine)
    try:
        inputs = {source.name: _input(program, source, case) for source in _sources(program, case)}
        asked = {name: list(_moments(program, case, name)) for name in case.at} if engine == "reference" else {}
        blocks = [each.name for each in program.outputs if each.name in {*case.expect, *asked}]
        if engine == "reference":
            result = run_reference(program, blocks, inputs, NOW, values_wanted=asked)
            rows = _rows_of(program, result)
        else:
            result, rows = None, _engine_rows(program, blocks, inputs, engine)
        for name in case.expect:
            _compare(program, case, name, rows[name], outcome)
        for name, moments in asked.items():
            values = result.features[name].values_at if result is not None else {}
            found = [[*keys, time, *values[keys, time].values()] for keys, time in moments]
            _compare_at(program, case, name, found, outcome)
        if result is not None:
            _check_rejects(result, outcome)
    except tables.CellError as error:
        outcome.problems.append(str(error))
    except InputError as error:
        outcome.problems.append(f"the given rows cannot be read: {error}")
    return outcome


# --- what is given


def _sources(program: ir.Program, case: Case) -> list[ir.Source]:
    """The sources and tables that are read for what is expected."""
    read = program.read_by({*case.expect, *case.at})
    return [source for source in program.inputs if source.name in read]


def _input(program: ir.Program, source: ir.Source, case: Case) -> Input:
    """The given rows as the records of a file in JSON lines."""
    table = case.given.get(source.name)
    lines = []
    for number, row in enumerate(table.rows if table is not None else ()):
        record = {}
        for column in source.columns:
            if column.name in row:
                found = _value(
                    case, row[column.name], column.type, f"given {source.name}, row {number + 1}, `{column.name}`"
                )
            elif column.nullable:
                found = None
            elif column.name in source.ties or column.name == source.order:
                found = f"{number:09}" if column.type == "string" else number
            else:
                found = _filled(column.type)
            record[column.name] = tables.as_json(column, found)
        lines.append(json.dumps(record, ensure_ascii=False))
    role: Literal["stream", "history"] = "history" if source.name in {t.name for t in program.tables} else "stream"
    return Input("jsonl", (Memory("given.jsonl", "".join(f"{line}\n" for line in lines).encode()),), role=role)


def _filled(kind: ir.TypeName) -> Any:
    """What fills a column of a type that is not given: nothing, in a list or map; a struct's fields are filled."""
    match structure(kind):
        case Structure("list" | "map"):
            return ()
        case Structure("struct", parts):
            return tuple(None if part.nullable else _filled(part.type) for part in parts)
        case Structure("decimal", (), _, scale):
            return decimal_value(0, scale)
        case _:
            return FILLED.get(kind, 0)


def _value(case: Case, cell: tables.Cell, kind: ir.TypeName, where: str, *, near: bool = False) -> Any:
    try:
        return tables.value(case.text(cell), kind, near=near)
    except tables.CellError as error:
        raise tables.CellError(f"{where}: {error}") from error


def _moments(program: ir.Program, case: Case, name: str) -> Iterator[tuple[tuple[Any, ...], int]]:
    """The keys and times of the rows of `at`."""
    block = _block(program, name)
    types = {column.name: column.type for column in program.source(block.source).columns}
    for number, row in enumerate(case.at[name].rows):
        missing = [key for key in (*block.key, "at") if key not in row]
        if missing:
            raise tables.CellError(f"at {name}, row {number + 1}: there is no `{missing[0]}`, which says what is asked")
        where = f"at {name}, row {number + 1}"
        keys = tuple(_value(case, row[key], types[key], f"{where}, `{key}`") for key in block.key)
        yield keys, _value(case, row["at"], "timestamp", f"{where}, `at`")


# --- what comes out


def _rows_of(program: ir.Program, result: ReferenceResult) -> dict[str, list[list[Any]]]:
    """The rows of each block (keys, time, tie, features) and stream (time, event, columns), in the order of time."""
    rows = {
        name: [[*row.keys, row.time, row.tie, *row.values.values()] for row in found.rows]
        for name, found in result.features.items()
    }
    rows |= {
        name: [[row.time, row.event, *row.values.values()] for row in found.rows]
        for name, found in result.streams.items()
    }
    return {name: _sorted(found, _output(program, name)) for name, found in rows.items()}


def _engine_rows(
    program: ir.Program, blocks: Sequence[str], inputs: Mapping[str, Input], engine: Engine
) -> dict[str, list[list[Any]]]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only engines write files

    from featlang.backends.reference.to_table import plain  # noqa: PLC0415
    from featlang.request import Request  # noqa: PLC0415
    from featlang.runner import run as run_request  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="featlang-test-") as scratch:
        folder = Path(scratch)
        files = {}
        for name, given in inputs.items():
            file = folder / f"{name}.jsonl"
            file.write_bytes(b"".join(part.data for part in given.files if isinstance(part, Memory)))
            files[name] = Input("jsonl", (file,), role=given.role)
        request = Request(program, tuple(blocks), files, folder / "out", folder / "build", NOW)
        run_request(request, engine)
        found = {}
        for name in blocks:
            table = pq.read_table(request.out / name)
            found[name] = _sorted(
                [list(row) for row in zip(*map(plain, table.columns), strict=True)], _output(program, name)
            )
    return found


def _sorted(rows: list[list[Any]], output: ir.Features | ir.Stream) -> list[list[Any]]:
    """In the order of time, then of keys and tie; those of a stream by its columns."""
    if isinstance(output, ir.Stream):
        return sorted(rows, key=lambda row: (row[0], [repr(value) for value in row[2:]]))
    keys = len(output.key)
    return sorted(rows, key=lambda row: (row[keys], [repr(key) for key in row[:keys]], row[keys + 1]))


# --- comparing


def _compare(program: ir.Program, case: Case, name: str, rows: list[list[Any]], outcome: Outcome) -> None:
    """The rows of a block with those that are expected, in the columns that the test names."""
    _difference(case, "expect", name, case.expect[name], columns_of(program, "expect", name), rows, outcome)


def _compare_at(program: ir.Program, case: Case, name: str, rows: list[list[Any]], outcome: Outcome) -> None:
    _difference(case, "at", name, case.at[name], columns_of(program, "at", name), rows, outcome)


def _difference(
    case: Case,
    part: str,
    name: str,
    table: Table,
    types: Mapping[str, ir.TypeName],
    rows: list[list[Any]],
    outcome: Outcome,
) -> None:
    """Say where the rows of a table differ from those found."""
    columns = list(table.columns) or list(types)
    places = [list(types).index(column) for column in columns]
    found = [[row[place] for place in places] for row in rows]
    outcome.found[f"{part} {name}"] = (
        columns,
        [[tables.written(value, types[c]) for value, c in zip(row, columns, strict=True)] for row in found],
    )
    expected: list[list[str]] = []
    nears: dict[str, list[tables.Near]] = {column: [] for column in columns}
    for number, row in enumerate(table.rows):
        line = []
        for column in columns:
            where = f"{part} {name}, row {number + 1}, `{column}`"
            wanted = _value(case, row[column], types[column], where, near=True) if column in row else UNASKED
            if isinstance(wanted, tables.Near):
                nears[column].append(wanted)
            line.append(_text(wanted, types[column]))
        expected.append(line)
    texts = [
        [
            next((_text(near, types[c]) for near in nears[c] if near.met_by(value)), tables.written(value, types[c]))
            for value, c in zip(row, columns, strict=True)
        ]
        for row in found
    ]
    for line, row_of in zip(texts, expected, strict=False):
        line[:] = [cell if wanted else "" for cell, wanted in zip(line, row_of, strict=True)]
    if texts == expected:
        del outcome.found[f"{part} {name}"]
    else:
        outcome.problems += _shown(f"{part} {name}", columns, expected, texts)


UNASKED = object()
"""What a row of `expect` says of a column that another row names, and it does not."""


def _text(wanted: Any, kind: ir.TypeName) -> str:
    if wanted is UNASKED:
        return ""
    return f"~{wanted.text}" if isinstance(wanted, tables.Near) else tables.written(wanted, kind)


def _shown(title: str, columns: Sequence[str], expected: list[list[str]], found: list[list[str]]) -> list[str]:
    """The two tables as one: `-` before what was expected, `+` before what was found, with the columns that differ."""
    aligned = tables.table(columns, [*expected, *found])
    header, before, after = aligned[0], aligned[1 : 1 + len(expected)], aligned[1 + len(expected) :]
    lines = [f"{title}: `-` was expected, `+` was found", f"    {header}"]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [f"    {line}" for line in before[i1:i2]]
            continue
        lines += [f"  - {line}" for line in before[i1:i2]]
        for number, line in enumerate(after[j1:j2]):
            lines.append(f"  + {line}")
            if i1 + number < i2:
                differing = [
                    column
                    for column, one, other in zip(columns, expected[i1 + number], found[j1 + number], strict=True)
                    if one != other
                ]
                lines[-1] += f"   <- {', '.join(differing)}"
    return lines


def _check_rejects(result: ReferenceResult, outcome: Outcome) -> None:
    """Rows that were given and refused are not what a test is about, unless it fails for them: then they are told."""
    if outcome.passed:
        return
    for name, source in result.sources.items():
        for refused in (*source.rejects, *source.late, *source.quarantined):
            outcome.problems.append(f"given {name}, row {refused.record} was refused: {refused.code}, {refused.text}")


def columns_of(program: ir.Program, part: str, name: str) -> dict[str, ir.TypeName]:
    """The columns of a table of `expect` or `at`, and their types: a block's rows, or its values at a time."""
    output = _output(program, name)
    types = _columns(program, output)
    if part == "expect":
        return types
    time = program.time_of(output)
    return {("at" if column == time else column): kind for column, kind in types.items() if column != "_tie"}


def _columns(program: ir.Program, output: ir.Features | ir.Stream) -> dict[str, ir.TypeName]:
    """The columns of the rows of a block or a stream, and their types."""
    source = program.source(output.source)
    types = {column.name: column.type for column in source.columns}
    names: dict[str, ir.TypeName] = {program.time_of(output): "timestamp", "_event": "string"}
    if isinstance(output, ir.Features):
        names = {**{key: types[key] for key in output.key}, source.time: "timestamp", "_tie": "int"}
    return {**names, **{value.name: value.type for value in output.values if value.written}}


def _output(program: ir.Program, name: str) -> ir.Features | ir.Stream:
    return next(each for each in program.outputs if each.name == name)


def _block(program: ir.Program, name: str) -> ir.Features:
    return next(block for block in program.features if block.name == name)
