"""Names across files: imports, what each file sees, which source a block reads, what is declared twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from featlang.compiler.report import Report, did_you_mean
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label, Span

COMPILED_KINDS = ("source", "features")


@dataclass(frozen=True, slots=True)
class SourceNames:
    """A source, with its columns by name (of two with one name the first)."""

    declaration: tree.Declaration
    columns: Mapping[str, tree.Column]


@dataclass(frozen=True, slots=True)
class FeaturesNames:
    """A block, with the source it reads and its bindings by name (of two with one name the first).

    `source` is None where what it names was reported.
    """

    declaration: tree.Declaration
    source: SourceNames | None
    bindings: Mapping[str, tree.Binding]


@dataclass(frozen=True, slots=True)
class Names:
    """All of a project, bound."""

    sources: tuple[SourceNames, ...]
    features: tuple[FeaturesNames, ...]
    reported: frozenset[str] = frozenset()
    """What is declared, but not compiled yet or broken: who uses it is not told once more."""


@dataclass(slots=True)
class _Scope:
    """What can be named: declarations of the whole project, and the names that each file declares and imports."""

    declared: dict[str, tree.Declaration] = field(default_factory=dict)
    by_file: dict[str, set[str]] = field(default_factory=dict)
    visible: dict[str, set[str]] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()


def resolve(
    files: Iterable[tree.File], broken: Collection[str] = (), unread: Collection[str] = ()
) -> tuple[Names, tuple[Diagnostic, ...]]:
    """Bind the names of a project's files.

    `broken` are names whose declarations could not be parsed, `unread` paths of files that could not be read: what
    would name them is not reported again. Files may import each other in a circle. A name is declared once in a
    project, and seen in its own file and in those that import it.
    """
    report = Report()
    ordered = sorted(files, key=lambda file: file.path)
    scope = _declarations(ordered, frozenset(broken), report)
    for file in ordered:
        _imports(file, scope, unread, report)
    sources = {d.name.text: _source(d, report) for d in scope.declared.values() if d.kind.text == "source"}
    features = tuple(_features(d, scope, sources, report) for d in scope.declared.values() if d.kind.text == "features")
    planned = {name for name, found in scope.declared.items() if found.kind.text not in COMPILED_KINDS}
    return Names(tuple(sources.values()), features, scope.broken | planned), report.ordered()


def import_path(statement: tree.Import) -> str:
    """The file that an import names: `import a.b` is `a/b.feat`, from the project's folder."""
    return "/".join(part.text for part in statement.path) + ".feat"


def _declarations(files: list[tree.File], broken: frozenset[str], report: Report) -> _Scope:
    scope = _Scope(broken=broken)
    folded: dict[str, tree.Declaration] = {}
    for file in files:
        scope.by_file[file.path] = set()
        for declaration in file.declarations:
            name = declaration.name
            first = folded.setdefault(name.text.casefold(), declaration)
            if first is not declaration:
                _twice(name, first.name, report)
            if declaration.kind.text not in COMPILED_KINDS:
                title = f"a `{declaration.kind.text}` parses, but is not compiled yet"
                report.error("F501", title, declaration.kind.span, "leave it out; `source` and `features` are compiled")
            scope.declared.setdefault(name.text, declaration)
            scope.by_file[file.path].add(name.text)
    return scope


def _twice(name: tree.Name, first: tree.Name, report: Report) -> None:
    if name.text == first.text:
        title = f"`{name.text}` is declared twice"
    else:
        title = f"`{name.text}` and `{first.text}` differ only in case, which stores and file systems may ignore"
    where = "" if name.span.file == first.span.file else f" in {first.span.file}"
    report.error("F101", title, name.span, "rename one of them", Label(first.span, f"first declared here{where}"))


