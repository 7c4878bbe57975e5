"""Calls: which aggregates there are, and what they take."""

from __future__ import annotations

from collections.abc import Container, Sequence

from featlang.compiler import ir
from featlang.compiler.habits import FUNCTIONS
from featlang.compiler.report import Report, counted, did_you_mean, listed, one_of, with_article
from featlang.compiler.typed import AggregateRead, Expression
from featlang.compiler.windows import COMPILED, NOT_COMPILED
from featlang.compiler.written import written
from featlang.dsl import tree
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.declaration import AggregateDeclaration

PLANNED = frozenset(
    {
        *("abs", "div", "exp", "greatest", "least", "ln", "log10", "mod_floor", "pow", "round", "sqrt"),
        *("hash64", "length", "lower", "matches", "substr", "trim", "upper", "months_between"),
        *("to_float", "to_int", "to_string", "approx_distinct", "approx_quantile", "decay_sum"),
        *("histogram", "kurtosis", "mode", "skew", "top_k", "var_pop"),
    }
)
"""Functions and aggregates of the language that are not compiled yet."""


def report_unknown(name: tree.Name, report: Report) -> None:
    """Say that a function does not exist, or not yet."""
    if name.text in PLANNED:
        advice = f"the aggregates so far are {listed(AGGREGATES, len(AGGREGATES))}"
        report.error("F510", f"`{name.text}` is not compiled yet", name.span, advice)
    elif name.text in (*COMPILED, *NOT_COMPILED):
        title = f"`{name.text}` is a window"
        report.error("F111", title, name.span, f"write it last, as in `over {name.text}(…)`")
    else:
        meant = FUNCTIONS.get(name.text.lower(), name.text)
        advice = meant if " " in meant else did_you_mean(meant, list(AGGREGATES), "the aggregates")
        if meant in AGGREGATES and meant != name.text:
            advice = f"write `{meant}(…)`"
        report.error("F111", f"there is no function `{name.text}`", name.span, advice)


def report_misplaced(node: tree.Call, inside: str, report: Report) -> None:
    """Say why an aggregate cannot stand where a row is read; `inside` names that place."""
    name = node.function.text
    if inside == "`where`":
        title = f"`{name}` is an aggregate; {inside} is asked for each event on its own"
        report.error("F208", title, node.span, "compare columns here, and aggregates in the features")
    else:
        title = f"`{name}` stands inside {inside}, which takes columns, not aggregates"
        report.error("F207", title, node.span, "give each a name of its own and compute with those")


def aggregate(
    node: tree.Call,
    declaration: AggregateDeclaration,
    arguments: Sequence[Expression | None],
    columns: Container[str],
    report: Report,
) -> AggregateRead | None:
    """Type a call of an aggregate on typed arguments (None: reported before)."""
    name, most = declaration.name, len(declaration.takes)
    window = _window_among(node)
    if window is not None:
        first = written(node.arguments[0].value) if window > 0 else ""
        last = written(node.arguments[window].value)
        title = f"`{name}` takes no window in its parentheses"
        report.error("F206", title, node.span, f"the window stands last: `{name}({first}) over {last}`")
        return None
    if not most - declaration.optional <= len(arguments) <= most:
        takes = f"{'at most ' if declaration.optional else ''}{counted(most, 'argument')}"
        title = f"`{name}` takes {takes}, here {'is 1' if len(arguments) == 1 else f'are {len(arguments)}'}"
        report.error("F206", title, node.span, f"write it as in `{name}({', '.join('xyz'[:most])})`")
        return None
    typed: list[Expression] = []
    for argument, found, accepted in zip(node.arguments, arguments, declaration.takes, strict=False):
        if argument.name is not None:
            title = f"`{name}` has no argument named `{argument.name.text}`"
            compared = f"{argument.name.text} == {written(argument.value)}"
            advice = f"write `{compared}` to compare; `=` names an argument"
            if argument.name.text not in columns:
                advice = "give it without a name"
            report.error("F206", title, argument.name.span, advice)
            return None
        if found is None:
            return None
        if found.type not in accepted:
            advice = _accepted(name, written(argument.value), found.type, accepted)
            report.error("F205", f"`{name}` takes no {found.type}", argument.value.span, advice)
            return None
        typed.append(found)
    result = declaration.gives(typed[0].type if typed else None)
    return AggregateRead(name, tuple(typed), result, nullable=declaration.of_nothing == "null")


def _window_among(node: tree.Call) -> int | None:
    """Where a call's arguments hold what is meant as its window: a second duration, or one named `over`."""
    for position, argument in enumerate(node.arguments):
        named = argument.name is not None and argument.name.text in {"over", "window"}
        if named or (position > 0 and isinstance(argument.value, tree.DurationLiteral)):
            return position
    return None


def _accepted(name: str, text: str, found: ir.TypeName, accepted: Sequence[ir.TypeName]) -> str:
    """What an aggregate takes, for one that was given something else."""
    takes = f"it takes {one_of(with_article(each) for each in accepted)}"
    if found == "bool" and name == "avg":
        return f"write `count_if({text})` for how many are true, `avg(if {text} then 1 else 0)` for their share"
    if found == "bool" and name == "sum":
        return f"write `count_if({text})` for how many are true"
    if found == "string" and "int" in accepted:
        return f"{takes}; texts are counted, as in `count_distinct({text})`"
    if accepted == ("bool",):
        example = f'{text} == "a"' if found == "string" else f"{text} > 0"
        return f"{takes}; compare it with something, as in `{example}`"
    return takes
