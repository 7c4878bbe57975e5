"""Calls: which aggregates and functions there are, and what they take."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from featlang.compiler import ir
from featlang.compiler.habits import FUNCTIONS as MEANT
from featlang.compiler.report import Report, counted, did_you_mean, listed, one_of, with_article
from featlang.compiler.structures import filled, is_type, kind_of, match
from featlang.compiler.typed import AggregateRead, Constant, Expression
from featlang.compiler.types import Null, operation, to_float
from featlang.compiler.windows import COMPILED, NOT_COMPILED
from featlang.compiler.written import written
from featlang.dsl import tree
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.aggregates.count_distinct import GREATEST_BOUND
from featlang.stdlib.aggregates.declaration import AggregateDeclaration
from featlang.stdlib.functions import FUNCTIONS
from featlang.stdlib.functions.declaration import FunctionDeclaration

PLANNED = frozenset(
    {
        *("approx_distinct", "approx_quantile", "decay_sum"),
        *("histogram", "kurtosis", "mode", "skew", "top_k", "var_pop"),
    }
)
"""Functions and aggregates of the language that are not compiled yet."""

SO_FAR = {
    "approx_distinct": "`count_distinct`, which is exact up to 10,000 values, or `count_distinct(x, bound=100_000)`",
    "approx_quantile": "`count_if(x > …)`, a feature for each bound",
    "decay_sum": "`sum` over several windows",
    "histogram": "`count_if(x > …)`, a feature for each bound",
    "mode": "`count_if(x == …)`, a feature for each value",
    "top_k": "`count_if(x == …)`, a feature for each value",
    "var_pop": "`var`, the sample variance",
}
"""What comes near to one of them."""

_EXAMPLES = {"int": "2", "float": "0.5", "string": '"text"'}


def report_unknown(name: tree.Name, defined: Sequence[str], report: Report) -> None:
    """Say that a function does not exist, or not yet; `defined` are those of the project."""
    if name.text in PLANNED:
        near = SO_FAR.get(name.text)
        advice = (
            f"so far there is {near}" if near else f"the aggregates so far are {listed(AGGREGATES, len(AGGREGATES))}"
        )
        report.error("F510", f"`{name.text}` is not compiled yet", name.span, advice)
    elif name.text in (*COMPILED, *NOT_COMPILED):
        title = f"`{name.text}` is a window"
        report.error("F111", title, name.span, f"write it last, as in `over {name.text}(…)`")
    else:
        meant = MEANT.get(name.text.lower(), name.text)
        known = [*AGGREGATES, *FUNCTIONS, *defined]
        advice = meant if " " in meant else did_you_mean(meant, known, "the aggregates and functions")
        if meant in known and meant != name.text:
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
    node, arguments, bound = _without_bound(node, declaration, arguments)
    window = _window_among(node)
    if window is not None:
        first = written(node.arguments[0].value) if window > 0 else ""
        last = written(node.arguments[window].value)
        title = f"`{name}` takes no window in its parentheses"
        report.error("F206", title, node.span, f"the window stands last: `{name}({first}) over {last}`")
        return None
    if not most - declaration.optional <= len(arguments) <= most:
        takes = f"{'at most ' if declaration.optional else ''}{counted(most, 'argument')}"
        takes += " and a `bound`" if declaration.bound is not None else ""
        title = f"`{name}` takes {takes}, here {'is 1' if len(arguments) == 1 else f'are {len(arguments)}'}"
        advice = f"write it as in `{name}({', '.join('xyz'[:most])})`"
        if most == 1 and len(arguments) > 1:
            advice = _of_several(name, node.arguments) or advice
        report.error("F206", title, node.span, advice)
        return None
    said = None if bound is None else _bound(*bound, report)
    if bound is not None and said is None:
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
        if kind_of(found.type) not in accepted:
            advice = _accepted(name, written(argument.value), kind_of(found.type), accepted)
            report.error("F205", f"`{name}` takes no {kind_of(found.type)}", argument.value.span, advice)
            return None
        typed.append(found)
    result = declaration.gives(typed[0].type if typed else None)
    return AggregateRead(
        name,
        tuple(typed),
        result,
        nullable=declaration.of_nothing == "null",
        bound=None if said == declaration.bound else said,
    )


def _without_bound(
    node: tree.Call, declaration: AggregateDeclaration, arguments: Sequence[Expression | None]
) -> tuple[tree.Call, Sequence[Expression | None], tuple[tree.Argument, Expression | None] | None]:
    """A call of an aggregate without its `bound=…`, and that, where the aggregate takes one."""
    if declaration.bound is not None:
        for place, (argument, found) in enumerate(zip(node.arguments, arguments, strict=True)):
            if argument.name is not None and argument.name.text == "bound":
                others = (*node.arguments[:place], *node.arguments[place + 1 :])
                kept = [*arguments[:place], *arguments[place + 1 :]]
                return replace(node, arguments=others), kept, (argument, found)
    return node, arguments, None


def _bound(argument: tree.Argument, found: Expression | None, report: Report) -> int | None:
    """How many different values `bound=…` lets an aggregate keep; None where that is wrong."""
    match found:
        case None:
            return None
        case Constant("int", int() as number) if 0 < number <= GREATEST_BOUND:
            return number
        case Constant("int", int()):
            title = f"a bound is from 1 to {GREATEST_BOUND:,} values"
        case _:
            title = "a bound is a number that is written out"
    report.error("F223", title, argument.value.span, "write how many values are counted, as in `bound=1_000`")
    return None


def function(
    node: tree.Call, declaration: FunctionDeclaration, arguments: Sequence[Expression | Null | None], report: Report
) -> Expression | None:
    """Type a call of a function of the library on typed arguments (None: reported before)."""
    given = _given(node, declaration, arguments, report)
    if given is None:
        return None
    typed = [each for each, _ in given]
    types = [None if isinstance(each, Null) else each.type for each in typed]
    chosen = _signature(declaration, types)
    if chosen is None:
        found = ", ".join(with_article("null" if isinstance(each, Null) else each.type) for each in typed)
        shown = [f"`{declaration.name}({', '.join(each.takes)})`" for each in declaration.signatures]
        title = (
            f"`{declaration.name}` takes no {found.split(' ', 1)[1]}"
            if len(typed) == 1
            else (f"`{declaration.name}` is not for {found}")
        )
        advice = f"write {one_of(shown)}"
        if declaration.name == "contains" and kind_of(types[0] or "") in {"list", "map"}:
            items, needle = (written(argument.value) for _, argument in given if argument is not None)
            advice = f"write `{needle} in {items}`"
        report.error("F205", title, node.span, advice)
        return None
    takes, gives = chosen
    fitting = tuple(_as(each, kind) for each, kind in zip(typed, takes, strict=True))
    for position in declaration.constant:
        each, argument = fitting[position], given[position][1]
        if not isinstance(each, Constant) or each.value is None:
            title = f"`{declaration.parameters[position]}` of `{declaration.name}` is written out"
            advice = f"write a value, as in `{_EXAMPLES.get(takes[position], declaration.example[0])}`"
            if declaration.parameters[position] == "zone":
                advice = 'write the zone, as in `"Europe/Warsaw"`'
            report.error("F223", title, argument.value.span if argument else node.span, advice)
            return None
    if declaration.check is not None:
        values = [each.value if isinstance(each, Constant) else None for each in fitting]
        wrong = declaration.check(values)
        if wrong is not None:
            argument = given[wrong[2]][1] if len(wrong) > 2 else None  # noqa: PLR2004 - the position is the third
            report.error("F223", wrong[0], argument.value.span if argument else node.span, wrong[1])
            return None
    if declaration.gives is not None:
        gives = declaration.gives(fitting)
    return operation(declaration.name, fitting, gives)


def _given(
    node: tree.Call, declaration: FunctionDeclaration, arguments: Sequence[Expression | Null | None], report: Report
) -> list[tuple[Expression | Null, tree.Argument | None]] | None:
    """The arguments in the order of the parameters, those left out by their defaults."""
    name, parameters = declaration.name, declaration.parameters
    found: dict[int, tuple[Expression | Null | None, tree.Argument | None]] = {}
    for position, (argument, typed) in enumerate(zip(node.arguments, arguments, strict=True)):
        place = position
        if argument.name is not None:
            if argument.name.text not in parameters or declaration.variadic:
                title = f"`{name}` has no argument named `{argument.name.text}`"
                advice = did_you_mean(argument.name.text, parameters, "its arguments")
                report.error("F206", title, argument.name.span, advice)
                return None
            place = parameters.index(argument.name.text)
        if place in found:
            report.error("F206", f"`{parameters[place]}` is given twice", argument.span, "keep one")
            return None
        found[place] = typed, argument
    least = len(parameters) - len(declaration.defaults)
    for place in range(least, len(parameters)):
        default = declaration.defaults[place - least]
        kind = declaration.signatures[0].takes[place]
        found.setdefault(place, (Constant(kind, default), None))
    if any(place not in found for place in range(len(parameters))) or (
        len(found) > len(parameters) and not declaration.variadic
    ):
        takes = f"{least} or {len(parameters)}" if declaration.defaults else str(len(parameters))
        takes = f"at least {takes}" if declaration.variadic else takes
        title = f"`{name}` takes {takes} {'argument' if takes == '1' else 'arguments'}, here "
        title += "is 1" if len(node.arguments) == 1 else f"are {len(node.arguments)}"
        report.error("F206", title, node.span, f"write it as in `{declaration.example[0]}`")
        return None
    ordered = [found[place] for place in sorted(found)]
    if any(typed is None for typed, _ in ordered):
        return None
    return [(typed, argument) for typed, argument in ordered if typed is not None]


def _signature(
    declaration: FunctionDeclaration, types: Sequence[ir.TypeName | None]
) -> tuple[list[ir.TypeName], ir.TypeName] | None:
    """What the first fitting signature takes and gives; None is the type of a bare null. An int may meet a float."""
    for exact in (True, False):
        for signature in declaration.signatures:
            patterns = [*signature.takes, *(signature.takes[-1:] * (len(types) - len(signature.takes)))]
            takes: list[ir.TypeName] = []
            bound: dict[str, str] | None = {}
            for found, pattern in zip(types, patterns, strict=True):
                if bound is None:
                    break
                wanted = filled(pattern, bound)
                if found is None or (not exact and (found, wanted) == ("int", "float")):
                    takes.append(wanted)
                    continue
                takes.append(found)
                bound = match(pattern, found, bound)
            if bound is not None and all(is_type(each) for each in takes):
                return takes, filled(signature.gives, bound)
    return None


def _as(expression: Expression | Null, kind: ir.TypeName) -> Expression:
    if isinstance(expression, Null):
        return Constant(kind, None)
    return to_float(expression) if kind == "float" else expression


def _of_several(name: str, arguments: Sequence[tree.Argument]) -> str | None:
    """What to write where an aggregate of one argument is given several."""
    first, second = (written(argument.value) for argument in arguments[:2])
    filters = [argument for argument in arguments if argument.name is not None and argument.name.text == "where"]
    if filters:
        return f"write the filter behind it: `{name}({first}) where {written(filters[0].value)}`"
    if AGGREGATES[name].bound is not None and isinstance(arguments[1].value, tree.IntLiteral):
        return f"write how many values are counted as in `{name}({first}, bound={second})`"
    if any(argument.name is not None for argument in arguments):
        return None
    if name in {"max", "min"}:
        whole = "greatest" if name == "max" else "least"
        return f"write `{name}({whole}({first}, {second}))` for the {whole} of them over all events"
    if name in {"count_if", "any", "all"}:
        return f"join the conditions, as in `{name}({first} and {second})`"
    return f"aggregate each on its own, as in `{name}({first})` and `{name}({second})`"


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
