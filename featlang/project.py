"""A project: a folder with `.feat` files and perhaps a `feat.yaml`, read, compiled, and bound to data."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from featlang.compiler import ir
from featlang.compiler.compile import Compiled, compile_parsed
from featlang.compiler.connectors import TABLE_ALONE
from featlang.compiler.report import Report, did_you_mean
from featlang.compiler.resolve import imported
from featlang.compiler.schemas import ENDING
from featlang.compiler.walk import nodes_in
from featlang.data import Binder, BoundSource
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, FeatError, Span
from featlang.dsl.modules import is_feat, parse_file, paths_of
from featlang.dsl.parse import Parsed
from featlang.files import (
    FILE,
    OTHER_NAMES,
    TESTS,
    decoded,
    feat_files,
    files_below,
    in_inner_project,
    inner_projects,
    project_folder,
)
from featlang.settings import Environment, Read, read_settings

MAX_NAMES = 5
"""How many projects a message names."""


@dataclass(frozen=True)
class Project:
    """A project that was read. Nothing in it changes when its files do.

    `texts` are those of its files by path, `feat.yaml` included, for messages; `library` those of the standard
    library's files that it imports, `schemas` those of Avro's schemas in its folder. `program` is None iff an error is
    among the diagnostics.
    """

    folder: Path
    files: tuple[tree.File, ...]
    texts: Mapping[str, str]
    library: Mapping[str, str]
    schemas: Mapping[str, str]
    settings: Read
    program: ir.Program | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def name(self) -> str:
        """What `feat.yaml` says, else the name of the folder."""
        return self.settings.settings.name or self.folder.absolute().name

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, `local` always among them."""
        return tuple(dict.fromkeys(["local", *self.settings.settings.environments]))

    @cached_property
    def default_environment(self) -> str:
        """The environment that is meant where none is named."""
        return self.settings.settings.default

    def bindings(self, environment: str | None = None) -> dict[str, BoundSource]:
        """Where each source and table of the program reads, in an environment (None: the default one).

        Raises `FeatError` where the environment is unknown or what it says cannot be; a missing file is an error only
        when its source is asked for files.
        """
        chosen = self._environment(environment)
        report = Report()
        binder = Binder(self.folder, chosen, self.settings, self.files, report)
        bound = {source.name: binder.bound(source) for source in self.program.inputs} if self.program else {}
        if report.failed:
            raise FeatError(report.ordered())
        return bound

    def environment(self, name: str | None = None) -> Environment:
        """What is said of an environment (None: the default one); raises like `bindings`."""
        return self.settings.settings.environments.get(self._environment(name), Environment())

    def _environment(self, name: str | None) -> str:
        chosen = name or self.default_environment
        if chosen not in self.environments:
            title = f"there is no environment `{chosen}`"
            advice = did_you_mean(chosen, self.environments, "the environments")
            raise FeatError((Diagnostic("F402", title, Span(FILE, 0, 0), help=advice),))
        return chosen


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the collection of cycles: a project makes many nodes and no cycle; looking takes half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():  # put all that was made among the old, which is not looked through at once
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@_no_collection()
def load(path: str | Path) -> Project:
    """Read and compile the project at a path: a folder with all its `.feat` files, or one file with those it imports.

    The project's folder is the nearest with a `feat.yaml`, from the path on upwards; where there is none, the path.
    What is wrong in the files is among the diagnostics. Raises `FileNotFoundError` where nothing is at the path.
    """
    path = Path(path)
    if not path.exists():
        message = f"there is no file or folder {path}"
        raise FileNotFoundError(message)
    folder = project_folder(path)
    reading = _Reading(folder)
    if path.is_dir():
        for found in feat_files(folder):
            reading.read(found)
        if not reading.texts:
            title = "there is no .feat file in this folder, or below it"
            reading.report.error("F407", title, Span(".", 0, 0), _other_folder(folder))
    elif is_feat(path.name):
        name = (path.parent.resolve() / path.name).relative_to(folder.resolve())
        reading.read_with_imports(name.as_posix())
    elif path.name.endswith(TESTS):
        advice = "`feat test` reads and runs it; name a .feat file, or a folder"
        reading.report.error("F407", f"{path.name} holds tests, and no definitions", Span(".", 0, 0), advice)
    else:
        reading.report.error("F407", f"{path.name} is no .feat file", Span(".", 0, 0), "name a .feat file, or a folder")
    settings = reading.settings()
    schemas = schemas_of(folder)
    compiled: Compiled = compile_parsed(reading.parsed.values(), reading.unread, whole=path.is_dir(), schemas=schemas)
    reading.report.add(compiled.diagnostics)
    files = tuple(each.file for each in reading.parsed.values())
    if path.is_dir():  # one file need not have all sources
        _check_bindings(settings, files, reading.report)
    _check_tables(settings, files, reading.report)
    return Project(
        folder=folder,
        files=files,
        texts=reading.texts,
        library={file.path: file.text for file in compiled.library},
        schemas=schemas,
        settings=settings,
        program=None if reading.report.failed else compiled.program,
        diagnostics=reading.report.ordered(),
    )


