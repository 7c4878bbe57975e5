"""The program of a training set: the project's files and, as `.feat` text, the spine's source and a stream from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from featlang.compiler import ir, typed
from featlang.compiler.compile import compile_parsed
from featlang.compiler.report import did_you_mean
from featlang.dsl.modules import module_of, parse_file
from featlang.dsl.parse import Parsed
from featlang.dsl.words import KEYWORDS
from featlang.files import FILE
from featlang.project import Project
from featlang.run_error import RunError

ROW, TIME = "spine_row", "spine_time"
"""Columns of the source that the spine is: which of its rows, and when. No name of the spine's own is in the text."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnknownNameError(KeyError):
    """A name that is no `features` block and no table; the message says what was meant."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is looked up of a block or a table: its column, how it is read there, its type, whether it is personal."""

    column: str
    reading: str
    type: ir.TypeName
    pii: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A `features` block or a table that a training set takes values of; `key` holds its columns' types."""

    name: str
    kind: str
    key: Mapping[str, ir.TypeName]
    values: tuple[Value, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """A target, the source's columns that hold its key, and the names that its values have in the stream."""

    target: Target
    key: Mapping[str, str]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """The project with the spine's source and the stream, of which the program holds what the stream needs."""

    project: Project
    program: ir.Program
    source: str
    stream: str


def targets(project: Project, names: Sequence[str]) -> tuple[Target, ...]:
    """What a training set of these names looks up, in their order. Raises `UnknownNameError`."""
    checked = compile_parsed(_parsed(project), schemas=project.schemas).checked
    assert checked is not None, "whoever asks has seen that the project has no errors"  # noqa: S101
    known = {each.name: each for each in _targets(checked)}
    kinds = {d.name.text: d.kind.text for file in project.files for d in file.declarations}
    for name in names:
        if name not in known:
            what = f"; it is a `{kinds[name]}`" if name in kinds else ""
            advice = did_you_mean(name, list(known), "those")
            message = f"there is no `features` block or table `{name}`{what}; {advice}"
            raise UnknownNameError(message)
    return tuple(known[name] for name in dict.fromkeys(names))


def _targets(checked: typed.Checked) -> Iterator[Target]:
    types_of = {source.name: {column.name: column.type for column in source.columns} for source in checked.sources}
    for stream in checked.streams:
        types_of[stream.name] = {value.name: value.expression.type for value in stream.values}
    for block in checked.features:
        types = types_of[block.source]
        values = tuple(value for feature in block.features if feature.written for value in _members(feature))
        yield Target(block.name, "features", {key: types[key] for key in block.key}, values, block.span.file)
    for table in checked.tables:
        types = {column.name: column.type for column in table.columns}
        values = tuple(
            Value(column.name, column.name, column.type, column.pii)
            for column in table.columns
            if column.name not in {*table.key, table.deleted} and not column.label
        )
        yield Target(table.name, "table", {key: types[key] for key in table.key}, values, table.span.file)


def _members(feature: typed.Feature) -> Iterator[Value]:
    readings = [f"{feature.name}[{window.text}]" for window in feature.windows] if feature.family else [feature.name]
    for column, reading in zip(feature.columns, readings, strict=True):
        yield Value(column, reading, feature.expression.type, feature.pii)


def _parsed(project: Project) -> list[Parsed]:
    return [parse_file(path, text) for path, text in project.texts.items() if path != FILE]


def program_of(
    project: Project, columns: Mapping[str, ir.TypeName], lookups: Sequence[Lookup], file: Path, *, pii: bool
) -> Made:
    """Compile the project with a source that reads a Parquet file (the row, the time, `columns`) and the stream.

    Raises `RunError` where the stream cannot be: what it looks up is in the order of arrival, for example.
    """
    taken = {d.name.text.casefold() for each in project.files for d in each.declarations}
    taken |= {each.path.removesuffix(".feat").casefold() for each in project.files}
    source, stream = _free("dataset_spine", taken), _free("dataset_rows", taken)
    text = stream_text(source, stream, columns, lookups, file, pii=pii)
    parsed = parse_file(f"{source}.feat", text)
    compiled = compile_parsed([*_parsed(project), parsed], schemas=project.schemas)
    if compiled.program is None:
        errors = [each for each in compiled.diagnostics if each.level == "error"]
        message = "this training set cannot be made: " + "; ".join(f"{each.title} ({each.help})" for each in errors)
        raise RunError(message)
    whole = replace(
        project,
        files=(*project.files, parsed.file),
        texts={**project.texts, parsed.file.path: text},
        program=compiled.program,
    )
    return Made(whole, _only(compiled.program, stream), source, stream)


def stream_text(
    source: str, stream: str, columns: Mapping[str, ir.TypeName], lookups: Sequence[Lookup], file: Path, *, pii: bool
) -> str:
    """The source and the stream. Flink reads the source as a stream: the file is in the order of its time."""
    place = f"parquet({_quoted(str(file))})"
    accepts = ', accepts="pii"' if pii else ""
    imports = sorted({module_of(each.target.file) for each in lookups})
    return "\n".join(
        [
            *(f"import {_checked(module, '.')}" for module in imports),
            f"source {_checked(source)}({ROW}: int, {TIME}: timestamp?,",
            *(f"  {_checked(name)}: {kind}?," for name, kind in columns.items()),
            f") {{ time = {TIME} ties = [{ROW}] stream = {place} history = {place} }}",
            f"stream {_checked(stream)} from {source}",
            *(f"  {line}" for line in _lookup_lines(lookups)),
            f'  keep {ROW} to parquet("{stream}"{accepts})',
            "{",
            *(f"  {line}" for line in _value_lines(lookups)),
            "}",
            "",
        ]
    )


def _lookup_lines(lookups: Sequence[Lookup]) -> Iterator[str]:
    for number, each in enumerate(lookups):
        key = ", ".join(f"{_checked(name)} == {_checked(column)}" for name, column in each.key.items())
        yield f"lookup {_checked(each.target.name)} as found_{number} on {key} before"


def _value_lines(lookups: Sequence[Lookup]) -> Iterator[str]:
    for number, each in enumerate(lookups):
        for name, value in zip(each.values, each.target.values, strict=True):
            yield f"{_checked(name)} = found_{number}.{value.reading}"


def _checked(name: str, separator: str | None = None) -> str:
    """A name, or several between separators, that the grammar takes for one. Raises `RunError`."""
    for part in name.split(separator) if separator else [name]:
        if not _NAME.fullmatch(part) or (separator and part in KEYWORDS):
            message = f"`{part}` of `{name}` is no name, so nothing can import it; rename the file or the folder"
            raise RunError(message)
    return name


def _quoted(text: str) -> str:
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(character, escape)
    return f'"{text}"'


def _free(name: str, taken: Collection[str]) -> str:
    return next(each for each in _numbered(name) if each not in taken)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _only(program: ir.Program, stream: str) -> ir.Program:
    """The stream and what it needs, so that no other block of the project is compiled and run for it."""
    needed = {stream, *program.needed_by([stream])}
    return program.model_copy(
        update={
            "sources": tuple(each for each in program.sources if each.name in needed),
            "features": tuple(each for each in program.features if each.name in needed),
            "streams": tuple(each for each in program.streams if each.name in needed),
            "tables": tuple(each for each in program.tables if each.name in needed),
        }
    )
