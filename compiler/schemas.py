"""Sources in Avro: the schema that each names becomes part of the program, fitted to its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from featlang.compiler import ir
from featlang.compiler.avro_schema import WrongSchema, written
from featlang.compiler.report import Report, did_you_mean
from featlang.dsl import tree

AVRO = "avro"
ENDING = ".avsc"
"""How the names of schema files end."""


def with_schemas(
    program: ir.Program, files: Iterable[tree.File], schemas: Mapping[str, str], report: Report
) -> ir.Program:
    """The program, in which the option `schema` is a schema instead of its path; `schemas` are texts by path."""
    declared = {declaration.name.text: declaration for file in files for declaration in file.declarations}

    def with_own(source: ir.Source) -> ir.Source:
        places = {
            role: _with_schema(source, place, declared[source.name], schemas, report)
            for role, place in (("stream", source.stream), ("history", source.history))
            if place is not None and place.options.get("format") == AVRO
        }
        return source.model_copy(update=places) if places else source

    tables = tuple(table.model_copy(update={"source": with_own(table.source)}) for table in program.tables)
    return program.model_copy(update={"sources": tuple(map(with_own, program.sources)), "tables": tables})


def _with_schema(
    source: ir.Source,
    place: ir.Connector,
    declaration: tree.Declaration,
    schemas: Mapping[str, str],
    report: Report,
) -> ir.Connector:
    path = place.options.get("schema")
    if not isinstance(path, str):
        title = f"`{place.target}` is in Avro, and has no schema"
        report.error("F413", title, declaration.name.span, 'add `schema="schemas/click.avsc"`')
    elif path not in schemas:
        advice = did_you_mean(path, list(schemas), "the schemas of the project") if schemas else "put it there"
        report.error("F413", f"the project has no file {path}", declaration.name.span, advice)
    else:
        try:
            schema = written(schemas[path], [column for column in source.columns if not column.is_beside])
            return place.model_copy(update={"options": {**place.options, "schema": schema}})
        except WrongSchema as wrong:
            columns = {column.name.text: column.span for column in declaration.columns or ()}
            span = columns.get(wrong.column or "", declaration.name.span)
            report.error("F413", f"{path}: {wrong.title}", span, wrong.advice)
    return place
