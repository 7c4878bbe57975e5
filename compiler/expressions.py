"""Expressions: from the tree, with names, to typed and folded ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args

from featlang.compiler.advice import (
    mixed_types,
    no_field,
    no_item,
    not_a_bool,
    texts_of,
    unknown_column,
    unknown_feature,
    unknown_field,
)
from featlang.compiler.definitions import Definitions, call, fitting, given_by_name
from featlang.compiler.functions import aggregate, function, report_misplaced, report_unknown
from featlang.compiler.literals import Literal, literal, whole_number
from featlang.compiler.nullability import NOTHING, Facts, decided, if_true, may_be_null, unless_true
from featlang.compiler.report import Report, did_you_mean, listed, with_article
from featlang.compiler.scopes import Callee, Readable, RowScope
from featlang.compiler.structures import kind_of, list_of, structure, united
from featlang.compiler.typed import Called, ColumnRead, Constant, Expression, Feature, FeatureRead, Window, depth_of
from featlang.compiler.types import (
    MAX_DEPTH,
    NoMeaning,
    Null,
    arithmetic,
    as_type,
    comparison,
    contains,
    item,
    negated,
    of_one_type,
    operation,
    to_float,
    unified,
)
from featlang.compiler.types import field as field_of
from featlang.compiler.windows import is_window, written_window
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label, Span
from featlang.dsl.modules import module_of
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions import FUNCTIONS

MAX_NESTING = 200
"""The deepest tree that is walked: what the parser lets through, and well within Python's stack."""

MAX_LISTED = 10_000
"""The most values in the lists of one expression. Its code holds those that are written out in tables."""

_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions that expressions may call, and which of them each file sees."""

    definitions: Definitions
    visible: Mapping[str, Collection[str]]
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kind of each declaration of the project."""

    def check_visible(self, name: tree.Name, report: Report) -> None:
        """A function is declared in the file that calls it, or in one that is imported there."""
        if name.text not in self.visible.get(name.span.file, ()):
            declared = self.definitions.declared[name.text].name.span
            title = f"`{name.text}` is declared in {declared.file}, which this file does not import"
            label = Label(declared, "declared here")
            report.error("F104", title, name.span, f"add `import {module_of(declared.file)}`", label)


@dataclass(frozen=True, slots=True)
class Context:
    """What expressions of a place may use, and what is known there.

    Functions and features among the names that were `reported` are not reported again. `noun` is what messages call
    what rows hold; `scope` is what rows of streams read besides. `facts` are what is known not to be null, `row_facts`
    what of an event inside aggregates.
    """

    functions: Functions
    reported: Container[str] = ()
    noun: str = "column"
    scope: RowScope | None = None
    facts: Facts = NOTHING
    row_facts: Facts = NOTHING


BARE = Context(Functions(Definitions({}, Report()), {}))
"""Where nothing may be used but what is written out."""


@dataclass(frozen=True, slots=True)
class FamilyUse:
    """A family that an expression reads whole, so window by window."""

    text: str
    windows: tuple[Window, ...]
    span: Span


