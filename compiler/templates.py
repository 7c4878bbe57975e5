"""Templates: `use spend(amount=price)` puts the features of `template spend(amount: column<float>)` into a block.

A template is expanded in the tree, before types: its parameters stand for what they were given, its features get the
prefix of `as`. What is then wrong is reported in the template, with the place of the `use`. A template reads nothing
but its parameters and its own features, so what it means does not depend on where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from featlang.compiler import ir
from featlang.compiler.declared_types import declared_columns, declared_type
from featlang.compiler.functions import report_unknown
from featlang.compiler.habits import TYPES
from featlang.compiler.report import Report, did_you_mean, listed, takes, with_article
from featlang.compiler.walk import nodes_in, rewritten
from featlang.compiler.windows import COMPILED, NOT_COMPILED, report_unknown_window
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label
from featlang.dsl.suggest import nearest
from featlang.stdlib import library
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions import FUNCTIONS

MAX_EXPANDED = 10_000
"""The most features that a template, or the templates of one block, give."""

_LITERALS: Mapping[str, type] = {
    "int": tree.IntLiteral,
    "float": tree.FloatLiteral,
    "string": tree.StringLiteral,
    "bool": tree.BoolLiteral,
    "duration": tree.DurationLiteral,
}
_PARAMETERS = ("column", "list", *_LITERALS)
"""The types that parameters have, those in `list<…>` too."""
_TYPES_HELP = (
    "a parameter is a `column`, a `column<float>`, a `duration`, a `list<duration>`, or a value, as in `n: int`"
)
_CLAUSES = "a template has parameters and features; where it is used, the block says what it reads, by which key"


@dataclass(frozen=True, slots=True)
class Given:
    """A column that a template was given; what type it has is seen only where it is used."""

    expression: tree.Expression
    wanted: ir.TypeName | None
    """The type that the parameter declares, as in `column<float>`; None: any."""
    parameter: str
    template: str
    use: Label


@dataclass(frozen=True, slots=True)
class Expanded:
    """A feature of a block, or of a template; `uses` are the places of the `use`s that gave it, the outermost last."""

    binding: tree.Binding
    uses: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """Features in order, and the columns that templates were given for them.

    `missing` are names that a wrong `use` would have made, or what they begin with and `*`: reads of them stay silent.
    """

    features: tuple[Expanded, ...]
    given: tuple[Given, ...]
    missing: tuple[str, ...] = ()


class Templates:
    """The templates of a project."""

    def __init__(
        self,
        declared: Mapping[str, tree.Declaration],
        defined: Collection[str],
        visible: Callable[[tree.Name], bool],
        report: Report,
    ) -> None:
        """Check all of them, whether or not they are used.

        `defined` are the functions of the project. `visible` says whether a name may be used where it stands, and
        reports what is to be said if not.
        """
        self.declared = declared
        self.visible = visible
        self.report = report
        self.expanded: dict[str, Expansion | None] = {}
        self.wrong: set[str] = set()
        for name, declaration in declared.items():
            found, checked = self._of(name), Report()
            _check(declaration, checked)
            if found is not None and not found.missing:
                _check_names(declaration, [each.binding for each in found.features], checked)
                _check_calls(declaration, defined, checked)
            if found is None or found.missing or checked.failed:
                self.wrong.add(name)
            report.add(checked.ordered())

    def expand(self, entries: Iterable[tree.Entry], *, in_template: bool = False) -> Expansion:
        """The features of a block, or (`in_template`) a template, those of its templates in the place of `use`."""
        features: list[Expanded] = []
        given: list[Given] = []
        missing: list[str] = []
        for entry in entries:
            if isinstance(entry, tree.Binding):
                features.append(Expanded(entry))
                continue
            found = self._used(entry, in_template=in_template)
            missing += found.missing
            if len(features) + len(found.features) > MAX_EXPANDED:
                title = f"this makes more than {MAX_EXPANDED:,} features"
                self.report.error("F228", title, entry.span, "split it into blocks")
                missing.append("*")
                break
            features += found.features
            given += found.given
        return Expansion(tuple(features), tuple(given), tuple(missing))

    def unused(self, blocks: Iterable[tree.Declaration]) -> Iterator[tuple[tree.Declaration, Expansion]]:
        """The templates that none of these blocks uses, also by way of others, with their features."""
        waiting, used = [*blocks], set[str]()
        while waiting:
            for entry in waiting.pop().body or ():
                name = entry.template.function.text if isinstance(entry, tree.Use) else ""
                if name in self.declared and name not in used:
                    used.add(name)
                    waiting.append(self.declared[name])
        for name, declaration in self.declared.items():
            found = self._of(name)
            if name not in used and name not in self.wrong and found is not None:
                yield declaration, found

    def _used(self, use: tree.Use, *, in_template: bool) -> Expansion:
        """What one `use` gives."""
        name = use.template.function
        nothing = Expansion((), (), (f"{use.alias.text}_*" if use.alias else "*",))
        template = self.declared.get(name.text)
        if not self.visible(name):
            return nothing
        if template is None:
            advice = did_you_mean(name.text, [*self.declared, *library.templates()], "the templates")
            self.report.error("F125", f"there is no template `{name.text}`", name.span, advice)
            return nothing
        inner = self._of(name.text)
        arguments = self._arguments(use, template, in_template=in_template)
        if inner is None or inner.missing:
            return nothing
        own = {each.binding.name.text: _prefixed(use.alias, each.binding.name.text) for each in inner.features}
        if arguments is None or name.text in self.wrong:
            return Expansion((), (), tuple(own.values()))
        label = Label(name.span, "used here")
        swap = _Swap(arguments, own)
        columns = [
            Given(arguments[column.name.text], column_type(column.type), column.name.text, name.text, label)
            for column in template.columns or ()
            if column.type.name.text == "column"
        ]
        return Expansion(
            tuple(Expanded(swap.binding(each.binding), (*each.uses, label)) for each in inner.features),
            (*columns, *(replace(each, expression=swap(each.expression)) for each in inner.given)),
        )

    def _of(self, name: str) -> Expansion | None:
        """A template's own features, with those of the templates that it uses; None for one in a circle."""
        if name not in self.expanded:
            self.expanded[name] = None  # until it is known: whoever comes here again goes in a circle
            declaration = self.declared[name]
            circle = _Circle(self)
            if circle.found(name):
                title = f"`{name}` uses itself" if len(circle.path) == 1 else f"templates use each other: {circle}"
                self.report.error("F117", title, declaration.name.span, "remove one of the `use`s")
                return None
            self.expanded[name] = self.expand(declaration.body or (), in_template=True)
        return self.expanded[name]

    def _arguments(
        self, use: tree.Use, template: tree.Declaration, *, in_template: bool
    ) -> dict[str, tree.Expression] | None:
        """What each parameter stands for; None where that is not right."""
        declared = {column.name.text: column for column in template.columns or ()}
        found: dict[str, tree.Expression] = {}
        name, failed = template.name.text, False
        for position, argument in enumerate(use.template.arguments):
            if argument.name is None and position >= len(declared):
                title = f"`{name}` takes {takes(len(declared), len(use.template.arguments))}"
                advice = f"its parameters are {listed(declared)}" if declared else f"write `use {name}()`"
                self.report.error("F206", title, argument.span, advice)
                failed = True
                continue
            parameter = list(declared)[position] if argument.name is None else argument.name.text
            if parameter not in declared:
                span = argument.name.span if argument.name else argument.span
                advice = did_you_mean(parameter, list(declared), "its parameters")
                self.report.error("F206", f"`{name}` has no parameter `{parameter}`", span, advice)
                failed = True
            elif parameter in found:
                self.report.error("F206", f"`{parameter}` is given twice", argument.span, "keep one")
                failed = True
            elif not self._fits(declared[parameter], argument.value, in_template=in_template):
                failed = True
            found.setdefault(parameter, argument.value)
        for parameter, column in declared.items():
            if parameter not in found and column.default is not None:
                found[parameter] = column.default
        missing = [parameter for parameter in declared if parameter not in found]
        if missing and not failed:
            title = f"`{name}` is not given {listed(missing)}"
            label = Label(template.name.span, "the template")
            self.report.error("F206", title, use.template.span, f"add `{missing[0]}=…`", label)
        return None if failed or missing else found

    def _fits(self, column: tree.Column, value: tree.Expression, *, in_template: bool) -> bool:
        """Whether an argument can stand for a parameter, as far as that is known before types."""
        kind = column.type.name.text
        named = isinstance(value, tree.Reference) and (
            in_template or (kind, value.name.text) == ("duration", "forever")
        )
        if named or kind not in {*_LITERALS, "list"}:
            return True  # a parameter of an outer template, a window, or an expression over columns
        if kind == "list":
            if isinstance(value, tree.ListLiteral):
                return True
            advice = "write it in brackets, as in `[1h, 1d]`"
        else:
            literal = value.operand if isinstance(value, tree.Unary) and value.operator == "-" else value
            windowed = kind == "duration" and isinstance(value, tree.Call)
            if windowed or isinstance(literal, _LITERALS[kind]) or (kind, type(literal)) == ("float", tree.IntLiteral):
                return True
            advice = f"write {with_article(kind)}, as in `{_EXAMPLES[kind]}`"
        label = Label(column.name.span, "the parameter")
        self.report.error("F223", f"`{column.name.text}` takes {_kind(column.type)}", value.span, advice, label)
        return False


