"""What compiles, but is hardly meant: unused and doubled definitions, filters that decide nothing, unsaid growth."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from featlang.compiler import ir, typed
from featlang.compiler.check import names_in
from featlang.compiler.nullability import decided
from featlang.compiler.report import Report
from featlang.compiler.resolve import FeaturesNames, Names, imported
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label
from featlang.dsl.modules import module_of

HELPERS = ("def", "template", "model", "params", "rules")
"""Kinds of declarations that are there for others to use; so is a stream that writes no rows.

A table is not: training sets look it up, and nothing in a file says so.
"""

MANY = ("params", "rules")
"""Kinds whose name is a plural."""

_WORD = re.compile(r"\w+")


def lint(
    files: Sequence[tree.File], library: Sequence[tree.File], names: Names, checked: typed.Checked, *, whole: bool
) -> tuple[Diagnostic, ...]:
    """The warnings of the files of a project that has no errors; those of the standard library have none.

    `whole` says that the files are all of the project: only then is it known what nobody uses.
    """
    report = Report()
    if whole:
        _declarations(files, report)
    _imports(files, library, report)
    blocks = {block.name: block for block in checked.features}
    for block in names.features:
        found = blocks.get(block.declaration.name.text)
        if found is not None:
            _helpers(block, report)
            _doubles(block, found, report)
            _filters(block, found, report)
    _double_blocks(names, checked, report)
    _sequences(names, checked, report)
    return report.ordered()


# --- what nobody uses


def _declarations(files: Sequence[tree.File], report: Report) -> None:
    """Helpers that nothing names; a name in a comment counts as one."""
    words: Counter[str] = Counter()
    for file in files:
        words.update(_WORD.findall(file.text))
    for file in files:
        for declaration in file.declarations:
            name, kind = declaration.name, declaration.kind.text
            if words[name.text] > 1:
                continue
            title = f"the {kind} `{name.text}` {'are' if kind in MANY else 'is'} not used"
            if kind in HELPERS:
                them = "them" if kind in MANY else "it"
                report.warning("F302", title, name.span, f"remove {them}, or use {them}")
            elif kind == "stream" and not any(isinstance(each, tree.ToClause) for each in declaration.clauses):
                report.warning("F302", title, name.span, "write its rows, as in `to parquet(…)`, read it, or remove it")


def _imports(files: Sequence[tree.File], library: Sequence[tree.File], report: Report) -> None:
    """Imports of which a file names nothing; a file that declares nothing may be there to import."""
    declared = {module_of(file.path): {d.name.text for d in file.declarations} for file in (*library, *files)}
    for file in files:
        if not file.declarations:
            continue
        words = Counter(_WORD.findall(file.text))
        for statement in file.imports:
            words.subtract(_WORD.findall(file.text[statement.span.start : statement.span.end]))
        for statement in file.imports:
            module = imported(statement)
            if module in declared and not any(words[name] > 0 for name in declared[module]):
                title = f"nothing of `{module}` is used here"
                report.warning("F307", title, statement.span, "remove the import")


# --- blocks of features


def _helpers(block: FeaturesNames, report: Report) -> None:
    """Helpers that no feature reads."""
    read = {name for binding in block.bindings.values() for name in names_in(binding.value)}
    for name, binding in block.bindings.items():
        if name.startswith("_") and name not in read:
            with report.within(block.uses.get(name, ())):
                title = f"the helper `{name}` is not used"
                report.warning("F302", title, binding.name.span, "remove it, or name it without `_` to write it")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What makes two features the same."""

    expression: typed.Expression
    where: typed.Expression | None
    windows: tuple[ir.Window, ...]


def _meaning(feature: typed.Feature) -> _Meaning:
    return _Meaning(feature.expression, feature.where, tuple(own.window for own in feature.windows))


def _doubles(block: FeaturesNames, checked: typed.Features, report: Report) -> None:
    """Features that say the same as an earlier one; another name for a feature is meant."""
    first: dict[_Meaning, typed.Feature] = {}
    for feature in checked.features:
        if isinstance(feature.expression, (typed.FeatureRead, typed.Constant)) or feature.name in block.uses:
            continue
        earlier = first.setdefault(_meaning(feature), feature)
        if earlier is not feature and feature.written == earlier.written:
            title = f"`{feature.name}` is the same as `{earlier.name}`"
            label = Label(block.bindings[earlier.name].name.span, "the same")
            span = block.bindings[feature.name].name.span
            report.warning("F308", title, span, "remove one of them, or change what it computes", label)


def _double_blocks(names: Names, checked: typed.Checked, report: Report) -> None:
    """Blocks that say the same as an earlier one."""
    spans = {block.declaration.name.text: block.declaration.name.span for block in names.features}
    first: dict[object, str] = {}
    for block in checked.features:
        features = tuple((each.name, each.written, _meaning(each)) for each in block.features)
        earlier = first.setdefault((block.source, block.key, block.where, features), block.name)
        if earlier != block.name:
            title = f"`{block.name}` is the same as `{earlier}`"
            advice = "remove one of them: a block writes to several sinks, as in `to a(…), b(…)`"
            report.warning("F308", title, spans[block.name], advice, Label(spans[earlier], "the same"))


def _filters(block: FeaturesNames, checked: typed.Features, report: Report) -> None:
    """Filters that are true of all events, or of none."""
    clauses = [clause.condition for clause in block.declaration.clauses if isinstance(clause, tree.WhereClause)]
    written = [(clause, checked.where) for clause in clauses if block.stream is None]  # else it is the stream's too
    for feature in checked.features:
        condition = block.bindings[feature.name].where
        if condition is not None and feature.name not in block.uses:
            written.append((condition, feature.where))
    for condition, found in written:
        always = None if found is None else decided(found)
        if always is not None:
            title = "this filter is true of every event" if always else "this filter is true of no event"
            constant = isinstance(found, typed.Constant)
            advice = "compare a column, or remove it" if constant else "remove it: the column is never null"
            report.warning("F309", title, condition.span, advice)


# --- what is kept for good


def _sequences(names: Names, checked: typed.Checked, report: Report) -> None:
    """Sources whose numbers of each key are kept for good, where nothing that is said of a key's blocks is."""
    written = {source.declaration.name.text: source.declaration for source in names.sources}
    for source in checked.sources:
        keys = {block.key for block in checked.features if block.source == source.name}
        kept = {block.key for block in checked.features if block.source == source.name and _is_endless(block)}
        if source.order is None or source.order_ttl is not None or keys <= kept:
            continue
        bindings = [entry for entry in written[source.name].body or () if isinstance(entry, tree.Binding)]
        order = next(binding for binding in bindings if binding.name.text == "order")
        title = f"the last `{source.order}` of each key is kept for good"
        advice = f"write `arrival({source.order}, ttl=30d)`: a key that was silent so long is forgotten"
        report.warning("F311", title, order.value.span, advice)


def _is_endless(block: typed.Features) -> bool:
    """Whether a window of it keeps each key for good, and says so."""
    return any(own.window == ir.Forever() for feature in block.features for own in feature.windows)