class Typer:
    """Types expressions of one scope.

    `columns` are what rows hold (None: unknown, ask nothing); a column that is None was reported before, and
    reads of it stay silent. `features` are the features of the block that an expression may read, None likewise. An
    expression that is wrong is None, and a diagnostic; an untyped `null` is `Null`.
    """

    def __init__(
        self,
        report: Report,
        columns: Mapping[str, ColumnRead | None] | None,
        features: Mapping[str, Feature | None],
        inside: str | None = None,
        context: Context = BARE,
    ) -> None:
        """`inside` says where rows are read, as in "`where`" or "`sum`"; None at the level of features."""
        self.report = report
        self.columns = columns
        self.features = features
        self.inside = inside
        self.context = context
        self.functions = context.functions
        self.reported = context.reported
        self.scope = context.scope
        self.facts = context.facts
        self.below: list[str] = []  # columns that a stream computes after this
        self.families: list[FamilyUse] = []
        self.aggregates: list[tree.Call] = []
        self.reads: list[str] = []
        self.mixed = False
        self._nesting = 0
        self._listed = 0
        self._compared: tree.Binary | None = None

    # --- what checks ask for

    def value(self, node: tree.Expression) -> Expression | None:
        """Type an expression that must have a type of its own."""
        typed = self.expression(node)
        if isinstance(typed, Null):
            self.report.error("F213", "`null` alone has no type", node.span, "write a value, or leave it out")
            return None
        return typed

    def condition(self, node: tree.Expression, what: str) -> Expression | None:
        """Type an expression that must be a bool; `what` names the place, as in `` `where` ``."""
        typed = self.value(node)
        if typed is not None and typed.type != "bool":
            title = f"{what} takes a bool, this is {with_article(typed.type)}"
            self.report.error("F202", title, node.span, "compare it with something, as in `x > 0`")
            return None
        return typed

    def expression(self, node: tree.Expression) -> Expression | Null | None:
        """Type any expression."""
        if self._nesting > MAX_NESTING:
            self._too_deep(node)
            return None
        self._nesting += 1
        try:
            typed: Expression | Null | None = self._methods[type(node)](self, node)
        finally:
            self._nesting -= 1
        if typed is not None and not isinstance(typed, Null) and depth_of(typed) > MAX_DEPTH:
            self._too_deep(node)
            return None
        return typed

    def _too_deep(self, node: tree.Expression) -> None:
        title = f"this has more than {MAX_DEPTH} operators, one within the other"
        advice = "give a part a name of its own, as in `_part = …`, and use that"
        if self.inside is not None:
            advice = "filter in the head of the block as well, or look values up in a list, as in `x in [1, 2]`"
        self.report.error("F212", title, node.span, advice)

    # --- literals

    def _literal(self, node: Literal) -> Expression | Null | None:
        return literal(node, self.report)

    def _list(self, node: tree.ListLiteral) -> Expression | None:
        """A list of values that are written out or computed; all have one type."""
        before = len(self.families)
        items = [self.expression(each) for each in node.items]
        for other in self.families[before + 1 :]:
            self._equal_windows(self.families[before], other, ",")
        known = [each for each in items if isinstance(each, Expression)]
        if any(each is None for each in items) or not self._few_listed(node):
            return None
        if not known:
            self.report.error("F226", "a list of nothing has no type", node.span, "list what it holds")
            return None
        typed = of_one_type([each for each in items if each is not None])
        if isinstance(typed, int):
            types = " and ".join(
                with_article(one.type) for one in (known[0], items[typed]) if isinstance(one, Expression)
            )
            self.report.error("F203", f"a list holds {types}", node.items[typed].span, "list values of one type")
            return None
        nullable = any(may_be_null(each, self.facts) for each in typed)
        return operation("list", typed, list_of(typed[0].type, nullable=nullable))

    def _few_listed(self, node: tree.ListLiteral) -> bool:
        """Whether the lists of the expression are not too long yet, this one with them."""
        self._listed += len(node.items)
        if self._listed > MAX_LISTED:
            title = f"there are more than {MAX_LISTED:,} values in lists here"
            self.report.error("F228", title, node.span, "compute it before it reaches this source")
        return self._listed <= MAX_LISTED

    # --- names

    def _reference(self, node: tree.Reference) -> Expression | None:
        return self._column(node.name) if self.inside is not None else self._feature(node.name)

    def _column(self, name: tree.Name) -> Expression | None:
        if self.columns is None:
            return None
        column = self.columns.get(name.text, _MISSING)
        if column is not _MISSING:
            found: ColumnRead | None = column
            return found
        if not self.columns and not self.features:
            title = f"`{name.text}` is a name; {self.inside} takes a value"
            self.report.error("F223", title, name.span, 'write a value, as in `"text"`, `10`, `5m` or `true`')
        elif name.text in self.features:
            title = f"`{name.text}` is a feature; {self.inside} takes columns of the events"
            advice = "compute with features outside aggregates and filters"
            self.report.error("F210", title, name.span, advice)
        elif name.text in self.below:
            advice = "move it up: what a stream computes is read below its definition"
            self.report.error("F109", f"`{name.text}` is computed below", name.span, advice)
        else:
            advice = unknown_column(name.text, self.columns, self._compared, f"the {self.context.noun}s")
            noun = self.context.noun
            code = "F109" if noun == "column" else "F124"
            self.report.error(code, f"there is no {noun} `{name.text}`", name.span, advice)
        return None

    def _feature(self, name: tree.Name) -> Expression | None:
        if name.text in self.features:
            self.reads.append(name.text)
            feature = self.features[name.text]
            if feature is None:
                return None
            if feature.family:
                self.families.append(FamilyUse(name.text, feature.windows, name.span))
            return FeatureRead(name.text, None, feature.expression.type, feature.expression.nullable)
        if name.text in self.reported:
            return None
        if self.columns is not None and name.text in self.columns:
            title = f"`{name.text}` is a column: it has a value for each event, not one for each row of features"
            self.report.error("F209", title, name.span, f"aggregate it, as in `last({name.text})`")
        elif self.columns is not None:
            advice = unknown_feature(name.text, self.features, self.columns)
            self.report.error("F110", f"there is no feature `{name.text}`", name.span, advice)
        return None

    def _field(self, node: tree.Field) -> Expression | None:
        base = node.base
        if isinstance(base, tree.Reference):
            columns = self.columns if self.inside is not None else self.features
            if self.scope is not None and (
                base.name.text in self.scope.readable or base.name.text not in (columns or ())
            ):
                return self._read_field(base.name, node.name)
            if columns is not None and base.name.text not in columns and node.name.text in (self.columns or ()):
                title = f"`{base.name.text}` is no struct, whose fields could be read"
                self.report.error("F236", title, node.span, f"write `{node.name.text}` alone")
                return None
        typed = self.value(base)
        if typed is None:
            return None
        if kind_of(typed.type) != "struct":
            title = f"this is {with_article(kind_of(typed.type))}, which has no field `{node.name.text}`"
            self.report.error("F236", title, node.span, no_field(node, typed))
            return None
        names = [part.name for part in structure(typed.type).parts]
        if node.name.text not in names:
            advice = did_you_mean(node.name.text, names, "the fields")
            self.report.error("F236", f"there is no field `{node.name.text}`", node.name.span, advice)
            return None
        return field_of(typed, names.index(node.name.text))

    def _read_field(self, base: tree.Name, name: tree.Name) -> Expression | None:
        """A column of a looked-up row, or a parameter."""
        readable = self._readable(base)
        if readable is None:
            return None
        if name.text in readable.columns:
            return readable.columns[name.text]
        if name.text in readable.families:
            windows = [window for window, _ in readable.families[name.text].values()]
            texts = listed(f"{base.text}.{name.text}[{window.text}]" for window in windows)
            self.report.error("F220", f"`{name.text}` has several windows", name.span, f"pick one: {texts}")
            return None
        advice = unknown_field(base.text, name.text, readable)
        self.report.error("F126", f"`{base.text}` has no {readable.what} `{name.text}`", name.span, advice)
        return None

    def _readable(self, base: tree.Name) -> Readable | None:
        known = self.scope.readable if self.scope is not None else {}
        if base.text in known:
            return known[base.text]
        if base.text not in self.reported:
            advice = did_you_mean(base.text, list(known), "what is looked up here, and the parameters,")
            if not known:
                advice = f"look it up in the head, as in `lookup {base.text} on …`"
            self.report.error("F126", f"nothing is looked up as `{base.text}`", base.span, advice)
        return None

    def _member(self, node: tree.Index, base: tree.Name, name: tree.Name) -> Expression | None:
        """A member of a looked-up family, as in `user.clicks[1h]`."""
        window = written_window(node.index, self.report)
        readable = self._readable(base)
        if readable is None or window is None:
            return None
        members = readable.families.get(name.text)
        if members is None and name.text not in readable.columns:
            return self._read_field(base, name)
        if members is None or window.window not in members:
            title = f"`{base.text}.{name.text}` has no window {window.text}"
            texts = listed(f"{base.text}.{name.text}[{own.text}]" for own, _ in (members or {}).values())
            advice = f"write {texts}" if members else f"it is one value: write `{base.text}.{name.text}`"
            self.report.error("F220", title, node.span, advice)
            return None
        return members[window.window][1]

    def _index(self, node: tree.Index) -> Expression | None:
        base = node.base
        if self.scope is not None and isinstance(base, tree.Field) and isinstance(base.base, tree.Reference):
            readable = self.scope.readable.get(base.base.name.text)
            if is_window(node.index) or (readable is not None and base.name.text in readable.families):
                return self._member(node, base.base.name, base.name)
        if not isinstance(base, tree.Reference) or self.inside is not None:
            return self._item(node)
        name = base.name
        if name.text not in self.features:
            return self._feature(name)
        known = self.features[name.text]
        if known is not None and not is_window(node.index) and kind_of(known.expression.type) in {"list", "map"}:
            return self._item(node)
        self.reads.append(name.text)
        feature = self.features[name.text]
        window = written_window(node.index, self.report)
        if feature is None or window is None:
            return None
        if all(own.window != window.window for own in feature.windows):
            title = f"`{name.text}` has no window {window.text}"
            texts = listed(f"{name.text}[{own.text}]" for own in feature.windows)
            advice = f"write {texts}" if feature.windows else f"it is one value: write `{name.text}`"
            self.report.error("F220", title, node.span, advice)
            return None
        picked = window.window if feature.family else None
        return FeatureRead(name.text, picked, feature.expression.type, feature.expression.nullable)

    def _item(self, node: tree.Index) -> Expression | None:
        """An item of a list, or what a map has for a key."""
        base = self.value(node.base)
        if base is not None and is_window(node.index):
            title = "only a feature has windows to pick from"
            self.report.error("F236", title, node.span, "write it behind the feature's name, as in `clicks[1h]`")
            return None
        index = self.value(node.index)
        if base is None or index is None:
            return None
        found = item(base, index)
        if isinstance(found, NoMeaning):
            known = kind_of(base.type) in {"list", "map"}
            what = f"nothing at {with_article(kind_of(index.type))}" if known else "no items"
            title = f"{with_article(kind_of(base.type))} has {what}"
            self.report.error("F236", title, node.span, no_item(node, base) or found.advice)
            return None
        return found

    # --- operators

    def _unary(self, node: tree.Unary) -> Expression | None:
        if node.operator == "not":
            operand = self.condition(node.operand, "`not`")
            return None if operand is None else operation("not", (operand,), "bool")
        if isinstance(node.operand, tree.IntLiteral):  # -2^63 has a literal, although 2^63 has none
            return whole_number(-node.operand.value, node.span, self.report)
        operand = self.value(node.operand)
        if operand is None:
            return None
        return self._meaningful(negated(operand), f"`-` on {with_article(operand.type)} has no meaning", node.span)

    def _binary(self, node: tree.Binary) -> Expression | Null | None:
        if node.operator == "in":
            return self._in(node)
        before = len(self.families)
        left = self._operand(node, node.left)
        between = len(self.families)
        with self._knowing(self._if_right_counts(node.operator, left)):
            right = self._operand(node, node.right)
        if before < between < len(self.families):
            self._equal_windows(self.families[before], self.families[between], node.operator)
        if left is None or right is None:
            return None
        if node.operator == "??":
            return self._default(node, left, right)
        for side, typed in ((node.left, left), (node.right, right)):
            if isinstance(typed, Null) and node.operator not in {"==", "!="}:  # the parser has said so
                title = f"`{node.operator}` with `null` is always null"
                self.report.error("F213", title, side.span, "write a value, or test with `is null`")
        if isinstance(left, Null) or isinstance(right, Null):
            return None
        if node.operator in {"and", "or"}:
            return self._logical(node, left, right)
        typing = comparison if node.operator in {"==", "!=", "<", "<=", ">", ">="} else arithmetic
        title = f"`{node.operator}` between {with_article(left.type)} and {with_article(right.type)} has no meaning"
        meant = self._meaningful(mixed_types(node, left, right, typing(node.operator, left, right)), title, node.span)
        if node.operator in {"/", "%"} and isinstance(right, Constant) and right.value == 0:
            advice = "divide by something else, or leave it out"
            self.report.warning("F304", "a division by zero is always null", node.right.span, advice)
        return meant

    @contextmanager
    def _knowing(self, facts: Facts) -> Iterator[None]:
        """Take facts as known meanwhile."""
        before, self.facts = self.facts, self.facts | facts
        try:
            yield
        finally:
            self.facts = before

    def _if_right_counts(self, operator: str, left: Expression | Null | None) -> Facts:
        """What is not null where the right side of `and` or `or` makes a difference."""
        if left is None or isinstance(left, Null) or operator not in {"and", "or"}:
            return NOTHING
        return if_true(left) if operator == "and" else unless_true(left)

    def _operand(self, node: tree.Binary, side: tree.Expression) -> Expression | Null | None:
        self._compared = node if node.operator in {"==", "!="} else None
        typed = self.expression(side)
        self._compared = None
        return typed

    def _meaningful(self, typed: Expression | NoMeaning, title: str, span: Span) -> Expression | None:
        if not isinstance(typed, NoMeaning):
            return typed
        self.report.error("F201", title, span, typed.advice)
        return None

    def _logical(self, node: tree.Binary, left: Expression, right: Expression) -> Expression | None:
        wrong = False
        for side, typed in ((node.left, left), (node.right, right)):
            if typed.type != "bool":
                title = f"`{node.operator}` takes bools, this is {with_article(typed.type)}"
                self.report.error("F202", title, side.span, not_a_bool(node, side, typed))
                wrong = True
        return None if wrong else operation("and" if node.operator == "and" else "or", (left, right), "bool")

    def _default(
        self, node: tree.Binary, left: Expression | Null, right: Expression | Null
    ) -> Expression | Null | None:
        if isinstance(left, Null) and isinstance(right, Null):
            return left
        pair = unified(left, right)
        if pair is None:
            types = " and ".join(with_article(each.type) for each in (left, right) if not isinstance(each, Null))
            advice = "give a default of the value's own type"
            self.report.error("F203", f"`??` is between {types}", node.span, advice)
            return None
        return operation("coalesce", pair, pair[0].type)

    def _in(self, node: tree.Binary) -> Expression | None:
        needle = self.value(node.left)
        if not isinstance(node.right, tree.ListLiteral):
            held = self.value(node.right)
            if needle is None or held is None:
                return None
            title = f"`in` between {with_article(needle.type)} and {with_article(held.type)} has no meaning"
            return self._meaningful(contains(needle, held), title, node.right.span)
        if not node.right.items:
            self.report.error("F227", "nothing is in an empty list", node.right.span, "list what it may be")
            return None
        if not self._few_listed(node.right):
            return None
        items = [self.expression(item) for item in node.right.items]
        if needle is None or any(item is None for item in items):
            return None
        widened = any(isinstance(item, Expression) and item.type == "float" for item in items)
        target = to_float(needle) if widened else needle
        found: list[Expression] = []
        for each, written in zip(items, node.right.items, strict=True):
            pair = unified(target, each) if each is not None else None
            if pair is None or united(pair[0].type, target.type) is None:
                if isinstance(each, Expression):
                    title = f"{with_article(needle.type)} is never {with_article(each.type)}"
                    self.report.error("F201", title, written.span, "list values of the type that is looked for")
                return None
            target = pair[0]
            found.append(pair[1])
        return operation("in", (target, *(as_type(each, target.type) for each in found)), "bool")

    def _is_null(self, node: tree.IsNull) -> Expression | None:
        operand = self.value(node.operand)
        if operand is None:
            return None
        test = operation("is_null", (operand,), "bool")
        return operation("not", (test,), "bool") if node.negated else test

    def _if(self, node: tree.If) -> Expression | Null | None:
        condition = self.condition(node.condition, "`if`")
        if condition is not None and not self.report.in_template:
            self._warn_of_decided(node, condition)
        with self._knowing(NOTHING if condition is None else if_true(condition)):
            then = self.expression(node.then)
        with self._knowing(NOTHING if condition is None else unless_true(condition)):
            otherwise = self.expression(node.otherwise)
        if condition is None or then is None or otherwise is None:
            return None
        if isinstance(then, Null) and isinstance(otherwise, Null):
            return then
        pair = unified(then, otherwise)
        if pair is None:
            types = [each.type for each in (then, otherwise) if not isinstance(each, Null)]
            title = f"`then` gives {with_article(types[0])}, `else` gives {with_article(types[1])}"
            self.report.error(
                "F203", title, node.otherwise.span, "give both the same type", Label(node.then.span, types[0])
            )
            return None
        return operation("if", (condition, *pair), pair[0].type)

    def _warn_of_decided(self, node: tree.If, condition: Expression) -> None:
        """Say of an `if` that it always goes the same way; in a template, what it is given may decide it."""
        always = decided(condition)
        if always is not None:
            title = f"this `if` always gives what is behind `{'then' if always else 'else'}`"
            constant = isinstance(condition, Constant)
            advice = (
                "write that alone, or compare something" if constant else "write that alone: the column is never null"
            )
            self.report.warning("F310", title, node.condition.span, advice)

    # --- calls

    def _call(self, node: tree.Call) -> Expression | None:
        declaration = AGGREGATES.get(node.function.text)
        if declaration is None:
            return self._function(node)
        if self.inside is not None:
            report_misplaced(node, self.inside, self.report)
            return None
        self.aggregates.append(node)
        inside = f"`{declaration.name}`"
        context = replace(self.context, facts=self.context.row_facts)
        rows = Typer(self.report, self.columns, self.features, inside, context)
        arguments = [rows.value(argument.value) for argument in node.arguments]
        return aggregate(node, declaration, arguments, self.columns or (), self.report)

    def define(self, name: str) -> None:
        """Type a `def`, so that what is wrong with it is reported."""
        self.functions.definitions.of(name, self._definition)

    def _function(self, node: tree.Call) -> Expression | None:
        """A call of a function of the library, or of a `def`; its arguments are read where the call stands."""
        name = node.function
        if name.text in FUNCTIONS:
            return function(node, FUNCTIONS[name.text], self._arguments(node), self.report)
        if self.scope is not None and name.text in self.scope.callees:
            return self._called(node, self.scope.callees[name.text])
        if name.text not in self.functions.definitions.declared:
            kind = self.functions.kinds.get(name.text)
            if kind in {"model", "rules"}:
                title = f"`{name.text}` is a `{kind}`, which streams call"
                self.report.error("F116", title, name.span, "call it in a `stream`, whose rows have what it takes")
            elif name.text not in self.reported:
                report_unknown(name, [*self.functions.definitions.declared], self.report)
            return None
        self.functions.check_visible(name, self.report)
        arguments = self._arguments(node)
        definition = self.functions.definitions.of(name.text, self._definition)
        return None if definition is None else call(node, definition, arguments, self.facts, self.report)

    def _called(self, node: tree.Call, callee: Callee | None) -> Expression | None:
        """A call of a model or of rules: its arguments fit, and it gives what it says.

        Null may be given: a model then gives its fallback, a rule that compares it does not hold.
        """
        arguments = self._arguments(node)
        if callee is None:
            return None
        name = node.function.text
        given = given_by_name(name, callee.declaration, callee.parameters, node, arguments, self.report)
        if given is None:
            return None
        fit: list[Expression] = []
        for parameter in callee.parameters:
            argument, typed = given[parameter.name]
            each = fitting(name, replace(parameter, nullable=True), argument, typed, self.facts, self.report)
            fit += [] if each is None else [each]
        if len(fit) < len(callee.parameters):
            return None
        return Called(name, tuple(fit), callee.gives, callee.nullable)

    def _arguments(self, node: tree.Call) -> list[Expression | Null | None]:
        before = len(self.families)
        arguments = [self.expression(argument.value) for argument in node.arguments]
        for other in self.families[before + 1 :]:
            self._equal_windows(self.families[before], other, ",")
        return arguments

    def _definition(
        self, body: tree.Expression, parameters: Mapping[str, ColumnRead | None], what: str
    ) -> Expression | Null | None:
        """The body of a `def`, which reads its parameters alone."""
        report = self.functions.definitions.report
        context = Context(self.functions, self.reported, noun="parameter")
        return Typer(report, parameters, {}, what, context).expression(body)

    # --- families

    def _equal_windows(self, first: FamilyUse, second: FamilyUse, operator: str) -> None:
        """Report two families, met by one operator, whose windows differ; once an expression."""
        mine, theirs = {w.window for w in first.windows}, {w.window for w in second.windows}
        if mine == theirs or self.mixed:
            return
        self.mixed = True
        common = next((w.text for w in first.windows if w.window in theirs), None)
        left, right = common or first.windows[0].text, common or second.windows[0].text
        self.report.error(
            "F204",
            f"`{first.text}` has windows {texts_of(first.windows)} and `{second.text}` has {texts_of(second.windows)}",
            first.span,
            f"pick one window, as in `{first.text}[{left}] {operator} {second.text}[{right}]`, "
            "or give both the same windows",
            Label(second.span, texts_of(second.windows)),
        )

    _methods: ClassVar[Mapping[type, Callable[[Typer, Any], Expression | Null | None]]] = {
        **dict.fromkeys(get_args(Literal), _literal),
        tree.ListLiteral: _list,
        tree.Reference: _reference,
        tree.Field: _field,
        tree.Index: _index,
        tree.Call: _call,
        tree.Unary: _unary,
        tree.Binary: _binary,
        tree.IsNull: _is_null,
        tree.If: _if,
    }
