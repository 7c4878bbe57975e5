"""Names across files: imports, what each file sees, which source a block reads, what is declared twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from featlang.compiler.declared_types import declared_columns
from featlang.compiler.report import Report, did_you_mean
from featlang.compiler.templates import Expansion, Given, Templates
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.dsl.modules import module_of, paths_of
from featlang.stdlib import library

COMPILED_KINDS = ("source", "features", "template", "def", "stream", "table")


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
    uses: Mapping[str, tuple[Label, ...]] = field(default_factory=dict)
    """Of the features that templates gave: where those are used."""
    given: tuple[Given, ...] = ()
    """The columns that templates were given."""
    stream: tree.Name | None = None
    """The stream that it reads instead of a source."""
    missing: tuple[str, ...] = ()
    """The names that a wrong `use` would have made, or what they begin with and `*`."""
    others: tuple[SourceNames, ...] = ()
    """The further sources that the rows of that stream come from."""


@dataclass(frozen=True, slots=True)
class Names:
    """All of a project, bound."""

    sources: tuple[SourceNames, ...]
    features: tuple[FeaturesNames, ...]
    declared: Mapping[str, tree.Declaration] = field(default_factory=dict)
    """All declarations."""
    visible: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By file, the names that it declares and imports."""
    unused: tuple[FeaturesNames, ...] = ()
    """The templates that no block uses, each like a block that reads its parameters."""
    reported: frozenset[str] = frozenset()
    """What is declared, but broken: who uses it is not told once more."""


@dataclass(slots=True)
class _Scope:
    """What can be named: declarations of the whole project, and the names that each file declares and imports."""

    declared: dict[str, tree.Declaration] = field(default_factory=dict)
    by_file: dict[str, set[str]] = field(default_factory=dict)
    visible: dict[str, set[str]] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    """Files with an import of nothing: what they do not know may have stood there."""
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
    _check_modules(ordered, report)
    for file in ordered:
        _imports(file, scope, unread, report)
    sources = {d.name.text: _source(d, report) for d in scope.declared.values() if d.kind.text == "source"}
    declared = scope.declared.values()
    templates = Templates(
        {d.name.text: d for d in declared if d.kind.text == "template"},
        [d.name.text for d in declared if d.kind.text in {"def", "model", "rules"}],
        lambda name: _may_use(name, scope, report),
        report,
    )
    features = tuple(_features(d, scope, sources, templates, report) for d in declared if d.kind.text == "features")
    blocks = (d for d in declared if d.kind.text == "features")
    unused = tuple(_template(declaration, found) for declaration, found in templates.unused(blocks))
    names = Names(tuple(sources.values()), features, scope.declared, scope.visible, unused, scope.broken)
    return names, report.ordered()


def imported(statement: tree.Import) -> str:
    """The module that an import names, as in `a.b`."""
    return ".".join(part.text for part in statement.path)


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
                title = f"a `{declaration.kind.text}` is checked, but does not run yet"
                advice = "what is computed from it is left out; `features` of sources run"
                report.warning("F501", title, declaration.kind.span, advice)
            scope.declared.setdefault(name.text, declaration)
            scope.by_file[file.path].add(name.text)
    return scope


def _check_modules(files: list[tree.File], report: Report) -> None:
    """A module is one file."""
    first: dict[str, str] = {}
    for file in files:
        module = module_of(file.path)
        if module in first:
            title = f"{first[module]} and {file.path} are both the module `{module}`"
            report.error("F105", title, Span(file.path, 0, 0), "keep one of the two forms")
        first.setdefault(module, file.path)


def _twice(name: tree.Name, first: tree.Name, report: Report) -> None:
    if name.text == first.text:
        title = f"`{name.text}` is declared twice"
    else:
        title = f"`{name.text}` and `{first.text}` differ only in case, which stores and file systems may ignore"
    where = "" if name.span.file == first.span.file else f" in {first.span.file}"
    report.error("F101", title, name.span, "rename one of them", Label(first.span, f"first declared here{where}"))


def _imports(file: tree.File, scope: _Scope, unread: Collection[str], report: Report) -> None:
    visible = set(scope.by_file[file.path])
    files = {module_of(path): path for path in scope.by_file}
    for statement in file.imports:
        module = imported(statement)
        if module in files:
            visible |= scope.by_file[files[module]]
        elif not {*paths_of(module)} & {*unread}:
            modules = [m for m, path in files.items() if path != file.path and not m.startswith(library.PREFIX)]
            report.error("F103", *_missing(module, modules, statement.span))
            scope.incomplete.add(file.path)
    scope.visible[file.path] = visible


def _missing(module: str, modules: list[str], span: Span) -> tuple[str, Span, str]:
    """What to say of an import of nothing; `modules` are those of the project."""
    if module.startswith(library.PREFIX):
        title = f"there is no file {paths_of(module)[0]} in the standard library"
        return title, span, did_you_mean(module, library.modules(), "its files")
    title = f"there is no file {paths_of(module)[0]} in the project"
    last = module.rpartition(".")[2]
    elsewhere = [known for known in modules if known.rpartition(".")[2] == last]
    if len(elsewhere) == 1:
        return title, span, f"did you mean `{elsewhere[0]}`?"
    advice = did_you_mean(module, modules, "the files to import") if modules else f"create it, or remove `{module}`"
    return title, span, advice