_EXAMPLES = {"int": "10", "float": "0.5", "string": '"text"', "bool": "true", "duration": "1h"}


class _Circle:
    """Looks for a way from a template back to itself."""

    def __init__(self, templates: Templates) -> None:
        self.templates = templates
        self.path: list[str] = []

    def found(self, start: str) -> bool:
        seen: set[str] = set()
        stack = [(start, [start])]
        while stack:
            name, path = stack.pop()
            for entry in self.templates.declared[name].body or ():
                following = entry.template.function.text if isinstance(entry, tree.Use) else ""
                if following == start:
                    self.path = path
                    return True
                if following in self.templates.declared and following not in seen:
                    seen.add(following)
                    stack.append((following, [*path, following]))
        return False

    def __str__(self) -> str:
        return " → ".join(f"`{name}`" for name in (*self.path, self.path[0]))


class _Swap:
    """Puts arguments in the place of parameters, and prefixed names in the place of a template's own."""

    def __init__(self, arguments: Mapping[str, tree.Expression], names: Mapping[str, str]) -> None:
        self.arguments = arguments
        self.names = names

    def __call__(self, node: Any) -> Any:
        return rewritten(node, self._given)

    def _given(self, node: Any) -> Any:
        if not isinstance(node, tree.Reference):
            return None
        name = node.name.text
        if name in self.arguments:
            return self.arguments[name]
        return replace(node, name=replace(node.name, text=self.names[name])) if name in self.names else node

    def binding(self, binding: tree.Binding) -> tree.Binding:
        """A feature of the template; a list of windows is written out in its `over`."""
        swapped: tree.Binding = self(binding)
        over: list[tree.Expression] = []
        for before, after in zip(binding.over, swapped.over, strict=True):
            is_list = isinstance(before, tree.Reference) and isinstance(after, tree.ListLiteral)
            over += after.items if is_list and isinstance(after, tree.ListLiteral) else (after,)
        name = replace(binding.name, text=self.names[binding.name.text])
        return replace(swapped, over=tuple(over), name=name)