def schemas_of(folder: Path) -> dict[str, str]:
    """The texts of Avro's schemas in a project's folder, by path; one that cannot be read is not among them."""
    found = {}
    for name in files_below(folder, lambda name: name.endswith(ENDING)):
        with suppress(OSError, UnicodeDecodeError):
            found[name] = (folder / name).read_text(encoding="utf-8")
    return found


def _other_folder(folder: Path) -> str:
    """What to do where a folder has no files."""
    inner = inner_projects(folder)
    if not inner:
        return "run `feat init` to start a project, or name another folder"
    more = f" and {len(inner) - MAX_NAMES} more" if len(inner) > MAX_NAMES else ""
    return f"name one of the projects below it: {', '.join(inner[:MAX_NAMES])}{more}"


class _Reading:
    """The files of a project, as they are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.parsed: dict[str, Parsed] = {}
        self.unread: set[str] = set()
        self.report = Report()

    def read(self, name: str) -> Parsed | None:
        """Read and parse a file; None where it cannot be read, which is reported."""
        text = self._text(name)
        if text is None:
            self.unread.add(name)
            return None
        self.parsed[name] = parse_file(name, text)
        return self.parsed[name]

    def read_with_imports(self, name: str) -> None:
        """Read a file, and all that it needs."""
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in self.texts or not (self.folder / current).is_file():
                continue
            if in_inner_project(self.folder, current):
                continue
            parsed = self.read(current)
            if parsed is not None:
                waiting += [path for statement in parsed.file.imports for path in paths_of(imported(statement))]

    def settings(self) -> Read:
        """Read `feat.yaml`, if there is one."""
        if not (self.folder / FILE).is_file():
            for other in OTHER_NAMES:
                if (self.folder / other).is_file():
                    self.report.warning("F401", f"{other} is not read", Span(other, 0, 0), f"rename it to {FILE}")
            return Read()
        text = self._text(FILE)
        if text is None:
            return Read()
        read = read_settings(text)
        self.texts[FILE] = read.shown
        self.report.add(read.diagnostics)
        return read

    def _text(self, name: str) -> str | None:
        try:
            data = (self.folder / name).read_bytes()
        except OSError as error:
            self.texts[name] = ""
            title = f"{name} cannot be read: {error.strerror}"
            self.report.error("F408", title, Span(name, 0, 0), "check that it is a file, and its permissions")
            return None
        self.texts[name], wrong = decoded(name, data)
        self.report.add([wrong] if wrong else ())
        return None if wrong else self.texts[name]


def _check_bindings(settings: Read, files: tuple[tree.File, ...], report: Report) -> None:
    """Each binding of each environment names a source or a table."""
    kinds = ("source", "table")
    sources = [d.name.text for file in files for d in file.declarations if d.kind.text in kinds]
    for name, environment in settings.settings.environments.items():
        for source in environment.bind:
            if source not in sources:
                span = settings.keys.get(("environments", name, "bind", source), Span(FILE, 0, 0))
                report.error(
                    "F403", f"there is no source `{source}`", span, did_you_mean(source, sources, "the sources")
                )


def _check_tables(settings: Read, files: tuple[tree.File, ...], report: Report) -> None:
    """Where an environment has a Cassandra, each of its tables is named with a keyspace; locally none is needed."""
    named = next((name for name, each in settings.settings.environments.items() if each.cassandra), None)
    if named is None:
        return
    clauses = [clause for file in files for each in file.declarations for clause in each.clauses]
    sinks = nodes_in(tuple(clause for clause in clauses if isinstance(clause, tree.ToClause)), tree.Call)
    for sink in sinks:
        target = sink.arguments[0].value if sink.function.text == "cassandra" and sink.arguments else None
        if isinstance(target, tree.StringLiteral) and TABLE_ALONE.fullmatch(target.value):
            title = f"the table `{target.value}` has no keyspace, and the environment `{named}` has a Cassandra"
            report.error("F223", title, target.span, f'write one, as in `cassandra("features.{target.value}")`')