def _source(declaration: tree.Declaration, report: Report) -> SourceNames:
    for column in declaration.columns or ():
        if column.name.text.startswith("_tie"):
            report.error("F108", *_reserved(column.name))
    return SourceNames(declaration, declared_columns(declaration, "column", report))


def _features(
    declaration: tree.Declaration,
    scope: _Scope,
    sources: Mapping[str, SourceNames],
    templates: Templates,
    report: Report,
) -> FeaturesNames:
    if declaration.name.text.startswith("_"):
        title = f"`{declaration.name.text}` begins with `_`, like the folders that a run keeps for itself"
        report.error("F108", title, declaration.name.span, "choose another name")
    bindings: dict[str, tree.Binding] = {}
    uses: dict[str, tuple[Label, ...]] = {}
    expansion = templates.expand(declaration.body or ())
    for each in expansion.features:
        name = each.binding.name
        first = bindings.setdefault(name.text, each.binding)
        if first is not each.binding:
            title = f"the feature `{name.text}` is defined twice"
            span = each.uses[-1].span if each.uses else name.span
            advice = "give the features of one of them a name, as in `use … as other`" if each.uses else "rename one"
            earlier = uses.get(name.text)
            report.error(
                "F107", title, span, advice, Label(earlier[-1].span if earlier else first.name.span, "first here")
            )
            continue
        if each.uses:
            uses[name.text] = each.uses
        if name.text.startswith("_tie"):
            report.error("F108", *_reserved(name))
    read = _read_source(declaration, scope, sources, report)
    source, stream = (None, read) if isinstance(read, tree.Name) else (read, None)
    return FeaturesNames(declaration, source, bindings, uses, expansion.given, stream, expansion.missing)


def _template(declaration: tree.Declaration, found: Expansion) -> FeaturesNames:
    bindings = {each.binding.name.text: each.binding for each in reversed(found.features)}
    uses = {each.binding.name.text: each.uses for each in reversed(found.features)}
    return FeaturesNames(declaration, None, bindings, uses, found.given)


def _reserved(name: tree.Name) -> tuple[str, Span, str]:
    return f"`{name.text}` starts with `_tie`, which rows keep for themselves", name.span, "choose another name"


def _read_source(
    declaration: tree.Declaration, scope: _Scope, sources: Mapping[str, SourceNames], report: Report
) -> SourceNames | tree.Name | None:
    clauses = [clause for clause in declaration.clauses if isinstance(clause, tree.FromClause)]
    name = declaration.name
    if not clauses:
        report.error("F115", f"`{name.text}` does not say what it reads", name.span, "add `from` and a source")
        return None
    expressions = clauses[0].sources
    if len(expressions) > 1:
        names = ", ".join(each.name.text for each in expressions if isinstance(each, tree.Reference))
        advice = f"unite them first, as in `stream united from {names}`, and write `from united` here"
        report.error("F120", "features are computed from one source or stream", clauses[0].span, advice)
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
) -> SourceNames | tree.Name | None:
    """The source of a name, or the name again, if it is a stream's."""
    found = scope.declared.get(name.text)
    if found is None:
        if name.text not in scope.broken and name.span.file not in scope.incomplete:
            candidates = sorted(known for known in scope.visible[name.span.file] if known in sources)
            example = f"declare it, as in `source {name.text}(user_id: string, ts: timestamp) {{ time = ts }}`"
            advice = did_you_mean(name.text, candidates or sorted(sources), "the sources") if sources else example
            report.error("F102", f"there is no source `{name.text}`", name.span, advice)
        return None
    if found.kind.text not in {"source", "stream"}:
        title = f"`{name.text}` is a `{found.kind.text}`; features are computed from a source or a stream"
        label = Label(found.name.span, f"a `{found.kind.text}`")
        report.error("F120", title, name.span, "write the name of a source or stream after `from`", label)
        return None
    _check_visible(name, found, scope, report)
    return name if found.kind.text == "stream" else sources[name.text]


def _check_visible(name: tree.Name, found: tree.Declaration, scope: _Scope, report: Report) -> None:
    if name.text not in scope.visible[name.span.file] and name.span.file not in scope.incomplete:
        file = found.name.span.file
        title = f"`{name.text}` is declared in {file}, which this file does not import"
        report.error(
            "F104", title, name.span, f"add `import {module_of(file)}`", Label(found.name.span, "declared here")
        )


def _may_use(name: tree.Name, scope: _Scope, report: Report) -> bool:
    """Whether a `use` may go on with its template: it is one, or does not exist, which is then reported."""
    found = scope.declared.get(name.text)
    if found is None and (name.text in scope.broken or name.span.file in scope.incomplete):
        return False
    if found is None and name.text in library.templates():
        title = f"`{name.text}` is a template of the standard library, which this file does not import"
        report.error("F104", title, name.span, f"add `import {library.templates()[name.text]}`")
        return False
    if found is None:
        return True
    _check_visible(name, found, scope, report)
    if found.kind.text != "template":
        title = f"`{name.text}` is a `{found.kind.text}`, not a template"
        report.error("F125", title, name.span, "`use` puts in the features of a template")
    return found.kind.text == "template"