def _prefixed(alias: tree.Name | None, name: str) -> str:
    if alias is None:
        return name
    hidden = name.startswith("_") and not alias.text.startswith("_")
    return f"{'_' if hidden else ''}{alias.text}_{name.lstrip('_') if hidden else name}"


def column_type(kind: tree.TypeExpression) -> ir.TypeName | None:
    """What a parameter's `column<float>` says; None: any type."""
    inner = kind.arguments[0].value if kind.arguments else None
    if not isinstance(inner, tree.TypeExpression):
        return None
    return declared_type(inner, Report())  # what is wrong with it was said where the template stands


def _kind(kind: tree.TypeExpression) -> str:
    return "a list" if kind.name.text == "list" else with_article(kind.name.text)


def _check(declaration: tree.Declaration, report: Report) -> None:
    """A template by itself: its parameters, and the names that it reads."""
    name = declaration.name
    for clause in declaration.clauses:
        word = type(clause).__name__.removesuffix("Clause").lower()
        report.error("F116", f"a template has no `{word}`", clause.span, _CLAUSES)
    if declaration.returns is not None:
        report.error("F116", "a template returns nothing", declaration.returns.span, "remove `->` and the type")
    if not declaration.body:
        report.error("F123", f"`{name.text}` defines nothing", name.span, "add a feature, as in `{ events = count() }`")
    declared_columns(declaration, "parameter", report)
    for column in declaration.columns or ():
        _check_type(column, report)


