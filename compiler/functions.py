"""Calls: which aggregates there are, and what they take."""

from __future__ import annotations

from collections.abc import Sequence

from featlang.compiler.report import Report, counted, did_you_mean, listed, with_article
from featlang.compiler.typed import AggregateRead, Expression
from featlang.compiler.windows import COMPILED, NOT_COMPILED
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
        advice = did_you_mean(name.text, list(AGGREGATES), "the aggregates")
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
    node: tree.Call, declaration: AggregateDeclaration, arguments: Sequence[Expression | None], report: Report
) -> AggregateRead | None:
    """Type a call of an aggregate on typed arguments (None: reported before)."""
    name, most = declaration.name, len(declaration.takes)
    if not most - declaration.optional <= len(arguments) <= most:
        takes = f"{'at most ' if declaration.optional else ''}{counted(most, 'argument')}"
        title = f"`{name}` takes {takes}, here {'is 1' if len(arguments) == 1 else f'are {len(arguments)}'}"
        report.error("F206", title, node.span, f"write it as in `{name}({', '.join('xyz'[:most])})`")
        return None
    typed: list[Expression] = []
    for written, found, accepted in zip(node.arguments, arguments, declaration.takes, strict=False):
        if written.name is not None:
            title = f"`{name}` has no argument named `{written.name.text}`"
            report.error("F206", title, written.name.span, "give it without a name")
            return None
        if found is None:
            return None
        if found.type not in accepted:
            advice = f"it takes {' or '.join(with_article(each) for each in accepted)}"
            report.error("F205", f"`{name}` takes no {found.type}", written.value.span, advice)
            return None
        typed.append(found)
    result = declaration.gives(typed[0].type if typed else None)
    return AggregateRead(name, tuple(typed), result, nullable=declaration.of_nothing == "null")
