"""Text to IR: text ──parse──▶ tree ──resolve──▶ names ──check──▶ types ──lower──▶ IR."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from featlang.compiler import ir, typed
from featlang.compiler.check import check
from featlang.compiler.ignores import without_ignored
from featlang.compiler.lints import lint
from featlang.compiler.lower import lower
from featlang.compiler.report import Report
from featlang.compiler.resolve import imported, resolve
from featlang.compiler.schemas import with_schemas
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic
from featlang.dsl.modules import module_of, parse_file
from featlang.dsl.parse import Parsed, parse
from featlang.stdlib.library import modules, path_of, text_of

MAX_AGGREGATES = 1_000
"""The most different aggregates of a block, a window each: a class of the JVM holds 64 KB of code that sets it up."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a project means, and what is to be said about it: `program` is None iff an error is among that."""

    program: ir.Program | None
    diagnostics: tuple[Diagnostic, ...]
    library: tuple[tree.File, ...] = ()
    """The files of the standard library that it imports."""
    checked: typed.Checked | None = None
    """What was lowered, with the windows as they are written; None like `program`."""


def compile_program(texts: Mapping[str, str]) -> Compiled:
    """Compile the files of a project, by their paths relative to its folder. Pure; reports all errors of all files."""
    return compile_parsed([parse_file(path, text) for path, text in texts.items()])


def compile_parsed(
    parsed: Iterable[Parsed],
    unread: Collection[str] = (),
    *,
    whole: bool = True,
    schemas: Mapping[str, str] = MappingProxyType({}),
) -> Compiled:
    """Compile files that are parsed already; `unread` are paths of files that exist, and could not be read.

    `whole` says that they are all of the project, and not one file with what it imports. `schemas` are the texts of
    Avro's schemas, by path.
    """
    parsed = list(parsed)
    library = _library([each.file for each in parsed])
    files = [*(each.file for each in parsed), *library]
    report = Report()
    for each in parsed:
        report.add(each.diagnostics)
    names, found = resolve(files, broken={name for each in parsed for name in each.broken}, unread=unread)
    report.add(found)
    checked, found = check(names)
    report.add(found)
    program = None if report.failed or unread or checked is None else lower(checked, files)
    if program is not None and checked is not None:
        program = with_schemas(program, files, schemas, report)
        _check_sizes(program, checked, report)
        report.add(lint([each.file for each in parsed], library, names, checked, whole=whole))
    found = without_ignored(report.ordered(), files, whole=whole)
    if any(each.level == "error" for each in found):
        program = None
    return Compiled(program, found, tuple(library), None if program is None else checked)


def _library(files: Iterable[tree.File]) -> list[tree.File]:
    """The modules of the standard library that files import, with those that they import, by name."""
    own = {module_of(file.path) for file in files}
    found: dict[str, tree.File] = {}
    waiting = [imported(statement) for file in files for statement in file.imports]
    while waiting:
        module = waiting.pop()
        if module in modules() and module not in found and module not in own:
            found[module] = parse(path_of(module), text_of(module)).file
            waiting += [imported(statement) for statement in found[module].imports]
    return [found[module] for module in sorted(found)]


def _check_sizes(program: ir.Program, checked: typed.Checked, report: Report) -> None:
    for features, block in zip(program.features, checked.features, strict=True):
        number = len(features.aggregates)
        if number > MAX_AGGREGATES:
            title = (
                f"`{features.name}` has {number:,} aggregates, counted for each window; {MAX_AGGREGATES:,} are the most"
            )
            report.error("F228", title, block.span, "split it into blocks with less in each")
