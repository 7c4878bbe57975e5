"""Window expressions: `1h`, `sliding(1h, step=1s)`, `exact(10m)`, `forever`, `forever(ttl=30d)`; each has a bound."""

from __future__ import annotations

from dataclasses import replace

from featlang.compiler import ir
from featlang.compiler.advice import no_window
from featlang.compiler.report import Report
from featlang.compiler.typed import Window
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label, Span
from featlang.dsl.suggest import nearest

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

STEPS = (DAY, 6 * HOUR, HOUR, 15 * MINUTE, 5 * MINUTE, MINUTE, 10 * SECOND, 5 * SECOND, SECOND)
"""The default steps of sliding windows, largest first."""

_STEP_TEXTS = dict(zip(STEPS, ("1d", "6h", "1h", "15m", "5m", "1m", "10s", "5s", "1s"), strict=True))

FINE_STEPS = ((500_000, "500ms"), (100_000, "100ms"), (10_000, "10ms"), (1_000, "1ms"), (1, "1us"))
"""Steps to suggest for a window that no default step divides."""

STEPS_IN_WINDOW = 60
"""A default step is at most this part of its window."""

LONGEST = 36_525 * DAY
"""A hundred years: the longest window and lateness."""

GREATEST_BOUND = 10_000_000
"""The greatest `bound` of an exact window."""

MOST_STEPS = 1_000_000
"""The most steps of a sliding window."""

COMPILED = ("sliding", "exact", "forever")
NOT_COMPILED = ("last", "tumbling", "hopping", "session", "calendar", "day", "week", "month", "quarter", "year")

_EXAMPLE = "write a duration, as in `1h`, or `sliding(1h, step=1s)`, `exact(10m)`, `forever`"


def is_window(expression: tree.Expression) -> bool:
    """Whether an expression is written as a window, right or wrong."""
    match expression:
        case tree.DurationLiteral():
            return True
        case tree.Reference(name):
            return name.text == "forever"
        case tree.Call(function):
            return function.text in {*COMPILED, *NOT_COMPILED}
        case _:
            return False


def windows(expressions: tuple[tree.Expression, ...], report: Report) -> tuple[Window, ...] | None:
    """The windows of one list, which must differ, also in the names they give; None where one of them is wrong."""
    found: dict[ir.Window, Window] = {}
    suffixes: dict[str, Window] = {}
    failed = False
    for expression in expressions:
        window = written_window(expression, report)
        if window is None:
            failed = True
        elif window.window in found:
            same = found[window.window]
            title = f"`{window.text}` and `{same.text}` are the same window"
            report.error("F219", title, window.span, "keep one", Label(same.span, "first here"))
            failed = True
        elif window.suffix in suffixes:
            same = suffixes[window.suffix]
            title = f"`{window.text}` and `{same.text}` give the same name: it ends in `_{window.suffix}`"
            advice = "keep one, and give a feature of its own the other"
            report.error("F219", title, window.span, advice, Label(same.span, "first here"))
            failed = True
        else:
            found[window.window] = suffixes[window.suffix] = window
    return None if failed else tuple(found.values())


def written_window(expression: tree.Expression, report: Report) -> Window | None:
    """One window; None, and a diagnostic, where it is none."""
    match expression:
        case tree.DurationLiteral():
            return _of_duration(expression, report)
        case tree.Reference(tree.Name("forever")):
            return Window(ir.Forever(), "forever", "forever", expression.span)
        case tree.Reference(name) | tree.Call(name):
            if name.text == "sliding" and isinstance(expression, tree.Call):
                return _sliding(expression, report)
            if name.text == "exact" and isinstance(expression, tree.Call):
                return _exact(expression, report)
            if name.text == "forever" and isinstance(expression, tree.Call):
                return _forever(expression, report)
            _refuse(expression, name, report)
        case _:
            report.error("F216", "this is not a window", expression.span, no_window(expression) or _EXAMPLE)
    return None


def default_step(width: int) -> int | None:
    """The largest default step that divides a width and is at most a sixtieth of it."""
    return next((step for step in STEPS if width % step == 0 and step * STEPS_IN_WINDOW <= width), None)