def _check_names(declaration: tree.Declaration, bindings: Sequence[tree.Binding], report: Report) -> None:
    """What a template reads; `bindings` are its features, those of its `use`s among them."""
    name = declaration.name
    parameters = {column.name.text: column for column in reversed(declaration.columns or ())}
    for binding in bindings:
        if binding.name.text in parameters:
            title = f"`{binding.name.text}` is a parameter"
            label = Label(parameters[binding.name.text].name.span, "declared here")
            report.error("F107", title, binding.name.span, "give the feature another name", label)
    known = {*parameters, *(binding.name.text for binding in bindings), "forever"}
    read: set[str] = set()
    for entry in declaration.body or ():
        for reference in nodes_in(entry, tree.Reference):
            text = reference.name.text
            read.add(text)
            if text not in known:
                title = f"`{text}` is no parameter of `{name.text}`, and none of its features"
                advice = did_you_mean(
                    text,
                    [*parameters, *(b.name.text for b in bindings), "forever", "null", "true", "false"],
                    "the names here",
                )
                if "did you mean" not in advice:
                    advice = f"a template reads only what it is given: add the parameter `{text}: column`"
                report.error("F124", title, reference.span, advice)
    for parameter, column in parameters.items():
        if parameter not in read and not report.failed:
            title = f"the parameter `{parameter}` is not used"
            report.warning("F303", title, column.name.span, "remove it, or use it")


def _check_calls(declaration: tree.Declaration, defined: Collection[str], report: Report) -> None:
    """The windows, aggregates and functions that a template names; what they are given is seen where it is used."""
    known = {*AGGREGATES, *FUNCTIONS, *COMPILED, *NOT_COMPILED, *defined}
    for entry in declaration.body or ():
        windows = entry.over if isinstance(entry, tree.Binding) else ()
        for call in nodes_in(entry, tree.Call):
            if call.function.text in known or (isinstance(entry, tree.Use) and call is entry.template):
                continue
            if any(call is window for window in windows):
                report_unknown_window(call.function, report)
            else:
                report_unknown(call.function, [*defined], report)


def _check_type(column: tree.Column, report: Report) -> None:
    kind = column.type
    inner = [each.value for each in kind.arguments]
    names = [each.name.text if isinstance(each, tree.TypeExpression) else None for each in inner]
    if kind.name.text == "column":
        right = not names or (len(inner) == 1 and isinstance(inner[0], tree.TypeExpression))
        if right and names and isinstance(inner[0], tree.TypeExpression):
            declared_type(inner[0], report)
    elif kind.name.text == "list":
        right = len(names) == 1 and names[0] in _LITERALS
    else:
        right = kind.name.text in _LITERALS and not names
    if not right or kind.nullable:
        unknown = next((each for each in (kind.name, *_names_within(kind)) if each.text not in _PARAMETERS), None)
        near = unknown and (TYPES.get(unknown.text.lower()) or nearest(unknown.text, _PARAMETERS))
        advice = f"did you mean `{near}`?" if near in _PARAMETERS else _TYPES_HELP
        report.error("F222", "this is no type of a parameter", kind.span, advice)


def _names_within(kind: tree.TypeExpression) -> list[tree.Name]:
    return [each.value.name for each in kind.arguments if isinstance(each.value, tree.TypeExpression)]
