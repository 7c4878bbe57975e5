"""Literals: constants, and the untyped `null`."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

from featlang.compiler.report import Report
from featlang.compiler.typed import Constant
from featlang.compiler.types import Null
from featlang.dsl import tree
from featlang.dsl.diagnostics import Span
from featlang.stdlib.aggregates.exact import INT_MAX, INT_MIN

Literal = (
    tree.IntLiteral
    | tree.FloatLiteral
    | tree.StringLiteral
    | tree.BoolLiteral
    | tree.NullLiteral
    | tree.DurationLiteral
)


def literal(node: Literal, report: Report) -> Constant | Null | None:
    """What a literal is; None, and a diagnostic, where it is out of its type's range."""
    match node:
        case tree.IntLiteral():
            return whole_number(node.value, node.span, report)
        case tree.FloatLiteral():
            return _float(node, report)
        case tree.StringLiteral():
            return Constant("string", node.value)
        case tree.BoolLiteral():
            return Constant("bool", node.value)
        case tree.DurationLiteral():
            return _duration(node, report)
        case tree.NullLiteral():
            return Null()


def whole_number(value: int, span: Span, report: Report) -> Constant | None:
    """An int of 64 bits."""
    if not INT_MIN <= value <= INT_MAX:
        report.error("F211", "this int does not fit 64 bits", span, "write a float, as in `1e19`, or a smaller number")
        return None
    return Constant("int", value)


def _float(node: tree.FloatLiteral, report: Report) -> Constant | None:
    value = float(node.text.replace("_", ""))
    if not math.isfinite(value):
        advice = "the largest float is about `1.8e308`"
        report.error("F211", "this float is beyond the largest there is", node.span, advice)
        return None
    return Constant("float", value, _exact(node.text))


def _exact(text: str) -> Decimal | None:
    """The number as it is written; None where its exponent is out of all reason, as in `1e-99999999999999999999`."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _duration(node: tree.DurationLiteral, report: Report) -> Constant | None:
    if node.microseconds > INT_MAX:
        title = "this duration does not fit 64 bits of microseconds"
        report.error("F211", title, node.span, "write a shorter one")
        return None
    return Constant("duration", node.microseconds)