def _refuse(expression: tree.Reference | tree.Call, name: tree.Name, report: Report) -> None:
    if name.text in NOT_COMPILED:
        title = f"the window `{name.text}{'(…)' if isinstance(expression, tree.Call) else ''}` is not compiled yet"
        report.error("F503", title, expression.span, "use a duration, `sliding`, `exact` or `forever`")
    elif name.text in COMPILED:
        title = f"`{name.text}` does not say how long it is"
        report.error("F216", title, expression.span, f"write its length, as in `{name.text}(1h)`")
    else:
        report_unknown_window(name, report)


def report_unknown_window(name: tree.Name, report: Report) -> None:
    """Say that there is no such window."""
    near = nearest(name.text, (*COMPILED, *NOT_COMPILED))
    advice = f"did you mean `{near}`?" if near else _EXAMPLE
    report.error("F119", f"there is no window `{name.text}`", name.span, advice)


def _of_duration(literal: tree.DurationLiteral, report: Report) -> Window | None:
    width = _length(literal, report)
    if width is None:
        return None
    if width < MINUTE:
        return Window(ir.Exact(width=width), literal.text, literal.text, literal.span)
    step = default_step(width)
    if step is None:
        title = f"no default step divides a window of {literal.text}"
        fine, step_text = next(each for each in FINE_STEPS if width % each[0] == 0)
        example = f"sliding({literal.text}, step={step_text})"
        advice = f"give it a step that does, as in `{example}`, or write `exact({literal.text})`"
        if width // fine > MOST_STEPS:
            advice = f"write `exact({literal.text})`, or a length that a step divides"
        report.error("F218", title, literal.span, advice)
        return None
    if _has_too_many_steps(width, step, literal.text, f"{_STEP_TEXTS[step]}, its default", literal.span, report):
        return None
    return Window(ir.Sliding(width=width, step=step), literal.text, literal.text, literal.span)


