"""`def`: functions written in the language. A call becomes the body, with the arguments in the place of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from featlang.compiler.declared_types import declared_columns, declared_type
from featlang.compiler.nullability import Facts, may_be_null
from featlang.compiler.on_demand import OnDemand, Words
from featlang.compiler.report import Report, did_you_mean, listed, takes, with_article
from featlang.compiler.structures import kind_of, structure
from featlang.compiler.substitution import MAX_SIZE, leaves, replaced, size_of
from featlang.compiler.typed import ColumnRead, Constant, Expression
from featlang.compiler.types import Null, fitted
from featlang.compiler.written import written
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label

WORDS = Words("calls", "called", "definitions call each other", "definitions", "write one of them without the others")


@dataclass(frozen=True, slots=True)
class Definition:
    """A `def` whose body has its declared type."""

    declaration: tree.Declaration
    parameters: tuple[ColumnRead, ...]
    body: Expression


Typing = Callable[[tree.Expression, Mapping[str, ColumnRead | None], str], Expression | Null | None]
"""Types an expression over parameters; the text names the definition in messages."""


class Definitions:
    """The definitions of a project, each typed when it is first asked for."""

    def __init__(
        self,
        declared: Mapping[str, tree.Declaration],
        report: Report,
    ) -> None:
        """`report` is told what is wrong with them."""
        self.declared = declared
        self.report = report
        self._on_demand = OnDemand(report, WORDS)

    def of(self, name: str, typing: Typing) -> Definition | None:
        """The definition of a declared name; None where it is wrong, which was reported."""
        declaration = self.declared[name]
        return self._on_demand.of(declaration.name, lambda: self._typed(declaration, typing))

    def _typed(self, declaration: tree.Declaration, typing: Typing) -> Definition | None:
        name = declaration.name
        self._check_shape(declaration)
        declared_columns(declaration, "parameter", self.report)
        parameters: dict[str, ColumnRead | None] = {}
        for column in declaration.columns or ():
            if column.default is not None:
                title = "a parameter of a `def` has no default"
                self.report.error("F116", title, column.default.span, "give it in every call")
            kind = declared_type(column.type, self.report)
            read = None if kind is None else ColumnRead(column.name.text, kind, column.type.nullable)
            parameters[column.name.text] = read
        returns = declared_type(declaration.returns, self.report) if declaration.returns is not None else None
        if declaration.value is None or declaration.returns is None:
            return None  # the parser has said so
        body = typing(declaration.value, parameters, f"`{name.text}`")
        known = [parameter for parameter in parameters.values() if parameter is not None]
        if body is None or returns is None or len(known) < len(declaration.columns or ()):
            return None
        nullable = declaration.returns.nullable
        if isinstance(body, Null):
            body = Constant(returns, None)
        body = fitted(body, returns) or body
        if body.type != returns:
            title = f"`{name.text}` says that it gives {with_article(returns)}; this is {with_article(body.type)}"
            label = Label(declaration.returns.span, "declared here")
            convert = "convert it"
            if kind_of(returns) == "decimal" and kind_of(body.type) in {"int", "float", "decimal"}:
                digits = structure(returns)
                convert = f"`to_decimal({written(declaration.value)}, {digits.precision}, {digits.scale})`"
            self.report.error("F203", title, declaration.value.span, f"write `-> {body.type}`, or {convert}", label)
            return None
        if body.nullable and not nullable:
            title = f"`{name.text}` may give null, and says `{returns}`"
            label = Label(declaration.returns.span, "declared here")
            self.report.error(
                "F229", title, declaration.value.span, f"write `-> {returns}?`, or end it with `?? …`", label
            )
            return None
        self._warn_of_unused(declaration, body)
        return Definition(declaration, tuple(known), body)

    def _check_shape(self, declaration: tree.Declaration) -> None:
        for clause in declaration.clauses:
            word = type(clause).__name__.removesuffix("Clause").lower()
            self.report.error("F116", f"a `def` has no `{word}`", clause.span, "give it what it needs as parameters")
        for annotation in declaration.annotations:
            title = f"there is no `@{annotation.name.text}` of a `def`"
            self.report.error("F114", title, annotation.span, "remove it")

    def _warn_of_unused(self, declaration: tree.Declaration, body: Expression) -> None:
        read = {each.name for each in leaves(body) if isinstance(each, ColumnRead)}
        for column in declaration.columns or ():
            if column.name.text not in read:
                title = f"the parameter `{column.name.text}` is not used"
                self.report.warning("F303", title, column.name.span, "remove it, or use it")


def call(
    node: tree.Call,
    definition: Definition,
    arguments: Sequence[Expression | Null | None],
    facts: Facts,
    report: Report,
) -> Expression | None:
    """The body with the arguments of a call (None: reported before) in the place of its parameters.

    `facts` are what is not null where the call stands.
    """
    name = node.function.text
    parameters = {parameter.name: parameter for parameter in definition.parameters}
    given = given_by_name(name, definition.declaration, definition.parameters, node, arguments, report)
    if given is None:
        return None
    values = {key: fitting(name, parameters[key], *given[key], facts, report) for key in parameters}
    if any(value is None for value in values.values()):
        return None
    found = replaced(definition.body, {key: value for key, value in values.items() if value is not None})
    if size_of(found) > MAX_SIZE:
        title = f"with the bodies of what it calls, this has more than {MAX_SIZE} operators and values"
        report.error("F228", title, node.span, "give parts of it names of their own, as in `_part = …`")
        return None
    return found


def given_by_name(
    name: str,
    declaration: tree.Declaration,
    declared: Sequence[ColumnRead],
    node: tree.Call,
    arguments: Sequence[Expression | Null | None],
    report: Report,
) -> dict[str, tuple[tree.Argument, Expression | Null | None]] | None:
    """The arguments of a call by the names of the parameters; None where they are not all there, each once."""
    given: dict[str, tuple[tree.Argument, Expression | Null | None]] = {}
    parameters = {parameter.name: parameter for parameter in declared}
    for position, (argument, typed) in enumerate(zip(node.arguments, arguments, strict=True)):
        if argument.name is None and position >= len(parameters):
            title = f"`{name}` takes {takes(len(parameters), len(arguments))}"
            advice = f"its parameters are {listed(parameters)}" if parameters else f"write `{name}()`"
            report.error("F206", title, argument.span, advice)
            return None
        parameter = list(parameters)[position] if argument.name is None else argument.name.text
        if parameter not in parameters:
            span = argument.name.span if argument.name else argument.span
            advice = did_you_mean(parameter, list(parameters), "its parameters")
            report.error("F206", f"`{name}` has no parameter `{parameter}`", span, advice)
            return None
        if parameter in given:
            report.error("F206", f"`{parameter}` is given twice", argument.span, "keep one")
            return None
        given[parameter] = argument, typed
    missing = [parameter for parameter in parameters if parameter not in given]
    if missing:
        label = Label(declaration.name.span, "defined here")
        report.error("F206", f"`{name}` is not given {listed(missing)}", node.span, "give it every argument", label)
        return None
    return given


def fitting(
    name: str,
    parameter: ColumnRead,
    argument: tree.Argument,
    typed: Expression | Null | None,
    facts: Facts,
    report: Report,
) -> Expression | None:
    """An argument as its parameter takes it."""
    if typed is None:
        return None
    if isinstance(typed, Null):
        typed = Constant(parameter.type, None)
    typed = fitted(typed, parameter.type) or typed
    if typed.type != parameter.type:
        title = (
            f"`{name}` takes {with_article(parameter.type)} as `{parameter.name}`, this is {with_article(typed.type)}"
        )
        report.error("F205", title, argument.value.span, f"give it {with_article(parameter.type)}")
        return None
    if not parameter.nullable and may_be_null(typed, facts):
        title = f"`{parameter.name}` of `{name}` may not be null, and this may"
        text = written(argument.value)
        default = f"{text if text != '…' else 'x'} ?? …"
        advice = f"write a default, as in `{default}`, or declare `{parameter.name}: {parameter.type}?`"
        report.error("F229", title, argument.value.span, advice)
        return None
    return typed