def _imports(file: tree.File, scope: _Scope, unread: Collection[str], report: Report) -> None:
    visible = set(scope.by_file[file.path])
    for statement in file.imports:
        path = import_path(statement)
        if path in scope.by_file:
            visible |= scope.by_file[path]
        elif path not in unread:
            modules = [known.removesuffix(".feat").replace("/", ".") for known in scope.by_file if known != file.path]
            title = f"there is no file {path} in the project"
            module = ".".join(part.text for part in statement.path)
            advice = (
                did_you_mean(module, modules, "the files to import") if modules else f"create it, or remove `{module}`"
            )
            report.error("F103", title, statement.span, advice)
    scope.visible[file.path] = visible


def _source(declaration: tree.Declaration, report: Report) -> SourceNames:
    columns: dict[str, tree.Column] = {}
    for column in declaration.columns or ():
        first = columns.setdefault(column.name.text, column)
        if first is not column:
            title = f"the column `{column.name.text}` is declared twice"
            report.error("F106", title, column.name.span, "remove or rename one", Label(first.name.span, "first here"))
        if column.name.text.startswith("_tie"):
            report.error("F108", *_reserved(column.name))
    return SourceNames(declaration, columns)


def _features(
    declaration: tree.Declaration, scope: _Scope, sources: Mapping[str, SourceNames], report: Report
) -> FeaturesNames:
    bindings: dict[str, tree.Binding] = {}
    for entry in declaration.body or ():
        if isinstance(entry, tree.Use):
            title = "`use` parses, but is not compiled yet"
            report.error("F507", title, entry.span, "write the features of the template out")
            continue
        first = bindings.setdefault(entry.name.text, entry)
        if first is not entry:
            title = f"the feature `{entry.name.text}` is defined twice"
            report.error("F107", title, entry.name.span, "remove or rename one", Label(first.name.span, "first here"))
        if entry.name.text.startswith("_tie"):
            report.error("F108", *_reserved(entry.name))
    return FeaturesNames(declaration, _read_source(declaration, scope, sources, report), bindings)


def _reserved(name: tree.Name) -> tuple[str, Span, str]:
    return f"`{name.text}` starts with `_tie`, which rows keep for themselves", name.span, "choose another name"


def _read_source(
    declaration: tree.Declaration, scope: _Scope, sources: Mapping[str, SourceNames], report: Report
) -> SourceNames | None:
    clauses = [clause for clause in declaration.clauses if isinstance(clause, tree.FromClause)]
    name = declaration.name
    if not clauses:
        report.error("F115", f"`{name.text}` does not say what it reads", name.span, "add `from` and a source")
        return None
    expressions = clauses[0].sources
    if len(expressions) > 1:
        report.error("F502", "several sources are not compiled yet", clauses[0].span, "read one source")
        return None
    named = expressions[0]
    if not isinstance(named, tree.Reference):
        report.error(
            "F120", "features are computed from a source", named.span, "write the name of a source after `from`"
        )
        return None
    return _named_source(named.name, scope, sources, report)


def _named_source(
    name: tree.Name, scope: _Scope, sources: Mapping[str, SourceNames], report: Report
) -> SourceNames | None:
    found = scope.declared.get(name.text)
    if found is None:
        if name.text not in scope.broken:
            candidates = sorted(known for known in scope.visible[name.span.file] if known in sources)
            example = f"declare it, as in `source {name.text}(user_id: string, ts: timestamp) {{ time = ts }}`"
            advice = did_you_mean(name.text, candidates or sorted(sources), "the sources") if sources else example
            report.error("F102", f"there is no source `{name.text}`", name.span, advice)
        return None
    if found.kind.text != "source":
        code = "F502" if found.kind.text in {"stream", "table", "features"} else "F120"
        title = f"`{name.text}` is a `{found.kind.text}`; features are computed from a source"
        label = Label(found.name.span, f"a `{found.kind.text}`")
        report.error(code, title, name.span, "write the name of a source after `from`", label)
        return None
    if name.text not in scope.visible[name.span.file]:
        file = found.name.span.file
        title = f"`{name.text}` is declared in {file}, which this file does not import"
        module = file.removesuffix(".feat").replace("/", ".")
        report.error("F104", title, name.span, f"add `import {module}`", Label(found.name.span, "declared here"))
    return sources[name.text]