def _has_too_many_steps(width: int, step: int, text: str, step_text: str, span: Span, report: Report) -> bool:
    """Whether a sliding window has more than `MOST_STEPS`; a diagnostic where it has."""
    if width // step <= MOST_STEPS:
        return False
    title = f"a window of {text} has {width // step:,} steps of {step_text}; {MOST_STEPS:,} are the most"
    coarser = next((each for each in reversed(STEPS) if width % each == 0 and width // each <= MOST_STEPS), None)
    fits = None if coarser is None else _STEP_TEXTS[coarser]
    if fits is None and width % SECOND == 0:
        fits = f"{width // SECOND}ms"  # a thousandth divides every whole number of seconds
    sliding = "" if fits is None else f"`sliding({text}, step={fits})`, or "
    report.error("F243", title, span, f"write {sliding}`exact({text})`, which keeps each event")
    return True


def _exact(call: tree.Call, report: Report) -> Window | None:
    positional = [argument.value for argument in call.arguments if argument.name is None]
    named = {argument.name.text: argument.value for argument in call.arguments if argument.name is not None}
    if len(positional) != 1 or named.keys() - {"bound"}:
        title = "`exact` takes one duration, and perhaps a `bound`"
        report.error("F216", title, call.span, "write it as in `exact(10m)`, or `exact(10m, bound=10_000)`")
        return None
    literal = positional[0]
    width = _length(literal, report)
    bound = _bound(named["bound"], report) if named else ir.EXACT_BOUND
    if width is None or bound is None or not isinstance(literal, tree.DurationLiteral):
        return None
    said = "" if bound == ir.EXACT_BOUND else f", bound={bound}"
    window = ir.Exact(width=width, bound=bound if said else None)
    return Window(window, f"exact_{literal.text}", f"exact({literal.text}{said})", call.span)


def _bound(expression: tree.Expression, report: Report) -> int | None:
    """How many different times an exact window may hold."""
    if isinstance(expression, tree.IntLiteral) and 0 < expression.value <= GREATEST_BOUND:
        return expression.value
    title = f"the bound of a window is a number from 1 to {GREATEST_BOUND:,}"
    report.error("F216", title, expression.span, "write how many different times it may hold, as in `bound=10_000`")
    return None


def _forever(call: tree.Call, report: Report) -> Window | None:
    names = [argument.name.text if argument.name else None for argument in call.arguments]
    if names != ["ttl"]:
        lengths = [a.value.text for a in call.arguments if isinstance(a.value, tree.DurationLiteral)]
        advice = f"write `forever(ttl={lengths[0]})`" if len(lengths) == 1 else "write `forever`, or `forever(ttl=30d)`"
        report.error("F216", "`forever` takes nothing but a `ttl`", call.span, advice)
        return None
    literal = call.arguments[0].value
    ttl = _length(literal, report, "a ttl")
    if ttl is None or not isinstance(literal, tree.DurationLiteral):
        return None
    return Window(ir.Forever(ttl=ttl), "forever", f"forever(ttl={literal.text})", call.span)


def _sliding(call: tree.Call, report: Report) -> Window | None:
    positional = [argument for argument in call.arguments if argument.name is None]
    named = {argument.name.text: argument for argument in call.arguments if argument.name is not None}
    if len(positional) != 1 or named.keys() - {"step"}:
        lengths = [a.value.text for a in call.arguments if isinstance(a.value, tree.DurationLiteral)]
        advice = "write it as in `sliding(1h, step=1s)`"
        if lengths[1:] and len(lengths) == len(call.arguments):
            advice = f"write `sliding({lengths[0]}, step={lengths[1]})`"
        report.error("F216", "`sliding` takes a duration and a `step`", call.span, advice)
        return None
    literal = positional[0].value
    if not named:
        window = _of_duration(literal, report) if isinstance(literal, tree.DurationLiteral) else None
        if window is None:
            _length(literal, report)
        elif isinstance(window.window, ir.Exact):
            title = f"a window of {window.text} has no default step: under 1m it is exact"
            advice = f"give it a step, as in `sliding({window.text}, step=1s)`, or write `{window.text}`"
            report.error("F218", title, call.span, advice)
            return None
        else:
            return replace(window, text=f"sliding({window.text})", span=call.span)
        return None
    width = _length(literal, report)
    step_literal = named["step"].value
    step = _length(step_literal, report)
    if width is None or step is None:
        return None
    texts = [each.text for each in (literal, step_literal) if isinstance(each, tree.DurationLiteral)]
    if width % step:
        title = f"a step of {texts[1]} does not divide a window of {texts[0]}"
        near = min((each for each in STEPS if width % each == 0), key=lambda each: abs(each - step), default=None)
        fits = "" if near is None else f", as `step={_STEP_TEXTS[near]}` does"
        advice = f"choose a step that fits a whole number of times{fits}"
        report.error("F217", title, step_literal.span, advice, Label(literal.span, "the window"))
        return None
    if _has_too_many_steps(width, step, texts[0], texts[1], step_literal.span, report):
        return None
    window_text = f"sliding({texts[0]}, step={texts[1]})"
    return Window(ir.Sliding(width=width, step=step), f"{texts[0]}_step_{texts[1]}", window_text, call.span)


def _length(expression: tree.Expression, report: Report, what: str = "the length of a window") -> int | None:
    """The microseconds of a duration literal that is neither zero nor longer than `LONGEST`."""
    if not isinstance(expression, tree.DurationLiteral):
        report.error("F216", f"{what} is a duration", expression.span, "write it as in `30s`, `5m` or `1h`")
        return None
    if not in_range(expression.microseconds, expression.span, expression.text, report):
        return None
    return expression.microseconds


def in_range(microseconds: int, span: Span, text: str, report: Report) -> bool:
    """Whether a length lies in (0, `LONGEST`]; a diagnostic where it does not."""
    if 0 < microseconds <= LONGEST:
        return True
    title = f"`{text}` is not longer than nothing" if microseconds <= 0 else f"`{text}` is longer than 100 years"
    advice = (
        "write a length above zero, as in `5m`" if microseconds <= 0 else "write a shorter one, or `forever` for all"
    )
    report.error("F217", title, span, advice)
    return False
