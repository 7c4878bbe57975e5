"""Types: from bound names to a typed tree, with everything that can be wrong in a block reported."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from featlang.compiler import ir, typed
from featlang.compiler.advice import texts_of
from featlang.compiler.connectors import KINDS, connector, scalar
from featlang.compiler.expressions import FamilyUse, Typer
from featlang.compiler.report import SHOWN_NAMES, Report, did_you_mean, with_article
from featlang.compiler.resolve import FeaturesNames, Names, SourceNames
from featlang.compiler.sources import check_columns, check_source, orders_simultaneous, time_column
from featlang.compiler.types import KEY_TYPES
from featlang.compiler.windows import windows
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label

Annotations = dict[str, tuple[bool | int | float | str, ...]]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

STORED_NAMES = ("as_of", "_written")
"""The columns that a stored row has besides its keys and features."""

ORDER_AGGREGATES = ("first", "last")
"""Aggregates whose value depends on the order of simultaneous events."""


def check(names: Names) -> tuple[typed.Checked | None, tuple[Diagnostic, ...]]:
    """Type a project; None where an error was found."""
    report = Report()
    sources: list[typed.Source] = []
    columns: dict[str, dict[str, ir.Column | None]] = {}
    for source in names.sources:
        found = Report()
        name = source.declaration.name.text
        columns[name] = check_columns(source, found)
        checked = check_source(source, columns[name], found)
        report.add(found.ordered())
        if checked is not None:
            sources.append(checked)
    features: list[typed.Features] = []
    for block in names.features:
        found = Report()
        known = columns[block.source.declaration.name.text] if block.source else None
        checked_block = _Block(block, known, names.reported, found).check()
        report.add(found.ordered())
        if checked_block is not None:
            features.append(checked_block)
    _check_jobs(names.features, features, report)
    program = None if report.failed else typed.Checked(tuple(sources), tuple(features))
    return program, report.ordered()


def _check_jobs(blocks: Sequence[FeaturesNames], checked: Sequence[typed.Features], report: Report) -> None:
    """What reads one source is one job, named after it or by `@job`; no two jobs have one name."""
    spans = {b.declaration.name.text: a.span for b in blocks for a in b.declaration.annotations if a.name.text == "job"}
    named: dict[str, str] = {}
    for block in checked:
        for value in block.annotations.get("job", ()):
            job = named.setdefault(block.source, str(value))
            if job != value:
                title = f"what reads `{block.source}` is one job, named `{job}` already"
                report.error("F122", title, spans[block.name], f'write `@job("{job}")`, or remove it')
    owners: dict[str, str] = {}
    for block in checked:
        job = named.get(block.source, block.source)
        owner = owners.setdefault(job.casefold(), block.source)
        if owner != block.source:
            title = f"the jobs of `{owner}` and `{block.source}` are both named `{job}`"
            span = next(
                spans[each.name] for each in checked if each.name in spans and each.source in {owner, block.source}
            )
            report.error("F122", title, span, "give one of them another name")


@dataclass(frozen=True, slots=True)
class _Header:
    """The clauses of a block; a part that was reported is as if it were not there."""

    key: tuple[str, ...]
    where: typed.Expression | None
    windows: tuple[typed.Window, ...] | None
    """None: there is an `over`, and it was reported."""
    sinks: tuple[ir.Connector, ...]


class _Block:
    """Checks one `features` block."""

    def __init__(
        self,
        names: FeaturesNames,
        columns: Mapping[str, ir.Column | None] | None,
        reported: frozenset[str],
        report: Report,
    ) -> None:
        self.names = names
        self.reported = reported
        self.declaration = names.declaration
        self.declared = columns
        self.columns = None if columns is None else {name: _read(column) for name, column in columns.items()}
        self.report = report
        self.features: dict[str, typed.Feature | None] = dict.fromkeys(names.bindings)
        self.circular: set[str] = set()
        self.reads = _reads(names.bindings)

    def check(self) -> typed.Features | None:
        """Check everything there is; None where an error was found."""
        self._check_shape()
        annotations = self._annotations()
        header = self._header()
        self._check_names(header)
        order = self._order()
        for name in order:
            self.features[name] = self._feature(self.names.bindings[name], header)
        self._check_made_names(header)
        if not self.report.failed:
            self._check_helpers()
        if self.report.failed or self.names.source is None:
            return None
        declared = [self.features[name] for name in self.names.bindings]
        return typed.Features(
            name=self.declaration.name.text,
            source=self.names.source.declaration.name.text,
            key=header.key,
            where=header.where,
            features=tuple(feature for feature in declared if feature is not None),
            ordered=tuple(order),
            sinks=header.sinks,
            doc=self.declaration.doc,
            annotations=annotations,
            span=self.declaration.span,
        )

    # --- the head

    def _check_shape(self) -> None:
        declaration, report = self.declaration, self.report
        if declaration.columns is not None:
            report.error("F116", "features have no list of columns", declaration.name.span, "name them in the block")
        if declaration.returns is not None:
            report.error("F116", "features return nothing", declaration.returns.span, "remove `->` and the type")
        for clause in declaration.clauses:
            if isinstance(clause, tree.LookupClause):
                title = "`lookup` parses, but is not compiled yet"
                report.error("F502", title, clause.span, "leave it out: features read the columns of their source")
            elif isinstance(clause, tree.KeepClause):
                report.error(
                    "F116", "`keep` belongs to a stream", clause.span, "aggregate what is needed, as in `last(x)`"
                )
        named = declaration.name
        if declaration.body is None:
            report.error("F123", f"`{named.text}` has no block", named.span, "add one, as in `{ events = count() }`")
        elif not any(isinstance(entry, tree.Use) or not entry.name.text.startswith("_") for entry in declaration.body):
            report.error("F123", f"`{named.text}` defines no feature", named.span, "add one, as in `events = count()`")

    def _header(self) -> _Header:
        where: typed.Expression | None = None
        found_windows: tuple[typed.Window, ...] | None = ()
        sinks: list[ir.Connector] = []
        key: tuple[str, ...] | None = None
        for clause in self.declaration.clauses:
            match clause:
                case tree.WhereClause(condition):
                    where = self._filter(condition)
                case tree.OverClause(expressions):
                    found_windows = windows(expressions, self.report)
                case tree.ByClause(names):
                    key = self._key(names)
                case tree.ToClause(expressions):
                    found = [connector(expression, self.report, writes=True) for expression in expressions]
                    sinks.extend(sink for sink in found if sink is not None)
        if key is None:
            name = self.declaration.name
            advice = "add `by` and the columns to group by, as in `by user_id`"
            self.report.error("F115", f"`{name.text}` has no key", name.span, advice)
        return _Header(key or (), where, found_windows, tuple(sinks))

    def _filter(self, condition: tree.Expression) -> typed.Expression | None:
        rows = Typer(self.report, self.columns, self.features, "`where`", self.reported)
        return rows.condition(condition, "`where`")

    def _key(self, names: Sequence[tree.Name]) -> tuple[str, ...]:
        key: dict[str, None] = {}
        for name in names:
            if name.text in key:
                self.report.error("F121", f"`{name.text}` stands in the key twice", name.span, "keep one")
            key[name.text] = None
            if self.declared is None:
                continue
            if name.text not in self.declared:
                advice = did_you_mean(name.text, list(self.declared), "the columns")
                self.report.error("F109", f"there is no column `{name.text}`", name.span, advice)
                continue
            column = self.declared[name.text]
            if column is not None and column.type not in KEY_TYPES:
                title = f"`{name.text}` is {with_article(column.type)}, which is no key"
                self.report.error("F214", title, name.span, f"a key is one of {', '.join(KEY_TYPES)}")
        return tuple(key)

    def _annotations(self) -> Annotations:
        found: Annotations = {}
        for annotation in self.declaration.annotations:
            name = annotation.name.text
            if name in found:
                self.report.error("F107", f"`@{name}` is written twice", annotation.span, "keep one")
            for argument in annotation.arguments:
                if argument.name is not None:
                    advice = f'write it as in `@{name}("text")`'
                    self.report.error("F206", f"`@{name}` takes no named arguments", argument.name.span, advice)
            values = [scalar(argument.value, self.report) for argument in annotation.arguments]
            found[name] = tuple(value for value in values if value is not None)
            if name == "job" and not (len(values) == 1 and isinstance(values[0], str) and IDENTIFIER.match(values[0])):
                advice = 'write it as in `@job("clicks_hourly")`: letters, digits and `_`'
                self.report.error("F223", "`@job` takes the name of a job", annotation.span, advice)
        return found

    # --- names

    def _check_names(self, header: _Header) -> None:
        """A feature may not be named as a key or the time column: the row holds those as well."""
        source = self.names.source
        time = time_column(source) if source else None
        for name, binding in self.names.bindings.items():
            if name in header.key or name == time:
                what = "the time column" if name == time else "a key"
                title = f"`{name}` is {what}, which every row holds under that name"
                self.report.error("F108", title, binding.name.span, "choose another name")
        if any(KINDS[sink.kind].stores for sink in header.sinks):
            self._check_stored_names()

    def _check_stored_names(self) -> None:
        """The rows of a store have columns of their own, also where case is ignored."""
        keys = [clause.keys for clause in self.declaration.clauses if isinstance(clause, tree.ByClause)]
        written = [b.name for b in self.names.bindings.values() if not b.name.text.startswith("_")]
        for name in (*itertools.chain(*keys), *written):
            if name.text.casefold() in STORED_NAMES:
                title = f"`{name.text}` is a column that stored rows keep for themselves"
                self.report.error("F108", title, name.span, "choose another name")

    def _check_made_names(self, header: _Header) -> None:
        """The columns of a row have different names, also where case is ignored."""
        source = self.names.source
        made: dict[str, tuple[str, str, tree.Name | None]] = {
            name.casefold(): (name, name, None) for name in header.key
        }
        time = time_column(source) if source else None
        if time is not None:
            made[time.casefold()] = (time, time, None)
        for name, feature in self.features.items():
            binding = self.names.bindings[name]
            for column in _columns_of(feature) if feature else ():
                known = made.setdefault(column.casefold(), (column, name, binding.name))
                if known[1] == name:
                    continue
                same = f"`{name}` and `{known[1]}` both make `{column}`"
                case = f"the columns `{column}` and `{known[0]}` differ only in case, which stores may ignore"
                title = same if known[0] == column else case
                labels = [Label(known[2].span, "makes it too")] if known[2] else []
                self.report.error("F118", title, binding.name.span, "rename one of them", *labels)
                break

    def _check_helpers(self) -> None:
        read = {name for names in self.reads.values() for name in names}
        for name, binding in self.names.bindings.items():
            if name.startswith("_") and name not in read:
                title = f"the helper `{name}` is not used"
                self.report.warning("F302", title, binding.name.span, "remove it, or name it without `_` to write it")

    # --- the order in which features can be computed

    def _order(self) -> list[str]:
        """All features, each after those it reads, else as declared; a circle is reported and cut."""
        reads = self.reads
        done: dict[str, None] = {}
        for start in reads:
            if start in done:
                continue
            path = {start: None}
            stack = [(start, iter(reads[start]))]
            while stack:
                rest = stack[-1][1]
                following = next((other for other in rest if other not in done), None)
                if following is None:
                    stack.pop()
                    done[path.popitem()[0]] = None
                elif following in path:
                    names = list(path)
                    self._report_circle([*names[names.index(following) :], following])
                else:
                    path[following] = None
                    stack.append((following, iter(reads[following])))
        return list(done)

    def _report_circle(self, path: list[str]) -> None:
        span = self.names.bindings[path[0]].name.span
        cut = [*path[:SHOWN_NAMES], "…", path[-1]] if len(path) > SHOWN_NAMES + 1 else path
        shown = " → ".join(f"`{name}`" for name in cut)
        title = f"`{path[0]}` reads itself" if path[0] == path[1] else f"features read each other in a circle: {shown}"
        self.report.error("F117", title, span, "compute one of them from columns alone")
        self.circular.update(path)

    # --- features

    def _feature(self, binding: tree.Binding, header: _Header) -> typed.Feature | None:
        self._check_binding(binding)
        typer = Typer(self.report, self.columns, self.features, None, self.reported)
        expression = typer.value(binding.value)
        where = None if binding.where is None else self._filter(binding.where)
        own = windows(binding.over, self.report) if binding.over else header.windows
        aggregates = typer.aggregates
        self._warn_of_order(aggregates)
        if not aggregates:
            self._refuse_ends(binding)
            own = typer.families[0].windows if typer.families else ()
        elif own == ():
            title = f"`{binding.name.text}` aggregates over no window"
            advice = "write one last, as in `over 1h`, here or in the head of the block"
            self.report.error("F215", title, aggregates[0].span, advice)
            return None
        if own is None or expression is None or (binding.where is not None and where is None):
            return None
        if not typer.mixed and not self._families_fit(typer.families, own, aggregates):
            return None
        if typer.mixed or binding.name.text in self.circular:
            return None
        return typed.Feature(binding.name.text, own, expression, where, binding.doc, binding.span)

    def _check_binding(self, binding: tree.Binding) -> None:
        if binding.type is not None:
            self.report.error("F116", "the type of a feature is found, not declared", binding.type.span, "remove it")
        if binding.when is not None:
            self.report.error(
                "F116", "`when` belongs to rules", binding.when.span, "write `where`, or `if … then … else …`"
            )
        for annotation in binding.annotations:
            title = f"`@{annotation.name.text}` on a feature is not compiled yet"
            self.report.error("F508", title, annotation.span, "remove it")

    def _refuse_ends(self, binding: tree.Binding) -> None:
        """`where` and `over` say nothing where nothing is aggregated."""
        for word, end in (("where", binding.where), ("over", binding.over[0] if binding.over else None)):
            if end is not None:
                title = f"`{word}` has nothing to apply to: `{binding.name.text}` aggregates nothing itself"
                advice = (
                    "pick a window, as in `clicks[1h]`" if word == "over" else "put it on the feature that aggregates"
                )
                self.report.error("F221", title, end.span, advice)

    def _families_fit(
        self, families: Sequence[FamilyUse], own: tuple[typed.Window, ...], aggregates: Sequence[tree.Call]
    ) -> bool:
        mine = {window.window for window in own}
        for family in families:
            if {window.window for window in family.windows} != mine:
                other = f"`{aggregates[0].function.text}`" if aggregates else f"`{families[0].text}`"
                span = aggregates[0].span if aggregates else families[0].span
                has = "has windows" if len(own) > 1 else "has"
                common = [window.text for window in family.windows if window.window in mine]
                member = (common or [family.windows[0].text])[0]
                self.report.error(
                    "F204",
                    f"`{family.text}` has windows {texts_of(family.windows)} and {other} {has} {texts_of(own)}",
                    family.span,
                    f"pick one window, as in `{family.text}[{member}]`, or give both the same windows",
                    Label(span, texts_of(own)),
                )
                return False
        return True

    def _warn_of_order(self, aggregates: Sequence[tree.Call]) -> None:
        source: SourceNames | None = self.names.source
        if source is None or orders_simultaneous(source):
            return
        for call in aggregates:
            if call.function.text in ORDER_AGGREGATES:
                name = source.declaration.name
                title = f"`{call.function.text}` on a source without `ties`: simultaneous events are ordered by content"
                advice = f"add `ties = […]` to `{name.text}` with a column that orders them"
                self.report.warning("F301", title, call.span, advice, Label(name.span, "the source"))


def _reads(bindings: Mapping[str, tree.Binding]) -> dict[str, tuple[str, ...]]:
    """The features that each feature reads, by their names in its expression."""
    return {name: tuple(n for n in names_in(b.value) if n in bindings) for name, b in bindings.items()}


def names_in(expression: tree.Expression) -> list[str]:
    """The names that stand outside calls: those of features, in the order of the text, each once."""
    found: dict[str, None] = {}
    stack: list[tree.Expression] = [expression]
    while stack:
        match stack.pop():
            case tree.Reference(name):
                found[name.text] = None
            case tree.Index(base):
                stack.append(base)
            case tree.Unary(_, operand) | tree.IsNull(operand):
                stack.append(operand)
            case tree.Binary(_, left, right):
                stack += (right, left)
            case tree.If(condition, then, otherwise):
                stack += (otherwise, then, condition)
            case tree.ListLiteral(items):
                stack += reversed(items)
            case _:
                pass
    return list(found)


def _read(column: ir.Column | None) -> typed.ColumnRead | None:
    return None if column is None else typed.ColumnRead(column.name, column.type, column.nullable)


def _columns_of(feature: typed.Feature) -> list[str]:
    return [f"{feature.name}_{w.suffix}" for w in feature.windows] if feature.family else [feature.name]
