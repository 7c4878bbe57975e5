"""Where sources read: from connectors and bindings to the files of this machine."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from featlang.backends.connectors.kafka.topics import EARLIEST, is_start
from featlang.compiler import ir
from featlang.compiler.connectors import FORMATS, KINDS, connector, unknown_option
from featlang.compiler.envelopes import DEBEZIUM, check_deletions, reads_envelopes
from featlang.compiler.report import Report, did_you_mean
from featlang.compiler.sources import check_csv
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, FeatError, Span
from featlang.dsl.parse import parse
from featlang.dsl.words import shorten
from featlang.files import FILE
from featlang.settings import Binding, Kafka, Read
from featlang.settings import Place as Given

FileKind = Literal["csv", "jsonl", "parquet"]
Role = Literal["stream", "history"]

ENDINGS: dict[str, FileKind] = {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet"}

_CALL = re.compile(r"[A-Za-z_]\w*\s*\(")


@dataclass(frozen=True, slots=True)
class Bound:
    """Files of one kind, in the order in which they are read: that of their paths' UTF-8 bytes.

    `files` are absolute; there may be none, and then `missing` says what was looked for. `options` are those of reading
    (`null` of a csv). `assumed` marks the place that an unbound Kafka topic has in `local`.
    """

    kind: FileKind
    path: str
    files: tuple[Path, ...]
    options: Mapping[str, str]
    missing: Diagnostic
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class BoundTopic:
    """A topic of the environment's brokers; `start` says where reading starts (see `is_start`).

    `options` are those of reading, as of files.
    """

    kafka: Kafka
    topic: str
    format: str
    options: Mapping[str, str]
    start: str = EARLIEST


Place = Bound | BoundTopic


@dataclass(frozen=True, slots=True)
class BoundSource:
    """Where a source reads; None where there is no such place."""

    stream: Place | None
    history: Place | None
    unbound: Diagnostic
    """What is to be said where there is neither."""

    def streamed(self) -> Place:
        """What Flink reads: the stream. Raises `FeatError` where there is none, or its files are missing."""
        return self._first(self.stream)

    def batch(self) -> Place:
        """What Spark and the reference read: history, else the stream. Raises `FeatError` like `streamed`."""
        return self._first(self.history, self.stream)

    def parity(self) -> Place:
        """What all engines read when compared: the stream, else history. Raises `FeatError` like `streamed`."""
        return self._first(self.stream, self.history)

    def _first(self, *places: Place | None) -> Place:
        missing = []
        for place in places:
            if isinstance(place, BoundTopic) or (place is not None and place.files):
                return place
            if place is not None:
                missing.append(place.missing)
                if not place.assumed:
                    break
        raise FeatError(((missing or [self.unbound])[0],))


class Binder:
    """Binds the sources of a project in one environment; what is wrong goes to `report`."""

    def __init__(
        self, folder: Path, environment: str, settings: Read, files: Iterable[tree.File], report: Report
    ) -> None:
        """Relative paths start at `folder`; `files` say where connectors stand."""
        self.folder = folder
        self.environment = environment
        self.settings = settings
        self.report = report
        self.declared = {d.name.text: d for file in files for d in file.declarations}

    def bound(self, source: ir.Source) -> BoundSource:
        """Bind both places of a source."""
        environments = self.settings.settings.environments
        environment = environments.get(self.environment)
        binding = environment.bind.get(source.name) if environment else None
        name = self.declared[source.name].name
        title = f"`{source.name}` reads nothing in the environment `{self.environment}`"
        advice = f'bind it in {FILE}, or add `stream = jsonl("data/{source.name}.jsonl")` to it'
        places = {
            "stream": self._place(source, "stream", binding, source.stream),
            "history": self._place(source, "history", binding, source.history),
        }
        kinds = {place.kind for place in places.values() if isinstance(place, Bound)}
        if "csv" in kinds:
            check_csv(self.declared[source.name], source.columns, self.report)
        if reads_envelopes(source.stream, source.history):
            check_deletions(self.declared[source.name], kinds, self.report)
        elif DEBEZIUM in {place.options.get("format") for place in places.values() if place is not None}:
            title = f"`{source.name}` is not declared to read envelopes"
            advice = f'declare it, as in `stream = kafka("{source.name}", format="{DEBEZIUM}")`'
            self.report.error("F239", title, name.span, advice)
        return BoundSource(
            stream=places["stream"],
            history=places["history"],
            unbound=Diagnostic("F406", title, name.span, help=advice),
        )

    def _place(
        self, source: ir.Source, role: Role, binding: Binding | None, declared: ir.Connector | None
    ) -> Place | None:
        place = getattr(binding, role, None)
        if isinstance(place, Given) and binding is not None:
            span = self.settings.span("environments", self.environment, "bind", source.name, role)
            return self._from_settings(place, binding, declared, span)
        return None if declared is None else self._from_connector(source, role, declared, binding)

    # --- as `.feat` says

    def _from_connector(
        self, source: ir.Source, role: Role, declared: ir.Connector, binding: Binding | None
    ) -> Place | None:
        span = self._entry_span(source, role)
        options = {**declared.options, **(binding.options if binding else {})}
        if declared.kind == "kafka" and self.kafka is not None:
            return self._topic(declared.target, options, span)
        if declared.kind in ENDINGS.values() and "://" not in declared.target:
            return self._files(cast("FileKind", declared.kind), declared.target, options, span)
        if self.environment != "local":
            title = f"the environment `{self.environment}` does not say where `{source.name}` reads its {role}"
            advice = f"bind `{role}` of `{source.name}` to files in {FILE}"
            if declared.kind == "kafka":
                advice = f"add `kafka: {{servers: 127.0.0.1:9092}}` to the environment in {FILE}, or bind it to files"
            self.report.error("F405", title, span, advice)
            return None
        if declared.kind == "kafka":
            return self._files(
                "jsonl", f"data/{declared.target}.jsonl", _inherited(declared, "jsonl"), span, assumed=True
            )
        return None  # a path on other machines: `local` has only this one

    def _entry_span(self, source: ir.Source, role: Role) -> Span:
        declaration = self.declared[source.name]
        entries = [e for e in declaration.body or () if isinstance(e, tree.Binding) and e.name.text == role]
        return entries[0].value.span if entries else declaration.name.span

    # --- as `feat.yaml` says

    def _from_settings(self, place: Given, binding: Binding, declared: ir.Connector | None, span: Span) -> Place | None:
        options = {**binding.options, **place.options}
        kind, path = place.kind, place.path
        if place.text is not None and _CALL.match(place.text):
            called = self._called(place.text, span)
            if called is None:
                return None
            kind, path, options = called.kind, called.target, {**options, **called.options}
        elif place.text is not None:
            path = place.text
        if not path:
            self.report.error("F401", "this place has no path", span, "add one, as in `path: data/clicks.jsonl`")
            return None
        if kind is None:
            kind = next((known for ending, known in ENDINGS.items() if path.endswith(ending)), None)
            kind = kind or self._kind_of(declared)
        options = {**_inherited(declared, kind), **options}
        if kind == "kafka" and self.kafka is not None:
            return self._topic(path, options, span)
        if kind not in ENDINGS.values():
            self._refuse_kind(kind, path, span)
            return None
        if "://" in path:
            title = f"`{path}` is on another machine, which no engine here reads yet"
            self.report.error("F405", title, span, "name a file, a folder or a glob")
            return None
        return self._files(cast("FileKind", kind), path, options, span)

    def _kind_of(self, declared: ir.Connector | None) -> str | None:
        """The kind of data behind a path without an ending: that of the connector it stands for."""
        if declared is None:
            return None
        return "jsonl" if declared.kind == "kafka" and self.kafka is None else declared.kind

    def _refuse_kind(self, kind: str | None, path: str, span: Span) -> None:
        if kind is None:
            title = f"the ending of `{path}` does not say what kind of data it is"
            self.report.error(
                "F405", title, span, "write it as in `{kind: jsonl, path: …}`; kinds are csv, jsonl, parquet"
            )
        elif kind == "kafka":
            title = f"the environment `{self.environment}` does not say where Kafka is"
            self.report.error("F405", title, span, "add `kafka: {servers: 127.0.0.1:9092}` to it")
        elif kind in KINDS:
            title = f"nothing is read from `{kind}`"
            self.report.error("F405", title, span, "bind it to a topic, or to files: csv, jsonl or parquet")
        else:
            advice = did_you_mean(kind, list(ENDINGS.values()), "the kinds")
            self.report.error("F405", f"there is no kind `{kind}`", span, advice)

    def _called(self, text: str, span: Span) -> ir.Connector | None:
        """Read a connector by the grammar of `.feat`; what is wrong in it is reported at the whole of it."""
        parsed = parse(FILE, f"source s() {{ stream = {text} }}")
        found = Report()
        found.add(parsed.diagnostics)
        body = parsed.file.declarations[0].body if parsed.file.declarations else None
        entry = body[0] if body and len(body) == 1 and isinstance(body[0], tree.Binding) else None
        read = None if entry is None or found.failed else connector(entry.value, found)
        if read is None and not found.failed:
            found.error("F401", "this is not a connector", span, 'write it as in `jsonl("data/clicks.jsonl")`')
        for each in found.ordered():
            self.report.error(each.code, each.title, span, each.help)
        return read

    # --- topics

    @property
    def kafka(self) -> Kafka | None:
        """The brokers of the environment."""
        environment = self.settings.settings.environments.get(self.environment)
        return environment.kafka if environment else None

    def _topic(self, topic: str, options: Mapping[str, object], span: Span) -> BoundTopic | None:
        assert self.kafka is not None  # noqa: S101 - that is asked before
        texts = self._options("kafka", options, span)
        start = texts.get("start", EARLIEST)
        if not is_start(start):
            advice = (
                'write `earliest`, `latest`, a time, or the first offsets of partitions, as in `start: "0:15,1:20"`'
            )
            self.report.error("F223", f"`start` is `{start}`", span, advice)
        written = {name: text for name, text in texts.items() if name == "format"}
        return BoundTopic(self.kafka, topic, FORMATS.get(texts.get("format", "json"), "jsonl"), written, start)

    def _options(self, kind: str, options: Mapping[str, object], span: Span) -> dict[str, str]:
        """The options of reading, which are texts; others are reported."""
        allowed = KINDS[kind].options or ()
        for option, value in options.items():
            if option not in allowed:
                title = f"`{kind}` has no option `{option}`"
                self.report.error("F112", title, span, unknown_option(option, kind))
            elif not isinstance(value, str):
                self.report.error("F223", f"`{option}` is a text", span, f'write it as in `{option}="NA"`')
            elif option == "format" and value not in FORMATS:
                advice = did_you_mean(value, list(FORMATS), "the formats")
                self.report.error("F506", f"there is no format `{value}`", span, advice)
        return {name: value for name, value in options.items() if isinstance(value, str)}

    # --- files

    def _files(
        self, kind: FileKind, path: str, options: Mapping[str, object], span: Span, *, assumed: bool = False
    ) -> Bound:
        texts = self._options(kind, options, span)
        missing = Diagnostic(
            "F404", f"there is no data: {_looked_for(self.folder, path)}", span, help=_MISSING[assumed]
        )
        return Bound(kind, path, _found(self.folder, path), texts, missing, assumed)


_MISSING = {
    False: "put the data there, or name another file, folder or glob; relative paths start at the project's folder",
    True: f"put a JSON line for each event there, or bind `stream` to another file in {FILE}",
}


def _inherited(declared: ir.Connector | None, kind: str | None) -> dict[str, bool | int | float | str]:
    """The options that hold for what stands in a connector's place: all of its kind, and in a topic's its format."""
    if declared is None or (declared.kind, kind) not in {(kind, kind), ("kafka", "jsonl")}:
        return {}
    return {name: value for name, value in declared.options.items() if declared.kind == kind or name == "format"}


def _found(folder: Path, path: str) -> tuple[Path, ...]:
    """The files at a path from a folder on; names, also of folders below it, that begin with `.` or `_` are no data."""
    place = folder / path
    kind = _standing_at(place)
    if kind == "file":
        return (place.absolute(),)
    if kind == "folder":
        found = [Path(root) / name for root, _, names in os.walk(place) for name in names]
        visible = [f for f in found if not any(part.startswith((".", "_")) for part in f.relative_to(place).parts)]
    elif glob.has_magic(path):
        names = glob.glob(path, root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
        found = [folder / name for name in names]
        visible = [f for f in found if f.is_file() and not f.name.startswith((".", "_"))]
    else:
        return ()
    return tuple(sorted((f.absolute() for f in visible), key=lambda f: os.fsencode(f)))


def _looked_for(folder: Path, path: str) -> str:
    place = folder / path
    shown = shorten(str(place), 300)
    if _standing_at(place) == "folder":
        return f"the folder {shown} holds no file"
    if glob.has_magic(path):
        return f"no file is named like {shown}"
    return f"{shown} does not exist"


def _standing_at(place: Path) -> Literal["file", "folder"] | None:
    """What stands at a path; None also for one that the file system refuses, as it does one that is too long."""
    try:
        mode = place.stat().st_mode
    except (OSError, ValueError):
        return None
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else None
