"""Annotations of blocks and streams: `@owner("growth")`, `@job("clicks_hourly")`."""

from __future__ import annotations

import re

from featlang.compiler.connectors import scalar
from featlang.compiler.report import Report
from featlang.dsl import tree
from featlang.dsl.suggest import nearest

Annotations = dict[str, tuple[bool | int | float | str, ...]]

KNOWN = ("owner", "job")
"""What has a meaning for blocks and streams; any other is kept as it is, unless it is near to one of them."""
ELSEWHERE = {
    "declassify": "a feature",
    "dedup": "a source",
    "range": "a parameter of `params`",
    **dict.fromkeys(("unit", "zone", "label", "pii", "known", "message", "header", "envelope"), "a column of a source"),
}
"""What those annotations stand before that mean nothing here."""

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def annotations_of(declaration: tree.Declaration, report: Report) -> Annotations:
    """By name, the constants that each is given; of two with one name the last, which is reported."""
    found: Annotations = {}
    for annotation in declaration.annotations:
        name = annotation.name.text
        _check_name(annotation.name, report)
        if name in found:
            report.error("F107", f"`@{name}` is written twice", annotation.span, "keep one")
        for argument in annotation.arguments:
            if argument.name is not None:
                advice = f'write it as in `@{name}("text")`'
                report.error("F206", f"`@{name}` takes no named arguments", argument.name.span, advice)
        values = [scalar(argument.value, report) for argument in annotation.arguments]
        found[name] = tuple(value for value in values if value is not None)
        if name == "job" and not (len(values) == 1 and isinstance(values[0], str) and IDENTIFIER.match(values[0])):
            advice = 'write it as in `@job("clicks_hourly")`: letters, digits and `_`'
            report.error("F223", "`@job` takes the name of a job", annotation.span, advice)
    return found


def _check_name(name: tree.Name, report: Report) -> None:
    """Whether an annotation is meant here under another name, or elsewhere."""
    near = nearest(name.text, KNOWN)
    if name.text in KNOWN or (near is None and name.text not in ELSEWHERE):
        return
    advice = f"did you mean `@{near}`?" if near else f"it stands before {ELSEWHERE[name.text]}"
    report.error("F114", f"there is no `@{name.text}` of a block or stream", name.span, advice)
